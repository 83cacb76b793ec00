"""The own sound of clips: when it is heard, its times, and the reason when it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.clip_sounds import SLOWEST_SPEED, clip_sounds, unreadable
from app.planning.timing.timeline import build, retime
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.preset import Pacing
from schemas.scene_graph import Media, SceneGraph
from schemas.speech import Speech
from schemas.timeline import AudioItem, Timeline
from schemas.timing import frames_of, ms_of
from tests.unit.planning import films

FILE = Asset("v1", "video", "assets/v1.mp4", "1", 1, "video/mp4", "beach.mp4", length_ms=20_000, sound=True)
MEDIA = Media("video", "v1", start_ms=700)


def graph_of(*lengths_ms: int, mode: str = "duck", sound: str | None = None, overlap_ms: int = 0) -> SceneGraph:
    kind = "fade" if overlap_ms else "cut"
    scenes = (films.silent(ms, kind, overlap_ms, media=replace(MEDIA, sound=sound)) for ms in lengths_ms)
    graph = films.graph_of(*scenes)
    return replace(graph, global_audio=replace(graph.global_audio, clip_sound=mode))


def clips_of(graph: SceneGraph, length_ms: int = 19_300) -> dict[int, Clip]:
    clip = Clip(1, "video", FILE.key, "v", "local", start_ms=MEDIA.start_ms, length_ms=length_ms)
    return {scene.id: replace(clip, scene_id=scene.id) for scene in graph.scenes}


def timed(graph: SceneGraph, clips: dict[int, Clip], asset: Asset = FILE, slowest: float = 0.6) -> Timeline:
    preset = replace(films.PRESET, pacing=Pacing(slowest=slowest))
    return retime(graph, build(graph, films.SIZE), Speech("en"), clips, preset, assets={asset.id: asset})


def own_sound(film: Timeline) -> list[AudioItem]:
    return [item for item in film.tracks.audio if item.kind == "clip"]


def reasons(graph: SceneGraph, clips: dict[int, Clip]) -> list[tuple[str, str]]:
    sounds = clip_sounds(graph, timed(graph, clips).tracks.video, clips, {FILE.id: FILE})
    return [(sound.mode, sound.reason) for sound in sounds]


def test_sound_has_the_times_of_its_picture() -> None:
    graph = graph_of(3000, 4000)
    film = timed(graph, clips_of(graph))
    assert own_sound(film) == [
        AudioItem("clip", 0, 3000, FILE.key, 1, -3.0, 700, 1.0, 20, 20, True),
        AudioItem("clip", 3000, 7000, FILE.key, 2, -3.0, 700, 1.0, 20, 20, True),
    ]


def test_sounds_cross_over_the_transition() -> None:
    graph = graph_of(3000, 4000, overlap_ms=600)
    first, second = own_sound(timed(graph, clips_of(graph)))
    assert (first.end_ms, second.start_ms) == (3000, 2400)
    assert (first.fade_in_ms, first.fade_out_ms) == (20, 600)
    assert (second.fade_in_ms, second.fade_out_ms) == (600, 20)


def test_sound_ends_when_the_picture_is_held() -> None:
    graph = graph_of(3000)
    film = timed(graph, clips_of(graph, 2500), slowest=1.0)
    held = film.tracks.video[0].hold_frames
    assert held > 0
    assert own_sound(film)[0].end_ms == ms_of(film.total_frames - held, film.fps) == 2500


@pytest.mark.parametrize(("length_ms", "speed"), [(2700, 0.9), (2400, 0.8)])
def test_sound_is_slowed_with_the_picture(length_ms: int, speed: float) -> None:
    graph = graph_of(3000)
    assert own_sound(timed(graph, clips_of(graph, length_ms)))[0].speed == speed


def test_sound_of_a_picture_that_is_slowed_too_far_is_dropped_with_the_reason() -> None:
    graph = graph_of(3000)
    clips = clips_of(graph, 2000)
    assert own_sound(timed(graph, clips)) == []
    [sound] = clip_sounds(graph, timed(graph, clips).tracks.video, clips, {FILE.id: FILE})
    assert sound.warning is not None
    assert sound.warning.startswith("not in the film: the sound of beach.mp4 (scene 1): the picture is slowed to 0.67")


@pytest.mark.parametrize(
    ("mode", "sound", "ducked"), [("duck", None, True), ("keep", None, False), ("mute", "keep", False)]
)
def test_scene_overrides_the_film(mode: str, sound: str | None, ducked: bool) -> None:
    graph = graph_of(3000, mode=mode, sound=sound)
    assert [item.ducked for item in own_sound(timed(graph, clips_of(graph)))] == [ducked]


@pytest.mark.parametrize(
    ("mode", "sound", "setting"), [("mute", None, "clip_sound of the film"), ("keep", "mute", "media.sound")]
)
def test_muted_sound_has_a_reason_and_no_warning(mode: str, sound: str | None, setting: str) -> None:
    graph = graph_of(3000, mode=mode, sound=sound)
    clips = clips_of(graph)
    assert own_sound(timed(graph, clips)) == []
    [decision] = clip_sounds(graph, timed(graph, clips).tracks.video, clips, {FILE.id: FILE})
    assert (decision.mode, decision.warning) == ("mute", None)
    assert decision.reason.startswith(setting)


def test_sound_of_a_scene_that_shows_something_else_is_dropped() -> None:
    graph = graph_of(3000, 3000)
    clips = {**clips_of(graph), 1: Clip(1, "still", "plates/1", "p", "template")}
    assert reasons(graph, clips)[0] == ("dropped", "the scene does not show the file")
    assert [item.scene_id for item in own_sound(timed(graph, clips))] == [2]


def test_file_without_sound_has_neither_item_nor_decision() -> None:
    graph, silent = graph_of(3000), replace(FILE, sound=False)
    film = timed(graph, clips_of(graph), silent)
    assert own_sound(film) == []
    assert clip_sounds(graph, film.tracks.video, clips_of(graph), {"v1": silent}) == ()


def test_sound_that_cannot_be_decoded_gets_a_warning() -> None:
    graph = graph_of(3000, 3000)
    clips = clips_of(graph)
    sounds = clip_sounds(graph, timed(graph, clips).tracks.video, clips, {FILE.id: FILE})
    first, second = unreadable(sounds, [2])
    assert first.warning is None
    assert second.warning is not None and "cannot be decoded" in second.warning


@given(films.any_graph(), st.data())
def test_sound_is_never_outside_the_moving_picture(graph: SceneGraph, data: st.DataObject) -> None:
    graph = replace(graph, scenes=tuple(replace(scene, media=MEDIA) for scene in graph.scenes))
    clips = clips_of(graph, data.draw(st.integers(1, 12_000)))
    film = timed(graph, clips)
    video = {item.scene_id: item for item in film.tracks.video}
    for item in own_sound(film):
        picture = video[item.scene_id or 0]
        start, end = (frames_of(ms, film.fps) for ms in (item.start_ms, item.end_ms))
        assert (start, end) == (picture.start_frame, picture.end_frame - picture.hold_frames)
        assert item.speed == picture.speed >= SLOWEST_SPEED
