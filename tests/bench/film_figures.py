"""Figures of a finished film that viewers notice, computed from its documents and its frames. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

from assembly.text.caption_slot import caption_slot
from assembly.text.cue_layout import cue_box, lay_out_cue
from assembly.text.titles import titles
from schemas.clip import TEMPLATE, Motion
from schemas.scene_graph import LONG_STYLES
from schemas.segment import Segment
from schemas.speech import Speech
from schemas.timeline import Timeline


def shot_lengths_s(timeline: Timeline) -> list[float]:
    """The time from each change of view to the next, in seconds."""
    starts = [*_shot_starts(timeline), timeline.total_frames]
    return [float(Fraction(end - start) / timeline.fps) for start, end in pairwise(starts)]


def _shot_starts(timeline: Timeline) -> list[int]:
    return [
        start
        for item in timeline.tracks.video
        for start in (item.start_frame, *(item.start_frame + shot.first for shot in item.shots[1:]))
    ]


def cut_share(timeline: Timeline) -> float:
    """The share of changes of view that are cuts."""
    changes = len(_shot_starts(timeline)) - 1
    return 1 - len(timeline.transitions) / changes if changes else 1.0


def first_word_s(timeline: Timeline) -> float | None:
    """When the voice begins; ``None`` for a film without a voice."""
    starts = [item.start_ms for item in timeline.tracks.audio if item.kind == "voice"]
    return min(starts) / 1000 if starts else None


def hold_after_last_word_s(timeline: Timeline, speech: Speech) -> float | None:
    """How long the film goes on after the last word; ``None`` for a film without a voice."""
    items = {item.scene_id: item for item in timeline.tracks.audio if item.kind == "voice"}
    ends = [items[line.scene_id].start_ms + line.words[-1].end_ms for line in speech.lines if line.words]
    return (timeline.length_ms - max(ends)) / 1000 if ends else None


def camera_speeds(segments: Sequence[Segment]) -> list[float]:
    """The speed of each moving still in % of the window's width per second: of its zoom, or of its pan if faster."""
    speeds = []
    for motion, seconds in _moves(segments):
        zoom = abs(math.log(motion.end.width / motion.start.width))
        width = min(motion.start.width, motion.end.width)
        pan = math.hypot(motion.end.x - motion.start.x, motion.end.y - motion.start.y) / width
        speeds.append(100 * max(zoom, pan) / seconds)
    return speeds


def _moves(segments: Sequence[Segment]) -> Iterator[tuple[Motion, float]]:
    """Yield the camera's motion in each shot of a still and the shot's length in seconds."""
    for segment in segments:
        path = segment.incoming.path
        if path is None:
            continue
        ends = [*(shot.first for shot in path.shots[1:]), path.frames]
        for shot, end in zip(path.shots, ends, strict=True):
            if shot.motion.start != shot.motion.end:
                yield shot.motion, float((end - shot.first) / segment.fps)


def picture_fill(segments: Sequence[Segment]) -> float | None:
    """The mean share of the frame that pictures of the user fill; ``None`` for a film without one."""
    shares = [(share, segment.frames) for segment in segments if (share := _fill(segment)) is not None]
    frames = sum(count for _, count in shares)
    return sum(share * count for share, count in shares) / frames if frames else None


def _fill(segment: Segment) -> float | None:
    clip = segment.incoming.clip
    if clip.panels:
        return min(1.0, sum(panel.area.width * panel.area.height for panel in clip.panels))
    if clip.aspect is None or clip.engine == TEMPLATE:
        return None
    return clip.picture.width * clip.picture.height if clip.picture else 1.0


def cap_height_share(segments: Sequence[Segment]) -> float | None:
    """The smallest height of a caption's capitals as a share of the frame's height; ``None`` without captions."""
    heights = []
    for segment in segments:
        for cue in segment.cues:
            layout = lay_out_cue(cue, segment)
            above, _ = layout.face.ink_em("H")
            heights.append(above * layout.size / segment.height)
    return min(heights, default=None)


def faces_covered(segments: Sequence[Segment]) -> float:
    """The largest share of a face that a caption covers in any segment."""
    return max((caption_slot(segment, cue_box).faces for segment in segments), default=0.0)


def caption_middles(segments: Sequence[Segment]) -> list[float]:
    """The vertical middle of each cue as a share of the frame's height."""
    boxes = [(lay_out_cue(cue, segment).box, segment.height) for segment in segments for cue in segment.cues]
    return [(box.top + box.bottom) / 2 / height for box, height in boxes]


def lower_third_s(segments: Sequence[Segment]) -> float | None:
    """The shortest time for which a lower third is drawn, in seconds; ``None`` for a film without any."""
    lengths = [
        float(title.overlay.frames / segment.fps)
        for segment in segments
        for title in titles(segment)
        if title.overlay.overlay.style == "lower_third"
    ]
    return min(lengths, default=None)


def board_letters(segments: Sequence[Segment]) -> float | None:
    """The smallest em of a table or code as a share of the frame's height; ``None`` for a film without any."""
    sizes = [
        title.size / segment.height
        for segment in segments
        for title in titles(segment)
        if title.overlay.overlay.style in LONG_STYLES
    ]
    return min(sizes, default=None)


def brightness_spread(medians: Sequence[float]) -> float:
    """The largest distance of a scene's median luma from the film's, as a share of the film's."""
    film = median(medians)
    return max(abs(value - film) for value in medians) / film if film else 0.0
