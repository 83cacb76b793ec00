"""Layout of a cue: its font, its size and the positions of its lines inside the safe zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assembly.text import ass, motion
from assembly.text.layout import (
    MIN_SCALE,
    Box,
    design_pixel,
    fitting_size,
    overshoot_em,
    place_box,
    split_word,
    text_width,
)
from assembly.text.typeface import Typeface, typeface
from schemas.preset import MAX_KEY_SCALE, CaptionStyle
from schemas.segment import Segment
from schemas.speech import Word, gap_before
from schemas.timeline import Cue

GROWN_PERCENT = 112
# Padding around the text, in em.
WORD_BOX_PADDING_EM = 0.12
BACKGROUND_PADDING_EM = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a part of a word that had to be split; ``tight`` when no space precedes it.

    ``word`` is the index of the word in the cue. A ``key`` word is drawn larger.
    """

    text: str
    word: int
    tight: bool = False
    key: bool = False


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class CueLayout:
    """A cue's layout in pixels of the frame.

    ``size`` is the em of the text and ``key_scale`` the factor of its key words. ``box`` is the area that the cue
    covers at any time, ``rest`` the part of it that it covers after its animation. ``first_middle`` is the vertical
    position of the middle of the first line.
    """

    face: Typeface
    size: float
    key_scale: float
    spacing: float
    lines: tuple[Line, ...]
    box: Box
    rest: Box
    first_middle: float

    @property
    def centre_x(self) -> float:
        return (self.rest.left + self.rest.right) / 2

    @property
    def centre_y(self) -> float:
        return (self.rest.top + self.rest.bottom) / 2

    def line_middle(self, index: int) -> float:
        """Return the vertical position of the middle of line ``index``, from the top of the frame."""
        return self.first_middle + index * self.face.line_pitch_em * self.size

    def moved_down(self, by: float) -> CueLayout:
        box, rest = self.box.moved_down(by), self.rest.moved_down(by)
        return replace(self, box=box, rest=rest, first_middle=self.first_middle + by)


def line_text(line: Line) -> str:
    return "".join(("" if piece.tight or not i else " ") + piece.text for i, piece in enumerate(line))


def pieces(words: tuple[Word, ...], first: int, style: CaptionStyle, language: str) -> Line:
    """Return a cue's line as pieces; ``first`` is the index of its first word in the cue."""
    line: list[Piece] = []
    for index, word in enumerate(words):
        text = ass.collapse_whitespace(word.text)
        text = ass.uppercase(text, language) if style.uppercase else text
        line.append(Piece(text, first + index, not gap_before(words, index), word.key and style.key_words))
    return tuple(line)


def lay_out_cue_at(cue: Cue, segment: Segment, zone: Box, position: str) -> CueLayout:
    """Lay a cue out at the top, middle or bottom of ``zone``, with space for its animation.

    Text that is too wide is made smaller, key words first; below ``MIN_SCALE`` of the wanted size its lines are wrapped
    again instead.
    """
    style = segment.captions
    pixel = design_pixel(segment.width, segment.height)
    lines = _cue_lines(cue, segment)
    face = typeface(style.font, style.bold, cue.text, segment.language)
    wanted_size, spacing = style.size_px * pixel, style.spacing_px * pixel
    border = _border_px(style, wanted_size, pixel)
    peak, below_em = motion.peak(style.animation), motion.below_em(style.animation)
    max_width = (zone.width / peak - 2 * border) / _growth(style)
    size = fitting_size(face, tuple(line_text(line) for line in lines), wanted_size, spacing, max_width)
    if size < wanted_size * MIN_SCALE:
        size = wanted_size * MIN_SCALE
        lines = _rewrap(lines, face, size, spacing * MIN_SCALE, max_width)
    key_scale = min(style.key_scale, _fitting_key_scale(lines, face, size, spacing * size / wanted_size, max_width))
    above, below = _overshoot_em(lines, face, key_scale, _growth(style))
    height_em = len(lines) * face.line_pitch_em + above + below
    size = min(size, (zone.height / peak - 2 * border) / (height_em + below_em))
    spacing *= size / wanted_size
    widest = max(line_width(face, line, size, spacing, key_scale) for line in lines) * _growth(style)
    width, height = widest + 2 * border, height_em * size + 2 * border
    box = place_box(position, width * peak, height * peak + below_em * size, zone)
    rest = place_box("top", width, height, box.moved_down(height * (peak - 1) / 2))
    first_middle = rest.top + border + (above + face.line_pitch_em / 2) * size
    return CueLayout(face, size, key_scale, spacing, lines, box, rest, first_middle)


def line_width(face: Typeface, line: Line, size: float, spacing: float, key_scale: float) -> float:
    """Return the width of a line with its key words ``key_scale`` times larger, in pixels."""
    return text_width(face, line_text(line), size, spacing) + (key_scale - 1) * _key_width(face, line, size, spacing)


def _key_width(face: Typeface, line: Line, size: float, spacing: float) -> float:
    return sum(text_width(face, piece.text, size, spacing) for piece in line if piece.key)


def _fitting_key_scale(lines: tuple[Line, ...], face: Typeface, size: float, spacing: float, max_width: float) -> float:
    """Return the largest factor of key words at which every line fits, at least 1."""
    factors = [MAX_KEY_SCALE]
    for line in lines:
        if key_width := _key_width(face, line, size, spacing):
            spare = max_width - text_width(face, line_text(line), size, spacing)
            factors.append(1 + max(0.0, spare) / key_width)
    return min(factors)


def _overshoot_em(lines: tuple[Line, ...], face: Typeface, key_scale: float, growth: float) -> tuple[float, float]:
    """Return how far the largest words extend above the first line's pitch and below the last one's."""
    texts = tuple(line_text(line) for line in lines)
    first, last = (key_scale if any(piece.key for piece in line) else 1.0 for line in (lines[0], lines[-1]))
    above, _ = overshoot_em(face, texts, growth * first)
    _, below = overshoot_em(face, texts, growth * last)
    return above, below


def _cue_lines(cue: Cue, segment: Segment) -> tuple[Line, ...]:
    lines: list[Line] = []
    count = 0
    for words in cue.lines:
        if words:
            lines.append(pieces(words, count, segment.captions, segment.language))
            count += len(words)
    return tuple(lines) or ((Piece("", 0),),)


def _border_px(style: CaptionStyle, size: float, pixel: float) -> float:
    """Return the width of what is drawn around the text: outline and shadow, or the padding of a box."""
    line = (style.outline_px + style.shadow_px) * pixel
    padding = BACKGROUND_PADDING_EM if style.box_colour else WORD_BOX_PADDING_EM if style.highlight == "box" else 0.0
    return max(line, padding * size)


def _growth(style: CaptionStyle) -> float:
    """Return the factor by which a line may grow: a line may consist of one highlighted word."""
    return GROWN_PERCENT / 100 if style.highlight == "grow" else 1.0


def _rewrap(lines: tuple[Line, ...], face: Typeface, size: float, spacing: float, max_width: float) -> tuple[Line, ...]:
    result: list[Line] = []
    for line in lines:
        row: Line = ()
        for piece in _split_words(line, face, size, spacing, max_width):
            if row and text_width(face, line_text((*row, piece)), size, spacing) > max_width:
                result.append(row)
                row = ()
            row = (*row, piece)
        result.append(row)
    return tuple(result)


def _split_words(line: Line, face: Typeface, size: float, spacing: float, max_width: float) -> Iterator[Piece]:
    for piece in line:
        first, *others = split_word(face, piece.text, size, spacing, max_width)
        yield replace(piece, text=first)
        yield from (Piece(text, piece.word, True, piece.key) for text in others)
