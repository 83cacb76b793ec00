"""One line of text as an ASS event: each line has a place of its own, so that nothing that happens in it (a word that
grows, a taller letter of another face) moves the others."""

from __future__ import annotations

import pysubs2

from assembly.text import ass
from assembly.text.layout import Box
from assembly.text.typeface import Typeface, runs
from schemas.segment import Segment

# Styles, and from below to above what lies over what.
GROUND, LIT, CAPTION, TITLE = "ground", "lit", "caption", "title"
LAYERS = (GROUND, LIT, CAPTION, TITLE)


def event(segment: Segment, frames: tuple[int, int], style: str, before: str, text: str) -> pysubs2.SSAEvent:
    """``text`` (ASS) during frames ``[first, last)`` of the segment; ``before`` are the overrides in front of it."""
    start_ms, end_ms = (ass.at(frame, segment.fps) for frame in frames)
    return pysubs2.SSAEvent(start_ms, end_ms, f"{{{before}}}{text}", layer=LAYERS.index(style), style=style)


def placing(x: float, y: float) -> str:
    """The middle of the line lies at ``x``, ``y`` (pixels of the frame)."""
    return f"\\an5\\pos({x:.2f},{y:.2f})"


def setting(face: Typeface, size: float) -> str:
    """Typeface and size (em, pixels) as libass counts it: its font size is the height of a line."""
    return f"\\fn{face.family}\\b{int(face.bold and face.has_bold)}\\fs{size * face.line_em:.2f}"


def letters(face: Typeface, size: float, text: str, language: str) -> str:
    """A user's words as ASS, each character in a face that has it."""
    made = ""
    for other, part in runs(face, text, language):
        plain = ass.escaped(part)
        away = other is not face
        made += f"{{{setting(other, size)}}}{plain}{{{setting(face, size)}}}" if away else plain
    return made


def rounded(box: Box, radius: float) -> str:
    """A rectangle with round corners as an ASS drawing; corners are Bézier curves with their points at the corner."""
    left, top, right, bottom = (f"{v:.0f}" for v in (box.left, box.top, box.right, box.bottom))
    l2, t2, r2, b2 = (
        f"{v:.0f}" for v in (box.left + radius, box.top + radius, box.right - radius, box.bottom - radius)
    )
    return (
        f"m {l2} {top} l {r2} {top} b {right} {top} {right} {top} {right} {t2}"
        f" l {right} {b2} b {right} {bottom} {right} {bottom} {r2} {bottom}"
        f" l {l2} {bottom} b {left} {bottom} {left} {bottom} {left} {b2}"
        f" l {left} {t2} b {left} {top} {left} {top} {l2} {top}"
    )
