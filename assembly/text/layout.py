"""Where text lies in the frame: lines measured, sizes chosen so that they fit, boxes that never leave the safe zone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.planning.text.graphemes import characters, line_units
from assembly.text.typeface import Typeface
from schemas.preset import SafeZone

# Below this share of the wanted size text is broken up rather than made smaller still.
SMALLEST = 0.6


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of the frame, half-open."""

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

    def meets(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def inside(self, other: Box) -> bool:
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom

    def moved(self, by: float) -> Box:
        return replace(self, top=self.top + by, bottom=self.bottom + by)


def safe_box(zone: SafeZone, width: int, height: int) -> Box:
    """The part of the frame that no platform covers."""
    return Box(zone.left * width, zone.top * height, (1 - zone.right) * width, (1 - zone.bottom) * height)


def placed(position: str, width: float, height: float, within: Box) -> Box:
    """A box of this size at the top, middle or bottom of ``within``, centred across."""
    left = (within.left + within.right - width) / 2
    tops = {"top": within.top, "bottom": within.bottom - height}
    top = tops.get(position, (within.top + within.bottom - height) / 2)
    return Box(left, top, left + width, top + height)


def unit(width: int, height: int) -> float:
    """One design pixel (of a frame whose shorter side is 1080) in pixels of this frame."""
    return min(width, height) / 1080


def fitted(face: Typeface, lines: tuple[str, ...], size: float, spacing: float, room: float) -> float:
    """``size`` (em, pixels), or the largest below it at which every line is at most ``room`` wide."""
    widest = max((width(face, line, size, spacing) for line in lines), default=0.0)
    return size if widest <= room else size * room / widest


def width(face: Typeface, line: str, size: float, spacing: float) -> float:
    """The line's width in pixels; ``spacing`` is in pixels at ``size`` and shrinks with it."""
    return face.width_em(line) * size + len(line) * spacing


def overshoot_em(face: Typeface, lines: tuple[str, ...], grown: float = 1.0) -> tuple[float, float]:
    """How far letters reach above the first line's pitch and below the last one's (stacked marks, tall scripts).

    The two are apart, so that an accent in one caption does not lift it against the next.
    """
    half = face.pitch_em / 2
    above, _ = face.ink_em(lines[0])
    _, below = face.ink_em(lines[-1])
    return max(0.0, above * grown - half - face.middle_em), max(0.0, below * grown - half + face.middle_em)


def wrapped(face: Typeface, text: str, size: float, spacing: float, room: float) -> tuple[str, ...]:
    """``text`` in as few lines as fit in ``room``, the lines as even as they can be; words too long are parted."""
    words = [part for word in line_units(text) for part in parted(face, word, size, spacing, room)]
    fewest = len(_filled(face, words, size, spacing, room))
    low, high = 0.0, room
    # The narrowest room that gives the same number of lines makes them even: no word is left alone.
    for _ in range(12):
        middle = (low + high) / 2
        lines = _filled(face, words, size, spacing, middle)
        fits = len(lines) == fewest and all(width(face, line, size, spacing) <= middle for line in lines)
        low, high = (low, middle) if fits else (middle, high)
    return _filled(face, words, size, spacing, high)


def _filled(face: Typeface, words: list[str], size: float, spacing: float, room: float) -> tuple[str, ...]:
    lines: list[str] = []
    for word in words:
        longer = (lines[-1] if lines else "") + word
        if lines and width(face, longer.rstrip(), size, spacing) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(line.rstrip() for line in lines)


def parted(face: Typeface, word: str, size: float, spacing: float, room: float) -> list[str]:
    """Return ``word`` in parts that fit, split between grapheme clusters; a cluster that is too wide stays whole."""
    parts: list[str] = []
    rest = characters(word)
    while len(rest) > 1 and width(face, "".join(rest).rstrip(), size, spacing) > room:
        count = _fits(face, rest, size, spacing, room)
        parts.append("".join(rest[:count]))
        rest = rest[count:]
    return [*parts, "".join(rest)]


def _fits(face: Typeface, clusters: list[str], size: float, spacing: float, room: float) -> int:
    """Return how many of ``clusters`` fit, at least one."""
    low, high = 1, len(clusters)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(face, "".join(clusters[:middle]), size, spacing) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return low
