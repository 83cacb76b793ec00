"""Turn a picture into a plate and a motion: decide, deterministically, everything that the scene leaves open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from engines.base import Shot
from engines.stills import backgrounds, camera, focus, framing, pictures
from engines.stills.camera import View
from engines.stills.pictures import Picture, Rgb, Size
from engines.stills.plates import grade_picture
from schemas.clip import Motion
from schemas.scene_graph import Focus

# The camera zooms half as far into a picture that is shown whole, so that it stays nearly whole.
_WHOLE_DEPTH = 0.5
# The zoom over a background, which has no subject.
_GROUND_ZOOM = 1.12
_TURNS = 7


@dataclass(frozen=True, slots=True)
class Plate:
    """``rgb`` of even size and the camera's motion over it."""

    rgb: Rgb
    motion: Motion


@dataclass(frozen=True, slots=True)
class StillOptions:
    """What scene and preset ask for; ``turn`` varies what both leave open from scene to scene."""

    fit: str
    fit_is_explicit: bool
    kind: str | None
    kinds: tuple[str, ...]
    zoom: float
    zoom_is_explicit: bool
    focus: Focus | None
    seconds: int
    turn: int


def options_of(shot: Shot) -> StillOptions:
    """Return the request of ``shot``; times are rounded to whole seconds, so that a slightly other length keeps the
    plate."""
    media, style, preset = shot.scene.media, shot.scene.style, shot.preset
    return StillOptions(
        fit=media.fit or preset.fit,
        fit_is_explicit=media.fit is not None,
        kind=style.motion,
        kinds=preset.motion.kinds,
        zoom=style.zoom or preset.motion.zoom,
        zoom_is_explicit=style.zoom is not None,
        focus=media.focus,
        seconds=max(1, round(shot.seconds)),
        turn=shot.seed * _TURNS + shot.scene.id + shot.scene.take - 1,
    )


def plate_of_picture(path: Path, shot: Shot) -> Plate:
    """Return the plate of the picture at ``path``. Raises ``BadMedia`` and ``MediaError``."""
    frame, wish = (shot.width, shot.height), options_of(shot)
    picture = pictures.open_picture(path, lambda size: _enough(size, frame, wish))
    fit = framing.fit_for(
        wish.fit, wish.fit_is_explicit, (picture.width, picture.height), frame, picture.alpha is not None
    )
    point = wish.focus or focus.find_focus(picture)
    if fit == "crop":
        return _filling(picture, point, wish, shot)
    return _whole(picture, point, fit, wish, shot)


def _enough(size: Size, frame: Size, wish: StillOptions) -> Size:
    """Return the size of the picture that the closest window needs; larger pictures are decoded at reduced size."""
    fills = framing.fit_for(wish.fit, wish.fit_is_explicit, size, frame, alpha=False) == "crop"
    scales = (frame[0] / size[0], frame[1] / size[1])
    scale = (max(scales) if fills else min(scales)) * wish.zoom
    return max(1, math.ceil(size[0] * scale)), max(1, math.ceil(size[1] * scale))


def _filling(picture: Picture, point: Focus, wish: StillOptions, shot: Shot) -> Plate:
    frame, size = (shot.width, shot.height), (picture.width, picture.height)
    view = View(*size, frame[0] / frame[1], point)
    cut = framing.cut(view, _motion(view, wish, wish.zoom), size, frame)
    scaled = framing.resized(framing.part(picture, cut.box), cut.width, cut.height)
    coloured = grade_picture(scaled, shot.preset.grade)
    if coloured.alpha is None:
        return Plate(coloured.rgb, cut.motion)
    ground = backgrounds.gradient(shot.preset.palette, cut.width, cut.height)
    return Plate(framing.place_over(coloured, ground, framing.Box(0, 0, cut.width, cut.height)), cut.motion)


def _whole(picture: Picture, point: Focus, fit: str, wish: StillOptions, shot: Shot) -> Plate:
    frame = (shot.width, shot.height)
    zoom = wish.zoom if wish.zoom_is_explicit else 1 + (wish.zoom - 1) * _WHOLE_DEPTH
    plate = framing.sheet(frame, zoom)
    box = framing.placed((picture.width, picture.height), plate, margin=fit == "pad")
    coloured = grade_picture(framing.resized(picture, box.width, box.height), shot.preset.grade)
    if fit == "blur":
        ground = backgrounds.blurred(coloured, *plate, (point.x, point.y))
    else:
        ground = backgrounds.gradient(shot.preset.palette, *plate)
    on_plate = Focus((box.left + point.x * box.width) / plate[0], (box.top + point.y * box.height) / plate[1])
    view = View(*plate, frame[0] / frame[1], _centred(on_plate, zoom))
    return Plate(framing.place_over(coloured, ground, box), _motion(view, wish, zoom))


def _centred(point: Focus, zoom: float) -> Focus:
    """Return the plate's middle where every window contains ``point`` anyway, so that a whole picture stays centred."""
    safe = 1 / zoom - 0.5
    x, y = (0.5 if abs(place - 0.5) < safe else place for place in (point.x, point.y))
    return Focus(x, y)


def _motion(view: View, wish: StillOptions, zoom: float) -> Motion:
    kind = wish.kind or camera.chosen(view, wish.kinds, wish.turn)
    return camera.motion(kind, view, zoom, wish.seconds, wish.turn)


def plate_of_background(shot: Shot) -> Plate:
    """Return a background plate in the scene's colours, or else the preset's."""
    colours = shot.scene.media.colours or shot.preset.palette
    width, height = framing.sheet((shot.width, shot.height), _GROUND_ZOOM)
    view = View(width, height, shot.width / shot.height, Focus())
    moving = len(colours) > 1 and set(shot.preset.motion.kinds) != {"still"}
    kind = shot.scene.style.motion or ("drift" if moving else "still")
    wish = options_of(shot)
    return Plate(
        backgrounds.gradient(colours, width, height), camera.motion(kind, view, _GROUND_ZOOM, wish.seconds, wish.turn)
    )
