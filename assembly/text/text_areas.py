"""Where the text of a segment lies directly on the picture, for the scrims behind it."""

from __future__ import annotations

from assembly.picture.scrim import TextArea
from assembly.text import ass
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import design_pixel
from assembly.text.titles import caption_band, titles
from schemas.preset import CaptionStyle
from schemas.segment import Segment

# A scrim appears within this time.
_FADE_MS = 200


def text_areas(segment: Segment) -> tuple[TextArea, ...]:
    """Return an area for each title, and one for all captions; amounts and captions in boxes have their own ground."""
    fade = max(1, round(_FADE_MS * segment.fps / 1000))
    style = segment.captions
    outline = style.outline_px * design_pixel(segment.width, segment.height)
    areas = [
        TextArea(
            title.rest,
            title.size,
            _title_colours(style, title.overlay.overlay.style),
            _ground(style),
            title.overlay.first,
            title.overlay.first + title.overlay.frames,
            fade,
            outline,
        )
        for title in titles(segment)
        if title.overlay.overlay.style != "amount"
    ]
    cues = [cue for cue in segment.cues if ass.collapse_whitespace(cue.text)]
    band = caption_band(segment)
    if band and cues and not style.box_colour:
        em = max(lay_out_cue(cue, segment).size for cue in cues)
        first = max(0, min(segment.frame_of(cue.start_ms) for cue in cues))
        # Captions follow one another, so that the scrim stays until the scene ends.
        last = segment.frames + fade
        areas.append(TextArea(band, em, _caption_colours(style), _ground(style), first, last, fade, outline))
    return tuple(areas)


def _title_colours(style: CaptionStyle, kind: str) -> tuple[str, ...]:
    return (style.title_colour, style.accent) if kind == "headline" and style.accent else (style.title_colour,)


def _caption_colours(style: CaptionStyle) -> tuple[str, ...]:
    marked = (style.highlight_colour,) if style.highlight in ("word", "grow", "spoken") else ()
    key = (style.accent,) if style.key_words and style.accent else ()
    return (style.colour, *marked, *key)


def _ground(style: CaptionStyle) -> str:
    """The colour of the outline of letters stands out from them."""
    return style.outline_colour[:7]
