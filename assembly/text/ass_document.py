"""All text of a segment as one ASS document: captions and titles in the preset's styles."""

from __future__ import annotations

from pathlib import Path

import pysubs2

from assembly.text import ass, ass_lines, captions, title_events
from assembly.text.cue_layout import WORD_BOX_PADDING_EM
from assembly.text.layout import design_pixel
from assembly.text.typeface import typeface
from schemas.segment import Segment

# The style's Encoding field: libass detects the text direction.
AUTO_DIRECTION = -1
BORDER_STYLE_BOX = 3


def ass_document(segment: Segment) -> pysubs2.SSAFile | None:
    """Return the segment's captions and titles, or ``None`` when it has neither.

    Frame 0 is at ``ass.CLOCK_OFFSET_S`` seconds.
    """
    events = [*captions.events(segment), *title_events.events(segment)]
    if not events:
        return None
    document = pysubs2.SSAFile()
    document.info.update(
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
    document.styles.clear()
    document.styles.update(styles(segment))
    document.events = events
    return document


def write(document: pysubs2.SSAFile, path: Path) -> None:
    document.save(str(path), format_="ass", header_notice="")


def styles(segment: Segment) -> dict[str, pysubs2.SSAStyle]:
    """Return the document's styles by name."""
    style, pixel = segment.captions, design_pixel(segment.width, segment.height)
    caption = _base_style(segment, style.font, style.bold, style.size_px, style.colour)
    title = _base_style(segment, style.title_font, True, style.title_size_px, style.title_colour)
    word_box = _base_style(segment, style.font, style.bold, style.size_px, style.colour)
    word_box.borderstyle = BORDER_STYLE_BOX
    word_box.outlinecolor = ass.colour(style.highlight_colour)
    word_box.outline, word_box.shadow = WORD_BOX_PADDING_EM * style.size_px * pixel, 0
    return {
        ass_lines.BACKGROUND: caption,
        ass_lines.WORD_BOX: word_box,
        ass_lines.CAPTION: caption,
        ass_lines.TITLE: title,
    }


def _base_style(segment: Segment, family: str, bold: bool, size_px: int, colour: str) -> pysubs2.SSAStyle:
    style, pixel = segment.captions, design_pixel(segment.width, segment.height)
    face = typeface(family, bold, "", segment.language)
    return pysubs2.SSAStyle(
        fontname=face.family,
        fontsize=round(size_px * pixel * face.line_em, 2),
        bold=bold and face.has_bold,
        primarycolor=ass.colour(colour),
        outlinecolor=ass.colour(style.outline_colour),
        backcolor=pysubs2.Color(0, 0, 0, ass_lines.SHADOW_TRANSPARENCY),
        outline=round(style.outline_px * pixel, 2),
        shadow=round(style.shadow_px * pixel, 2),
        alignment=pysubs2.Alignment.MIDDLE_CENTER,
        marginl=0,
        marginr=0,
        marginv=0,
        encoding=AUTO_DIRECTION,
    )
