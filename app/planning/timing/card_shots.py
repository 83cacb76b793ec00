"""Where the view of a scene without a picture changes: with its words, so that something changes every 1.5 s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from app.planning.timing.shots import SceneSpan
from schemas.clip import VIEW_S, CameraShot, Clip, Motion
from schemas.timing import frames_of

# The longest time without a change, and the shortest view.
MAX_STEADY_MS = 1500
MIN_VIEW_MS = 500
# Views are as long as the shots of the preset, within these bounds.
SHORTEST_MS, LONGEST_MS = 1500, 3000


def card_starts(span: SceneSpan, changes: Sequence[int], shot_ms: int, count: int | None = None) -> tuple[int, ...]:
    """Return the frames at which the views of a scene begin; the first is 0.

    ``changes`` are the frames of the scene at which words or overlays change. A view begins with such a change when the
    one before has lasted for about ``shot_ms``, and between changes that are too far from each other. ``count`` 1 keeps
    one view.
    """
    if count == 1:
        return (0,)
    known = sorted({change for change in changes if span.first < change < span.end})
    views = _with_changes(span, known, min(LONGEST_MS, max(SHORTEST_MS, shot_ms)))
    return tuple(sorted({*views, *_between(span, sorted({*views, *known}))}))


def _with_changes(span: SceneSpan, changes: Sequence[int], shot_ms: int) -> list[int]:
    views = [0]
    wanted, shortest = frames_of(shot_ms, span.fps) * 3 // 4, frames_of(MIN_VIEW_MS, span.fps)
    for change in changes:
        is_due = change - max(span.first, views[-1]) >= wanted
        if is_due and span.end - change >= shortest:
            views.append(change)
    return views


def _between(span: SceneSpan, changes: Sequence[int]) -> Iterator[int]:
    """Yield the frames that divide the time between two ``changes`` if it is too long."""
    longest, shortest = frames_of(MAX_STEADY_MS, span.fps), frames_of(MIN_VIEW_MS, span.fps)
    for first, last in pairwise([*changes, span.end]):
        start = max(first, span.first)
        parts = ceil((last - start) / longest)
        if (last - start) / max(1, parts) >= shortest:
            yield from (start + (last - start) * part // parts for part in range(1, parts))


def card_shots(clip: Clip, starts: Sequence[int], span: SceneSpan) -> tuple[CameraShot, ...]:
    """Return the shots of a clip with views, cut at ``starts``: its views in turn, at a constant speed."""
    ends = [*starts[1:], span.frames]
    return tuple(
        CameraShot(first, _part(clip.views[index % len(clip.views)], float((end - first) / span.fps)))
        for index, (first, end) in enumerate(zip(starts, ends, strict=True))
    )


def _part(view: Motion, seconds: float) -> Motion:
    return Motion(view.kind, view.start, view.window_at(seconds / VIEW_S))
