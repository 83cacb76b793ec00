"""How scenes begin after the one before: with a match cut, or with another view if they show the same picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.camera.close_views import OTHERS, Opening
from app.planning.camera.repeats import (
    MIN_CHANGE,
    Views,
    change_between,
    pictures_of,
    smallest_change,
    views_at,
    whole_range,
)
from app.planning.timing.match_cuts import matched
from schemas.clip import CameraShot, Clip
from schemas.preset import MotionStyle
from schemas.scene_graph import Scene
from schemas.segment import ClipRange
from schemas.timeline import Timeline, VideoItem

Shots = tuple[CameraShot, ...]


def with_openings(
    items: Sequence[VideoItem],
    scenes: Sequence[Scene],
    clips: Mapping[int, Clip],
    film: Timeline,
    *,
    style: MotionStyle,
    shots_of: Callable[[int, Opening], Shots],
) -> tuple[VideoItem, ...]:
    """Return ``items`` with the shots that each scene has after the one before it.

    ``shots_of`` returns the shots of the scene with this index and opening. They depend on that scene alone; the scene
    before decides only which opening is taken.
    """
    result = list(items[:1])
    for index, (item, scene) in enumerate(zip(items[1:], scenes[1:], strict=True), start=1):
        before, after = result[-1], clips.get(scene.id)
        if scene.transition.kind == "match_cut":
            result.append(matched(before, item, clips, film, style))
        elif after is None or before.scene_id not in clips or scene.style.motion or scene.style.zoom:
            result.append(item)
        else:
            last = _Shown(scenes[index - 1], clips[before.scene_id], before, film.width / film.height)
            shown = _Shown(scene, after, item, last.aspect)
            result.append(_with_new_view(last, shown, (shots_of(index, opening) for opening in OTHERS)))
    return tuple(result)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A scene as it is shown: with its clip and its shots, in a film whose frames have ``aspect``."""

    scene: Scene
    clip: Clip
    item: VideoItem
    aspect: float

    @property
    def frames(self) -> ClipRange:
        return whole_range(self.clip, self.item)

    @property
    def assets(self) -> Sequence[str]:
        return pictures_of(self.scene)

    @property
    def first_views(self) -> Views:
        return views_at(self.frames, 0, self.assets, self.aspect)

    @property
    def last_views(self) -> Views:
        return views_at(self.frames, self.frames.of - 1, self.assets, self.aspect)

    @property
    def smallest_change(self) -> float:
        return smallest_change(self.frames, self.assets, self.aspect)


def _with_new_view(before: _Shown, after: _Shown, others: Iterable[Shots]) -> VideoItem:
    """Return the item of ``after`` with the first of the ``others`` that changes the view enough, if its own does not.

    If none does, it has those that change it most.
    """
    last = before.last_views
    change = change_between(last, after.first_views)
    if change is None or change >= MIN_CHANGE:
        return after.item
    options = [after, *(replace(after, item=replace(after.item, shots=shots)) for shots in others)]
    return max(options, key=lambda option: _seen_change(last, option)).item


def _seen_change(last: Views, after: _Shown) -> float:
    """Return the smallest change of a picture when ``after`` begins and during it, at most ``MIN_CHANGE``."""
    change = change_between(last, after.first_views)
    return min(MIN_CHANGE, change or 0.0, after.smallest_change)
