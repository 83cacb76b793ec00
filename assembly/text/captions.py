"""Captions of a segment as ASS events, with the spoken word highlighted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.cue_layout import GROWN_PERCENT, CueLayout, Line, Piece, lay_out_cue
from assembly.text.layout import Box
from schemas.preset import CaptionStyle
from schemas.segment import Segment
from schemas.timeline import Cue

# Height of a word's box, in em.
WORD_BOX_EM = 1.02
# Corner radius of a cue's background, as a share of its height.
CORNER_RADIUS = 0.12


@dataclass(frozen=True, slots=True)
class HighlightState:
    """Word ``word`` is spoken during frames ``[start, end)`` of the segment (−1: before the first word)."""

    start: int
    end: int
    word: int


def highlight_states(cue: Cue, segment: Segment) -> tuple[HighlightState, ...]:
    """Return the states of a cue in frames of the segment, clipped to it; a word stays active until the next one."""
    first, last = max(0, segment.frame_of(cue.start_ms)), min(segment.frames, segment.frame_of(cue.end_ms))
    if segment.captions.highlight == "none":
        return (HighlightState(first, last, -1),) if first < last else ()
    states: list[HighlightState] = []
    word_starts = [segment.frame_of(word.start_ms) for line in cue.lines for word in line]
    for word, (word_start, word_end) in enumerate(zip([first, *word_starts], [*word_starts, last], strict=True), -1):
        start, end = max(first, word_start), min(last, word_end)
        if start < end:
            states.append(HighlightState(start, end, word))
    return tuple(states)


# -- ASS events ------------------------------------------------------------------------------------------------------


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return one event per line and highlight state; a word's box is one more event, below the text."""
    result: list[pysubs2.SSAEvent] = []
    for cue in segment.cues:
        if not ass.collapse_whitespace(cue.text):
            continue
        layout, states = lay_out_cue(cue, segment), highlight_states(cue, segment)
        result += _background(layout.box, states, segment)
        for index, line in enumerate(layout.lines):
            for state in _line_states(line, states, segment.captions):
                result += _line_events(layout, index, state, segment)
    return result


def _line_states(line: Line, states: tuple[HighlightState, ...], style: CaptionStyle) -> tuple[HighlightState, ...]:
    """Return the states that change this line; consecutive states that look the same are merged."""
    merged: list[HighlightState] = []
    for state in states:
        last_word = max((piece.word for piece in line if piece.word <= state.word), default=-1)
        word = last_word if style.highlight == "spoken" or last_word == state.word else -1
        if merged and merged[-1].word == word:
            merged[-1] = replace(merged[-1], end=state.end)
        else:
            merged.append(replace(state, word=word))
    return tuple(merged)


def _line_events(layout: CueLayout, index: int, state: HighlightState, segment: Segment) -> list[pysubs2.SSAEvent]:
    style, line = segment.captions, layout.lines[index]
    x, y = layout.centre_x, layout.line_middle(index) - layout.face.line_offset_em * layout.size
    has_active_word = any(piece.word == state.word for piece in line)
    if style.highlight == "grow" and has_active_word:
        # A taller word makes the line taller above and below its middle; the baseline must not move.
        y -= (GROWN_PERCENT / 100 - 1) * layout.face.baseline_em * layout.size
    overrides = ass_lines.position_override(x, y) + _font_override(layout)
    text = _line_text(layout, line, state.word, segment)
    result = [ass_lines.event(segment, (state.start, state.end), ass_lines.CAPTION, overrides, text)]
    if style.highlight == "box" and has_active_word:
        result.append(_word_box(layout, index, state, segment))
    return result


def _font_override(layout: CueLayout) -> str:
    return f"{ass_lines.font_override(layout.face, layout.size)}\\fsp{layout.spacing:.2f}"


def _line_text(layout: CueLayout, line: Line, active: int, segment: Segment) -> str:
    style = segment.captions
    on, off = ass.colour_override(style.highlight_colour), ass.colour_override(style.colour)
    if style.highlight == "grow":
        on += f"\\fscx{GROWN_PERCENT}\\fscy{GROWN_PERCENT}"
        off += "\\fscx100\\fscy100"
    never = style.highlight in ("none", "box")
    include_earlier = style.highlight == "spoken"
    result = ""
    for index, piece in enumerate(line):
        text = ass_lines.text_in_fonts(layout.face, layout.size, piece.text, segment.language)
        highlighted = not never and (piece.word <= active if include_earlier else piece.word == active)
        result += _space_before(index, piece) + (f"{{{on}}}{text}{{{off}}}" if highlighted else text)
    return result


def _space_before(index: int, piece: Piece) -> str:
    return "" if piece.tight or not index else " "


def _word_box(layout: CueLayout, index: int, state: HighlightState, segment: Segment) -> pysubs2.SSAEvent:
    """Return the whole line, transparent except for the box of one word, so that the box lies exactly under that word.

    libass draws the box with the height of the font's line and applies ``\\fscy`` to that height twice (to the
    position in the line once): scaling by the square root of the wanted ratio and shifting by half of the lost height
    makes the box fit.
    """
    line, line_height = layout.lines[index], layout.face.line_em * layout.size
    scale = math.sqrt(WORD_BOX_EM / layout.face.line_em)
    y = layout.line_middle(index) + scale * (1 - scale) * line_height / 2
    overrides = ass_lines.position_override(layout.centre_x, y) + _font_override(layout)
    overrides += f"\\fscy{100 * scale:.2f}\\alpha&HFF&"
    show_box = f"{{\\3a&H{ass.colour(segment.captions.highlight_colour).a:02X}&}}"
    text = ""
    for i, piece in enumerate(line):
        word = ass_lines.text_in_fonts(layout.face, layout.size, piece.text, segment.language)
        text += _space_before(i, piece) + (f"{show_box}{word}{{\\alpha&HFF&}}" if piece.word == state.word else word)
    return ass_lines.event(segment, (state.start, state.end), ass_lines.WORD_BOX, overrides, text)


def _background(box: Box, states: tuple[HighlightState, ...], segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return the coloured background of a cue: one rectangle with round corners under all its lines."""
    if not states or not segment.captions.box_colour:
        return []
    overrides = f"\\an7\\pos(0,0)\\bord0\\shad0{ass.colour_override(segment.captions.box_colour)}\\p1"
    frames = (states[0].start, states[-1].end)
    rectangle = ass_lines.rounded_rectangle(box, CORNER_RADIUS * box.height)
    return [ass_lines.event(segment, frames, ass_lines.BACKGROUND, overrides, rectangle)]
