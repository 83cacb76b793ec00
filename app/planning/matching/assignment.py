"""Assign pictures to scenes so that the sum of their scores is the highest.

Every picture is shown once before one is shown again, and neighbouring scenes never show the same one if there are
others. Pictures without a score keep their order and fill the scenes that name none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.planning.matching.scores import Matrix

FORBIDDEN = -1e9
# Equal scores are decided by the order of the pictures.
ORDER_WEIGHT = 1e-9
# The reasons why a scene shows a picture.
NAMED, FILLED, HOOK, AGAIN = "named", "filled", "hook", "again"


@dataclass(frozen=True, slots=True)
class Places:
    """The places for pictures: ``sizes`` are those of the scenes; a video, one of ``videos``, needs a scene of its own.

    ``hook`` are the pictures from the strongest on, for a first scene that names none.
    """

    sizes: Sequence[int]
    videos: frozenset[int] = frozenset()
    hook: Sequence[int] = ()


@dataclass(slots=True)
class Shown:
    """The pictures of each scene, best first, and why each is shown; filled step by step."""

    scenes: list[dict[int, str]]
    counts: Counter[int] = field(default_factory=Counter)

    def show(self, scene: int, picture: int, reason: str) -> None:
        self.scenes[scene][picture] = reason
        self.counts[picture] += 1

    def use(self, picture: int) -> tuple[int, int, int]:
        """Return how often a picture is shown and in which scene first; a key to sort by."""
        first = next((index for index, scene in enumerate(self.scenes) if picture in scene), len(self.scenes))
        return self.counts[picture], first, picture

    def neighbours(self, scene: int) -> set[int]:
        """Return the pictures of the scene and of the scenes beside it."""
        return {picture for other in self.scenes[max(0, scene - 1) : scene + 2] for picture in other}


def assign(own: Matrix, scores: Matrix, places: Places) -> list[dict[int, str]]:
    """Return for each scene its pictures, best first, with the reason for each.

    ``own`` are the scores of the lines for themselves, and ``scores`` those with what is said around them; rows are
    scenes, columns are pictures.
    """
    shown = Shown([{} for _ in places.sizes])
    if own.shape[1] == 2 and max(places.sizes) == 1:
        _alternate(shown, scores, places)
        return shown.scenes
    _show_named(shown, scores, places)
    _show_hook(shown, own, places)
    _show_unnamed(shown, own, places)
    _show_named_again(shown, own, places)
    _fill(shown, own.shape[1], places)
    return [_best_first(scene, scores[index]) for index, scene in enumerate(shown.scenes)]


def _best_first(scene: dict[int, str], scores: Matrix) -> dict[int, str]:
    return dict(sorted(scene.items(), key=lambda item: (-scores[item[0]], item[0])))


def best_pairs(weights: Matrix) -> list[tuple[int, int]]:
    """Return pairs of rows and columns, each in one pair at most, with the highest sum; none that is forbidden."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(weights, maximize=True)
    pairs = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]
    return [(row, column) for row, column in pairs if weights[row, column] > FORBIDDEN / 2]


def _alternate(shown: Shown, scores: Matrix, places: Places) -> None:
    """Show two pictures in turn, in the order with the higher score."""
    turns = np.arange(len(scores)) % 2
    rows = np.arange(len(scores))
    gain = float(scores[rows, 1 - turns].sum() - scores[rows, turns].sum())
    is_even = abs(gain) <= ORDER_WEIGHT
    is_swapped = [*places.hook[:1]] == [1] and not scores[0].any() if is_even else gain > 0
    for scene, turn in enumerate(turns):
        picture = int(1 - turn if is_swapped else turn)
        reason = NAMED if scores[scene, picture] else AGAIN if shown.counts[picture] else FILLED
        shown.show(scene, picture, reason)


def _slots(places: Places, shown: Shown) -> list[int]:
    """Return the scene of each free place."""
    return [scene for scene, size in enumerate(places.sizes) for _ in range(size - len(shown.scenes[scene]))]


def _allowed(weights: Matrix, slots: Sequence[int], pictures: Sequence[int], places: Places) -> Matrix:
    """Return ``weights`` with videos forbidden in scenes with several pictures."""
    allowed = weights.copy()
    for column, picture in enumerate(pictures):
        if picture in places.videos:
            allowed[[places.sizes[scene] > 1 for scene in slots], column] = FORBIDDEN
    return allowed


def _show_named(shown: Shown, scores: Matrix, places: Places) -> None:
    """Show each picture in the scene with whose words it fits best, if it fits any."""
    slots, pictures = _slots(places, shown), range(scores.shape[1])
    weights = scores[slots, :] - ORDER_WEIGHT * _distances(len(slots), len(pictures)) * (scores[slots, :] > 0)
    for slot, picture in best_pairs(_allowed(weights, slots, pictures, places)):
        if scores[slots[slot], picture] > 0:
            shown.show(slots[slot], picture, NAMED)


def _distances(rows: int, columns: int) -> Matrix:
    """Return the squares of how far each row is from its column, so that the best pairs are in order."""
    return (np.arange(rows, dtype=float)[:, None] - np.arange(columns, dtype=float)[None, :]) ** 2


def _show_hook(shown: Shown, own: Matrix, places: Places) -> None:
    """Show the strongest picture that no scene has in the first scene, if its line names none."""
    strongest = [picture for picture in places.hook if not shown.counts[picture]]
    if not shown.scenes[0] and not own[0].any() and strongest and max(places.sizes) == 1:
        shown.show(0, strongest[0], HOOK)


def _show_unnamed(shown: Shown, own: Matrix, places: Places) -> None:
    """Show the pictures that no scene has in order, in scenes that name none if there are enough."""
    pictures = [picture for picture in range(own.shape[1]) if not shown.counts[picture]]
    free = _slots(places, shown)
    nameless = [scene for scene in free if not own[scene].any()]
    slots = nameless if len(nameless) >= len(pictures) and max(places.sizes) == 1 else free
    if not pictures or not slots:
        return
    weights = _allowed(-_distances(len(slots), len(pictures)), slots, pictures, places)
    for slot, column in best_pairs(weights):
        shown.show(slots[slot], pictures[column], FILLED)


def _show_named_again(shown: Shown, own: Matrix, places: Places) -> None:
    """Show pictures again in scenes that name them, except beside a scene that shows the same one."""
    while slots := _slots(places, shown):
        weights = own[slots, :] - ORDER_WEIGHT * _distances(len(slots), own.shape[1])
        for row, scene in enumerate(slots):
            weights[row, [*shown.neighbours(scene)]] = FORBIDDEN
        pairs = [pair for pair in best_pairs(weights) if own[slots[pair[0]], pair[1]] > 0]
        if not pairs:
            return
        for slot, picture in pairs:
            shown.show(slots[slot], picture, NAMED)


def _fill(shown: Shown, pictures: int, places: Places) -> None:
    """Show in the scenes left the picture shown least so far; of several the one that the film shows first."""
    for scene in _slots(places, shown):
        others = [picture for picture in range(pictures) if picture not in shown.neighbours(scene)]
        shown.show(scene, min(others or range(pictures), key=shown.use), AGAIN)
