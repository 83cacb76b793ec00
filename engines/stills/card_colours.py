"""Colours of backgrounds with shapes: combinations of the palette and the accent on which letters stay readable."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

from app.media.contrast import contrast, luminance
from engines.stills.backgrounds import rgb_of
from schemas.preset import Preset

Colour = tuple[int, int, int]
# The contrast of letters, and of large letters: a little more than 4.5 and 3 of WCAG 2.2, level AA, because rounding
# and noise move a pixel a little away from its colour.
MIN_CONTRAST, MIN_LARGE_CONTRAST = 4.7, 3.1
# The wanted opacities of the two tints.
FIRST_OPACITY, SECOND_OPACITY = 0.85, 0.7
# How much brighter than a dark ground the first tint is, with a little white, or how much of a light ground is black.
BRIGHTER, WHITE, BLACK = 1.5, 0.05, 0.14
# A blend with an accent of a hue that is farther from the ground's, in degrees, looks dirty.
MAX_HUE_DISTANCE = 110
_LIGHT = 0.4
_STEPS = 20


@dataclass(frozen=True, slots=True)
class CardColours:
    """The colours of a ground (#RRGGBB, a gradient) and the tints of its shapes: colours with opacities (0 … 1)."""

    ground: tuple[str, ...]
    tints: tuple[tuple[Colour, float], tuple[Colour, float]]


@dataclass(frozen=True, slots=True)
class Letters:
    """The colours of letters over a ground: of captions and titles, and of their larger or marked words."""

    usual: tuple[str, ...]
    large: tuple[str, ...]

    def are_readable_on(self, colour: Colour) -> bool:
        return all(contrast_of(rgb_of(letter), colour) >= MIN_CONTRAST for letter in self.usual) and all(
            contrast_of(rgb_of(letter), colour) >= MIN_LARGE_CONTRAST for letter in self.large
        )


def letters_of(preset: Preset) -> Letters:
    """Return the colours of the letters that have no box behind them."""
    style = preset.captions
    if style.box_colour:
        return Letters((style.title_colour,), ())
    marked = () if style.highlight in ("none", "box") else (style.highlight_colour,)
    keys = (style.accent or preset.accent,) if style.key_words else ()
    return Letters((style.colour, style.title_colour), (*marked, *keys))


def card_colours(colours: Sequence[str], preset: Preset) -> tuple[CardColours, ...]:
    """Return three combinations for a scene with the ``colours``: these, the next ones, and one between them."""
    letters = letters_of(preset)
    first, last = colours[0], colours[-1]
    others = [colour for colour in preset.palette if colour not in colours] or [first]
    between = mix(rgb_of(first), rgb_of(last), 0.5)
    grounds = ((first, last), (last, others[0]), (others[-1], "#" + "".join(f"{channel:02X}" for channel in between)))
    return tuple(CardColours(ground, _tints(ground, preset, letters)) for ground in grounds)


def _tints(
    ground: Sequence[str], preset: Preset, letters: Letters
) -> tuple[tuple[Colour, float], tuple[Colour, float]]:
    base = rgb_of(ground[0]), rgb_of(ground[-1])
    lifted = _lifted(max(base, key=_luminance))
    accent = rgb_of(_accent_on(max(base, key=_luminance), preset))
    return (lifted, _opacity(base, lifted, FIRST_OPACITY, letters)), (
        accent,
        _opacity(base, accent, SECOND_OPACITY, letters),
    )


def _lifted(colour: Colour) -> Colour:
    if _luminance(colour) > _LIGHT:
        return mix(colour, (0, 0, 0), BLACK)
    red, green, blue = (min(255, round(channel * BRIGHTER)) for channel in colour)
    return mix((red, green, blue), (255, 255, 255), WHITE)


def _accent_on(ground: Colour, preset: Preset) -> str:
    """Return the accent, or the colour of marked words if its hue is nearer to the ground's."""
    accent, marked = preset.accent, preset.captions.highlight_colour
    if _hue_distance(ground, rgb_of(accent)) <= MAX_HUE_DISTANCE:
        return accent
    return min((accent, marked), key=lambda colour: _hue_distance(ground, rgb_of(colour)))


def _hue_distance(first: Colour, second: Colour) -> float:
    """Return the distance of two hues in degrees; 0 if one of them is grey."""
    (hue, saturation, _), (other, other_saturation, _) = (
        colorsys.rgb_to_hsv(*(channel / 255 for channel in colour)) for colour in (first, second)
    )
    distance = 360 * abs(hue - other)
    return min(distance, 360 - distance) if saturation and other_saturation else 0.0


def _opacity(grounds: Sequence[Colour], tint: Colour, wanted: float, letters: Letters) -> float:
    """Return the largest opacity up to ``wanted`` with which letters stay readable on ``tint`` over the grounds."""
    for step in range(_STEPS, 0, -1):
        opacity = wanted * step / _STEPS
        if all(letters.are_readable_on(mix(ground, tint, opacity)) for ground in grounds):
            return opacity
    return 0.0


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def contrast_of(first: Colour, second: Colour) -> float:
    return contrast(_luminance(first), _luminance(second))


def _luminance(colour: Colour) -> float:
    return luminance([channel / 255 for channel in colour])
