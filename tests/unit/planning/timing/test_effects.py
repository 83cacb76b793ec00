"""Which sound effects a film has, and when: on moves, on what appears over the picture, before the closing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.effects import MIN_DISTANCE_MS, SHAPES, STILL_TRANSITIONS
from app.planning.timing.timeline import build, retime
from presets.library import preset, presets
from schemas.preset import TRANSITIONS
from schemas.scene_graph import Overlay, Scene, SceneGraph
from schemas.speech import Speech
from schemas.timeline import EFFECTS, AudioItem
from tests.unit.planning import films

CALM = ("documentary", "editorial_serif", "minimal_mono", "warm_memories")
LOUD = replace(films.PRESET, sound=replace(films.PRESET.sound, effects_db=-14.0))
TEXT = (Overlay(text="$249"),)


def effects_of(graph: SceneGraph, look=LOUD) -> list[AudioItem]:
    film = retime(graph, build(graph, films.SIZE), films.speech(graph), films.still_clips(graph), look)
    return [item for item in film.tracks.audio if item.kind == "effect"]


def peaks(graph: SceneGraph) -> list[tuple[str, int]]:
    return [(item.effect, item.start_ms + SHAPES[item.effect].before_ms) for item in effects_of(graph)]


def still_scenes(*scenes: Scene) -> SceneGraph:
    return films.graph_of(films.silent(4000), *scenes)


@pytest.mark.parametrize("kind", TRANSITIONS)
def test_whoosh_peaks_in_the_middle_of_a_transition_that_moves(kind: str) -> None:
    graph = still_scenes(films.silent(4000, kind, 400))
    assert peaks(graph) == ([] if kind in STILL_TRANSITIONS else [("whoosh", 3800)])


def test_pop_begins_with_the_frame_on_which_something_appears() -> None:
    assert peaks(still_scenes(films.silent(4000, overlays=TEXT))) == [("pop", 4000)]
    assert peaks(still_scenes(films.silent(4000, "fade", 500, overlays=TEXT))) == [("pop", 4000)]


def test_riser_leads_to_the_closing_scene_and_keeps_the_pop_away() -> None:
    closing = films.silent(4000, role="closing", overlays=TEXT)
    (item,) = effects_of(still_scenes(closing))
    assert (item.effect, item.start_ms, item.end_ms, item.scene_id) == ("riser", 2800, 4200, 2)


def test_effect_that_would_begin_before_the_film_is_left_out() -> None:
    assert effects_of(films.graph_of(films.silent(900), films.silent(4000, role="closing"))) == []


def test_calm_presets_have_no_effects_and_the_others_are_12_to_18_db_below_the_voice() -> None:
    graph = still_scenes(films.silent(4000, "slide_left", 400, overlays=TEXT))
    for look in presets():
        level = look.sound.effects_db
        assert (level is None) == (look.id in CALM)
        assert level is None or -18 <= level <= -12
        assert [item.gain_db for item in effects_of(graph, look)] == ([] if level is None else [level])


SCENES = st.lists(
    st.builds(
        lambda ms, kind, overlap, overlays, role: films.silent(ms, kind, overlap, overlays=overlays, role=role),
        st.integers(300, 5000),
        st.sampled_from(TRANSITIONS),
        st.integers(0, 800),
        st.sampled_from(((), TEXT)),
        st.sampled_from(("body", "closing")),
    ),
    min_size=1,
    max_size=12,
)


@given(SCENES)
@settings(max_examples=80, deadline=None)
def test_effects_are_at_least_two_seconds_apart_and_inside_the_film(scenes: list[Scene]) -> None:
    graph = films.graph_of(*scenes)
    items = effects_of(graph)
    film = retime(graph, build(graph, films.SIZE), Speech("en"), films.still_clips(graph), LOUD)
    times = [item.start_ms + SHAPES[item.effect].before_ms for item in items]
    assert all(second - first >= MIN_DISTANCE_MS for first, second in pairwise(times))
    assert all(0 <= item.start_ms < item.end_ms <= film.length_ms for item in items)
    assert {item.effect for item in items} <= set(EFFECTS)


def test_edit_of_an_overlay_changes_the_sound_of_a_preset_with_effects() -> None:
    look = preset("pop_meme")
    assert effects_of(still_scenes(films.silent(4000)), look) == []
    assert len(effects_of(still_scenes(films.silent(4000, overlays=TEXT)), look)) == 1


def test_film_without_voice_and_music_has_no_effects() -> None:
    scenes = (films.silent(4000), films.silent(4000, overlays=TEXT))
    graph = films.scene_graph([replace(scene, id=index) for index, scene in enumerate(scenes, 1)], music="none")
    assert effects_of(graph) == []


@pytest.mark.parametrize(
    ("effects", "preset_db", "heard_db"),
    [(None, None, None), (None, -16.0, -16.0), (True, None, -14.0), (True, -16.0, -16.0), (False, -16.0, None)],
)
def test_film_chooses_effects_and_the_preset_their_level(effects, preset_db, heard_db) -> None:
    graph = still_scenes(films.silent(4000, "slide_left", 400))
    graph = replace(graph, global_audio=replace(graph.global_audio, effects=effects))
    look = replace(films.PRESET, sound=replace(films.PRESET.sound, effects_db=preset_db))
    assert [item.gain_db for item in effects_of(graph, look)] == ([] if heard_db is None else [heard_db])
