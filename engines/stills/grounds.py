"""The ground under a picture that can be seen through: colours that its visible pixels stand out from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.media.contrast import luminance_of
from app.media.visibility import Values, luminances, standing_out
from engines.stills.backgrounds import rgb_of
from engines.stills.card_colours import Colour, mix
from engines.stills.framing import resize
from engines.stills.pictures import Picture

# Of grounds that differ by less in what stands out, the first one is used.
_NEARLY = 0.03
_SIDE = 160
_OPAQUE = 128
_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
# How much of the preset's colours is left in a light and in a dark ground, at the two ends of the gradient.
_LIGHT_SHARES, _DARK_SHARES = (0.05, 0.12), (0.15, 0.3)
# The luminance from which black and white have the same contrast.
_MIDDLE = 0.179


def ground_of(picture: Picture, colours: Sequence[str]) -> tuple[str, ...]:
    """Return ``colours`` (#RRGGBB, of a gradient), or light, dark or middle ones if more of the picture stands out."""
    luminance, weight = _visible(picture)
    if not weight.sum():
        return tuple(colours)
    grounds = _grounds(colours)
    shares = [_standing_out(luminance, weight, ground) for ground in grounds]
    return next(ground for ground, share in zip(grounds, shares, strict=True) if share >= max(shares) - _NEARLY)


def plain_ground_of(pictures: Sequence[Picture], colour: str) -> str:
    """Return ``colour``, or another one that more of the pictures, of one size, stands out from."""
    if not pictures:
        return colour
    opaque = np.full(pictures[0].rgb.shape[:2], 255, np.uint8)
    rgb = np.vstack([picture.rgb for picture in pictures])
    alpha = np.vstack([opaque if picture.alpha is None else picture.alpha for picture in pictures])
    return ground_of(Picture(rgb, alpha), (colour,))[0]


def _visible(picture: Picture) -> tuple[Values, Values]:
    """Return the luminance of the picture's pixels, and how much each counts."""
    scale = min(1.0, _SIDE / max(picture.width, picture.height))
    small = resize(picture, max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    alpha = np.full(small.rgb.shape[:2], 255, np.uint8) if small.alpha is None else small.alpha
    return luminances(small.rgb), np.where(alpha >= _OPAQUE, alpha / 255, 0.0)


def _standing_out(luminance: Values, weight: Values, ground: Sequence[str]) -> float:
    levels = [luminance_of(colour) for colour in ground]
    return standing_out(luminance, weight, min(levels), max(levels))


def _grounds(colours: Sequence[str]) -> list[tuple[str, ...]]:
    """Return ``colours`` and others in their hues, similar ones first; a middle grey looks dull and is last."""
    ends = [rgb_of(colour) for colour in dict.fromkeys((colours[0], colours[-1]))]
    light, dark = (
        [mix(base, colour, share) for colour, share in zip(ends, shares, strict=False)]
        for base, shares in ((_WHITE, _LIGHT_SHARES), (_BLACK, _DARK_SHARES))
    )
    is_light = sum(map(luminance_of, colours)) / len(colours) > _MIDDLE
    tinted = (light, dark) if is_light else (dark, light)
    others = (*tinted, [_WHITE], [_BLACK], [_with_luminance(ends[0], _MIDDLE)])
    return [tuple(colours), *(tuple(_hex(colour) for colour in ground) for ground in others)]


def _with_luminance(colour: Colour, wanted: float) -> Colour:
    """Return the colour mixed with white or black, so that it has nearly the ``wanted`` luminance."""
    steps = [mix(colour, other, step / 64) for other in (_WHITE, _BLACK) for step in range(65)]
    return min(steps, key=lambda mixed: abs(luminance_of(_hex(mixed)) - wanted))


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{channel:02X}" for channel in colour)
