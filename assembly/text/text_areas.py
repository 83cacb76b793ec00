"""Where the text of a segment lies directly on the picture, for the scrims behind it."""

from __future__ import annotations

from app.media.contrast import luminance_of
from assembly.picture.scrim import TextArea
from assembly.text import ass
from assembly.text.ass_lines import SHADOW_TRANSPARENCY
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import Box, design_pixel
from assembly.text.title_layout import BLOCK_SIZES, Title
from assembly.text.titles import caption_band, titles
from schemas.preset import CaptionStyle
from schemas.segment import Segment

# A scrim appears and goes within this time.
FADE_MS = 600
# Overlays with a ground of their own.
_GROUNDED_STYLES = ("amount", *BLOCK_SIZES)


def text_areas(segment: Segment) -> tuple[TextArea, ...]:
    """Return an area for each title on the picture, and one for all captions.

    Text with a ground of its own has none: amounts, counters, lower thirds, tables, code and captions in boxes.
    """
    on_picture = (title for title in titles(segment) if title.overlay.overlay.style not in _GROUNDED_STYLES)
    captions = None if segment.captions.box_colour else _caption_area(segment)
    return (*(_title_area(segment, title) for title in on_picture), *([captions] if captions else []))


def _title_area(segment: Segment, title: Title) -> TextArea:
    timed, colours = title.overlay, _title_colours(segment.captions, title.overlay.overlay.style)
    return _area(segment, title.rest, title.size, colours, (timed.first, timed.first + timed.frames))


def _caption_area(segment: Segment) -> TextArea | None:
    """Return the area of all captions, the same through the scene; one that ends with the transition does not count."""
    entry = segment.outgoing.frames if segment.outgoing else 0
    cues = [cue for cue in segment.cues if ass.collapse_whitespace(cue.text) and segment.frame_of(cue.end_ms) > entry]
    band = caption_band(segment)
    if not cues or not band:
        return None
    em = max(lay_out_cue(cue, segment).size for cue in cues)
    return _area(segment, band, em, _caption_colours(segment.captions), (0, segment.frames))


def _area(segment: Segment, box: Box, em: float, colours: tuple[str, ...], frames: tuple[int, int]) -> TextArea:
    style = segment.captions
    outline = _outline_px(style) * design_pixel(segment.width, segment.height)
    return TextArea(box, em, colours, _ground(style), *_shown(segment, *frames), outline, style.outline_colour[:7])


def _ground(style: CaptionStyle) -> str:
    """Return black for light letters, white for dark ones: another colour would tint the picture or fade its blacks."""
    return "#000000" if luminance_of(style.title_colour) > luminance_of(style.outline_colour) else "#FFFFFF"


def _shown(segment: Segment, first: int, last: int) -> tuple[int, int, int, int]:
    """Return the frames between which the scrim of text in frames ``[first, last)`` appears and goes.

    It is complete while there is text, and from or up to a cut if text begins or ends near the cut. In a transition it
    appears, and before one that mixes two pictures it goes, because the mixed picture of this scene has none.
    """
    fade = max(1, round(FADE_MS * segment.fps / 1000))
    entry = segment.outgoing.frames if segment.outgoing else 0
    appears = (0, entry) if first <= entry + fade else (first - fade, first)
    if segment.fades_out:
        last = min(last, segment.frames - fade)
    stays = not segment.fades_out and last + fade >= segment.frames
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
