"""One line of text as an ASS event.

Each line is positioned by itself, so that a change inside it (a word that grows, taller letters of another font) does
not move the other lines.
"""

from __future__ import annotations

import pysubs2

from assembly.text import ass
from assembly.text.emoji_gaps import gap
from assembly.text.layout import Box
from assembly.text.motion import Pose
from assembly.text.typeface import Typeface, font_runs
from schemas.emoji import split_emoji
from schemas.preset import CaptionStyle
from schemas.segment import Segment

# Style names; LAYERS is their drawing order, from bottom to top.
BACKGROUND, WORD_BOX, CAPTION, TITLE = "background", "word_box", "caption", "title"
LAYERS = (BACKGROUND, WORD_BOX, CAPTION, TITLE)
SHADOW_TRANSPARENCY = 96


def event(segment: Segment, frames: tuple[int, int], style: str, overrides: str, text: str) -> pysubs2.SSAEvent:
    """Return ``text`` (ASS) during frames ``[first, last)`` of the segment, preceded by override tags."""
    start_ms, end_ms = (ass.frame_time_ms(frame, segment.fps) for frame in frames)
    return pysubs2.SSAEvent(start_ms, end_ms, f"{{{overrides}}}{text}", layer=LAYERS.index(style), style=style)


def position_override(x: float, y: float, anchor: int = 5) -> str:
    """Return the override tags that centre the line at ``x``, ``y`` (pixels of the frame).

    With an ``anchor`` of 4 or 6, its left or right end is there.
    """
    return f"\\an{anchor}\\pos({x:.2f},{y:.2f})"


def font_override(face: Typeface, size: float) -> str:
    """Return the override tags of a font; ``size`` is its em in pixels, libass's font size is the height of a line."""
    return f"\\fn{face.family}\\b{int(face.bold and face.has_bold)}\\fs{size * face.line_em:.2f}"


def scale_override(scale: float) -> str:
    """Return the override tags that scale the text; its place in the line follows."""
    return f"\\fscx{100 * scale:.2f}\\fscy{100 * scale:.2f}"


def fade_override(pose: Pose) -> str:
    """Return the override tags of a pose's opacity, constant during the event; it multiplies every other opacity."""
    if pose.opacity >= 1:
        return ""
    transparency = round(255 * (1 - pose.opacity))
    return f"\\fade({transparency},{transparency},{transparency},0,0,0,0)"


def pose_override(pose: Pose) -> str:
    return fade_override(pose) + (scale_override(pose.scale) if pose.scale != 1 else "")


# Override tags that make text invisible; it keeps its place in the line.
HIDDEN = "\\alpha&HFF&"


def visible_override(style: CaptionStyle) -> str:
    """Return the override tags that make text visible again after ``HIDDEN``."""
    outline = ass.colour(style.outline_colour)
    return f"{ass.colour_override(style.colour)}\\3a&H{outline.a:02X}&\\4a&H{SHADOW_TRANSPARENCY:02X}&"


def text_in_fonts(face: Typeface, size: float, text: str, language: str) -> str:
    """Return user text as ASS: with font overrides where ``face`` has no glyph for a character, and gaps for emoji."""
    return "".join(
        gap(face, size, part) if is_emoji else _text_in_fonts(face, size, part, language)
        for part, is_emoji in split_emoji(text)
    )


def _text_in_fonts(face: Typeface, size: float, text: str, language: str) -> str:
    result = ""
    for run_face, run in font_runs(face, text, language):
        escaped = ass.escape(run)
        if run_face is not face:
            escaped = f"{{{font_override(run_face, size)}}}{escaped}{{{font_override(face, size)}}}"
        result += escaped
    return result


def rounded_rectangle(box: Box, radius: float) -> str:
    """Return an ASS drawing of a rectangle with round corners.

    Corners are Bézier curves with both control points at the corner.
    """
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
