"""Assign pictures to scenes: to those that name them, to the parts of a text in order, and to the rest.

The sum of the scores is the highest. A scene that names pictures shows one of them, unless other pictures would not be
shown at all. Pictures without a score keep their order and fill the scenes that name none; such a scene goes on with
the subject at hand rather than show a picture that other scenes name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

import numpy as np

from app.planning.matching.parts import PartScenes
from app.planning.matching.scores import Matrix, Vector

FORBIDDEN = -1e9
# Equal scores are decided by the order of the pictures.
ORDER_WEIGHT = 1e-9
# The reasons why a scene shows a picture.
NAMED, FILLED, HOOK, AGAIN, PART = "named", "filled", "hook", "again", "part"
# Only without another scene does one that names pictures show a picture that no scene names: best between scenes that
# name the same ones, and last in the first scene.
TAKEN = 1e6
# What it costs to go on with a picture, growing with the scenes in a row that show it, and to show one of a subject
# that is not at hand.
REPEATED, FOREIGN = 0.5, 2.0
# A picture of something else costs more right beside the scenes that name it, and a little less far from them.
BESIDE_OWN, PER_SCENE, FAR = 2.0, 0.1, 9


@dataclass(frozen=True, slots=True)
class Places:
    """The places for pictures: ``sizes`` are those of the scenes; a video, one of ``videos``, needs a scene of its own.

    A first scene that names none shows the first of ``hook``, the pictures from the strongest on, or else the picture
    ``first``. ``parts`` are as many parts of the text as there are pictures.
    """

    sizes: Sequence[int]
    videos: frozenset[int] = frozenset()
    hook: Sequence[int] = ()
    first: int | None = None
    parts: Sequence[PartScenes] = ()


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

    def run(self, scene: int, picture: int) -> int:
        """Return how many scenes in a row, right before and right after ``scene``, show the picture."""
        sides = (reversed(self.scenes[:scene]), self.scenes[scene + 1 :])
        return sum(sum(1 for _ in takewhile(lambda other: picture in other, side)) for side in sides)


def assign(own: Matrix, scores: Matrix, places: Places) -> list[dict[int, str]]:
    """Return for each scene its pictures, best first, with the reason for each.

    ``own`` are the scores of the lines for themselves, and ``scores`` those with what is said around them; rows are
    scenes, columns are pictures.
    """
    shown = Shown([{} for _ in places.sizes])
    pairs = _pairs_of_parts(own, places.parts)
    if pairs:
        _show_parts(shown, own, pairs)
    elif turns := _turns(own, places):
        _show_in_turn(shown, own, turns)
    else:
        places = replace(places, parts=())
        _show_named(shown, np.where(own.any(axis=1, keepdims=True) & (own == 0), 0, scores), places)
    _show_hook(shown, own, places, {pairs[0][1]} if pairs else set())
    _show_unnamed(shown, own, places)
    _show_named_again(shown, own, places)
    _fill(shown, own, places)
    return [_best_first(scene, scores[index]) for index, scene in enumerate(shown.scenes)]


def _best_first(scene: dict[int, str], scores: Matrix) -> dict[int, str]:
    return dict(sorted(scene.items(), key=lambda item: (-scores[item[0]], item[0])))


def best_pairs(weights: Matrix) -> list[tuple[int, int]]:
    """Return pairs of rows and columns, each in one pair at most, with the highest sum; none that is forbidden."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(weights, maximize=True)
    pairs = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]
    return [(row, column) for row, column in pairs if weights[row, column] > FORBIDDEN / 2]


def _turns(own: Matrix, places: Places) -> tuple[int, ...]:
    """Return two pictures in turn, one for each scene, if one of them is named nowhere and the other always shown then.

    () if there are no such turns.
    """
    if own.shape[1] != 2 or max(places.sizes) > 1 or own.any(axis=0).all():
        return ()
    first = 1 if [*places.hook[:1]] == [1] else 0
    for start in (first, 1 - first):
        turns = tuple((start + scene) % 2 for scene in range(len(own)))
        if all(own[scene, picture] or not own[scene].any() for scene, picture in enumerate(turns)):
            return turns
    return ()


def _show_in_turn(shown: Shown, own: Matrix, turns: Sequence[int]) -> None:
    for scene, picture in enumerate(turns):
        shown.show(scene, picture, NAMED if own[scene, picture] else AGAIN if shown.counts[picture] else FILLED)


def _pairs_of_parts(own: Matrix, parts: Sequence[PartScenes]) -> list[tuple[PartScenes, int]]:
    """Return each part with its picture: the one that it names, or else the next one in order.

    There are none if a picture that is named gets to another part, except for items of a list, which keep their order.
    """
    if not parts:
        return []
    fits = np.array([own[[*part.scenes]].max(axis=0) for part in parts])
    pairs = best_pairs((fits - ORDER_WEIGHT * _distances(*fits.shape)) * (fits > 0))
    named = {index: picture for index, picture in pairs if fits[index, picture] > 0}
    others = iter([picture for picture in range(len(parts)) if picture not in named.values()])
    pictures = [named[index] if index in named else next(others) for index in range(len(parts))]
    is_list = any(part.is_item for part in parts)
    is_lost = any(fits[:, picture].any() and index not in named for index, picture in enumerate(pictures))
    return [] if is_lost and not is_list else [*zip(parts, pictures, strict=True)]


def _show_parts(shown: Shown, own: Matrix, pairs: Sequence[tuple[PartScenes, int]]) -> None:
    """Show the picture of each part in its scenes, but not where a scene names another one."""
    for part, picture in pairs:
        for scene in part.scenes:
            if own[scene, picture]:
                shown.show(scene, picture, NAMED)
            elif part.is_item or not own[scene].any():
                shown.show(scene, picture, PART)


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


def _show_hook(shown: Shown, own: Matrix, places: Places, beside: set[int]) -> None:
    """Show the strongest picture that no scene has in the first scene, if its line names none.

    If all pictures belong to parts of the text, it is the strongest that is not in ``beside``. Without an order by
    strength it is the first picture, unless the second scene shows it.
    """
    if shown.scenes[0] or own[0].any() or max(places.sizes) > 1:
        return
    strongest = [picture for picture in places.hook if not shown.counts[picture]]
    strongest += [picture for picture in places.hook if beside and picture not in beside]
    if strongest:
        shown.show(0, strongest[0], HOOK)
    elif places.first is not None and _may_open(shown, own, places, places.first):
        shown.show(0, places.first, AGAIN if shown.counts[places.first] else FILLED)


def _may_open(shown: Shown, own: Matrix, places: Places, picture: int) -> bool:
    """Return whether the first scene may show a picture: not beside itself, and not instead of one not shown yet."""
    unshown = own.shape[1] - len(shown.counts)
    return not shown.run(0, picture) and (picture not in shown.counts or len(_slots(places, shown)) > unshown)


def _show_unnamed(shown: Shown, own: Matrix, places: Places) -> None:
    """Show the pictures that no scene has in order, in scenes that name none as far as there are enough."""
    pictures = [picture for picture in range(own.shape[1]) if not shown.counts[picture]]
    slots = _slots(places, shown)
    if not pictures or not slots:
        return
    is_single = max(places.sizes) == 1
    taken = np.array([_taken(own, scene) if is_single else 0.0 for scene in slots])
    distances = _distances(len(slots), len(pictures)) + taken[:, None]
    for slot, column in best_pairs(_allowed(-distances, slots, pictures, places)):
        shown.show(slots[slot], pictures[column], FILLED)


def _taken(own: Matrix, scene: int) -> float:
    """Return what it costs to show in a scene a picture that no scene names."""
    if not own[scene].any():
        return 0.0
    beside = [other for other in (scene - 1, scene + 1) if 0 <= other < len(own)]
    alike = sum(bool((own[other] * own[scene]).any()) for other in beside)
    return TAKEN * (3 + (scene == 0) - alike)


def _show_named_again(shown: Shown, own: Matrix, places: Places) -> None:
    """Show pictures again in scenes that name them; beside a scene that shows the same one only if it must be."""
    for may_repeat in (False, True):
        while pairs := _named_again(shown, own, places, may_repeat):
            for scene, picture in pairs:
                shown.show(scene, picture, NAMED)


def _named_again(shown: Shown, own: Matrix, places: Places, may_repeat: bool) -> list[tuple[int, int]]:
    """Return free scenes with the pictures that they name."""
    slots = _slots(places, shown)
    if not slots:
        return []
    weights = own[slots, :] - ORDER_WEIGHT * _distances(len(slots), own.shape[1])
    for row, scene in enumerate(slots):
        weights[row, [*(shown.scenes[scene] if may_repeat else shown.neighbours(scene))]] = FORBIDDEN
    return [(slots[row], picture) for row, picture in best_pairs(weights) if own[slots[row], picture] > 0]


def _fill(shown: Shown, own: Matrix, places: Places) -> None:
    """Show in the scenes left the picture that costs least; of several the one shown least, then first, so far."""
    for scene in _slots(places, shown):
        costs = _costs(shown, own, places, scene)
        others = [picture for picture in range(own.shape[1]) if picture not in shown.scenes[scene]]
        shown.show(scene, min(others or range(own.shape[1]), key=lambda each: (costs[each], *shown.use(each))), AGAIN)


def _costs(shown: Shown, own: Matrix, places: Places, scene: int) -> list[float]:
    """Return what it costs to show each picture in a scene that names none.

    A scene around a list may show any picture of it.
    """
    free = range(own.shape[1]) if places.parts else _at_hand(own, scene)
    foreign = [0.0 if picture in free else _foreign(own[:, picture], scene) for picture in range(own.shape[1])]
    runs = [shown.run(scene, picture) for picture in range(own.shape[1])]
    return [cost + REPEATED * run * (run + 1) / 2 for cost, run in zip(foreign, runs, strict=True)]


def _at_hand(own: Matrix, scene: int) -> set[int]:
    """Return the pictures that the last scene before, or else the first one after, names."""
    naming = np.flatnonzero(own.any(axis=1))
    before, after = naming[naming < scene], naming[naming > scene]
    nearest = [*before[-1:], *after[:1]][:1]
    return {int(picture) for row in nearest for picture in np.flatnonzero(own[row])}


def _foreign(scores: Vector, scene: int) -> float:
    """Return what it costs to show, in a scene about something else, the picture with these scores; 0 if none has."""
    distances = np.abs(np.flatnonzero(scores) - scene)
    if not distances.size:
        return 0.0
    nearest = int(distances.min())
    return FOREIGN + (BESIDE_OWN if nearest == 1 else 0.0) - PER_SCENE * min(nearest, FAR)
