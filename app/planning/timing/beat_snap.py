"""Move the cuts of a film to beats of its music, by making scenes a little shorter or longer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.planning.music.beats import ending_beat
from schemas.timing import ms_of

# Viewers see a cut as simultaneous with a beat that is at most this far away (ITU-R BT.1359: 45 ms).
ON_BEAT_MS = 40
# The costs of a plan: a cut beside the beat, a film that does not end on a beat, a frame by which a scene is changed,
# a ms between a cut and its beat, and a frame by which the film is longer or shorter at a cut.
MISS_COST, END_COST, FRAME_COST, MS_COST, DRIFT_COST = 1000.0, 3000.0, 5.0, 0.5, 0.5
# The film becomes longer or shorter by at most 2 %, but a second is allowed and three are too much.
MAX_DRIFT = Fraction(1, 50)
MIN_DRIFT_MS, MAX_DRIFT_MS = 1000, 3000


@dataclass(frozen=True, slots=True)
class FlexibleScene:
    """A scene of ``frames`` that may be changed by ``shortest`` (≤ 0) … ``longest`` (≥ 0) frames.

    It overlaps the scene before it by ``overlap`` frames; the middle of the overlap counts as the cut.
    """

    frames: int
    overlap: int = 0
    shortest: int = 0
    longest: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """The changes of the scenes so far, as a linked list from the last, and their cost."""

    cost: float
    change: int = 0
    before: _Plan | None = None

    def changes(self) -> Iterator[int]:
        plan = self
        while plan.before is not None:
            yield plan.change
            plan = plan.before


def snap_to_beats(scenes: Sequence[FlexibleScene], beats_ms: Sequence[int], fps: Fraction) -> tuple[int, ...]:
    """Return the frames by which each scene is to be changed, so that most cuts are on beats and the film ends on one.

    Of the plans with the most cuts on beats, the one that changes the scenes least is taken. It is found by dynamic
    programming over the drift, the frames by which the film has become longer.
    """
    if not beats_ms:
        return (0,) * len(scenes)
    drift_limit = _drift_limit(scenes, fps)
    plans = {0: _Plan(0.0)}
    end_frame = 0
    for scene, following in zip(scenes, [*scenes[1:], None], strict=True):
        end_frame += scene.frames - scene.overlap
        plans = _extend(plans, scene, drift_limit)
        for drift, plan in plans.items():
            if following is None:
                cost = _end_cost(beats_ms, ms_of(end_frame + drift, fps))
            else:
                cut = end_frame + drift - following.overlap + following.overlap // 2
                cost = _cut_cost(beats_ms, ms_of(max(0, cut), fps))
            plans[drift] = _Plan(plan.cost + cost + DRIFT_COST * abs(drift), plan.change, plan.before)
    _, best = min(plans.items(), key=lambda item: (item[1].cost, abs(item[0]), item[0]))
    return tuple(best.changes())[::-1]


def _drift_limit(scenes: Sequence[FlexibleScene], fps: Fraction) -> int:
    film_frames = sum(scene.frames - scene.overlap for scene in scenes)
    least, most = (int(ms * fps / 1000) for ms in (MIN_DRIFT_MS, MAX_DRIFT_MS))
    return max(least, min(most, int(film_frames * MAX_DRIFT)))


def _extend(plans: Mapping[int, _Plan], scene: FlexibleScene, drift_limit: int) -> dict[int, _Plan]:
    """Return the cheapest plan for each drift after ``scene``; the cost of its cut is not added yet."""
    extended: dict[int, _Plan] = {}
    for drift, plan in sorted(plans.items()):
        for change in range(scene.shortest, scene.longest + 1):
            after, cost = drift + change, plan.cost + FRAME_COST * abs(change)
            known = extended.get(after)
            if abs(after) <= drift_limit and (known is None or cost < known.cost):
                extended[after] = _Plan(cost, change, plan)
    return extended


def _cut_cost(beats_ms: Sequence[int], ms: int) -> float:
    off_ms = distance_ms(beats_ms, ms)
    return MS_COST * off_ms if off_ms <= ON_BEAT_MS else MISS_COST


def _end_cost(beats_ms: Sequence[int], film_ms: int) -> float:
    return END_COST if ending_beat(beats_ms, film_ms) is None else 0.0


def distance_ms(beats_ms: Sequence[int], ms: int) -> int:
    """Return the time from ``ms`` to the nearest of ``beats_ms``, which are in order and not empty."""
    index = bisect_left(beats_ms, ms)
    return min(abs(beat_ms - ms) for beat_ms in beats_ms[max(0, index - 1) : index + 1])
