"""Where a scene is cut into shots: between its words, best where a clause ends, at the pace of the preset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS
from app.planning.text.sentence_ends import sentence_starts
from schemas.speech import Word
from schemas.timeline import AudioItem, Timeline
from schemas.timing import frames_of

# No view stays longer than this; a shorter one than the minimum is not recognised.
MAX_SHOT_MS = 5000
MIN_SHOT_MS = 900
# A silence of this length between two words is a pause.
_PAUSE_MS = 200
# A cut where a clause ends may lie this share of a shot's length farther from an even division.
_COST_INSIDE_CLAUSE = 0.3
# The same for a cut on a beat of the music, which is at most this many frames away.
_COST_BESIDE_BEAT, _ON_BEAT_FRAMES = 0.15, 1


@dataclass(frozen=True, slots=True)
class CutPoint:
    """A frame of a scene at which a word begins, and the ``cost`` of a cut there."""

    frame: int
    cost: float


@dataclass(frozen=True, slots=True)
class SceneSpan:
    """The ``frames`` of a scene at ``fps``, in a film whose frames have ``aspect`` (width ÷ height).

    It is on screen alone during ``[first, end)``, without the transitions into and out of it. ``points`` are where its
    words begin, except the first; in a scene without words they are beats of the music.
    """

    frames: int
    first: int
    end: int
    fps: Fraction
    aspect: float
    points: tuple[CutPoint, ...] = ()


def scene_spans(
    film: Timeline, voice: Sequence[AudioItem], words: Mapping[int, Sequence[Word]], pulse_ms: Sequence[int] = ()
) -> tuple[SceneSpan, ...]:
    """Return the span of each scene of ``film``; ``words`` of a scene count from the start of its ``voice`` item.

    ``pulse_ms`` are the times at which a cut is felt as on the beat of the music.
    """
    into = {transition.into: transition.frames for transition in film.transitions}
    out_of = {transition.out_of: transition.frames for transition in film.transitions}
    starts_ms = {item.scene_id: item.start_ms for item in voice}
    beats = [frames_of(ms, film.fps) for ms in pulse_ms]
    spans = []
    for timed in film.scenes:
        pulse = [beat - timed.start_frame for beat in beats]
        offset_ms = starts_ms.get(timed.scene_id, 0) - timed.start_ms
        points = _cut_points(words.get(timed.scene_id, ()), offset_ms, film.fps, pulse)
        first, end = into.get(timed.scene_id, 0), timed.frames - out_of.get(timed.scene_id, 0)
        spans.append(SceneSpan(timed.frames, first, end, film.fps, film.width / film.height, points))
    return tuple(spans)


def _cut_points(words: Sequence[Word], offset_ms: int, fps: Fraction, pulse: Sequence[int]) -> tuple[CutPoint, ...]:
    if not words:
        return tuple(CutPoint(frame, 0.0) for frame in pulse)
    points = []
    sentences = sentence_starts([f"{word.text} " for word in words])
    for index, (before, after) in enumerate(pairwise(words), start=1):
        frame = frames_of(after.start_ms + offset_ms, fps)
        is_on_beat = any(abs(frame - beat) <= _ON_BEAT_FRAMES for beat in pulse)
        cost = (0.0 if index in sentences or _pauses(before, after) else _COST_INSIDE_CLAUSE) + (
            0.0 if is_on_beat else _COST_BESIDE_BEAT
        )
        points.append(CutPoint(frame, cost))
    return tuple(points)


def _pauses(previous: Word, word: Word) -> bool:
    ends_clause = previous.text.rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS)
    return ends_clause or word.start_ms - previous.end_ms >= _PAUSE_MS


def shot_starts(span: SceneSpan, shot_ms: int, count: int | None = None) -> tuple[int, ...]:
    """Return the frames at which the shots of a scene begin; the first is 0.

    There are ``count`` shots, or as many as have a mean length of ``shot_ms``; fewer if they would be too short.
    """
    shortest, longest = max(1, frames_of(MIN_SHOT_MS, span.fps)), frames_of(MAX_SHOT_MS, span.fps)
    wanted = count or max(ceil(span.end / longest), round(span.end / max(1, frames_of(shot_ms, span.fps))))
    shots = max(1, min(wanted, (span.end - span.first) // shortest))
    starts = [0]
    for remaining in range(shots - 1, 0, -1):
        lowest, highest = max(span.first, starts[-1]) + shortest, span.end - remaining * shortest
        if not count:
            lowest = max(lowest, min(highest, span.end - remaining * longest))
            highest = min(highest, max(lowest, starts[-1] + longest))
        target = starts[-1] + (span.end - starts[-1]) / (remaining + 1)
        starts.append(_best_frame(target, range(lowest, highest + 1), span.end / shots, span.points))
    return tuple(starts)


def _best_frame(target: float, allowed: range, length: float, points: Sequence[CutPoint]) -> int:
    """Return the cheapest allowed cut point near ``target``; without words, the nearest allowed frame."""
    best = min(
        (point for point in points if point.frame in allowed),
        key=lambda point: (abs(point.frame - target) / length + point.cost, point.frame),
        default=None,
    )
    return best.frame if best else min(allowed[-1], max(allowed[0], round(target)))
