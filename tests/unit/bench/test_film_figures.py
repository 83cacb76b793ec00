"""Figures of a film that viewers notice."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from schemas.clip import CameraShot, Clip, Motion, Panel, Window
from schemas.preset import Grade
from schemas.region import Region
from schemas.scene_graph import Media, Overlay, Scene, SceneGraph
from schemas.segment import ClipRange, Segment, TimedOverlay
from schemas.speech import Speech, SpokenLine, Word
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, Tracks, VideoItem
from tests.bench import film_figures
from tests.media import material

FPS = Fraction(30)
SCENES = (TimedScene(1, 0, 60, 0, 2000), TimedScene(2, 60, 150, 2000, 5000), TimedScene(3, 150, 240, 5000, 8000))
VOICE = (AudioItem("voice", 300, 1500, "a", 1), AudioItem("voice", 2200, 4000, "b", 2))
LINES = tuple(
    SpokenLine(item.scene_id, "Words", item.key, 1800, (Word("Words", 100, 1700),), "voice")
    for item in VOICE
    if item.scene_id
)


def timeline(*transitions: TimedTransition, audio: tuple[AudioItem, ...] = VOICE) -> Timeline:
    video = tuple(VideoItem(scene.scene_id, scene.start_frame, scene.end_frame) for scene in SCENES)
    return Timeline("2.0", FPS, 108, 192, 240, SCENES, Tracks(video, audio), transitions)


def test_shots_are_as_long_as_the_time_between_two_cuts() -> None:
    assert film_figures.shot_lengths_s(timeline()) == [2, 3, 3]


def test_line_has_the_right_picture_if_its_scene_shows_it() -> None:
    scenes = (
        Scene(1, voice_script="The cat sleeps.", media=Media("image", "a")),
        Scene(2, voice_script="The moon is up.", media=Media("image", "b"), pictures=(Media("image", "c"),)),
    )
    graph = SceneGraph("2.0", "T", "en", "clean_bold", scenes)
    names = {"a": "moon.png", "b": "dog.png", "c": "cat.png"}
    named = {"The cat": "cat.png", "The moon": "cat.png", "is up": "moon.png"}
    assert film_figures.right_pictures(graph, names, named) == [False, True, False]


def test_scene_that_is_cut_has_several_shots() -> None:
    film = timeline()
    resting = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
    cut = replace(film.tracks.video[1], shots=(CameraShot(0, resting), CameraShot(30, resting)))
    film = replace(film, tracks=replace(film.tracks, video=(film.tracks.video[0], cut, film.tracks.video[2])))
    assert film_figures.shot_lengths_s(film) == [2, 1, 2, 3]


def test_pictures_fill_their_panels_or_the_frame() -> None:
    half = Region(0.0, 0.0, 1.0, 0.5)
    clips = (
        Clip(1, "still", "a", "a", "local", aspect=0.5625),
        Clip(2, "still", "b", "b", "local", panels=(Panel(half, "p"),)),
        Clip(3, "still", "c", "c", "local", aspect=0.5625, picture=Region(0.0, 0.3, 1.0, 0.4)),
        Clip(4, "still", "d", "d", "local"),
    )
    segments = [material.segment(ClipRange(clip, 0, 30, 30), 30) for clip in clips]
    assert film_figures.picture_fill(segments) == pytest.approx((1 + 0.5 + 0.4) / 3)
    assert film_figures.picture_fill(segments[3:]) is None


def test_cut_share_counts_the_changes_without_a_transition() -> None:
    assert film_figures.cut_share(timeline()) == 1
    assert film_figures.cut_share(timeline(TimedTransition("fade", 1, 2, 60, 66))) == 0.5


def test_voice_is_measured_from_the_first_word_to_the_end_of_the_film() -> None:
    assert film_figures.first_word_s(timeline()) == 0.3
    assert film_figures.hold_after_last_word_s(timeline(), Speech("en", LINES)) == pytest.approx(8 - 3.9)


def test_film_without_a_voice_has_no_figures_of_words() -> None:
    assert film_figures.first_word_s(timeline(audio=())) is None
    assert film_figures.hold_after_last_word_s(timeline(audio=()), Speech("en", ())) is None


def segment(motion: Motion | None, frames: int = 60) -> Segment:
    clip = Clip(1, "still", "a", "a", "local", motion=motion)
    return material.segment(ClipRange(clip, 0, frames, frames), frames, width=1080, height=1920)


def test_camera_speed_is_relative_to_the_window() -> None:
    pan = Motion("pan_left", Window(0.4, 0.5, 0.8), Window(0.6, 0.5, 0.8))
    zoom = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.9))
    still = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
    speeds = film_figures.camera_speeds([segment(each) for each in (pan, zoom, still, None)])
    assert speeds == pytest.approx([12.5, 5.27], abs=0.01)


def test_caption_figures_are_shares_of_the_frame() -> None:
    captioned = material.segment(
        ClipRange(material.still("a"), 0, 60, 60), 60, width=1080, height=1920, cues=(material.cue(0, 2000, "Words"),)
    )
    (middle,) = film_figures.caption_middles([captioned])
    height = film_figures.cap_height_share([captioned])
    assert 0.5 < middle < 0.9
    assert height is not None and 0.015 < height < 0.05
    assert film_figures.cap_height_share([segment(None)]) is None


def test_brightness_spread_is_relative_to_the_film() -> None:
    assert film_figures.brightness_spread([100, 100, 125]) == 0.25
    assert film_figures.brightness_spread([80, 80, 80]) == 0


def test_level_of_a_picture_is_that_before_the_grade_without_black_and_white() -> None:
    luma = np.full((192, 108), 16, np.uint8)
    luma[60:] = round(16 + 219 * (0.4 * 1.2 - 0.1))
    graded = material.segment(ClipRange(material.still("a"), 0, 2, 2), 2, grade=Grade(contrast=1.2))
    assert film_figures.levels_of_pictures(luma, graded) == pytest.approx([0.4 * 255], abs=1.5)


def test_each_panel_has_a_level() -> None:
    luma = np.full((192, 108), 90, np.uint8)
    luma[96:] = 180
    panels = (Panel(Region(0, 0, 1, 0.5), "a"), Panel(Region(0, 0.5, 1, 0.5), "b"))
    clip = replace(material.still("a"), panels=panels)
    levels = film_figures.levels_of_pictures(luma, material.segment(ClipRange(clip, 0, 2, 2), 2))
    assert levels == pytest.approx([(90 - 16) / 219 * 255, (180 - 16) / 219 * 255], abs=1)


STILL = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
CUES = (material.cue(0, 2000, "Words"),)


def shown(clip: Clip, **facts: Any) -> Segment:
    return material.segment(ClipRange(clip, 0, 60, 60), 60, width=1080, height=1920, **facts)


def test_face_and_subject_under_captions_are_measured() -> None:
    everywhere = Region(0.0, 0.0, 1.0, 1.0)
    clip = Clip(1, "still", "a", "a", "local", STILL, faces=(everywhere,), subject=everywhere, aspect=9 / 16)
    (hidden,) = film_figures.hidden_by_captions([shown(clip, cues=CUES), segment(None)])
    assert hidden.faces > 0
    (free,) = film_figures.hidden_by_captions([shown(replace(clip, faces=()), cues=CUES)])
    assert free.faces == 0 and free.subject <= 0.1


def test_subject_and_edges_under_titles_are_measured() -> None:
    small = Panel(Region(0.4, 0.12, 0.2, 0.68), "p", STILL, subject=Region(0.0, 0.0, 1.0, 1.0), aspect=0.2)
    clip = Clip(1, "still", "a", "a", "local", panels=(small,))
    headline = (TimedOverlay(Overlay(text="A very wide headline", style="headline"), 0, 60),)
    (hidden,) = film_figures.hidden_by_titles([shown(clip, overlays=headline)])
    assert hidden.crosses and hidden.subject > 0


def test_words_over_words_are_counted_while_both_are_shown() -> None:
    fills = TimedOverlay(Overlay(text="word\n" * 40), 0, 30)
    clip = Clip(1, "still", "a", "a", "local", STILL)
    early = shown(clip, overlays=(fills, replace(fills, first=10)))
    late = shown(clip, overlays=(fills, replace(fills, first=30)))
    assert film_figures.words_over_words([early]) == 1
    assert film_figures.words_over_words([late]) == 0


CLOSE = Motion("still", Window(0.5, 0.5, 0.5), Window(0.5, 0.5, 0.5))
SHOWN = Clip(1, "still", "a", "a", "local", STILL, aspect=9 / 16, part=Region(0.0, 0.0, 1.0, 1.0))


def graph_of(*assets: str | None) -> SceneGraph:
    scenes = tuple(Scene(number, media=Media("image", asset)) for number, asset in enumerate(assets, 1))
    return SceneGraph("2.0", "T", "en", "clean_bold", scenes)


def scene_of(number: int, motion: Motion, *shots: CameraShot) -> Segment:
    clip = ClipRange(replace(SHOWN, motion=motion), 0, 60, 60, shots=shots)
    return replace(material.segment(clip, 60, width=1080, height=1920), scene_id=number)


def test_picture_that_is_shown_again_in_the_same_view_does_not_differ() -> None:
    segments = [scene_of(1, STILL), scene_of(2, CLOSE), scene_of(3, CLOSE)]
    assert film_figures.smallest_repeat(segments, graph_of("a", "a", "a")) == 0
    assert film_figures.smallest_repeat(segments, graph_of("a", "a", "b")) == 1
    assert film_figures.smallest_repeat(segments, graph_of("a", "b", "a")) is None


def test_shots_inside_a_scene_repeat_its_picture() -> None:
    near = replace(CLOSE, start=Window(0.5, 0.5, 0.8), end=Window(0.5, 0.5, 0.8))
    cut = scene_of(1, STILL, CameraShot(0, STILL), CameraShot(30, near))
    assert film_figures.smallest_repeat([cut], graph_of("a")) == 0.25
    assert film_figures.smallest_repeat([cut], graph_of(None)) is None
