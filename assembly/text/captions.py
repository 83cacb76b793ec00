"""Captions of a segment as ASS events: one event for each look of a line, with exact frames."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.caption_looks import LineLook, cue_poses, line_looks
from assembly.text.caption_slot import lay_out_cue
from assembly.text.cue_layout import GROWN_PERCENT, CueLayout, Line, Piece
from assembly.text.layout import scaled_about
from assembly.text.motion import Pose
from assembly.text.word_places import word_centre
from schemas.segment import Segment
from schemas.timeline import Cue

# Height of a word's box, in em.
WORD_BOX_EM = 1.02
# Corner radius of a cue's background, as a share of its height.
CORNER_RADIUS = 0.12


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A line of a cue while it has one look, during the frames ``[first, last)`` of the segment."""

    segment: Segment
    layout: CueLayout
    index: int
    look: LineLook
    frames: tuple[int, int]

    @property
    def line(self) -> Line:
        return self.layout.lines[self.index]

    def factor(self, piece: Piece) -> float:
        """Return the size of a piece relative to the others: key words and the spoken word may be larger."""
        grows = self.segment.captions.highlight == "grow" and piece.word == self.look.active
        return (self.layout.key_scale if piece.key else 1.0) * (GROWN_PERCENT / 100 if grows else 1.0)


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return one event per line and look; an appearing word, and the box of a word, have events of their own.

    Every event has the whole line, with the words that it does not show transparent, so that the renderer shapes and
    orders all words as in the complete line.
    """
    result: list[pysubs2.SSAEvent] = []
    for cue in segment.cues:
        if not ass.collapse_whitespace(cue.text):
            continue
        layout = lay_out_cue(cue, segment)
        result += _background(layout, cue, segment)
        for index, line in enumerate(layout.lines):
            for look, first, last in line_looks(line, cue, segment):
                result += _line_events(_Drawn(segment, layout, index, look, (first, last)))
    return result


def _line_events(drawn: _Drawn) -> list[pysubs2.SSAEvent]:
    look, layout = drawn.look, drawn.layout
    arriving = dict(look.arriving)
    at_rest = {piece.word for piece in drawn.line if piece.word < look.shown and piece.word not in arriving}
    result = [_text_event(drawn, at_rest, look.pose, (layout.centre_x, layout.centre_y))] if at_rest else []
    for word, pose in look.arriving:
        result.append(_text_event(drawn, {word}, *_word_pose(drawn, word, pose)))
    if drawn.segment.captions.highlight == "box":
        boxed = [p for p in drawn.line if p.word == look.active and p.word < look.shown and not p.key]
        if boxed:
            result.append(_word_box(drawn, *_word_pose(drawn, look.active, arriving.get(look.active, look.pose))))
    return result


def _word_pose(drawn: _Drawn, word: int, pose: Pose) -> tuple[Pose, tuple[float, float]]:
    """Return the pose of a word and the point about which it is scaled; it is not scaled if its place is unknown."""
    layout = drawn.layout
    if pose == drawn.look.pose:
        return pose, (layout.centre_x, layout.centre_y)
    x = word_centre(layout, drawn.line, word)
    if x is None:
        return Pose(1.0, pose.opacity, pose.below_em), (layout.centre_x, layout.centre_y)
    return pose, (x, layout.line_middle(drawn.index))


def _text_event(drawn: _Drawn, words: set[int], pose: Pose, about: tuple[float, float]) -> pysubs2.SSAEvent:
    """Return the line with ``words`` visible, scaled about a point of the frame; its baseline does not move."""
    layout, middle = drawn.layout, drawn.layout.line_middle(drawn.index)
    baseline_em = layout.face.baseline_em
    baseline = middle + (baseline_em - layout.face.line_offset_em) * layout.size
    # A taller word makes the renderer's line taller above and below its middle.
    tallest = pose.scale * max(drawn.factor(piece) for piece in drawn.line)
    x = about[0] + pose.scale * (layout.centre_x - about[0])
    y = about[1] + pose.scale * (baseline - about[1]) + (pose.below_em - tallest * baseline_em) * layout.size
    overrides = ass_lines.position_override(x, y) + _font_override(layout) + ass_lines.pose_override(pose)
    return ass_lines.event(
        drawn.segment, drawn.frames, ass_lines.CAPTION, overrides, _line_text(drawn, words, pose.scale)
    )


def _font_override(layout: CueLayout) -> str:
    return f"{ass_lines.font_override(layout.face, layout.size)}\\fsp{layout.spacing:.2f}"


def _line_text(drawn: _Drawn, words: set[int], scale: float) -> str:
    layout = drawn.layout
    result = ""
    for index, piece in enumerate(drawn.line):
        text = ass_lines.text_in_fonts(layout.face, layout.size, piece.text, drawn.segment.language)
        on, off = _piece_overrides(drawn, piece, piece.word in words, scale)
        result += _space_before(index, piece) + (f"{{{on}}}{text}{{{off}}}" if on else text)
    return result


def _piece_overrides(drawn: _Drawn, piece: Piece, is_visible: bool, scale: float) -> tuple[str, str]:
    """Return the override tags before and after a piece; both are empty if it looks like the line."""
    style, factor = drawn.segment.captions, drawn.factor(piece)
    on = off = ""
    colour = _colour(drawn, piece)
    if colour != style.colour and is_visible:
        on, off = ass.colour_override(colour), ass.colour_override(style.colour)
    if factor != 1:
        on, off = on + ass_lines.scale_override(scale * factor), off + ass_lines.scale_override(scale)
    if not is_visible:
        on, off = on + ass_lines.HIDDEN, off + ass_lines.visible_override(style)
    return on, off


def _colour(drawn: _Drawn, piece: Piece) -> str:
    style, active = drawn.segment.captions, drawn.look.active
    if piece.key and style.accent:
        return style.accent
    if style.highlight == "spoken":
        return style.highlight_colour if piece.word <= active else style.colour
    is_marked = style.highlight in ("word", "grow") and piece.word == active
    return style.highlight_colour if is_marked else style.colour


def _space_before(index: int, piece: Piece) -> str:
    return "" if piece.tight or not index else " "


def _word_box(drawn: _Drawn, pose: Pose, about: tuple[float, float]) -> pysubs2.SSAEvent:
    """Return the whole line, transparent except for the box of one word, so that the box lies exactly under that word.

    libass draws the box with the height of the font's line and applies ``\\fscy`` to that height twice (to the
    position in the line once): scaling by the square root of the wanted ratio and shifting by half of the lost height
    makes the box fit.
    """
    layout, style = drawn.layout, drawn.segment.captions
    line_height = layout.face.line_em * layout.size
    tall = math.sqrt(pose.scale * WORD_BOX_EM / layout.face.line_em)
    middle = about[1] + pose.scale * (layout.line_middle(drawn.index) - about[1]) + pose.below_em * layout.size
    x = about[0] + pose.scale * (layout.centre_x - about[0])
    overrides = ass_lines.position_override(x, middle + tall * (1 - tall) * line_height / 2) + _font_override(layout)
    overrides += ass_lines.pose_override(pose) + f"\\fscy{100 * tall:.2f}" + ass_lines.HIDDEN
    show_box = f"\\3a&H{ass.colour(style.highlight_colour).a:02X}&"
    text = ""
    for index, piece in enumerate(drawn.line):
        word = ass_lines.text_in_fonts(layout.face, layout.size, piece.text, drawn.segment.language)
        wide, usual = (f"\\fscx{100 * pose.scale * factor:.2f}" for factor in (drawn.factor(piece), 1.0))
        is_boxed = piece.word == drawn.look.active and not piece.key
        on = (wide if wide != usual else "") + (show_box if is_boxed else "")
        off = (usual if wide != usual else "") + (ass_lines.HIDDEN if is_boxed else "")
        text += _space_before(index, piece) + (f"{{{on}}}{word}{{{off}}}" if on else word)
    return ass_lines.event(drawn.segment, drawn.frames, ass_lines.WORD_BOX, overrides, text)


def _background(layout: CueLayout, cue: Cue, segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return the coloured background of a cue: one rectangle with round corners under all its lines."""
    if not segment.captions.box_colour:
        return []
    result = []
    for pose, first, last in cue_poses(cue, segment):
        box = scaled_about(layout.rest, layout.centre_x, layout.centre_y, pose.scale)
        box = box.moved_down(pose.below_em * layout.size)
        overrides = f"\\an7\\pos(0,0)\\bord0\\shad0{ass.colour_override(segment.captions.box_colour)}"
        overrides += ass_lines.fade_override(pose) + "\\p1"
        rectangle = ass_lines.rounded_rectangle(box, CORNER_RADIUS * box.height)
        result.append(ass_lines.event(segment, (first, last), ass_lines.BACKGROUND, overrides, rectangle))
    return result
