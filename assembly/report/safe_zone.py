"""Check that captions, as libass draws them, and their emoji stay inside the safe zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.media.ffmpeg import Command, read_output
from app.store.scratch import scratch
from assembly.encode.encoder import burn_in_filter
from assembly.picture.emoji_pictures import EmojiPictures
from assembly.text import ass_document
from assembly.text.caption_looks import cue_times
from assembly.text.caption_slot import lay_out_cue
from assembly.text.fonts import fonts
from assembly.text.layout import Box, enclosing, safe_box
from schemas.segment import Segment
from schemas.timeline import Cue

SAMPLES = 6
# Fainter pixels, such as the edge of a shadow, do not count as drawn.
MIN_VISIBLE_ALPHA = 32
# Tolerance around the safe zone.
SLACK_PX = 2


@dataclass(frozen=True, slots=True)
class SafeZoneResult:
    """``checked`` is the number of cues checked, ``outside_ms`` the start times of those drawn outside the zone."""

    checked: int
    outside_ms: tuple[int, ...]


def check_captions(segments: Sequence[Segment]) -> SafeZoneResult | None:
    """Draw and check the largest cue of up to six segments; return ``None`` when the film has no captions."""
    captioned = [segment for segment in segments if segment.cues]
    step = max(1, -(-len(captioned) // SAMPLES))
    outside_ms, count = [], 0
    for segment in captioned[::step]:
        cue = max(segment.cues, key=lambda cue: _area(cue, segment))
        drawn = drawn_box(segment, cue)
        count += 1
        if drawn and not drawn.is_inside(_tolerated_zone(segment)):
            outside_ms.append(cue.start_ms)
    return SafeZoneResult(count, tuple(outside_ms)) if count else None


def drawn_box(segment: Segment, cue: Cue) -> Box | None:
    """Return the area a cue covers in its last frame, in pixels of the frame; ``None`` when it is empty."""
    alone = replace(segment, cues=(cue,), overlays=())
    document = ass_document.ass_document(alone)
    times = cue_times(cue, alone)
    if document is None or times.first >= times.last:
        return None
    frame = times.last - 1
    with scratch() as work:
        path = work / "letters.ass"
        ass_document.write(document, path)
        alpha = _alpha(alone, path, frame)
    rows, columns = np.nonzero(alpha > MIN_VISIBLE_ALPHA)
    boxes = [one.box for one in EmojiPictures(document, alone).placed(frame)]
    if len(rows):
        boxes.append(Box(float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1))
    return enclosing(boxes) if boxes else None


def _alpha(segment: Segment, ass_file: Path, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rate = f"{segment.fps.numerator}/{segment.fps.denominator}"
    background = f"color=c=black@0:s={segment.width}x{segment.height}:r={rate},format=rgba"
    burn_in = burn_in_filter(ass_file, segment.fps, frame, alpha=True)
    args = ("-v", "error", "-f", "lavfi", "-i", background, "-vf", burn_in, "-frames:v", "1", "-f", "rawvideo")
    command = Command("draw captions", (*args, "-pix_fmt", "rgba", "pipe:1"), 120.0, fonts().env)
    with read_output(command) as out:
        pixels = np.frombuffer(out.read(), np.uint8)
    return pixels.reshape(segment.height, segment.width, 4)[..., 3]


def _tolerated_zone(segment: Segment) -> Box:
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    return Box(zone.left - SLACK_PX, zone.top - SLACK_PX, zone.right + SLACK_PX, zone.bottom + SLACK_PX)


def _area(cue: Cue, segment: Segment) -> float:
    box = lay_out_cue(cue, segment).box
    return box.width * box.height
