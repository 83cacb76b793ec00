"""Whether letters keep to the safe zone, looked at as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.media.ffmpeg import Command, read_output
from app.store.scratch import scratch
from assembly.encode.encoder import lettered
from assembly.text import ass_document, captions
from assembly.text.cue_layout import setting
from assembly.text.fonts import fonts
from assembly.text.layout import Box, safe_box
from schemas.segment import Segment
from schemas.timeline import Cue

SAMPLES = 6
# A shadow's last soft pixel is nothing that a control could cover.
VISIBLE = 32
SLACK_PX = 2


@dataclass(frozen=True, slots=True)
class SafeZoneResult:
    """``outside`` names the cues (by their start in the film) that were drawn outside; ``checked`` is how many."""

    checked: int
    outside_ms: tuple[int, ...]


def check_captions(segments: Sequence[Segment]) -> SafeZoneResult | None:
    """Draws the largest cue of up to six segments; ``None`` when the film has no captions."""
    lettered_ones = [segment for segment in segments if segment.cues]
    step = max(1, -(-len(lettered_ones) // SAMPLES))
    outside, count = [], 0
    for segment in lettered_ones[::step]:
        cue = max(segment.cues, key=lambda one: _area(one, segment))
        drawn = drawn_box(segment, cue)
        count += 1
        if drawn and not drawn.inside(_zone(segment)):
            outside.append(cue.start_ms)
    return SafeZoneResult(count, tuple(outside)) if count else None


def drawn_box(segment: Segment, cue: Cue) -> Box | None:
    """What a cue covers in the middle of its time, in pixels of the frame; ``None`` when nothing is drawn."""
    alone = replace(segment, cues=(cue,), overlays=())
    document = ass_document.ass_document(alone)
    told = captions.states(cue, alone)
    if document is None or not told:
        return None
    with scratch() as work:
        path = work / "letters.ass"
        ass_document.write(document, path)
        alpha = _alpha(alone, path, told[len(told) // 2].start)
    rows, columns = np.nonzero(alpha > VISIBLE)
    if not len(rows):
        return None
    return Box(float(columns.min()), float(rows.min()), float(columns.max()) + 1, float(rows.max()) + 1)


def _alpha(segment: Segment, letters: Path, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rate = f"{segment.fps.numerator}/{segment.fps.denominator}"
    ground = f"color=c=black@0:s={segment.width}x{segment.height}:r={rate},format=rgba"
    shown = lettered(letters, segment.fps, frame, alpha=True)
    args = ("-v", "error", "-f", "lavfi", "-i", ground, "-vf", shown, "-frames:v", "1", "-f", "rawvideo")
    todo = Command("draw captions", (*args, "-pix_fmt", "rgba", "pipe:1"), 120.0, fonts().env)
    with read_output(todo) as out:
        pixels = np.frombuffer(out.read(), np.uint8)
    return pixels.reshape(segment.height, segment.width, 4)[..., 3]


def _zone(segment: Segment) -> Box:
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    return Box(zone.left - SLACK_PX, zone.top - SLACK_PX, zone.right + SLACK_PX, zone.bottom + SLACK_PX)


def _area(cue: Cue, segment: Segment) -> float:
    box = setting(cue, segment).box
    return box.width * box.height
