"""Pauses where the text turns: longer, exact to the frame, and independent of music and of other scenes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.editing.apply import apply_changes
from app.planning.music.library import bundled_tracks
from app.planning.scenes.planner import plan
from app.planning.timing.lengths import requested_ms, slacks, transition_ms
from app.planning.timing.timeline import build, retime
from presets.library import preset, presets
from schemas.edit import EditSchema
from schemas.job import JobRequest
from schemas.music import MusicBeats
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import Timeline
from tests.unit.planning import films

DOCUMENTARY = preset("documentary")
SCRIPT = (
    "The rocket stood on the pad for nine days. On the tenth morning the wind fell asleep.\n\n"
    "One astronaut had waited half her life for this. Tonight she will see the Moon.\n\n"
    "Beyond it, ten thousand galaxies are waiting. Nobody has ever counted them all."
)
FRAME_MS = 34
TRACKS = list(bundled_tracks()["calm"].values())


def film_of(script: str, of: Preset = DOCUMENTARY, **more: object) -> SceneGraph:
    return plan(JobRequest(script=script, preset_id=of.id, **more), (), of)  # type: ignore[arg-type]


def timed(graph: SceneGraph, of: Preset = DOCUMENTARY, music: MusicBeats | None = None) -> Timeline:
    clips = films.still_clips(graph)
    return retime(graph, build(graph, films.SIZE), films.speech(graph), clips, of, music=music)


def pauses_ms(film: Timeline) -> dict[int, int]:
    """The pause before the line of each scene but the first, by scene id."""
    items = [item for item in film.tracks.audio if item.kind == "voice"]
    return {second.scene_id or 0: second.start_ms - first.end_ms for first, second in pairwise(items)}


def turned(graph: SceneGraph) -> set[int]:
    return {scene.id for scene in graph.scenes if scene.turn}


def edited(graph: SceneGraph, **change: object) -> SceneGraph:
    return apply_changes(graph, EditSchema.read({"changes": [change]}).changes)


# -- plan ------------------------------------------------------------------------------------------------------------


def test_scene_begins_at_each_turn_and_has_it() -> None:
    graph = film_of(SCRIPT)
    starts = [scene.voice_script for scene in graph.scenes if scene.turn]
    assert [line.split()[0] for line in starts] == ["One", "Beyond"]


@pytest.mark.parametrize("each", presets(), ids=lambda each: each.id)
def test_sentences_across_a_turn_share_no_scene(each: Preset) -> None:
    graph = film_of("Go. Run.\n\nStop. Wait.\n\nSleep. Rest.", each)
    assert [scene.voice_script.split()[0] for scene in graph.scenes if scene.turn] == ["Stop.", "Sleep."]


def test_each_sentence_as_a_paragraph_of_its_own_gives_the_film_of_one_paragraph() -> None:
    sentences = SCRIPT.replace("\n\n", " ")
    separate = film_of(sentences.replace(". ", ".\n\n"))
    assert turned(separate) == set()
    assert separate.scenes == film_of(sentences).scenes


def test_pauses_are_left_out_of_a_film_that_has_no_time_for_them() -> None:
    natural = film_of(SCRIPT)
    without = film_of(SCRIPT.replace("\n\n", "\n"))
    seconds = {graph: sum(scene.duration_ms for scene in graph.scenes) / 1000 for graph in (natural, without)}
    assert seconds[natural] > seconds[without] + 0.9
    assert turned(film_of(SCRIPT, target_duration_seconds=int(seconds[without]))) == set()
    assert len(turned(film_of(SCRIPT, target_duration_seconds=int(seconds[natural]) + 1))) == 2


@pytest.mark.parametrize("seconds", [25, 30, 45])
def test_film_with_turns_has_its_target_length(seconds: int) -> None:
    graph = film_of(SCRIPT, target_duration_seconds=seconds)
    overlaps_ms = sum(transition_ms(scene, index) for index, scene in enumerate(graph.scenes))
    assert turned(graph)
    assert sum(scene.duration_ms for scene in graph.scenes) - overlaps_ms == pytest.approx(seconds * 1000, abs=10)


# -- timing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("music", [None, *TRACKS])
def test_pause_at_a_turn_is_longer_than_the_others(music: MusicBeats | None) -> None:
    graph = film_of(SCRIPT)
    pauses = pauses_ms(timed(graph, music=music))
    turns = {pauses.pop(scene_id) for scene_id in turned(graph)}
    assert all(0 <= ms - DOCUMENTARY.pacing.turn_ms <= 2 * FRAME_MS for ms in turns)
    assert max(pauses.values()) <= 310


def test_calm_presets_pause_longer_and_fast_ones_do_not() -> None:
    pauses = {each.id: max(each.pacing.turn_ms, each.pacing.lead_ms + each.pacing.tail_ms) for each in presets()}
    calm = ("documentary", "editorial_serif", "minimal_mono", "warm_memories")
    usual = {each.id: each.pacing.lead_ms + each.pacing.tail_ms for each in presets()}
    assert all(pauses[name] >= usual[name] + 300 for name in calm)
    assert all(pauses[name] <= usual[name] + 150 for name in pauses if name not in calm)


def test_turn_without_a_longer_pause_changes_nothing() -> None:
    plain = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves."))
    turn = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves.", turn=True))
    for pacing in (Pacing(), Pacing(turn_ms=500)):
        assert slacks(plain.scenes, pacing) == slacks(turn.scenes, pacing)


@pytest.mark.parametrize("scenes", [(films.spoken("A boat leaves.", turn=True),), (films.silent(2000),)])
def test_only_a_pause_between_two_lines_is_longer(scenes: tuple[Scene, ...]) -> None:
    graph = films.graph_of(*scenes, films.silent(3000), films.spoken("Nobody waits.", turn=True))
    flat = [replace(scene, turn=False) for scene in graph.scenes]
    assert slacks(graph.scenes, Pacing(turn_ms=2000)) == slacks(flat, Pacing(turn_ms=2000))


@given(films.any_graph(2, 7), films.any_pacing(), st.integers(60, 700), st.sampled_from([None, *TRACKS]))
@settings(max_examples=60, deadline=None)
def test_no_pause_at_a_turn_is_shorter_than_stated(
    graph: SceneGraph, pacing: Pacing, word_ms: int, music: MusicBeats | None
) -> None:
    speech, style = films.speech(graph, word_ms), replace(films.PRESET, pacing=pacing)
    film = retime(graph, build(graph, films.SIZE), speech, films.still_clips(graph), style, music=music)
    items = {item.scene_id: item for item in film.tracks.audio if item.kind == "voice"}
    for before, scene in pairwise(graph.scenes):
        if scene.turn and before.id in items and scene.id in items:
            pause_ms = items[scene.id].start_ms - items[before.id].end_ms
            assert pause_ms >= pacing.turn_ms - FRAME_MS or pacing.turn_ms <= pacing.lead_ms + pacing.tail_ms


# -- edits -----------------------------------------------------------------------------------------------------------


def test_pause_stays_when_another_scene_is_edited() -> None:
    graph = film_of(SCRIPT)
    before = pauses_ms(timed(graph))
    after = pauses_ms(timed(edited(graph, scene=1, voice_script="The rocket stood.")))
    assert {scene_id: before[scene_id] for scene_id in turned(graph)} == {
        scene_id: after[scene_id] for scene_id in turned(graph)
    }


def test_turn_that_an_edit_takes_away_or_adds_changes_the_pause() -> None:
    graph = film_of(SCRIPT)
    scene_id = min(turned(graph))
    without = edited(graph, scene=scene_id, turn=False)
    assert not any(requested_ms(without, DOCUMENTARY)[:-1])
    assert pauses_ms(timed(without))[scene_id] <= 200
    again = edited(without, scene=scene_id, turn=True)
    assert again == graph


def test_removed_scene_takes_its_turn_with_it() -> None:
    graph = film_of(SCRIPT)
    scene_id = min(turned(graph))
    after = edited(graph, remove=scene_id)
    assert max(ms for key, ms in pauses_ms(timed(after)).items() if key not in turned(after)) <= 200
