"""How each line of a caption looks in each frame: the spoken word, the words that are shown, and their poses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from assembly.text import motion
from assembly.text.cue_layout import Line
from assembly.text.motion import REST, Pose
from schemas.segment import Segment
from schemas.timeline import Cue

Look = TypeVar("Look")


@dataclass(frozen=True, slots=True)
class HighlightState:
    """Word ``word`` is spoken during frames ``[start, end)`` of the segment (−1: before the first word)."""

    start: int
    end: int
    word: int


@dataclass(frozen=True, slots=True)
class LineLook:
    """A line whose word ``active`` is spoken (−1: none) and of whose cue the first ``shown`` words are visible.

    ``pose`` is that of the whole line, ``arriving`` that of each word that is just appearing.
    """

    active: int
    shown: int
    pose: Pose = REST
    arriving: tuple[tuple[int, Pose], ...] = ()


@dataclass(frozen=True, slots=True)
class CueTimes:
    """Frames of the segment: those of the cue that are in it, ``[first, last)``, and the starts of cue and words."""

    first: int
    last: int
    start: int
    words: tuple[int, ...]


def cue_times(cue: Cue, segment: Segment) -> CueTimes:
    start = segment.frame_of(cue.start_ms)
    words = tuple(segment.frame_of(word.start_ms) for line in cue.lines for word in line)
    return CueTimes(max(0, start), min(segment.frames, segment.frame_of(cue.end_ms)), start, words)


def highlight_states(cue: Cue, segment: Segment) -> tuple[HighlightState, ...]:
    """Return the states of a cue in frames of the segment, clipped to it; a word stays active until the next one."""
    times = cue_times(cue, segment)
    first, last = times.first, times.last
    if segment.captions.highlight == "none":
        return (HighlightState(first, last, -1),) if first < last else ()
    states: list[HighlightState] = []
    bounds = zip([first, *times.words], [*times.words, last], strict=True)
    for word, (word_start, word_end) in enumerate(bounds, -1):
        start, end = max(first, word_start), min(last, word_end)
        if start < end:
            states.append(HighlightState(start, end, word))
    return tuple(states)


def line_looks(line: Line, cue: Cue, segment: Segment) -> Iterator[tuple[LineLook, int, int]]:
    """Yield the looks of a line with their frames ``[first, last)``; consecutive looks differ."""
    times = cue_times(cue, segment)
    spoken = {f: state.word for state in highlight_states(cue, segment) for f in range(state.start, state.end)}
    return runs(times, lambda frame: _look(line, frame, times, spoken[frame], segment))


def cue_poses(cue: Cue, segment: Segment) -> Iterator[tuple[Pose, int, int]]:
    """Yield the poses of the whole cue with their frames ``[first, last)``."""
    times = cue_times(cue, segment)
    return runs(times, lambda frame: _cue_pose(frame, times, segment))


def runs(times: CueTimes, look: Callable[[int], Look]) -> Iterator[tuple[Look, int, int]]:
    """Yield each look with the frames ``[first, last)`` in which it is the same."""
    for value, group in groupby(range(times.first, times.last), look):
        frames = list(group)
        yield value, frames[0], frames[-1] + 1


def _look(line: Line, frame: int, times: CueTimes, spoken: int, segment: Segment) -> LineLook:
    style = segment.captions
    last_word = max((piece.word for piece in line if piece.word <= spoken), default=-1)
    active = last_word if style.highlight == "spoken" or last_word == spoken else -1
    if style.animation.unit == "cue" or style.animation.kind == "none":
        return LineLook(active, len(times.words), _cue_pose(frame, times, segment))
    # The first word appears with its cue, which may begin a little earlier.
    starts = [min(start, times.start) if index == 0 else start for index, start in enumerate(times.words)]
    shown = sum(start <= frame for start in starts)
    arriving = {
        word: pose
        for word in {piece.word for piece in line}
        if word < shown and (pose := motion.pose_in(style.animation, frame - starts[word], segment.fps)) != REST
    }
    return LineLook(active, shown, arriving=tuple(sorted(arriving.items(), key=lambda item: item[0])))


def _cue_pose(frame: int, times: CueTimes, segment: Segment) -> Pose:
    animation = segment.captions.animation
    return motion.pose_in(animation, frame - times.start, segment.fps) if animation.unit == "cue" else REST
