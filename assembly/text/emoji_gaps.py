"""The gaps that libass leaves in a line for colour emoji, and where they are in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from assembly.text import emoji
from assembly.text.ass_runs import TRANSPARENT, Line, Run
from assembly.text.bidi import is_right_to_left, visual_order
from assembly.text.layout import Box
from assembly.text.opentype import heights_em
from assembly.text.shaping import shaped
from assembly.text.typeface import Typeface, installed_face
from schemas.emoji import EMOJI

# The character that libass sees for a drawing when it orders a line with right-to-left text.
OBJECT = "\ufffc"
GAP = regex.compile(rf"\{{(?:{EMOJI.pattern})\\p1", regex.V1)
# The shares of a line to the left of its anchor, by alignment modulo 3, and above it, for alignments 1–3, 4–6 and 7–9.
LEFT_SHARE, TOP_SHARE = (1.0, 0.0, 0.5), (1.0, 0.5, 0.0)


@dataclass(frozen=True, slots=True)
class PlacedEmoji:
    """An emoji of ``size`` pixels to the em whose baseline begins at ``x``, ``y`` of the frame."""

    sequence: str
    size: float
    x: float
    y: float
    opacity: float

    @property
    def box(self) -> Box:
        """The area that the emoji may cover."""
        right = self.x + emoji.advance_em(self.sequence) * self.size
        return Box(self.x, self.y - emoji.ASCENT_EM * self.size, right, self.y + emoji.DESCENT_EM * self.size)


def gap(face: Typeface, size: float, sequence: str) -> str:
    """Return an invisible ASS drawing as wide as an emoji and as high as a line of ``face``; nothing if it has no font.

    It consists of two points without a line between them, so that it gets no outline and no shadow. Its height keeps
    the baseline of a line with emoji only, and the box of a highlighted word. The comment names the emoji.
    """
    width_em = emoji.advance_em(sequence)
    if not width_em:
        return ""
    ascent_em, descent_em = heights_em(face.path)
    height = (ascent_em + descent_em) * size
    drawing = f"m 0 0 m {width_em * size:.2f} {height:.2f}"
    return f"{{{sequence}\\p1\\pbo{descent_em * size:.2f}}}{drawing}{{\\p0}}"


def placed_emoji(line: Line) -> tuple[PlacedEmoji, ...]:
    """Return the visible emoji of a line where libass leaves their gaps."""
    runs = _on_screen(line.runs)
    widths = [run_width(run) for run in runs]
    x = line.x - sum(widths) * LEFT_SHARE[line.alignment % 3]
    y = _baseline(line)
    result: list[PlacedEmoji] = []
    for run, width in zip(runs, widths, strict=True):
        opacity = line.opacity * (1 - run.style.alpha / TRANSPARENT)
        if is_gap(run) and opacity > 0:
            size = _gap_size(run)
            result.append(PlacedEmoji(run.text, size, x, y - _lift_em(run) * size, opacity))
        x += width
    return tuple(result)


def has_gap(text: str) -> bool:
    """Return whether the ASS text of an event has a gap for an emoji."""
    return GAP.search(text) is not None


def is_gap(run: Run) -> bool:
    return run.style.is_drawing and EMOJI.fullmatch(run.text) is not None


def run_width(run: Run) -> float:
    """Return the width of a run in pixels; libass adds spacing to characters and not to drawings."""
    style = run.style
    if style.is_drawing:
        return run.width * style.scale_x / 100
    face = installed_face(style.family, style.bold)
    text = shaped(face, run.text, style.spacing != 0)
    width = text.width_em * style.font_size / face.line_em
    return (width + text.characters * style.spacing) * style.scale_x / 100


def _gap_size(run: Run) -> float:
    return run.width / emoji.advance_em(run.text) * run.style.scale_x / 100


def _on_screen(runs: Sequence[Run]) -> list[Run]:
    """Return the runs from left to right; a run with text of both directions is split."""
    parts = [OBJECT if run.style.is_drawing else run.text for run in runs]
    if not is_right_to_left("".join(parts)):
        return list(runs)
    ordered = ((runs[index], text) for index, text in visual_order(parts))
    return [run if run.style.is_drawing else Run(run.style, text) for run, text in ordered]


def _baseline(line: Line) -> float:
    """Return the vertical position of the baseline: libass aligns the line by its highest ascent and descent."""
    heights = [_heights(run) for run in line.runs]
    ascent, descent = (max((height[index] for height in heights), default=0.0) for index in range(2))
    top = line.y - (ascent + descent) * TOP_SHARE[(line.alignment - 1) // 3]
    return top + ascent


def _heights(run: Run) -> tuple[float, float]:
    style, scale = run.style, run.style.scale_y / 100
    if style.is_drawing:
        return (run.height - style.descent) * scale, style.descent * scale
    face = installed_face(style.family, style.bold)
    ascent_em, descent_em = heights_em(face.path)
    return ascent_em / face.line_em * style.font_size * scale, descent_em / face.line_em * style.font_size * scale


def _lift_em(run: Run) -> float:
    """Return how far an emoji is raised so that its middle is that of the capitals beside it."""
    return emoji.lift_em(installed_face(run.style.family, run.style.bold).capital_em)
