"""Move the cuts of a film to beats of its music, by making scenes a little shorter or longer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

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

    It overlaps the scene before it by ``overlap`` frames; the middle of the overlap counts as the cut. The cut after it
    may also come ``early`` frames before these limits or ``late`` frames after them. The next scene then begins earlier
    or later, but what is heard in it does not.
    """

    frames: int
    overlap: int = 0
    shortest: int = 0
    longest: int = 0
    early: int = 0
    late: int = 0

    def moved(self, change: int) -> int:
        """Return by how much everything after the cut moves if the cut moves by ``change``."""
        return max(self.shortest, min(self.longest, change))


@dataclass(frozen=True, slots=True)
class SnappedScene:
    """The frames by which a scene becomes longer, and by which its line begins later in it."""

    change: int = 0
    lead_change: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """The moves of the cuts so far, as a linked list from the last, and their cost."""

    cost: float
    move: int = 0
    before: _Plan | None = None

    def moves(self) -> Iterator[int]:
        plan = self
        while plan.before is not None:
            yield plan.move
            plan = plan.before


def snap_to_beats(
    scenes: Sequence[FlexibleScene], pulse_ms: Sequence[int], beats_ms: Sequence[int], fps: Fraction
) -> tuple[SnappedScene, ...]:
    """Return the changes of the scenes after which most cuts are on the pulse and the film ends on a beat.

    Of the plans with the most cuts on the pulse, the one that changes the scenes least is taken. It is found by dynamic
    programming over the drift, the frames by which the film has become longer.
    """
    if not pulse_ms:
        return (SnappedScene(),) * len(scenes)
    drift_limit = _drift_limit(scenes, fps)
    plans = {0: _Plan(0.0)}
    end_frame = 0
    for scene, following in zip(scenes, [*scenes[1:], None], strict=True):
        end_frame += scene.frames - scene.overlap
        overlap = following.overlap if following else 0
        cost_of = _CostOfFrame(partial(_cut_cost, pulse_ms) if following else partial(_end_cost, beats_ms), fps)
        plans = _extend(plans, scene, cost_of, end_frame - overlap + overlap // 2, drift_limit)
    _, best = min(plans.items(), key=lambda item: (item[1].cost, abs(item[0]), item[0]))
    return _snapped(scenes, tuple(best.moves())[::-1])


def _snapped(scenes: Sequence[FlexibleScene], moves: Sequence[int]) -> tuple[SnappedScene, ...]:
    leads = [0, *(scene.moved(move) - move for scene, move in zip(scenes, moves, strict=True))]
    return tuple(SnappedScene(move + lead, lead) for move, lead in zip(moves, leads, strict=False))


def _drift_limit(scenes: Sequence[FlexibleScene], fps: Fraction) -> int:
    film_frames = sum(scene.frames - scene.overlap for scene in scenes)
    least, most = (int(ms * fps / 1000) for ms in (MIN_DRIFT_MS, MAX_DRIFT_MS))
    return max(least, min(most, int(film_frames * MAX_DRIFT)))


class _CostOfFrame(dict[int, float]):
    """The cost of a cut, or of the end of the film, by its frame; each is computed once."""

    def __init__(self, cost_at: Callable[[int], float], fps: Fraction) -> None:
        super().__init__()
        self._cost_at, self._fps = cost_at, fps

    def __missing__(self, frame: int) -> float:
        self[frame] = self._cost_at(ms_of(max(0, frame), self._fps))
        return self[frame]


def _cut_cost(pulse_ms: Sequence[int], ms: int) -> float:
    off_ms = distance_ms(pulse_ms, ms)
    return MS_COST * off_ms if off_ms <= ON_BEAT_MS else MISS_COST


def _end_cost(beats_ms: Sequence[int], film_ms: int) -> float:
    return END_COST if ending_beat(beats_ms, film_ms) is None else 0.0


def _extend(
    plans: Mapping[int, _Plan], scene: FlexibleScene, cost_of: Mapping[int, float], cut_frame: int, drift_limit: int
) -> dict[int, _Plan]:
    """Return the cheapest plan for each drift after the cut that follows ``scene``, without drift at ``cut_frame``."""
    extended: dict[int, _Plan] = {}
    for drift, plan in sorted(plans.items()):
        for move in range(scene.shortest - scene.early, scene.longest + scene.late + 1):
            after = drift + scene.moved(move)
            cost = plan.cost + FRAME_COST * abs(move) + cost_of[cut_frame + drift + move] + DRIFT_COST * abs(after)
            known = extended.get(after)
            if abs(after) <= drift_limit and (known is None or cost < known.cost):
                extended[after] = _Plan(cost, move, plan)
    return extended


def distance_ms(beats_ms: Sequence[int], ms: int) -> int:
    """Return the time from ``ms`` to the nearest of ``beats_ms``, which are in order and not empty."""
    index = bisect_left(beats_ms, ms)
    return min(abs(beat_ms - ms) for beat_ms in beats_ms[max(0, index - 1) : index + 1])
