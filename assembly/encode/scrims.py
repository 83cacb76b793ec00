"""The scrims behind the text of a segment, decided by a few of its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assembly.picture.i420 import Pixels
from assembly.picture.scrim import Scrim, TextArea, strength_for
from assembly.text.text_areas import text_areas
from schemas.layout import WHOLE_FRAME
from schemas.region import Region
from schemas.segment import Segment

# The frames that decide, as shares of a segment after its transition. A frame of a video takes longer to draw.
_OF_STILL, _OF_VIDEO = (0.0, 0.9), (0.1, 0.6)
# Draws the first frame of a segment without text.
DrawFirst = Callable[[Segment], Pixels]


def scrims_of(segment: Segment, draw_first: DrawFirst) -> tuple[Scrim, ...]:
    """Return the scrims that the text of a segment needs."""
    areas = text_areas(segment)
    if not areas:
        return ()
    frames = [draw_first(_from(segment, index)) for index in _sampled(segment)]
    size = (segment.width, segment.height)
    scrims = []
    for area in areas:
        picture = _picture_under(area, segment)
        radius = 0 if picture == WHOLE_FRAME else round(segment.incoming.clip.radius * min(size))
        if strength := strength_for(area, frames):
            scrims.append(Scrim(area, strength, picture.even_box(*size), radius))
    return tuple(scrims)


def _sampled(segment: Segment) -> list[int]:
    first = min(segment.frames - 1, segment.outgoing.frames if segment.outgoing else 0)
    shares = _OF_VIDEO if segment.incoming.clip.kind == "video" else _OF_STILL
    return sorted({first + round(share * (segment.frames - 1 - first)) for share in shares})


def _from(segment: Segment, index: int) -> Segment:
    """Return the frame ``index`` of the incoming clip as a segment of its own."""
    clip_range = replace(segment.incoming, first=segment.incoming.first + index, frames=1)
    return replace(segment, incoming=clip_range, outgoing=None, frames=1, cues=(), overlays=())


def _picture_under(area: TextArea, segment: Segment) -> Region:
    """Return the panel in which the text is, or the whole frame."""
    x = (area.box.left + area.box.right) / 2 / segment.width
    y = (area.box.top + area.box.bottom) / 2 / segment.height
    panels = [panel.area for panel in segment.incoming.clip.panels]
    around = [part for part in panels if part.left <= x <= part.right and part.top <= y <= part.bottom]
    return around[-1] if around else WHOLE_FRAME
