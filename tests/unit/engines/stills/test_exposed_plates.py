"""Photographs in plates that are matched: their levels, what is clipped, and what stays black."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
import pytest
from PIL import Image
from skimage import data

from app.planning.scenes.exposure import SeenTone, level_of, with_matched_exposure
from assembly.picture import i420
from engines.adapters.local import Local
from engines.stills.tone import tone_of
from schemas.preset import Grade
from schemas.scene_graph import Media, Scene, SceneGraph

DARK, BRIGHT, ORDINARY = "rocket", "page", "chelsea"
FILMS = [
    ("rocket", "astronaut", "moon", "hubble_deep_field"),
    ("hubble_deep_field", "moon", "rocket"),
    ("coffee", "chelsea", "rocket", "camera", "moon", "astronaut"),
]
LUMA = np.array([0.2126, 0.7152, 0.0722])


def photograph(name: str) -> np.ndarray:
    pixels = np.asarray(getattr(data, name)())
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2))


def matched(names: tuple[str, ...], preset) -> list[Media]:
    media = [Media("image", name) for name in names]
    tones = {m: SeenTone(tone_of(photograph(n)), 1.0) for m, n in zip(media, names, strict=True)}
    scenes = tuple(Scene(k + 1, media=each) for k, each in enumerate(media))
    graph = with_matched_exposure(SceneGraph("2.0", "Film", "en", "plain", scenes), tones, preset)
    return [scene.media for scene in graph.scenes]


def plate_luma(shots, media: Media, name: str) -> np.ndarray:
    """Return the luma (0 … 255) of the plate of a photograph, which shows all of it."""
    path = shots.save_image(Image.fromarray(photograph(name)).resize((240, 240)), f"{name}.png")
    shot = shots.shot(path, width=240, height=240, motion="still", zoom=1.0, fit="crop")
    scene = replace(shot.scene, media=replace(shot.scene.media, exposure=media.exposure, contrast=media.contrast))
    clip = Local().render(replace(shot, scene=scene))
    plane = i420.planes(np.load(shots.store.local(clip.key)))[0]
    return np.asarray((plane.astype(float) - 16) / 219 * 255)


def level(luma: np.ndarray) -> float:
    result = level_of(luma.round().astype(int).ravel().clip(0, 255).tolist())
    assert result is not None
    return result.luma


@pytest.mark.parametrize("names", FILMS)
def test_levels_of_photographs_are_within_a_quarter_of_the_film(shots, names) -> None:
    media = matched(names, shots.preset())
    levels = [level(plate_luma(shots, each, name)) for each, name in zip(media, names, strict=True)]
    assert max(abs(value / median(levels) - 1) for value in levels) <= 0.25


@pytest.mark.parametrize("names", FILMS)
def test_under_three_percent_of_a_photograph_are_newly_clipped(shots, names) -> None:
    for each, name in zip(matched(names, shots.preset()), names, strict=True):
        before, after = plate_luma(shots, Media("image", name), name), plate_luma(shots, each, name)
        for is_clipped in (lambda luma: luma >= 254, lambda luma: luma <= 1):
            assert (is_clipped(after) & ~is_clipped(before)).mean() < 0.03


def test_sky_between_the_galaxies_stays_black(shots) -> None:
    names = FILMS[0]
    sky = plate_luma(shots, matched(names, shots.preset())[3], "hubble_deep_field")
    assert np.quantile(sky, 0.5) <= 20


def test_hue_and_saturation_of_a_photograph_stay(shots) -> None:
    from app.media.grading import expose_colour
    from schemas.exposure import Exposure

    orange = (0.9, 0.45, 0.15)
    for stops in (-1.0, 0.7):
        red, green, blue = expose_colour(Exposure(stops), orange)
        assert red > green > blue
        assert (red - blue) / (orange[0] - orange[2]) == pytest.approx(2 ** (stops / 4), abs=0.12)


def test_exposure_is_part_of_the_identity_of_a_plate(shots) -> None:
    path = shots.save_image(Image.fromarray(photograph("coffee")))
    shot = shots.shot(path, grade=Grade(contrast=1.1))
    brighter = replace(shot, scene=replace(shot.scene, media=replace(shot.scene.media, exposure=0.5)))
    first, second = Local().render(shot), Local().render(brighter)
    assert first.key != second.key and first.identity != second.identity
    assert shot.identity() != brighter.identity()
