"""Cues in a segment, word by word: what is lit while it is said."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.cue_layout import GROWN_PERCENT, Line, Piece, Setting, setting
from assembly.text.layout import Box
from schemas.preset import CaptionStyle
from schemas.segment import Segment
from schemas.timeline import Cue

# In em: how tall a word's box is; as a share of its height: how round a cue's ground.
BOX_EM = 1.02
ROUND = 0.12


@dataclass(frozen=True, slots=True)
class State:
    """During frames ``[start, end)`` of the segment word ``word`` is being said (−1: none yet)."""

    start: int
    end: int
    word: int


def states(cue: Cue, segment: Segment) -> tuple[State, ...]:
    """What is said when, in frames of the segment and inside it; a word stays lit until the next one begins."""
    first, last = max(0, segment.frame_of(cue.start_ms)), min(segment.frames, segment.frame_of(cue.end_ms))
    if segment.captions.highlight == "none":
        return (State(first, last, -1),) if first < last else ()
    found: list[State] = []
    begins = [segment.frame_of(word.start_ms) for line in cue.lines for word in line]
    for place, (begin, end) in enumerate(zip([first, *begins], [*begins, last], strict=True), -1):
        start, stop = max(first, begin), min(last, end)
        if start < stop:
            found.append(State(start, stop, place))
    return tuple(found)


# -- as ASS ----------------------------------------------------------------------------------------------------------


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """One event per line and state of its words; a word's box is one more, below the letters."""
    made: list[pysubs2.SSAEvent] = []
    for cue in segment.cues:
        if not ass.flowing(cue.text):
            continue
        laid, told = setting(cue, segment), states(cue, segment)
        made += _ground(laid.box, told, segment)
        for place, line in enumerate(laid.lines):
            for state in _of_line(line, told, segment.captions):
                made += _events(laid, place, state, segment)
    return made


def _of_line(line: Line, told: tuple[State, ...], style: CaptionStyle) -> tuple[State, ...]:
    """The states as far as they change this line; those that look the same become one."""
    found: list[State] = []
    for state in told:
        within = max((p.word for p in line if p.word <= state.word), default=-1)
        word = within if style.highlight == "spoken" or within == state.word else -1
        if found and found[-1].word == word:
            found[-1] = replace(found[-1], end=state.end)
        else:
            found.append(replace(state, word=word))
    return tuple(found)


def _events(laid: Setting, place: int, state: State, segment: Segment) -> list[pysubs2.SSAEvent]:
    style, line = segment.captions, laid.lines[place]
    x, y = laid.centre, laid.middle(place) - laid.face.sinks_em * laid.size
    lit = any(piece.word == state.word for piece in line)
    if style.highlight == "grow" and lit:
        # A taller word makes the line taller above and below its middle; the baseline has to stay.
        y -= (GROWN_PERCENT / 100 - 1) * laid.face.baseline_em * laid.size
    before = f"{ass_lines.placing(x, y)}{ass_lines.setting(laid.face, laid.size)}\\fsp{laid.spacing:.2f}"
    frames = (state.start, state.end)
    made = [ass_lines.event(segment, frames, ass_lines.CAPTION, before, _letters(laid, line, state.word, segment))]
    if style.highlight == "box" and lit:
        made.append(_box(laid, place, state, segment))
    return made


def _letters(laid: Setting, line: Line, active: int, segment: Segment) -> str:
    style = segment.captions
    on, off = ass.paint(style.highlight_colour), ass.paint(style.colour)
    if style.highlight == "grow":
        on += f"\\fscx{GROWN_PERCENT}\\fscy{GROWN_PERCENT}"
        off += "\\fscx100\\fscy100"
    plain = style.highlight in ("none", "box")
    earlier = style.highlight == "spoken"
    made = ""
    for place, piece in enumerate(line):
        text = ass_lines.letters(laid.face, laid.size, piece.text, segment.language)
        lit = not plain and (piece.word <= active if earlier else piece.word == active)
        made += _gap(place, piece) + (f"{{{on}}}{text}{{{off}}}" if lit else text)
    return made


def _gap(place: int, piece: Piece) -> str:
    return "" if piece.tight or not place else " "


def _box(laid: Setting, place: int, state: State, segment: Segment) -> pysubs2.SSAEvent:
    """The line with nothing to be seen but the box of one word, so that it lies exactly under that word.

    libass draws the box as tall as the face's whole line, and scales that height twice (its place in the line once):
    letters flattened by the root of what is wanted, and moved by half of what the box loses, make a box that fits.
    """
    line, tall = laid.lines[place], laid.face.line_em * laid.size
    flat = math.sqrt(BOX_EM / laid.face.line_em)
    where = ass_lines.placing(laid.centre, laid.middle(place) + flat * (1 - flat) * tall / 2)
    before = (
        f"{where}{ass_lines.setting(laid.face, laid.size)}\\fsp{laid.spacing:.2f}\\fscy{100 * flat:.2f}\\alpha&HFF&"
    )
    shown = f"{{\\3a&H{ass.colour(segment.captions.highlight_colour).a:02X}&}}"
    made = ""
    for i, piece in enumerate(line):
        text = ass_lines.letters(laid.face, laid.size, piece.text, segment.language)
        made += _gap(i, piece) + (f"{shown}{text}{{\\alpha&HFF&}}" if piece.word == state.word else text)
    return ass_lines.event(segment, (state.start, state.end), ass_lines.LIT, before, made)


def _ground(box: Box, told: tuple[State, ...], segment: Segment) -> list[pysubs2.SSAEvent]:
    """The coloured ground of a whole cue: one rectangle with round corners under all of its lines."""
    if not told or not segment.captions.box_colour:
        return []
    before = f"\\an7\\pos(0,0)\\bord0\\shad0{ass.paint(segment.captions.box_colour)}\\p1"
    frames = (told[0].start, told[-1].end)
    return [ass_lines.event(segment, frames, ass_lines.GROUND, before, ass_lines.rounded(box, ROUND * box.height))]
