"""Cuts are moved to beats by changing scenes within their limits, and as few of them as little as possible."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.music.beats import ending_beat, film_pulse
from app.planning.music.library import bundled_tracks
from app.planning.timing.beat_snap import ON_BEAT_MS, FlexibleScene, distance_ms, snap_to_beats
from app.planning.timing.timeline import build, retime
from presets.library import preset, presets
from schemas.music import MusicBeats
from schemas.preset import Pacing
from schemas.scene_graph import SceneGraph
from schemas.speech import Speech
from schemas.timeline import Timeline
from schemas.timing import ms_of
from tests.unit.planning import films

FPS = Fraction(30)
EVERY_HALF_SECOND = tuple(range(0, 120_000, 500))
TRACKS = [beats for tracks in bundled_tracks().values() for beats in tracks.values()]


def snap(scenes: list[FlexibleScene], beats_ms: tuple[int, ...] = EVERY_HALF_SECOND) -> tuple[int, ...]:
    """The changes of the scenes."""
    return tuple(scene.change for scene in snap_to_beats(scenes, beats_ms, beats_ms, FPS))


def cuts_ms(scenes: list[FlexibleScene], changes: tuple[int, ...]) -> list[int]:
    """The middles of the changes between the scenes."""
    cuts, end = [], 0
    for scene, change, following in zip(scenes, changes, scenes[1:], strict=False):
        end += scene.frames + change - following.overlap
        cuts.append(ms_of(end + following.overlap // 2, FPS))
    return cuts


def test_cut_moves_to_the_nearest_beat_within_the_limits() -> None:
    scenes = [FlexibleScene(70, longest=10), FlexibleScene(62, shortest=-5, longest=5), FlexibleScene(72)]
    assert snap(scenes) == (5, -2, 0)


def test_cut_that_cannot_reach_a_beat_stays() -> None:
    assert snap([FlexibleScene(67, 0, -2, 2), FlexibleScene(97)])[0] == 0


def test_scene_is_changed_for_the_beat_of_a_later_cut() -> None:
    """The second scene is fixed; of the two cuts that the first can move to a beat, the nearer one is taken."""
    scenes = [FlexibleScene(62, longest=15), FlexibleScene(70), FlexibleScene(60)]
    changes = snap(scenes)
    assert changes == (3, 0, 0)
    assert cuts_ms(scenes, changes)[1] == 4500


def test_middle_of_a_transition_is_the_cut() -> None:
    scenes = [FlexibleScene(70, longest=15), FlexibleScene(72, overlap=12)]
    changes = snap(scenes)
    assert changes == (11, 0)
    assert cuts_ms(scenes, changes) == [2500]


def test_last_scene_becomes_longer_until_the_music_can_end_on_a_beat() -> None:
    beats = tuple(range(300, 60_000, 900))
    assert snap([FlexibleScene(300, longest=20)], beats) == (9,)
    assert ending_beat(beats, ms_of(309, FPS)) == 9300


def test_music_without_beats_moves_no_cut() -> None:
    assert snap([FlexibleScene(70, 0, -9, 9), FlexibleScene(70)], ()) == (0, 0)


LIMITED = st.builds(FlexibleScene, st.integers(30, 200), st.integers(0, 12), st.integers(-12, 0), st.integers(0, 12))


@given(st.lists(LIMITED, min_size=1, max_size=12), st.integers(300, 1000))
@settings(max_examples=100, deadline=None)
def test_no_scene_leaves_its_limits_and_no_fewer_cuts_are_on_beats(scenes: list[FlexibleScene], beat_ms: int) -> None:
    scenes[0] = replace(scenes[0], overlap=0)
    beats = tuple(range(0, 120_000, beat_ms))
    changes = snap(scenes, beats)
    assert all(scene.shortest <= change <= scene.longest for scene, change in zip(scenes, changes, strict=True))
    assert abs(sum(changes)) <= 90

    def misses(changes: tuple[int, ...]) -> int:
        return sum(distance_ms(beats, ms) > ON_BEAT_MS for ms in cuts_ms(scenes, changes))

    assert misses(changes) <= misses((0,) * len(scenes)) + 3  # the end on a beat counts as much as three cuts
    assert changes == snap(scenes, beats)


# -- films -----------------------------------------------------------------------------------------------------------


def timed(graph: SceneGraph, speech: Speech, music: MusicBeats | None, pacing: Pacing | None = None) -> Timeline:
    chosen = replace(films.PRESET, pacing=pacing or Pacing())
    return retime(graph, build(graph, films.SIZE), speech, films.still_clips(graph), chosen, music=music)


def share_on_beats(film: Timeline, music: MusicBeats, within_ms: int) -> float:
    into = {transition.into: transition.frames for transition in film.transitions}
    beats = film_pulse(music, film.length_ms)
    cuts = [ms_of(scene.start_frame + into.get(scene.scene_id, 0) // 2, film.fps) for scene in film.scenes[1:]]
    return sum(distance_ms(beats, cut) <= within_ms for cut in cuts) / len(cuts)


@pytest.mark.parametrize("music", TRACKS)
def test_four_of_five_cuts_of_a_silent_film_are_on_beats(music: MusicBeats) -> None:
    graph = films.graph_of(*(films.silent(ms) for ms in (3500, 2800, 3100, 4000, 2500, 3300, 2900, 3700)))
    assert share_on_beats(timed(graph, Speech("en"), music), music, 40) >= 0.8


@pytest.mark.parametrize("chosen", presets(), ids=lambda each: each.id)
def test_half_of_the_cuts_of_a_spoken_film_are_on_beats(chosen) -> None:
    for music in bundled_tracks()[chosen.sound.mood].values():
        graph = films.graph_of(*(films.spoken(f"{films.text(count)}.") for count in (6, 9, 11, 7, 8, 12, 10, 9)))
        film = timed(graph, films.speech(graph, 340), music, chosen.pacing)
        assert share_on_beats(film, music, 60) >= 0.5


@given(films.any_graph(1, 7), films.any_pacing(), st.integers(60, 700), st.sampled_from(TRACKS))
@settings(max_examples=60, deadline=None)
def test_no_word_is_cut_off_and_no_pause_is_stretched_too_far(graph, pacing, word_ms, music) -> None:
    speech = films.speech(graph, word_ms)
    before, film = timed(graph, speech, None, pacing), timed(graph, speech, music, pacing)
    items = [item for item in film.tracks.audio if item.kind == "voice"]
    for item in items:
        scene = film.scene(item.scene_id)
        into, out_of = (
            next((t.frames for t in film.transitions if getattr(t, end) == scene.scene_id), 0)
            for end in ("into", "out_of")
        )
        assert item.start_ms >= ms_of(scene.start_frame, film.fps) + into * 1000 / 60 - 1
        assert item.end_ms <= ms_of(scene.end_frame - out_of, film.fps) + 17
    assert [item.scene_id for item in items] == [line.scene_id for line in speech.lines]
    for longer, natural in zip(pauses_ms(film), pauses_ms(before), strict=True):
        assert longer <= natural + pacing.stretch_ms + 34
    assert abs(film.total_frames - before.total_frames) <= 90


def pauses_ms(film: Timeline) -> list[int]:
    """The pauses between two spoken scenes that follow each other."""
    items = {item.scene_id: item for item in film.tracks.audio if item.kind == "voice"}
    pairs = pairwise(items.get(scene.scene_id) for scene in film.scenes)
    return [second.start_ms - first.end_ms for first, second in pairs if first and second]


def test_cut_inside_a_sentence_moves_only_at_a_comma() -> None:
    def tail_changes(words: str) -> set[int]:
        graph = films.graph_of(films.spoken(words), films.spoken("and nobody waits for it."))
        speech = films.speech(graph)
        natural = timed(graph, speech, None).scenes[0].frames
        return {timed(graph, speech, music).scenes[0].frames - natural for music in TRACKS}

    assert tail_changes("A boat leaves the harbour now") == {0}
    assert len(tail_changes("A boat leaves the harbour now,")) > 1
    assert len(tail_changes("A boat leaves the harbour now.")) > len(tail_changes("A boat leaves the harbour now,"))


def test_edited_line_moves_few_of_the_cuts_after_it() -> None:
    graph = films.graph_of(*(films.spoken(f"{films.text(5 + 3 * k % 7)}.") for k in range(12)))
    speech = films.speech(graph)
    longer = replace(speech.lines[3], length_ms=speech.lines[3].length_ms + 430)
    edited = replace(speech, lines=(*speech.lines[:3], longer, *speech.lines[4:]))
    changed = []
    for music in bundled_tracks()["happy"].values():
        film, other = timed(graph, speech, music), timed(graph, edited, music)
        changed.append(sum(a.frames != b.frames for a, b in zip(film.scenes[4:], other.scenes[4:], strict=True)))
    assert sum(changed) / len(changed) <= 4


def test_preset_can_turn_cuts_on_beats_off() -> None:
    graph = films.graph_of(*(films.silent(ms) for ms in (3500, 2800, 3100)))
    off = replace(preset("clean_bold"), sound=replace(preset("clean_bold").sound, cut_to_beat=False))
    film = retime(graph, build(graph, films.SIZE), Speech("en"), {}, off, music=TRACKS[0])
    assert [scene.frames for scene in film.scenes] == [105, 84, 93]
