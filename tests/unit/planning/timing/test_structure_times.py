"""When lower thirds, tables, counters and the progress bar are shown, and what an edit leaves as it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.segments import segments
from app.planning.timing.timeline import build, retime
from presets.library import preset
from schemas.frame import ASPECTS
from schemas.preset import PROGRESS
from schemas.scene_graph import ListItem, Overlay, Scene, SceneGraph
from schemas.segment import Encoding, Segment, SegmentSchema
from schemas.timeline import Timeline, TimelineSchema
from tests.unit.planning import films

LOWER_THIRD = Overlay(text="Maria Chen\nChief engineer", style="lower_third", position="bottom", at="Maria Chen")
TABLE = Overlay(text="Bread | Price\nRye | 4\nSpelt | 6", style="table")
PRESETS = ("clean_bold", "documentary", "pop_meme", "minimal_mono")


def made(graph: SceneGraph, preset_id: str = "clean_bold") -> tuple[Timeline, tuple[Segment, ...]]:
    """Return the final timeline and the segments of a film, with its cuts on the beats of its music."""
    graph = replace(graph, preset_id=preset_id)
    used, clips = preset(preset_id), films.still_clips(graph)
    planned = build(graph, ASPECTS[graph.aspect])
    film = retime(graph, planned, films.speech(graph), clips, used, music=films.beats_of(graph))
    return film, segments(graph, film, clips, used, encoding=Encoding(), overlay_keys={})


def list_film(count: int = 4, progress: str = "none") -> SceneGraph:
    scenes = (
        films.spoken(films.text(6, first=k), "fade", 300, item=ListItem(k + 1, count, "Step", True))
        for k in range(count)
    )
    return replace(films.graph_of(*scenes), progress=progress)


def shown(film_segments: tuple[Segment, ...], style: str) -> list[tuple[int, str, int, int]]:
    return [
        (segment.index, timed.overlay.text, timed.first, timed.frames)
        for segment in film_segments
        for timed in segment.overlays
        if timed.overlay.style == style
    ]


@given(
    before=st.integers(0, 12),
    after=st.integers(0, 12),
    transition=st.sampled_from(["cut", "fade"]),
    preset_id=st.sampled_from(PRESETS),
)
@settings(max_examples=40, deadline=None)
def test_lower_third_is_shown_for_two_seconds_at_least(
    before: int, after: int, transition: str, preset_id: str
) -> None:
    words = " ".join(part for part in (films.text(before), "Maria Chen", films.text(after)) if part)
    others = films.spoken(films.text(6), transition, 400 if transition == "fade" else 0)
    scene = replace(others, voice_script=words, overlays=(LOWER_THIRD,))
    film, film_segments = made(films.graph_of(others, scene, others), preset_id)
    ((index, _, first, frames),) = shown(film_segments, "lower_third")
    assert index == 1 and frames >= 2 * film.fps
    assert first + frames <= film_segments[1].frames


def test_lower_third_appears_with_the_name_and_leaves_after_four_seconds() -> None:
    words = f"{films.text(5)} Maria Chen {films.text(20)}"
    film, film_segments = made(films.graph_of(films.spoken(words, overlays=(LOWER_THIRD,))))
    ((_, _, first, frames),) = shown(film_segments, "lower_third")
    name_ms = next(
        word.start_ms for cue in film.tracks.captions for line in cue.lines for word in line if word.text == "Maria"
    )
    assert abs(first * 1000 / film.fps - name_ms) <= 1000 / film.fps
    assert frames == 4 * film.fps


def test_rows_of_a_table_are_marked_when_they_are_spoken_and_captions_wait() -> None:
    scene = films.spoken("Rye: 4. Spelt: 6.", overlays=(TABLE,))
    film, (segment,) = made(films.graph_of(scene))
    (timed,) = segment.overlays
    starts = [word.start_ms for cue in film.tracks.captions for line in cue.lines for word in line]
    assert len(timed.row_frames) == 2 and segment.cues == () and film.tracks.captions
    assert timed.row_frames[1] == pytest.approx(starts[2] * film.fps / 1000, abs=1)
    assert timed.frames == segment.frames


def test_table_that_is_not_spoken_leaves_the_captions() -> None:
    _, (segment,) = made(films.graph_of(films.spoken("Something else is said.", overlays=(TABLE,))))
    assert segment.cues and segment.overlays[0].row_frames == ()


def test_every_scene_of_a_list_has_its_counter_once() -> None:
    _, film_segments = made(list_film(3))
    assert [text for _, text, _, _ in shown(film_segments, "counter")] == [f"Step {k}\n{k}/3" for k in (1, 2, 3)]


def test_counter_of_an_earlier_version_is_not_shown_twice() -> None:
    scene = films.spoken(films.text(6), item=ListItem(2, 5), overlays=(Overlay(text="2/5", scale=0.5),))
    _, film_segments = made(films.graph_of(scene))
    assert shown(film_segments, "counter") == []


@given(st.integers(1, 20), st.sampled_from(PROGRESS), st.sampled_from(sorted(ASPECTS)))
@settings(max_examples=30, deadline=None)
def test_progress_bar_fills_the_film_once_and_is_above_all_words(count: int, progress: str, aspect: str) -> None:
    graph = replace(list_film(count, progress), aspect=aspect)
    _, film_segments = made(graph)
    bars = [segment.progress for segment in film_segments]
    if progress == "none":
        assert bars == [None] * count
        return
    zone = preset("clean_bold").safe_zone_of(*ASPECTS[aspect])
    assert [bar and (bar.scene, bar.scenes) for bar in bars] == [(k, count) for k in range(count)]
    for bar, segment in zip(bars, film_segments, strict=True):
        assert bar and bar.area.top >= zone.top and bar.area.left >= zone.left
        assert bar.area.left + bar.area.width <= 1 - zone.right + 1e-6
        zones = (segment.safe_zone, segment.title_zone, segment.free_zone)
        assert all(part is None or part.top > bar.area.top + bar.area.height for part in zones)


@pytest.mark.parametrize("progress", PROGRESS)
def test_edit_of_words_changes_only_the_segments_whose_frames_change(progress: str) -> None:
    graph = list_film(5, progress)
    caption = graph.with_scene(replace(graph.scenes[2], caption="Quite another thing"))
    before, after = (made(each)[1] for each in (graph, caption))
    changed = [a.index for a, b in zip(before, after, strict=True) if a.identity != b.identity]
    assert changed == [2]


def test_progress_of_a_scene_does_not_depend_on_the_lengths_of_others() -> None:
    graph = list_film(5, "bar")
    longer = graph.with_scene(replace(graph.scenes[1], voice_script=films.text(20)))
    before, after = (made(each)[1] for each in (graph, longer))
    assert [segment.progress for segment in before] == [segment.progress for segment in after]


def test_segments_without_structure_have_the_fields_that_they_always_had() -> None:
    _, (segment,) = made(films.graph_of(films.spoken(films.text(6), overlays=(Overlay(text="One"),))))
    plain = SegmentSchema.plain(segment)
    assert not {"progress", "free_zone"} & set(plain)
    assert "row_frames" not in plain["overlays"][0]


def test_documents_with_structure_are_read_as_they_were_written() -> None:
    scene = films.spoken("Rye: 4. Spelt: 6.", overlays=(TABLE,), item=ListItem(1, 2, "Step", True))
    film, film_segments = made(replace(films.graph_of(scene), progress="segments"))
    assert TimelineSchema.read(TimelineSchema.plain(film)) == film
    for segment in film_segments:
        assert SegmentSchema.read(SegmentSchema.plain(segment)) == segment


def test_author_in_a_lower_third_stays_as_long_as_the_quotation() -> None:
    author = Overlay(text="Seneca", style="lower_third", position="bottom")
    scene = replace(films.spoken(films.text(25), overlays=(author,)), attribution="Seneca")
    film, film_segments = made(films.graph_of(scene))
    ((_, _, first, frames),) = shown(film_segments, "lower_third")
    assert first == 0 and frames > 5 * film.fps
    assert frames >= film_segments[0].frames - 1


def test_lower_thirds_of_a_scene_follow_each_other() -> None:
    second = replace(LOWER_THIRD, text="Sam Lee\nNurse", at="Sam Lee")
    words = f"Maria Chen met {films.text(8)} and Sam Lee {films.text(8)}"
    _, film_segments = made(films.graph_of(films.spoken(words, overlays=(second, LOWER_THIRD))))
    spans = sorted((first, first + frames) for _, _, first, frames in shown(film_segments, "lower_third"))
    assert len(spans) == 2 and all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_unspoken_scene_shows_its_lower_third_from_its_beginning() -> None:
    scene = Scene(1, duration_ms=5000, overlays=(replace(LOWER_THIRD, at=""),))
    _, film_segments = made(films.graph_of(scene))
    ((_, _, first, frames),) = shown(film_segments, "lower_third")
    assert first == 0 and frames == 120
