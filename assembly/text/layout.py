"""Text layout in the frame: line widths, font sizes that fit, line breaks, and boxes inside the safe zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.text.graphemes import characters_with_marks, line_units
from assembly.text.typeface import Typeface
from schemas.preset import SafeZone

# A line of words that stay together may make a text this much smaller; below, the words are parted.
MIN_BOUND_SCALE = 0.7
# Below this share of the wanted size, text is wrapped again instead of made smaller.
MIN_SCALE = 0.6


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle in pixels of the frame."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    def overlaps(self, other: Box) -> bool:
        horizontally = self.left < other.right and other.left < self.right
        return horizontally and self.top < other.bottom and other.top < self.bottom

    def is_inside(self, other: Box) -> bool:
        horizontally = other.left <= self.left and self.right <= other.right
        return horizontally and other.top <= self.top and self.bottom <= other.bottom

    def moved_down(self, by: float) -> Box:
        return replace(self, top=self.top + by, bottom=self.bottom + by)

    def moved_right(self, by: float) -> Box:
        return replace(self, left=self.left + by, right=self.right + by)

    def crosses_edge_of(self, other: Box) -> bool:
        """Return whether the box is partly inside ``other`` and partly outside."""
        return self.overlaps(other) and not self.is_inside(other)

    def part_in(self, other: Box) -> Box:
        """Return the part of the box inside ``other``, which it overlaps."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box(left, top, min(self.right, other.right), min(self.bottom, other.bottom))

    def share_of(self, other: Box) -> float:
        """Return the share of ``other`` that this box covers, 0 … 1."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, across) * max(0.0, down) / (other.width * other.height)


def safe_box(zone: SafeZone, width: int, height: int) -> Box:
    """Return the part of the frame that no platform's controls cover."""
    return Box(zone.left * width, zone.top * height, (1 - zone.right) * width, (1 - zone.bottom) * height)


def place_box(position: str, width: float, height: float, within: Box) -> Box:
    """Return a box of this size at the top, middle or bottom of ``within``, centred horizontally."""
    left = (within.left + within.right - width) / 2
    tops = {"top": within.top, "bottom": within.bottom - height}
    top = tops.get(position, (within.top + within.bottom - height) / 2)
    return Box(left, top, left + width, top + height)


def enclosing(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around at least one box."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def grown(box: Box, share: float) -> Box:
    """Return ``box`` with a margin of ``share`` of its own size at each side."""
    across, down = share * box.width, share * box.height
    return Box(box.left - across, box.top - down, box.right + across, box.bottom + down)


def scaled_about(box: Box, x: float, y: float, scale: float) -> Box:
    """Return ``box`` scaled about the point ``x``, ``y``."""
    return Box(
        x + scale * (box.left - x), y + scale * (box.top - y), x + scale * (box.right - x), y + scale * (box.bottom - y)
    )


def design_pixel(width: int, height: int) -> float:
    """Return the size of a design pixel (of a frame whose shorter side is 1080) in pixels of this frame."""
    return min(width, height) / 1080


def fitting_size(face: Typeface, lines: tuple[str, ...], size: float, spacing: float, max_width: float) -> float:
    """Return ``size`` (em, pixels), or the largest smaller size at which every line is at most ``max_width`` wide."""
    widest = max((text_width(face, line, size, spacing) for line in lines), default=0.0)
    return size if widest <= max_width else size * max_width / widest


def text_width(face: Typeface, line: str, size: float, spacing: float) -> float:
    """Return the line's width in pixels; ``spacing`` is in pixels at ``size`` and shrinks with it."""
    return face.width_em(line) * size + len(line) * spacing


def overshoot_em(
    face: Typeface, lines: tuple[str, ...], growth: float = 1.0, pitch_em: float | None = None
) -> tuple[float, float]:
    """Return how far glyphs extend above the first line's pitch and below the last one's (stacked marks, tall scripts).

    The pitch is that of the font if there is no ``pitch_em``. The two values are separate, so that an accent in one
    caption does not shift its baseline against the next caption.
    """
    half_pitch = (pitch_em or face.line_pitch_em) / 2
    above, _ = face.ink_em(lines[0])
    _, below = face.ink_em(lines[-1])
    baseline = face.text_baseline_em
    return max(0.0, above * growth - half_pitch - baseline), max(0.0, below * growth - half_pitch + baseline)


def wrap(face: Typeface, text: str, size: float, spacing: float, max_width: float) -> tuple[str, ...]:
    """Wrap ``text`` into the fewest lines that fit ``max_width``, of widths as equal as possible.

    Words that stay together may be wider than a line, so that the text is made smaller; they are parted if it would be
    smaller than ``MIN_BOUND_SCALE``. Words that are too long are split.
    """
    units = [part for unit in line_units(text) for part in _fitting_words(face, unit, size, spacing, max_width)]
    words = [part for unit in units for part in _split_unit(face, unit, size, spacing, max_width)]
    fewest = len(_fill_lines(face, words, size, spacing, max_width))
    low, high = 0.0, max(max_width, *(text_width(face, word.rstrip(), size, spacing) for word in words), 0.0)
    # Bisection: the narrowest width with the same number of lines gives even lines and no single word on the last one.
    for _ in range(12):
        middle = (low + high) / 2
        lines = _fill_lines(face, words, size, spacing, middle)
        fits = len(lines) <= fewest and all(text_width(face, line, size, spacing) <= middle for line in lines)
        low, high = (low, middle) if fits else (middle, high)
    return _fill_lines(face, words, size, spacing, high)


def _split_unit(face: Typeface, unit: str, size: float, spacing: float, max_width: float) -> list[str]:
    """Return a word in parts that fit on a line; several words that stay together are one part."""
    return [unit] if len(unit.split()) > 1 else split_word(face, unit, size, spacing, max_width)


def _fitting_words(face: Typeface, unit: str, size: float, spacing: float, max_width: float) -> list[str]:
    """Return ``unit``, or its words if it is much too long for a line."""
    if text_width(face, unit.rstrip(), size, spacing) * MIN_BOUND_SCALE <= max_width:
        return [unit]
    return re.findall(r"\S+\s*", unit)


def _fill_lines(face: Typeface, words: list[str], size: float, spacing: float, max_width: float) -> tuple[str, ...]:
    lines: list[str] = []
    for word in words:
        longer = (lines[-1] if lines else "") + word
        if lines and text_width(face, longer.rstrip(), size, spacing) <= max_width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line.rstrip() for line in lines)


def split_word(face: Typeface, word: str, size: float, spacing: float, max_width: float) -> list[str]:
    """Split ``word`` between grapheme clusters into parts that fit; a cluster that is too wide stays whole."""
    parts: list[str] = []
    clusters = characters_with_marks(word)
    while len(clusters) > 1 and text_width(face, "".join(clusters).rstrip(), size, spacing) > max_width:
        count = _fitting_count(face, clusters, size, spacing, max_width)
        parts.append("".join(clusters[:count]))
        clusters = clusters[count:]
    return [*parts, "".join(clusters)]


def _fitting_count(face: Typeface, clusters: list[str], size: float, spacing: float, max_width: float) -> int:
    """Return how many of ``clusters`` fit, at least one."""
    low, high = 1, len(clusters)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(face, "".join(clusters[:middle]), size, spacing) <= max_width
        low, high = (middle, high) if fits else (low, middle - 1)
    return low
