"""Make the plate and the motion of a still; what the scene leaves open is chosen deterministically."""

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
_WHOLE_ZOOM_SHARE = 0.5
# The zoom over a background, which has no subject.
_BACKGROUND_ZOOM = 1.12
_TURNS_PER_SEED = 7


@dataclass(frozen=True, slots=True)
class Plate:
    """``rgb``, of even size, and the camera's motion over it."""

    rgb: Rgb
    motion: Motion


@dataclass(frozen=True, slots=True)
class StillOptions:
    """The options of scene and preset for a still; ``turn`` varies the motion from scene to scene.

    The names and values of the fields are part of the plate's identity.
    """

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
    """Return the options of ``shot``; the duration is in whole seconds, so that small changes keep the plate."""
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
        turn=shot.seed * _TURNS_PER_SEED + shot.scene.id + shot.scene.take - 1,
    )


def plate_of_picture(path: Path, shot: Shot) -> Plate:
    """Return the plate of the picture at ``path``. Raises ``BadMedia`` and ``MediaError``."""
    frame, options = (shot.width, shot.height), options_of(shot)
    picture = pictures.open_picture(path, lambda size: _needed_size(size, frame, options))
    fit = framing.choose_fit(
        options.fit, options.fit_is_explicit, (picture.width, picture.height), frame, picture.alpha is not None
    )
    point = options.focus or focus.find_focus(picture)
    if fit == "crop":
        return _cropped_plate(picture, point, options, shot)
    return _whole_plate(picture, point, fit, options, shot)


def _needed_size(size: Size, frame: Size, options: StillOptions) -> Size:
    """Return the picture size that the closest window needs; larger pictures are decoded at a reduced size."""
    is_cropped = framing.choose_fit(options.fit, options.fit_is_explicit, size, frame, has_alpha=False) == "crop"
    scales = (frame[0] / size[0], frame[1] / size[1])
    scale = (max(scales) if is_cropped else min(scales)) * options.zoom
    return max(1, math.ceil(size[0] * scale)), max(1, math.ceil(size[1] * scale))


def _cropped_plate(picture: Picture, point: Focus, options: StillOptions, shot: Shot) -> Plate:
    frame, size = (shot.width, shot.height), (picture.width, picture.height)
    view = View(*size, frame[0] / frame[1], point)
    crop = framing.plan_crop(view, _motion(view, options, options.zoom), size, frame)
    scaled = framing.resize(framing.crop(picture, crop.box), crop.width, crop.height)
    graded = grade_picture(scaled, shot.preset.grade)
    if graded.alpha is None:
        return Plate(graded.rgb, crop.motion)
    background = backgrounds.gradient(shot.preset.palette, crop.width, crop.height)
    return Plate(framing.composite(graded, background, framing.Box(0, 0, crop.width, crop.height)), crop.motion)


def _whole_plate(picture: Picture, point: Focus, fit: str, options: StillOptions, shot: Shot) -> Plate:
    frame = (shot.width, shot.height)
    zoom = options.zoom if options.zoom_is_explicit else 1 + (options.zoom - 1) * _WHOLE_ZOOM_SHARE
    size = framing.plate_size(frame, zoom)
    box = framing.place_whole((picture.width, picture.height), size, margin=fit == "pad")
    graded = grade_picture(framing.resize(picture, box.width, box.height), shot.preset.grade)
    if fit == "blur":
        background = backgrounds.blurred_background(graded, *size, (point.x, point.y))
    else:
        background = backgrounds.gradient(shot.preset.palette, *size)
    point_on_plate = Focus((box.left + point.x * box.width) / size[0], (box.top + point.y * box.height) / size[1])
    view = View(*size, frame[0] / frame[1], _centred_if_safe(point_on_plate, zoom))
    return Plate(framing.composite(graded, background, box), _motion(view, options, zoom))


def _centred_if_safe(point: Focus, zoom: float) -> Focus:
    """Return 0.5 for each coordinate of ``point`` that every window contains anyway: a whole picture stays centred."""
    safe = 1 / zoom - 0.5
    x, y = (0.5 if abs(coordinate - 0.5) < safe else coordinate for coordinate in (point.x, point.y))
    return Focus(x, y)


def _motion(view: View, options: StillOptions, zoom: float) -> Motion:
    kind = options.kind or camera.choose_motion(view, options.kinds, options.turn)
    return camera.plan_motion(kind, view, zoom, options.seconds, options.turn)


def plate_of_background(shot: Shot) -> Plate:
    """Return a background plate in the scene's colours, or else the preset's."""
    colours = shot.scene.media.colours or shot.preset.palette
    width, height = framing.plate_size((shot.width, shot.height), _BACKGROUND_ZOOM)
    view = View(width, height, shot.width / shot.height, Focus())
    has_motion = len(colours) > 1 and set(shot.preset.motion.kinds) != {"still"}
    kind = shot.scene.style.motion or ("drift" if has_motion else "still")
    options = options_of(shot)
    motion = camera.plan_motion(kind, view, _BACKGROUND_ZOOM, options.seconds, options.turn)
    return Plate(backgrounds.gradient(colours, width, height), motion)
