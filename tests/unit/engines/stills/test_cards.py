"""Backgrounds with shapes: readable, different, deterministic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.adapters.local import Local
from engines.stills.backgrounds import rgb_of
from engines.stills.card_colours import contrast_of, letters_of
from engines.stills.cards import cards
from engines.stills.shapes import DRAWINGS
from presets.library import presets
from schemas.preset import SHAPES

PRESETS = presets()
every_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)


def card_of(shots, preset, turn: int = 5, size=(180, 320)):
    return cards(shots.shot(preset=preset, width=size[0], height=size[1]), turn)


def test_every_kind_of_shape_can_be_drawn() -> None:
    assert tuple(DRAWINGS) == SHAPES


@every_preset
@pytest.mark.parametrize("turn", range(4))
def test_letters_are_readable_on_every_pixel(shots, preset, turn) -> None:
    letters = letters_of(preset)
    pixels = np.unique(card_of(shots, preset, turn)[0].reshape(-1, 3), axis=0)
    sample = {tuple(map(int, pixel)) for pixel in pixels[:: max(1, len(pixels) // 1500)]}
    for usual in letters.usual:
        assert min(contrast_of(rgb_of(usual), pixel) for pixel in sample) >= 4.5


@every_preset
def test_shapes_are_seen_on_every_card(shots, preset) -> None:
    plain = card_of(shots, replace(preset, shapes=("discs",)))[0].astype(int)
    other = card_of(shots, replace(preset, shapes=("bands",)))[0].astype(int)
    for first, second in zip(np.split(plain, 3, axis=1), np.split(other, 3, axis=1), strict=True):
        assert (np.abs(first - second).max(axis=2) > 8).mean() > 0.05


@every_preset
def test_cards_of_a_scene_differ_and_scenes_do(shots, preset) -> None:
    rgb, _ = card_of(shots, preset, 5)
    assert len({part.tobytes() for part in np.split(rgb, 3, axis=1)}) == 3
    assert np.array_equal(rgb, card_of(shots, preset, 5)[0])
    assert not np.array_equal(rgb, card_of(shots, preset, 6)[0])


@every_preset
@pytest.mark.parametrize("size", [(108, 192), (192, 108), (144, 144)])
def test_views_stay_on_their_own_card(shots, preset, size) -> None:
    rgb, views = card_of(shots, preset, size=size)
    aspect = rgb.shape[1] / rgb.shape[0] / (size[0] / size[1])
    for index, view in enumerate(views):
        for window in (view.start, view.end):
            assert index / 3 <= window.x - window.width / 2 and window.x + window.width / 2 <= (index + 1) / 3
            assert window.y - window.width * aspect / 2 >= -0.01 and window.y + window.width * aspect / 2 <= 1.01


def test_still_presets_have_a_camera_that_rests(shots) -> None:
    for preset in PRESETS:
        rests = all(view.start == view.end for view in card_of(shots, preset)[1])
        assert rests == (set(preset.motion.kinds) == {"still"})


def test_clip_of_a_background_has_the_views_and_a_preset_without_shapes_none(shots) -> None:
    look = replace(shots.preset(), shapes=("rings",))
    with_shapes, plain = (Local().render(shots.shot(preset=one)) for one in (look, shots.preset()))
    assert len(with_shapes.views) == 3 and plain.views == ()
    assert with_shapes.motion == with_shapes.views[0]
    assert with_shapes.identity != plain.identity
