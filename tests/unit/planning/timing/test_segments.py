"""``segments``: the film is divided without gaps, and a segment's identity changes only with its frames."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.planning.timing.segments import segments
from app.planning.timing.timeline import build, retime
from schemas.clip import TEMPLATE
from schemas.preset import Pacing
from schemas.scene_graph import Overlay
from schemas.segment import Encoding, SegmentSchema
from schemas.speech import Speech
from schemas.timing import frames_of
from tests.unit.planning import films

KEYS = {"logo": "assets/logo.png"}
PACING = Pacing(lead_ms=200, tail_ms=400, min_scene_ms=1200)


def film_and_segments(graph, clips=None, speech=None, pacing=PACING):
    preset = replace(films.PRESET, pacing=pacing)
    clips = clips or films.still_clips(graph)
    speech = films.speech(graph) if speech is None else speech
    film = retime(graph, build(graph, films.SIZE), speech, clips, preset)
    return film, segments(graph, film, clips, preset, encoding=Encoding(), overlay_keys=KEYS)


def identities(graph, **more):
    return [segment.identity for segment in film_and_segments(graph, **more)[1]]


def film(count=6):
    return films.graph_of(*(films.spoken(films.text(9, first=3 * k), "fade", 500) for k in range(count)))


def test_each_scene_between_cuts_is_a_segment():
    _, film_segments = film_and_segments(films.graph_of(films.silent(1000), films.silent(2000)))
    assert [(s.start_frame, s.frames, s.outgoing, s.transition) for s in film_segments] == [
        (0, 30, None, "cut"),
        (30, 60, None, "cut"),
    ]


def test_transition_belongs_to_the_incoming_scene():
    _, (first, second) = film_and_segments(films.graph_of(films.silent(2000), films.silent(2000, "wipe_left", 500)))
    assert (first.frames, first.outgoing) == (45, None)
    assert (second.frames, second.transition) == (60, "wipe_left")
    assert (second.outgoing.first, second.outgoing.frames, second.outgoing.of) == (45, 15, 60)
    assert (second.incoming.first, second.incoming.frames, second.incoming.of) == (0, 60, 60)


@pytest.mark.parametrize(("kind", "is_mixed"), [("cut", False), ("fade", True), ("blur", True), ("whip_left", False)])
def test_segment_before_a_transition_knows_whether_its_picture_is_mixed_with_the_next_one(kind, is_mixed):
    graph = films.graph_of(films.silent(2000), films.silent(2000, kind, 0 if kind == "cut" else 250))
    assert [segment.fades_out for segment in film_and_segments(graph)[1]] == [is_mixed, False]


def test_clip_ranges_have_the_speed_and_hold_of_the_clip():
    graph = films.graph_of(films.silent(3000), films.silent(3000, "fade", 500))
    clips = {1: films.video_clip(1, 1000, start_ms=250), 2: films.still_clips(graph)[2]}
    _, (first, second) = film_and_segments(graph, clips, pacing=Pacing(slowest=0.5, max_hold_ms=1000))
    for clip_range in (first.incoming, second.outgoing):
        assert (clip_range.in_ms, clip_range.speed, clip_range.hold_frames, clip_range.of) == (0, 0.5, 30, 90)


def test_overlays_are_shown_outside_transitions_only():
    title, logo = Overlay(text="Luna"), Overlay(kind="image", asset="logo")
    graph = films.graph_of(
        films.silent(2000), films.silent(2000, "fade", 500, overlays=(title, logo)), films.silent(2000, "fade", 500)
    )
    _, (_, middle, _) = film_and_segments(graph)
    assert [(o.first, o.frames, o.key) for o in middle.overlays] == [(15, 30, None), (15, 30, "assets/logo.png")]


def test_overlay_picture_without_a_key_raises_key_error():
    graph = films.graph_of(films.silent(2000, overlays=(Overlay(kind="image", asset="lost"),)))
    with pytest.raises(KeyError, match="lost"):
        film_and_segments(graph)


def test_only_an_unspoken_template_shows_its_text():
    graph = films.graph_of(films.silent(2000), films.silent(2000), films.silent(2000), films.spoken("Look, a kite."))
    first, second, third, fourth = graph.scenes
    second = replace(second, caption="Fly", description="A red kite")
    third = replace(third, caption="", description="A kite")
    graph = replace(graph, scenes=(first, second, third, fourth))
    clips = films.still_clips(graph)
    templates = {scene: replace(clip, engine=TEMPLATE) for scene, clip in clips.items() if scene != 1}
    _, film_segments = film_and_segments(graph, clips | templates)
    assert [[o.overlay.text for o in segment.overlays] for segment in film_segments] == [[], ["Fly"], ["A kite"], []]


def test_scene_without_a_clip_raises_key_error():
    graph = films.graph_of(films.silent(2000), films.silent(2000))
    with pytest.raises(KeyError):
        film_and_segments(graph, clips={1: films.still_clips(graph)[1]})


def test_equal_films_have_equal_segments():
    assert identities(film()) == identities(film())


def test_segments_of_a_film_have_different_identities():
    assert len(set(identities(film()))) == 6


@pytest.mark.parametrize("index", range(6))
def test_new_caption_changes_one_segment(index):
    graph = film()
    scene = graph.scenes[index]
    edited = graph.with_scene(replace(scene, caption=scene.voice_script.title() + "!"))
    before, after = identities(graph), identities(edited)
    assert [k for k in range(6) if before[k] != after[k]] == [index]


def test_caption_of_another_length_changes_one_segment():
    graph = film()
    edited = graph.with_scene(replace(graph.scenes[2], caption="Quite another thing is written here than is said"))
    before, after = identities(graph), identities(edited)
    assert [k for k in range(6) if before[k] != after[k]] == [2]


@given(shift=st.integers(0, 89))
@settings(max_examples=30, deadline=None)
def test_segments_that_only_move_keep_their_identity(shift):
    scenes = list(film().scenes)
    opening = films.silent(3000)
    before = identities(films.graph_of(opening, *scenes))
    after = identities(films.graph_of(replace(opening, duration_ms=3000 + shift * 33), *scenes))
    assert before[2:] == after[2:]


def test_segments_of_renumbered_scenes_keep_their_identity():
    graph = films.graph_of(*(films.spoken(films.text(9, first=3 * k), "fade", 500) for k in range(4)))
    clips = films.still_clips(graph)
    renumbered = replace(graph, scenes=tuple(replace(s, id=s.id + 50) for s in graph.scenes))
    renumbered_clips = {key + 50: replace(clip, scene_id=key + 50) for key, clip in clips.items()}
    assert identities(graph) == identities(renumbered, clips=renumbered_clips)


def test_new_picture_changes_its_segment_and_the_one_it_fades_into():
    graph = film()
    clips = films.still_clips(graph)
    other = {**clips, 3: replace(clips[3], identity="another picture")}
    before, after = identities(graph, clips=clips), identities(graph, clips=other)
    assert [k for k in range(6) if before[k] != after[k]] == [2, 3]


def test_caption_without_a_voice_changes_one_segment():
    graph = films.graph_of(*(films.spoken(films.text(9, first=k), "fade", 500, duration_ms=4000) for k in range(3)))
    edited = graph.with_scene(replace(graph.scenes[1], caption="Read this instead"))
    before, after = (identities(g, speech=Speech("en")) for g in (graph, edited))
    assert [k for k in range(3) if before[k] != after[k]] == [1]


@given(st.data(), films.any_graph(), films.any_pacing())
@settings(max_examples=100, deadline=None)
def test_segments_cover_the_film_without_gaps(data, graph, pacing):
    film, film_segments = film_and_segments(graph, data.draw(films.any_clips(graph)), pacing=pacing)
    assert sum(s.frames for s in film_segments) == film.total_frames
    assert film_segments[0].start_frame == 0
    assert all(a.start_frame + a.frames == b.start_frame for a, b in pairwise(film_segments))
    assert all(s.frames >= 1 for s in film_segments)


@given(st.data(), films.any_graph(), films.any_pacing())
@settings(max_examples=100, deadline=None)
def test_clip_ranges_are_inside_their_clips(data, graph, pacing):
    _, film_segments = film_and_segments(graph, data.draw(films.any_clips(graph)), pacing=pacing)
    for segment in film_segments:
        assert segment.incoming.first == 0 and segment.incoming.frames == segment.frames
        for clip_range in (segment.incoming, segment.outgoing):
            assert clip_range is None or 0 <= clip_range.first < clip_range.first + clip_range.frames <= clip_range.of
        if segment.outgoing:
            assert segment.outgoing.first + segment.outgoing.frames == segment.outgoing.of
            assert segment.outgoing.frames < segment.frames
        assert SegmentSchema.read(SegmentSchema.plain(segment)) == segment


@given(films.any_graph(), films.any_pacing())
@settings(max_examples=60, deadline=None)
def test_every_cue_is_only_in_the_segment_of_its_scene(graph, pacing):
    film, film_segments = film_and_segments(graph, pacing=pacing)
    assume(film.tracks.captions)
    for cue in film.tracks.captions:
        first, last = frames_of(cue.start_ms), frames_of(cue.end_ms)
        overlapping = [s.index for s in film_segments if s.start_frame < last and first < s.start_frame + s.frames]
        assert [s.index for s in film_segments if cue in s.cues] == overlapping == [cue.scene_id - 1]


def test_overlay_with_words_is_shown_from_these_words_on() -> None:
    card = Overlay(text="$189", style="amount", was="$249", at="$189")
    scene = replace(films.spoken("It was $249, now it is only $189 in every shop of the whole town."), overlays=(card,))
    timeline, (segment,) = film_and_segments(films.graph_of(scene))
    words = [word for cue in timeline.tracks.captions for line in cue.lines for word in line]
    old, new = (next(word for word in words if text in word.text) for text in ("$249", "$189"))
    (timed,) = segment.overlays
    assert timed.first == segment.frame_of(old.start_ms)
    assert timed.first + timed.turn == segment.frame_of(new.start_ms)
    assert timed.first + timed.frames == segment.frames


def test_captions_of_a_headline_are_in_the_timeline_but_not_burned_in() -> None:
    plain = films.spoken("Never be cold again at the old harbour. Meet our new mug today, in the shop of the mill.")
    first = film_and_segments(films.graph_of(plain))[0].tracks.captions[0]
    scene = replace(plain, overlays=(Overlay(text=first.text.replace("\n", " "), style="headline"),))
    timeline, (segment,) = film_and_segments(films.graph_of(scene))
    assert timeline.tracks.captions[0] == first
    assert segment.cues == timeline.tracks.captions[1:] != ()
