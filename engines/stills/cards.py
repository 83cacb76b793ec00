"""The plate of a scene without a picture: several cards of colours and shapes side by side, one for each view."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from engines.base import Shot
from engines.stills.backgrounds import rgb_of
from engines.stills.card_colours import CardColours, card_colours
from engines.stills.pictures import Rgb
from engines.stills.shapes import Canvas, draw_shapes
from schemas.clip import VIEW_S, Motion, Window

# A card is this much larger than the part of it that is shown, so that the camera can move over it.
SPACE = 1.16
# Pixels of a card for one pixel of the frame: shapes have no detail that a smaller card would lose.
CARD_STEP = 0.77
# The speed of the camera in shares of the frame per second; shapes seem to drift.
SPEED = 0.035
# The direction of the camera over each card.
DIRECTIONS = ((1.0, -0.7), (-0.8, -1.0), (-1.0, 0.6))
# The gradient is computed for one of this many pixels in each direction.
_GRID = 8
_NOISE_SEED, _TILE = 20, 256


def cards(shot: Shot, turn: int) -> tuple[Rgb, tuple[Motion, ...]]:
    """Return the cards as one picture, and the camera's view of each; ``turn`` varies shapes from scene to scene."""
    colours = card_colours(shot.scene.media.colours or shot.preset.palette, shot.preset)
    width, height = (2 * round(side * CARD_STEP * SPACE / 2) for side in (shot.width, shot.height))
    unit = min(shot.width, shot.height) * CARD_STEP
    drawn = [_card(one, shot, turn + index, (width, height, unit)) for index, one in enumerate(colours)]
    is_still = shot.preset.motion.is_still
    views = tuple(_view(index, len(drawn), is_still) for index in range(len(drawn)))
    return np.hstack(drawn), views


def _card(colours: CardColours, shot: Shot, turn: int, size: tuple[int, int, float]) -> Rgb:
    width, height, unit = size
    kinds = shot.preset.shapes
    canvas = Canvas(width, height, unit, np.random.Generator(np.random.PCG64(turn)))
    return draw_shapes(_ground(colours.ground, width, height), kinds[turn % len(kinds)], colours.tints, canvas)


def _ground(colours: Sequence[str], width: int, height: int) -> Rgb:
    """Return a dithered gradient of two colours, as ``backgrounds.gradient``, at a third of its cost."""
    first, last = (np.array(rgb_of(colour), np.float32) for colour in (colours[0], colours[-1]))
    across, down = (np.linspace(0, part, 1 + size // _GRID) for part, size in ((0.35, width), (0.65, height)))
    share = np.add.outer(down, across)[..., None]
    small = (first + (last - first) * share * share * (3 - 2 * share)).astype(np.float32)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    noise = _noise(width, height)
    channels = [cv2.add(channel, noise, dtype=cv2.CV_8U) for channel in cv2.split(large)]
    return np.asarray(cv2.merge(channels), np.uint8)


@lru_cache(maxsize=1)
def _noise(width: int, height: int) -> npt.NDArray[np.float32]:
    """Return triangular noise of one level, equal in all channels."""
    random = np.random.Generator(np.random.PCG64(_NOISE_SEED))
    tile = random.random((2, _TILE, _TILE), np.float32)
    repeats = -(-height // _TILE), -(-width // _TILE)
    return np.ascontiguousarray(np.tile(tile[0] - tile[1], repeats)[:height, :width])


def _view(index: int, count: int, is_still: bool) -> Motion:
    """Return the camera's way over card ``index`` of ``count`` in ``VIEW_S`` seconds."""
    width, middle = 1 / SPACE / count, (index + 0.5) / count
    reach = 0.0 if is_still else min(SPACE - 1, SPEED * VIEW_S) / 2
    across, down = (direction * reach / SPACE for direction in DIRECTIONS[index % len(DIRECTIONS)])
    start = Window(middle - across / count, 0.5 - down, width)
    return Motion("still" if is_still else "drift", start, Window(middle + across / count, 0.5 + down, width))
