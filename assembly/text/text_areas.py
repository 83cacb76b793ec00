"""Where the text of a segment lies directly on the picture, for the scrims behind it."""

from __future__ import annotations

from assembly.picture.scrim import TextArea
from assembly.text import ass
from assembly.text.ass_lines import SHADOW_TRANSPARENCY
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import design_pixel
from assembly.text.title_layout import BLOCK_SIZES
from assembly.text.titles import caption_band, titles
from schemas.preset import CaptionStyle
from schemas.segment import Segment

# A scrim appears and goes within this time.
FADE_MS = 400
# Overlays with a ground of their own.
_GROUNDED_STYLES = ("amount", *BLOCK_SIZES)


def text_areas(segment: Segment) -> tuple[TextArea, ...]:
    """Return an area for each text on the picture: titles, and one for all captions, which has no pauses between them.

    Text with a ground of its own has none: amounts, counters, lower thirds, tables, code and captions in boxes.
    """
    style = segment.captions
    outline, ground = _outline_px(style) * design_pixel(segment.width, segment.height), style.outline_colour[:7]
    areas = []
    for title in titles(segment):
        timed = title.overlay
        if timed.overlay.style not in _GROUNDED_STYLES:
            colours = _title_colours(style, timed.overlay.style)
            shown = _shown(segment, timed.first, timed.first + timed.frames)
            areas.append(TextArea(title.rest, title.size, colours, ground, *shown, outline))
    cues = [cue for cue in segment.cues if ass.collapse_whitespace(cue.text)]
    band = caption_band(segment)
    if band and cues and not style.box_colour:
        em = max(lay_out_cue(cue, segment).size for cue in cues)
        spoken = [segment.frame_of(ms) for cue in cues for ms in (cue.start_ms, cue.end_ms)]
        areas.append(
            TextArea(band, em, _caption_colours(style), ground, *_shown(segment, min(spoken), max(spoken)), outline)
        )
    return tuple(areas)


def _shown(segment: Segment, first: int, last: int) -> tuple[int, int, int, int]:
    """Return the frames between which the scrim of text in frames ``[first, last)`` appears and goes.

    It is complete while there is text. At a cut, it is there in all frames from and up to the cut if text begins or ends
    near it. In a transition it appears, and before one that mixes two pictures it goes, because the mixed picture of
    this scene has none.
    """
    fade = max(1, round(FADE_MS * segment.fps / 1000))
    entry = segment.outgoing.frames if segment.outgoing else 0
    appears = (0, entry) if first <= entry + fade else (first - fade, first)
    if segment.fades_out:
        last = min(last, segment.frames - fade)
    stays = not segment.fades_out and last + 2 * fade >= segment.frames
    goes = (segment.frames, segment.frames) if stays else (last, last + fade)
    return *appears, *goes


def _outline_px(style: CaptionStyle) -> float:
    """Return the mean width of the outline and of the shadow, which is on one side only."""
    return style.outline_px + style.shadow_px * (1 - SHADOW_TRANSPARENCY / 255) / 2


def _title_colours(style: CaptionStyle, kind: str) -> tuple[str, ...]:
    return (style.title_colour, style.accent) if kind == "headline" and style.accent else (style.title_colour,)


def _caption_colours(style: CaptionStyle) -> tuple[str, ...]:
    marked = (style.highlight_colour,) if style.highlight in ("word", "grow", "spoken") else ()
    key = (style.accent,) if style.key_words and style.accent else ()
    return (style.colour, *marked, *key)
