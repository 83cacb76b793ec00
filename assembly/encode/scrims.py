"""The scrims behind the text of a segment, decided by a few of its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from assembly.picture.i420 import Pixels
from assembly.picture.panels import corners
from assembly.picture.regions import area_of
from assembly.picture.scrim import Scrim, Scrims, Shares, TextArea, falloff
from assembly.picture.scrim_strength import strength_for
from assembly.text.layout import Box
from assembly.text.text_areas import text_areas
from schemas.segment import Segment

# The frames that decide, as shares of a segment after its transition; of a still also the first one of each shot. A
# frame of a video takes longer to draw.
_OF_STILL, _OF_VIDEO = (0.0, 0.9), (0.1, 0.6)
# Draws the first frame of a segment without text.
DrawFirst = Callable[[Segment], Pixels]


def scrims_of(segment: Segment, draw_first: DrawFirst) -> Scrims:
    """Return the scrims that the text of a segment needs."""
    areas = text_areas(segment)
    frames = sampled_frames(segment, draw_first) if areas else []
    scrims = []
    for area in areas:
        if strength := strength_for(area, frames):
            scrims.append(Scrim(area, strength, np.float32(strength) * _shares(area, segment)))
    return Scrims(scrims, areas[0].ground if areas else "")


def sampled_frames(segment: Segment, draw_first: DrawFirst) -> list[Pixels]:
    """Return a few frames of the incoming clip, without text and overlays."""
    return [draw_first(_from(segment, index)) for index in _sampled(segment)]


def _sampled(segment: Segment) -> list[int]:
    first = min(segment.frames - 1, segment.outgoing.frames if segment.outgoing else 0)
    is_video = segment.incoming.clip.kind == "video"
    times = {first + round(share * (segment.frames - 1 - first)) for share in (_OF_VIDEO if is_video else _OF_STILL)}
    shots = () if is_video else (shot.first - segment.incoming.first for shot in segment.incoming.shots)
    return sorted(times.union(index for index in shots if first < index < segment.frames))


def _from(segment: Segment, index: int) -> Segment:
    """Return the frame ``index`` of the incoming clip as a segment of its own."""
    clip_range = replace(segment.incoming, first=segment.incoming.first + index, frames=1)
    return replace(segment, incoming=clip_range, outgoing=None, frames=1, cues=(), overlays=())


def _shares(area: TextArea, segment: Segment) -> Shares:
    """Return the falloff of a scrim: inside the card that has the text, or beside all cards if the text is beside them.

    Text across the edge of a card has its scrim on the whole frame.
    """
    size = (segment.width, segment.height)
    cards = _cards(segment)
    around = [card for card in cards if area.box.is_inside(card)]
    if around:
        return falloff(area, around[-1], size) * _inside(around[-1], segment)
    shares = falloff(area, Box(0, 0, *size), size)
    if not any(area.box.overlaps(card) for card in cards):
        for card in cards:
            shares *= 1 - _inside(card, segment)
    return shares


def _cards(segment: Segment) -> list[Box]:
    return [area_of(panel.area, segment) for panel in segment.incoming.clip.panels]


def _inside(card: Box, segment: Segment) -> Shares:
    """Return for each pixel of the frame the share of it inside a card with round corners."""
    frame = np.zeros((segment.height, segment.width), np.float32)
    inside = frame[int(card.top) : int(card.bottom), int(card.left) : int(card.right)]
    inside[:] = 1
    for place, coverage in corners(round(segment.incoming.clip.radius * min(segment.width, segment.height))):
        inside[place] = coverage / 255
    return frame
