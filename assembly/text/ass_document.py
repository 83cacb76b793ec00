"""All text of a segment as one ASS document: captions and titles in the preset's styles."""

from __future__ import annotations

from pathlib import Path

import pysubs2

from assembly.text import ass, ass_lines, captions, titles
from assembly.text.cue_layout import PADDING_EM
from assembly.text.layout import unit
from assembly.text.typeface import typeface
from schemas.segment import Segment

AUTO_DIRECTION = -1
BOXED = 3


def ass_document(segment: Segment) -> pysubs2.SSAFile | None:
    """The segment's captions and titles, or ``None`` when it has neither; frame 0 is at ``ass.CLOCK_S`` seconds."""
    events = [*captions.events(segment), *titles.events(segment)]
    if not events:
        return None
    made = pysubs2.SSAFile()
    made.info.update(
        {
            "PlayResX": str(segment.width),
            "PlayResY": str(segment.height),
            "LayoutResX": str(segment.width),
            "LayoutResY": str(segment.height),
            "WrapStyle": "2",
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "TV.709",
        }
    )
    made.styles.clear()
    made.styles.update(styles(segment))
    made.events = events
    return made


def write(made: pysubs2.SSAFile, path: Path) -> None:
    made.save(str(path), format_="ass", header_notice="")


def styles(segment: Segment) -> dict[str, pysubs2.SSAStyle]:
    style, one = segment.captions, unit(segment.width, segment.height)
    caption = _base(segment, style.font, style.bold, style.size_px, style.colour)
    title = _base(segment, style.title_font, True, style.title_size_px, style.title_colour)
    lit = _base(segment, style.font, style.bold, style.size_px, style.colour)
    lit.borderstyle = BOXED
    lit.outlinecolor = ass.colour(style.highlight_colour)
    lit.outline, lit.shadow = PADDING_EM * style.size_px * one, 0
    return {ass_lines.GROUND: caption, ass_lines.LIT: lit, ass_lines.CAPTION: caption, ass_lines.TITLE: title}


def _base(segment: Segment, family: str, bold: bool, size_px: int, colour: str) -> pysubs2.SSAStyle:
    style, one = segment.captions, unit(segment.width, segment.height)
    face = typeface(family, bold, "", segment.language)
    return pysubs2.SSAStyle(
        fontname=face.family,
        fontsize=round(size_px * one * face.line_em, 2),
        bold=bold and face.has_bold,
        primarycolor=ass.colour(colour),
        outlinecolor=ass.colour(style.outline_colour),
        backcolor=pysubs2.Color(0, 0, 0, 96),
        outline=round(style.outline_px * one, 2),
        shadow=round(style.shadow_px * one, 2),
        alignment=pysubs2.Alignment.MIDDLE_CENTER,
        marginl=0,
        marginr=0,
        marginv=0,
        encoding=AUTO_DIRECTION,
    )
