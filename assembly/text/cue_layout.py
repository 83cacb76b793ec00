"""A cue laid out: which letters, how large, and where its lines lie inside the safe zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assembly.text import ass
from assembly.text.layout import SMALLEST, Box, fitted, overshoot_em, parted, placed, safe_box, unit, width
from assembly.text.typeface import Typeface, typeface
from schemas.preset import CaptionStyle
from schemas.segment import Segment
from schemas.speech import Word, gap_before
from schemas.timeline import Cue

GROWN_PERCENT = 112
# In em: what a word's box and a cue's ground take around the letters.
PADDING_EM = 0.12
GROUND_EM = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or a part of one that had to be broken; ``tight`` when no space goes before it."""

    text: str
    word: int
    tight: bool = False


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A cue laid out: ``size`` is its letters' em, ``box`` what they cover and ``first`` how far down the middle of the
    first line lies, all in pixels of the frame."""

    face: Typeface
    size: float
    spacing: float
    lines: tuple[Line, ...]
    box: Box
    first: float

    @property
    def centre(self) -> float:
        return (self.box.left + self.box.right) / 2

    def middle(self, place: int) -> float:
        """Where the middle of a line lies, from the frame's top."""
        return self.first + place * self.face.pitch_em * self.size


def text_of(line: Line) -> str:
    return "".join(("" if piece.tight or not i else " ") + piece.text for i, piece in enumerate(line))


def pieces(words: tuple[Word, ...], first: int, style: CaptionStyle, language: str) -> Line:
    """A cue's line as pieces; ``first`` is the place of its first word in the cue."""
    line: list[Piece] = []
    for index, word in enumerate(words):
        text = ass.flowing(word.text)
        text = ass.upper(text, language) if style.uppercase else text
        line.append(Piece(text, first + index, tight=not gap_before(words, index)))
    return tuple(line)


def setting(cue: Cue, segment: Segment) -> Setting:
    """Lays a cue out in the safe zone: smaller when a line is too wide, broken anew when that would be too small."""
    style = segment.captions
    one = unit(segment.width, segment.height)
    rows = _rows(cue, segment)
    face = typeface(style.font, style.bold, cue.text, segment.language)
    wanted, spacing = style.size_px * one, style.spacing_px * one
    edge = _edge(style, wanted, one)
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    room = (zone.width - 2 * edge) / _grown(style)
    size = fitted(face, tuple(text_of(line) for line in rows), wanted, spacing, room)
    if size < wanted * SMALLEST:
        size = wanted * SMALLEST
        rows = _broken(rows, face, size, spacing * SMALLEST, room)
    texts = tuple(text_of(line) for line in rows)
    head, foot = overshoot_em(face, texts, _grown(style))
    tall = len(rows) * face.pitch_em + head + foot
    size = min(size, (zone.height - 2 * edge) / tall)
    spacing *= size / wanted
    widest = max(width(face, text, size, spacing) for text in texts) * _grown(style)
    box = placed(style.position, widest + 2 * edge, tall * size + 2 * edge, zone)
    return Setting(face, size, spacing, rows, box, box.top + edge + (head + face.pitch_em / 2) * size)


def _rows(cue: Cue, segment: Segment) -> tuple[Line, ...]:
    found: list[Line] = []
    count = 0
    for words in cue.lines:
        if words:
            found.append(pieces(words, count, segment.captions, segment.language))
            count += len(words)
    return tuple(found) or ((Piece("", 0),),)


def _edge(style: CaptionStyle, size: float, one: float) -> float:
    """What is drawn around the letters: outline and shadow, or the box."""
    line = (style.outline_px + style.shadow_px) * one
    padding = GROUND_EM if style.box_colour else PADDING_EM if style.highlight == "box" else 0.0
    return max(line, padding * size)


def _grown(style: CaptionStyle) -> float:
    """How much larger a word may become: a line may be one word."""
    return GROWN_PERCENT / 100 if style.highlight == "grow" else 1.0


def _broken(rows: tuple[Line, ...], face: Typeface, size: float, spacing: float, room: float) -> tuple[Line, ...]:
    made: list[Line] = []
    for line in rows:
        row: Line = ()
        for piece in _small(line, face, size, spacing, room):
            if row and width(face, text_of((*row, piece)), size, spacing) > room:
                made.append(row)
                row = ()
            row = (*row, piece)
        made.append(row)
    return tuple(made)


def _small(line: Line, face: Typeface, size: float, spacing: float, room: float) -> Iterator[Piece]:
    for piece in line:
        first, *others = parted(face, piece.text, size, spacing, room)
        yield replace(piece, text=first)
        yield from (Piece(text, piece.word, tight=True) for text in others)
