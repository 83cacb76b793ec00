"""Exposure of the pictures of a film against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.scenes.exposure import SeenTone, level_of, shown_part, with_matched_exposure
from schemas.preset import Preset
from schemas.region import Region
from schemas.scene_graph import Focus, Media, Scene, SceneGraph
from schemas.subjects import Subjects, Tone

PRESET = Preset("plain", "Plain", "For tests")
SIDE = 16


def tone(*levels: int) -> Tone:
    """Return a tone with as many points of each level, from top to bottom, a little apart so that it is not flat."""
    rows = [levels[row * len(levels) // SIDE] for row in range(SIDE)]
    return Tone(SIDE, bytes(min(255, max(0, level + 8 * (x - 8))) for level in rows for x in range(SIDE)).hex())


def film(*tones: Tone, layout: str | None = "full") -> tuple[SceneGraph, dict[Media, SeenTone]]:
    media = [Media("image", f"ast_{k}") for k in range(len(tones))]
    scenes = tuple(Scene(k + 1, media=each, layout=layout) for k, each in enumerate(media))
    graph = SceneGraph("2.0", "Film", "en", "plain", scenes)
    return graph, {each: SeenTone(t, 9 / 16) for each, t in zip(media, tones, strict=True)}


def levels_after(graph: SceneGraph, tones: dict[Media, SeenTone]) -> list[float]:
    result = []
    for scene, seen in zip(graph.scenes, tones.values(), strict=True):
        level = level_of(seen.tone.levels())
        assert level is not None
        result.append(255 * scene.media.correction.level(level.luma / 255))
    return result


@given(st.lists(st.integers(80, 175), min_size=2, max_size=6))
def test_levels_are_within_a_quarter_of_each_other(middles: list[int]) -> None:
    graph, tones = film(*map(tone, middles))
    levels = levels_after(with_matched_exposure(graph, tones, PRESET), tones)
    assert max(levels) <= 1.25 * min(levels)


def test_pictures_of_similar_brightness_stay_as_they_are() -> None:
    graph, tones = film(tone(120), tone(125), tone(118))
    exposures = [scene.media.exposure for scene in with_matched_exposure(graph, tones, PRESET).scenes]
    assert exposures == pytest.approx([0, 0, 0], abs=0.01)


def test_correction_is_at_most_what_the_preset_allows() -> None:
    graph, tones = film(tone(100), tone(190))
    mild = replace(PRESET, match_exposure=0.5)
    dark, bright = (scene.media for scene in with_matched_exposure(graph, tones, mild).scenes)
    assert (dark.exposure, bright.exposure) == (0.5, -0.5)


def test_preset_turns_it_off() -> None:
    graph, tones = film(tone(40), tone(200))
    assert with_matched_exposure(graph, tones, replace(PRESET, match_exposure=0)) == graph


def test_black_sky_does_not_count_and_stays_black() -> None:
    night = Tone(SIDE, bytes([12] * 200 + [60] * 28 + [110] * 28).hex())
    graph, tones = film(night, tone(150))
    sky = with_matched_exposure(graph, tones, PRESET).scenes[0].media
    assert 255 * sky.correction.level(12 / 255) <= 14
    assert 255 * sky.correction.level(110 / 255) > 130


def test_white_ground_of_a_product_does_not_count() -> None:
    product = Tone(SIDE, bytes([255] * 180 + [100, 140] * 38).hex())
    graph, tones = film(product, tone(120))
    assert with_matched_exposure(graph, tones, PRESET).scenes[0].media.exposure == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("level", [0, 255])
def test_picture_without_any_level_is_left_alone(level: int) -> None:
    graph, tones = film(Tone(SIDE, bytes([level] * SIDE**2).hex()), tone(120))
    assert with_matched_exposure(graph, tones, PRESET).scenes[0].media.exposure is None


def test_flat_picture_gets_contrast_and_keeps_its_level() -> None:
    fog = Tone(SIDE, bytes(105 + k % 12 for k in range(SIDE**2)).hex())
    graph, tones = film(fog)
    media = with_matched_exposure(graph, tones, PRESET).scenes[0].media
    assert media.contrast == 2.3
    assert levels_after(with_matched_exposure(graph, tones, PRESET), tones) == pytest.approx([110.5], abs=1)


def test_plain_colour_gets_no_contrast() -> None:
    graph, tones = film(Tone(SIDE, bytes([110] * SIDE**2).hex()))
    assert with_matched_exposure(graph, tones, PRESET).scenes[0].media.contrast is None


def test_exposure_that_a_person_chose_stays_and_counts() -> None:
    graph, tones = film(tone(120), tone(120))
    first = replace(graph.scenes[0], media=replace(graph.scenes[0].media, exposure=2.0))
    chosen = replace(graph, scenes=(first, graph.scenes[1]))
    tones[first.media] = SeenTone(tone(120), 9 / 16)
    bright, other = (scene.media.exposure for scene in with_matched_exposure(chosen, tones, PRESET).scenes)
    assert bright == 2.0 and other is not None and other > 0.5


def test_picture_looks_the_same_in_every_scene() -> None:
    graph, tones = film(tone(60), tone(180))
    again = replace(graph, scenes=(*graph.scenes, replace(graph.scenes[0], id=3, layout="card")))
    first, _, last = with_matched_exposure(again, tones, PRESET).scenes
    assert first.media == last.media


def test_every_panel_is_corrected_by_itself() -> None:
    graph, tones = film(tone(60), tone(180))
    dark, bright = tones
    both = replace(graph, scenes=(Scene(1, media=dark, pictures=(bright,), layout="stack_two"),))
    (scene,) = with_matched_exposure(both, tones, PRESET).scenes
    assert scene.media.exposure > 0 > scene.pictures[0].exposure


def test_only_the_part_that_is_shown_counts() -> None:
    # The left half is dark and the right one bright; the crop shows the right one.
    halves = Tone(SIDE, bytes((20 if x < 8 else 110) + 6 * y for y in range(SIDE) for x in range(SIDE)).hex())
    graph, tones = film(halves, tone(158))
    tones[graph.scenes[0].media] = SeenTone(halves, 9 / 8, Focus(0.9, 0.5))
    assert with_matched_exposure(graph, tones, PRESET).scenes[0].media.exposure == pytest.approx(0, abs=0.05)


@given(st.floats(0.2, 5), st.floats(0.2, 5), st.floats(0, 1), st.floats(0, 1))
def test_shown_part_is_inside_the_picture_and_has_the_aspect(aspect: float, panel: float, x: float, y: float) -> None:
    part = shown_part(SeenTone(tone(100), aspect, Focus(x, y)), panel)
    assert part.left >= 0 and part.top >= 0 and part.right <= 1 + 1e-9 and part.bottom <= 1 + 1e-9
    assert part.width / part.height * aspect == pytest.approx(panel)


def test_what_counts_of_a_picture_is_the_crop_that_keeps_its_subject() -> None:
    halves = Tone(2, bytes([60, 180, 60, 180]).hex())
    left = Subjects((), Region(0.05, 0.2, 0.3, 0.5), Focus(0.2, 0.4))
    seen = SeenTone(halves, 9 / 8, Focus(0.9, 0.5), left)
    assert shown_part(seen, 9 / 16).left == 0.0
    assert shown_part(replace(seen, subjects=None), 9 / 16).left == 0.5
