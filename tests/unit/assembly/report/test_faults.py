"""Which measured stretches of a film are faults, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing import timeline as timing
from assembly.report.faults import END_SILENCE_MS, MIN_BLACK_MS, FilmPlan, film_faults
from schemas.clip import TEMPLATE, Clip
from schemas.scene_graph import Media, MusicChoice, SceneGraph, VoiceChoice
from tests.unit.planning import films

NAMES = {"one": "night.jpg", "two": "beach.mp4"}
STILL, VIDEO = Media("image", "one"), Media("video", "two")


def plan_of(graph: SceneGraph, **clips: Clip) -> FilmPlan:
    """Return the plan of a film; the clip of scene 2 is ``scene_2``, and the others are stills."""
    given = {
        scene.id: clips.get(f"scene_{scene.id}", Clip(scene.id, "still", "p", "aa", "local")) for scene in graph.scenes
    }
    planned = timing.build(graph, films.SIZE)
    timeline = timing.retime(graph, planned, films.speech(graph), given, films.PRESET)
    return FilmPlan(graph, timeline, given, NAMES)


def video(scene_id: int, length_ms: int) -> Clip:
    return Clip(scene_id, "video", "v", "bb", "local", length_ms=length_ms)


def measured(**spans: list[list[int]]) -> Mapping[str, Any]:
    return {"black": [], "frozen": [], "silent": []} | spans


def graph_of(*media: Media, transition: str = "cut", overlap_ms: int = 0, **sound: Any) -> SceneGraph:
    scenes = [
        films.silent(4000, transition if index else "cut", overlap_ms if index else 0, media=each)
        for index, each in enumerate(media)
    ]
    graph = films.graph_of(*scenes)
    return replace(graph, global_audio=replace(graph.global_audio, **sound))


# -- black -----------------------------------------------------------------------------------------------------------


def test_black_picture_names_its_scene_its_file_and_the_remedy() -> None:
    plan = plan_of(graph_of(STILL, STILL))
    (fault,) = film_faults(plan, measured(black=[[4000, 8000]]))
    assert (fault.code, fault.scene_id, fault.file) == ("black", 2, "night.jpg")
    assert fault.warning == (
        "Scene 2 (night.jpg) is black from 4.0 to 8.0 s. Its picture is almost black: choose a brighter one."
    )
    assert fault.as_dict() == {"code": "black", "start_ms": 4000, "end_ms": 8000, "scene": 2, "file": "night.jpg"}


def test_black_part_of_a_clip_is_to_be_begun_later() -> None:
    (fault,) = film_faults(plan_of(graph_of(STILL, VIDEO), scene_2=video(2, 9000)), measured(black=[[4100, 5000]]))
    assert fault.file == "beach.mp4" and "start_ms" in fault.advice


def test_stretch_over_a_cut_is_a_fault_of_both_scenes() -> None:
    faults = film_faults(plan_of(graph_of(STILL, STILL)), measured(black=[[3000, 5000]]))
    assert [(fault.scene_id, fault.start_ms, fault.end_ms) for fault in faults] == [(1, 3000, 4000), (2, 4000, 5000)]


def test_fade_through_black_is_meant() -> None:
    plan = plan_of(graph_of(STILL, STILL, transition="fade_black", overlap_ms=900))
    (fade,) = plan.timeline.transitions
    around = [[fade.start_frame * 100 // 3 - 100, fade.end_frame * 100 // 3 + 100]]
    assert film_faults(plan, measured(black=around)) == ()
    longer = [[around[0][0] - MIN_BLACK_MS - 200, around[0][1]]]
    assert [fault.scene_id for fault in film_faults(plan, measured(black=longer))] == [1]


def test_words_on_a_dark_ground_are_meant() -> None:
    assert film_faults(plan_of(graph_of(Media("colour"), STILL)), measured(black=[[0, 4000]])) == ()
    template = Clip(1, "still", "p", "aa", TEMPLATE)
    assert film_faults(plan_of(graph_of(STILL, STILL), scene_1=template), measured(black=[[0, 4000]])) == ()


# -- frozen ----------------------------------------------------------------------------------------------------------


def spoken_plan(clip_ms: int, after: bool = True) -> FilmPlan:
    scenes = [films.spoken(films.text(24), media=VIDEO), *([films.spoken(films.text(6), media=STILL)] if after else [])]
    return plan_of(films.graph_of(*scenes), scene_1=video(1, clip_ms))


def test_clip_that_is_shorter_than_its_line_is_a_fault_while_it_is_held() -> None:
    plan = spoken_plan(3000)
    (fault,) = film_faults(plan, measured())
    item = plan.timeline.tracks.video[0]
    assert (fault.code, fault.scene_id, fault.file) == ("frozen", 1, "beach.mp4")
    assert fault.end_ms == plan.timeline.scenes[0].end_ms
    assert fault.end_ms - fault.start_ms == pytest.approx(item.hold_frames * 1000 / 30, abs=1)
    assert "does not move from" in fault.warning and "longer clip" in fault.advice and "line" in fault.advice


def test_clip_as_long_as_its_line_is_no_fault() -> None:
    assert film_faults(spoken_plan(12000), measured(frozen=[[0, 8000]])) == ()


def test_last_picture_may_rest_after_the_last_word() -> None:
    plan = spoken_plan(8000, after=False)
    voice_end_ms = max(item.end_ms for item in plan.timeline.tracks.audio if item.kind == "voice")
    (item,) = plan.timeline.tracks.video
    held = replace(item, hold_frames=item.end_frame - voice_end_ms * 30 // 1000)
    longer = replace(plan.timeline, tracks=replace(plan.timeline.tracks, video=(held,)))
    assert film_faults(replace(plan, timeline=longer), measured()) == ()


def test_still_and_resting_clip_of_the_user_are_meant() -> None:
    plan = plan_of(graph_of(STILL, VIDEO), scene_2=video(2, 9000))
    assert film_faults(plan, measured(frozen=[[0, 8000]])) == ()


def test_generated_clip_that_does_not_move_is_a_fault() -> None:
    plan = plan_of(graph_of(Media("generated"), STILL), scene_1=replace(video(1, 9000), engine="maker"))
    (fault,) = film_faults(plan, measured(frozen=[[500, 7000]]))
    assert (fault.code, fault.scene_id, fault.file, fault.end_ms) == ("frozen", 1, None, 4000)
    assert "take" in fault.advice


# -- silent ----------------------------------------------------------------------------------------------------------

NO_MUSIC = {"music": MusicChoice("none")}


def test_silence_inside_the_film_names_its_scenes() -> None:
    (fault,) = film_faults(plan_of(graph_of(STILL, STILL, STILL, **NO_MUSIC)), measured(silent=[[3000, 7000]]))
    assert fault.warning.startswith(
        "Nothing is heard from 3.0 to 7.0 s (scenes 1, 2). There is neither music nor voice"
    )


def test_silent_recording_is_to_be_replaced() -> None:
    (fault,) = film_faults(plan_of(graph_of(STILL, STILL, STILL)), measured(silent=[[0, 4000]]))
    assert "another recording" in fault.advice


def test_film_without_any_sound_is_said_once() -> None:
    (fault,) = film_faults(plan_of(graph_of(STILL, STILL, **NO_MUSIC)), measured(silent=[[0, 3900], [4000, 8000]]))
    assert fault.warning.startswith("Nothing is heard in the whole film. There is neither music nor voice")


def test_film_that_is_to_be_silent_is_no_fault() -> None:
    plan = plan_of(graph_of(STILL, STILL, **NO_MUSIC, voice=VoiceChoice("none")))
    assert film_faults(plan, measured(silent=[[0, 8000]])) == ()


def test_end_of_the_film_may_be_silent() -> None:
    plan = plan_of(graph_of(STILL, STILL, STILL, **NO_MUSIC))
    assert film_faults(plan, measured(silent=[[12000 - END_SILENCE_MS, 12000]])) == ()
    assert film_faults(plan, measured(silent=[[12000 - END_SILENCE_MS - 500, 12000]])) != ()


bounds = st.lists(st.integers(0, 12000), max_size=8, unique=True).map(sorted)


@given(black=bounds, silent=bounds)
def test_faults_are_in_order_and_inside_the_film(black, silent) -> None:
    spans = {
        name: [list(pair) for pair in zip(times[::2], times[1::2], strict=False)]
        for name, times in (("black", black), ("silent", silent))
    }
    plan = plan_of(graph_of(STILL, STILL, STILL, transition="fade_black", overlap_ms=600, **NO_MUSIC))
    faults = film_faults(plan, measured(**spans))
    assert [fault.start_ms for fault in faults] == sorted(fault.start_ms for fault in faults)
    assert all(0 <= fault.start_ms < fault.end_ms <= 12000 for fault in faults)
    assert all(fault.warning.endswith(".") for fault in faults)


def test_black_stretches_with_a_flash_between_them_are_one_fault() -> None:
    (fault,) = film_faults(plan_of(graph_of(STILL, STILL)), measured(black=[[100, 700], [800, 1500], [1600, 3000]]))
    assert (fault.start_ms, fault.end_ms) == (100, 3000)
