"""Figures of a finished film that viewers notice, computed from its documents and its frames. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

import numpy as np

from app.media.grading import affine_map
from app.planning.camera.repeats import Views, change_between, pictures_of, smallest_change, views_at
from app.planning.scenes.exposure import level_of
from assembly.picture.i420 import BLACK, WHITE, Pixels
from assembly.text.caption_slot import caption_slot, lay_out_cue
from assembly.text.obstacles import Hidden, obstacles
from assembly.text.titles import caption_band, titles
from schemas.clip import TEMPLATE, CameraPath, Motion
from schemas.scene_graph import LONG_STYLES, SceneGraph
from schemas.segment import ClipRange, Segment
from schemas.speech import Speech
from schemas.subjects import WHOLE_PICTURE
from schemas.timeline import Timeline


def shot_lengths_s(timeline: Timeline) -> list[float]:
    """The time from each change of view to the next, in seconds; cuts inside a user's clip are not counted."""
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


def right_pictures(graph: SceneGraph, names: Mapping[str, str], named: Mapping[str, str]) -> list[bool]:
    """Whether each line that names a picture is shown with it.

    ``names`` are those of the pictures by asset id; ``named`` is the right picture for each part of the script.
    """
    shown = [(scene.voice_script, {names.get(asset, "") for asset in scene.asset_ids}) for scene in graph.scenes]
    return [any(part in line and right in pictures for line, pictures in shown) for part, right in named.items()]


def camera_speeds(segments: Sequence[Segment]) -> list[float]:
    """The speed of each moving still in % of the window's size per second: of its zoom, or of its pan if faster."""
    speeds = []
    for motion, ratio, seconds in _moves(segments):
        zoom = abs(math.log(motion.end.width / motion.start.width))
        width = min(motion.start.width, motion.end.width)
        pan = math.hypot(motion.end.x - motion.start.x, (motion.end.y - motion.start.y) / ratio) / width
        speeds.append(100 * max(zoom, pan) / seconds)
    return speeds


def _moves(segments: Sequence[Segment]) -> Iterator[tuple[Motion, float, float]]:
    """Yield the camera's motion in each shot of a still, the height of its windows for a width of 1, and its seconds.

    Widths and heights are shares of the picture's.
    """
    for segment in segments:
        for path, ratio in _paths(segment.incoming, segment.width / segment.height):
            ends = [*(shot.first for shot in path.shots[1:]), path.frames]
            for shot, end in zip(path.shots, ends, strict=True):
                if shot.motion.start != shot.motion.end:
                    yield shot.motion, ratio, float((end - shot.first) / segment.fps)


def _paths(part: ClipRange, aspect: float) -> Iterator[tuple[CameraPath, float]]:
    """Yield the camera's path over a clip, or over each of its panels, with the picture's aspect ÷ that of its area."""
    for panel in part.clip.panels:
        if path := part.path_in(panel):
            yield path, (panel.aspect or aspect) / (aspect * panel.area.width / panel.area.height)
    if not part.clip.panels and part.path:
        # The views of a scene without a picture are side by side.
        yield part.path, len(part.clip.views) or (part.clip.aspect or aspect) / aspect


def smallest_repeat(segments: Sequence[Segment], graph: SceneGraph) -> float | None:
    """The smallest change of view from one shot of a picture to its next; ``None`` if no picture is shown twice."""
    inside = [
        smallest_change(segment.incoming, pictures_of(graph.scene(segment.scene_id)), segment.width / segment.height)
        for segment in segments
    ]
    changes = [change for change in (*inside, *_changes_at_cuts(segments, graph)) if math.isfinite(change)]
    return min(changes, default=None)


def _changes_at_cuts(segments: Sequence[Segment], graph: SceneGraph) -> Iterator[float]:
    for before, after in pairwise(segments):
        old, new = _views(before, graph, before.incoming.of - 1), _views(after, graph, 0)
        if (change := change_between(old, new)) is not None:
            yield change


def _views(segment: Segment, graph: SceneGraph, frame: int) -> Views:
    return views_at(segment.incoming, frame, pictures_of(graph.scene(segment.scene_id)), segment.width / segment.height)


def picture_fill(segments: Sequence[Segment]) -> float | None:
    """The mean share of the frame that pictures of the user fill; ``None`` for a film without one."""
    shares = [(share, segment.frames) for segment in segments if (share := _fill(segment)) is not None]
    frames = sum(count for _, count in shares)
    return sum(share * count for share, count in shares) / frames if frames else None


def _fill(segment: Segment) -> float | None:
    clip = segment.incoming.clip
    if clip.panels:
        return min(1.0, sum(panel.area.width * panel.area.height for panel in clip.panels))
    if clip.aspect is None or clip.engine == TEMPLATE or clip.views:
        return None
    return clip.picture.width * clip.picture.height if clip.picture else 1.0


def longest_steady_s(segments: Sequence[Segment], bare: Collection[int]) -> float | None:
    """The longest time without a change in the scenes ``bare``, which have no picture; ``None`` if there are none.

    What changes is the view, the words of the captions, or an overlay that appears; a camera that moves is no change.
    """
    times = [
        float((end - start) / segment.fps)
        for segment in segments
        if segment.scene_id in bare
        for start, end in pairwise([*_changes(segment), segment.frames])
    ]
    return max(times, default=None)


def _changes(segment: Segment) -> list[int]:
    shots = [shot.first - segment.incoming.first for shot in segment.incoming.shots]
    cues = [segment.frame_of(cue.start_ms) for cue in segment.cues]
    overlays = [timed.first for timed in segment.overlays]
    return sorted({0, *(frame for frame in (*shots, *cues, *overlays) if 0 < frame < segment.frames)})


def bare_share(segments: Sequence[Segment], bare: Collection[int]) -> float | None:
    """The share of the time of the scenes ``bare`` that shows a plain background with one word or none."""
    frames = [
        _is_bare(segment, frame) for segment in segments if segment.scene_id in bare for frame in range(segment.frames)
    ]
    return sum(frames) / len(frames) if frames else None


def _is_bare(segment: Segment, frame: int) -> bool:
    shown = [timed for timed in segment.overlays if timed.first <= frame < timed.first + timed.frames]
    cues = [cue for cue in segment.cues if segment.frame_of(cue.start_ms) <= frame < segment.frame_of(cue.end_ms)]
    words = sum(len(line) for cue in cues for line in cue.lines)
    return not segment.incoming.clip.views and not shown and words < 2


def cap_height_share(segments: Sequence[Segment]) -> float | None:
    """The smallest height of a caption's capitals as a share of the frame's height; ``None`` without captions."""
    heights = []
    for segment in segments:
        for cue in segment.cues:
            layout = lay_out_cue(cue, segment)
            above, _ = layout.face.ink_em("H")
            heights.append(above * layout.size / segment.height)
    return min(heights, default=None)


def hidden_by_captions(segments: Sequence[Segment]) -> list[Hidden]:
    """What the captions of each segment with captions hide of its picture."""
    return [caption_slot(segment).hidden for segment in segments if segment.cues]


def hidden_by_titles(segments: Sequence[Segment]) -> list[Hidden]:
    """What each headline, card and title hides of its picture."""
    return [
        obstacles(segment).hidden_by([title.box], has_ground=title.overlay.overlay.style == "amount")
        for segment in segments
        for title in titles(segment)
    ]


def words_over_words(segments: Sequence[Segment]) -> int:
    """The number of pairs of captions and titles that overlap while both are shown."""
    return sum(_overlaps(segment) for segment in segments)


def _overlaps(segment: Segment) -> int:
    placed = titles(segment)
    bands = [(title, caption_band(segment, title.overlay)) for title in placed]
    pairs = [(a, b) for index, a in enumerate(placed) for b in placed[index + 1 :]]
    together = [(a, b) for a, b in pairs if a.overlay.is_shown_with(b.overlay)]
    return sum(title.box.overlaps(band) for title, band in bands if band) + sum(
        a.box.overlaps(b.box) for a, b in together
    )


def caption_middles(segments: Sequence[Segment]) -> list[float]:
    """The vertical middle of each cue as a share of the frame's height."""
    boxes = [(lay_out_cue(cue, segment).box, segment.height) for segment in segments for cue in segment.cues]
    return [(box.top + box.bottom) / 2 / height for box, height in boxes]


def levels_of_pictures(luma: Pixels, segment: Segment) -> list[float]:
    """The level of each picture in the luma plane of a frame of ``segment``, 0 … 255, before the grade."""
    areas = [panel.area for panel in segment.incoming.clip.panels] or [segment.incoming.clip.picture or WHOLE_PICTURE]
    gain, _, _, offset = affine_map(segment.grade)[0]
    levels = []
    for area in areas:
        left, top, width, height = area.even_box(segment.width, segment.height)
        points = luma[top : top + height : 3, left : left + width : 3].ravel()
        before = (((points.astype(np.float64) - BLACK) / (WHITE - BLACK) - offset) / gain * 255).clip(0, 255)
        if level := level_of(before.round().astype(int).tolist()):
            levels.append(level.luma)
    return levels


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
