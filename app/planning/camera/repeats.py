"""How much the view of a picture changes where one shot of it follows another: a small change looks like an error.

Parts are shares of the picture, areas are shares of the frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.clip import COLOURED, Clip, Panel, Window, window_of_video
from schemas.layout import WHOLE_FRAME
from schemas.region import Region
from schemas.scene_graph import Scene
from schemas.segment import ClipRange
from schemas.subjects import WHOLE_PICTURE
from schemas.timeline import VideoItem

# The next shot of a picture is this much closer or wider, or shows a part of it that is moved by this share.
MIN_CHANGE = 0.25
# Changes are rounded to these digits, so that a view that is exactly so much closer is close enough.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """The ``part`` of a picture that fills ``area``; it may reach beyond a picture that is shown on a background."""

    part: Region
    area: Region

    def change_to(self, after: Seen) -> float:
        """Return by how much closer or wider ``after`` is, or the share of it by which its middle is moved if more.

        A picture that only moves with its card to another place of the frame does not change.
        """
        scale = (after.area.width / after.part.width) / (self.area.width / self.part.width)
        (x, y), (old_x, old_y) = after.part.centre, self.part.centre
        shift = math.hypot((x - old_x) / after.part.width, (y - old_y) / after.part.height)
        return round(max(scale - 1, 1 / scale - 1, shift), _DIGITS)


# The pictures on screen by the id of their asset.
Views = Mapping[str, Seen]


def change_between(before: Views, after: Views) -> float | None:
    """Return the largest change of a picture from one view to the next; ``None`` unless both show the same pictures."""
    if not before or before.keys() != after.keys():
        return None
    return max(seen.change_to(after[asset]) for asset, seen in before.items())


def pictures_of(scene: Scene) -> tuple[str, ...]:
    """Return the asset ids of the pictures that a scene shows; empty if one is generated."""
    assets = [media.asset for media in scene.all_media]
    return tuple(asset for asset in assets if asset) if all(assets) else ()


def whole_range(clip: Clip, item: VideoItem) -> ClipRange:
    """Return all frames of a scene."""
    frames = item.end_frame - item.start_frame
    return ClipRange(clip, 0, frames, frames, item.in_ms, item.speed, item.hold_frames, item.shots)


def smallest_change(clip_range: ClipRange, assets: Sequence[str], aspect: float) -> float:
    """Return the smallest change from one shot of a scene to the next; infinite if it is not cut."""
    firsts = [shot.first for shot in clip_range.shots[1:]]
    views = [[views_at(clip_range, frame, assets, aspect) for frame in (first - 1, first)] for first in firsts]
    changes = [change for before, after in views if (change := change_between(before, after)) is not None]
    return min(changes, default=math.inf)


def views_at(clip_range: ClipRange, frame: int, assets: Sequence[str], aspect: float) -> Views:
    """Return the pictures in a frame of a scene, which shows ``assets``; empty if it has none or they are not known.

    ``aspect`` is that of the film's frames.
    """
    clip = clip_range.clip
    if clip.engine in COLOURED or clip.views:
        return {}
    if not clip.panels:
        path = clip_range.path
        window = path.window_at(frame) if path else _whole(clip, aspect)
        return _seen(assets, [(clip, WHOLE_FRAME, window)], aspect)
    paths = [clip_range.path_in(panel) for panel in clip.panels]
    windows = [path.window_at(frame) if path else None for path in paths]
    return _seen(assets, [(p, p.area, window) for p, window in zip(clip.panels, windows, strict=True)], aspect)


def _whole(clip: Clip, aspect: float) -> Window | None:
    return window_of_video(clip, aspect) if clip.kind == "video" and clip.aspect else None


def _seen(assets: Sequence[str], shown: Sequence[tuple[Clip | Panel, Region, Window | None]], aspect: float) -> Views:
    views = {}
    for asset, (source, area, window) in zip(assets, shown, strict=False):
        plate = _plate(source)
        if window is None or source.aspect is None or plate is None:
            return {}
        height = window.width * source.aspect / (aspect * area.width / area.height)
        left, top = window.x - window.width / 2, window.y - height / 2
        part = Region(
            plate.left + left * plate.width,
            plate.top + top * plate.height,
            window.width * plate.width,
            height * plate.height,
        )
        views[asset] = Seen(part, area)
    return views


def _plate(source: Clip | Panel) -> Region | None:
    """Return the part of the picture that its plate shows; ``None`` if it is not known."""
    if isinstance(source, Clip) and source.kind == "video":
        return WHOLE_PICTURE
    if isinstance(source, Clip) and source.picture:
        place = source.picture
        return Region(-place.left / place.width, -place.top / place.height, 1 / place.width, 1 / place.height)
    return source.part
