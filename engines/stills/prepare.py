"""Make the plate and the motion of a still; what the scene leaves open is chosen deterministically."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from engines.base import Shot
from engines.stills import backgrounds, camera, framing, pictures
from engines.stills.camera import View
from engines.stills.cards import cards
from engines.stills.framing import Area
from engines.stills.grounds import ground_of
from engines.stills.pictures import Picture, Rgb, Size
from engines.stills.plates import grade_picture
from engines.stills.subject_facts import subjects_of_image
from engines.stills.subjects import clipped
from schemas.clip import Motion, part_that_fills
from schemas.frame import aspect_of
from schemas.region import Region
from schemas.scene_graph import PRODUCT_HERO, Focus
from schemas.subjects import Subjects

# The camera zooms half as far into a picture that is shown whole, so that it stays nearly whole.
_WHOLE_ZOOM_SHARE = 0.5
# The zoom over a background, which has no subject.
_BACKGROUND_ZOOM = 1.12
_TURNS_PER_SEED = 7
# The relative change of the window's width per second, and the largest one in all: a closer picture would be soft.
_MIN_ZOOM_SPEED, _MAX_ZOOM_SPEED, _MAX_ZOOM = 0.03, 0.05, 1.35
# Tried one after the other when the zoom of scene or preset would cut a face.
_SMALLER_ZOOMS = (1.12, 1.06, 1.0)


@dataclass(frozen=True, slots=True)
class Plate:
    """``rgb``, of even size, and the camera's motion over it.

    ``faces``, ``subject`` and ``picture``, a whole picture on a background, are in shares of the plate. ``part`` is the
    part of a picture that fills the plate, in shares of the picture. ``views`` are those of ``schemas.clip.Clip``.
    """

    rgb: Rgb
    motion: Motion
    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    picture: Region | None = None
    views: tuple[Motion, ...] = ()
    part: Region | None = None


@dataclass(frozen=True, slots=True)
class StillOptions:
    """The options of scene and preset for a still; ``turn`` varies the motion from scene to scene.

    ``punch_in`` is how much closer the picture is shown in some shots of the scene.

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
    subject: Region | None = None
    punch_in: float = 1.0


def options_of(shot: Shot) -> StillOptions:
    """Return the options of ``shot``; the duration is in whole seconds, so that small changes keep the plate."""
    media, style, preset = shot.scene.media, shot.scene.style, shot.preset
    seconds = max(1, round(shot.seconds))
    return StillOptions(
        fit=media.fit or ("crop" if shot.layout else preset.fit),
        fit_is_explicit=media.fit is not None,
        kind=style.motion,
        kinds=preset.motion.kinds,
        zoom=style.zoom or _steady_zoom(preset.motion.zoom, seconds),
        zoom_is_explicit=style.zoom is not None,
        focus=media.focus,
        seconds=seconds,
        turn=shot.seed * _TURNS_PER_SEED + shot.scene.id + shot.scene.take - 1,
        subject=media.subject,
        punch_in=preset.motion.punch_in,
    )


def _steady_zoom(zoom: float, seconds: int) -> float:
    """Return the preset's zoom, less in a short scene and more in a long one: the camera moves by 3 to 5 % a second.

    Rounded, because it is part of the plate's identity.
    """
    if zoom == 1:
        return zoom
    least = min(_MAX_ZOOM, math.exp(_MIN_ZOOM_SPEED * seconds))
    return round(min(max(zoom, least), math.exp(_MAX_ZOOM_SPEED * seconds)), 3)


def area_of_product(shot: Shot) -> Region | None:
    """Return where a product that fills no frame is shown whole: in the zone of images of its layout, if it has one."""
    if shot.scene.archetype != PRODUCT_HERO or shot.layout is None:
        return None
    zone = shot.layout.arrangements[aspect_of(shot.width, shot.height)].images
    return zone.area if zone else None


def plate_of_picture(path: Path, shot: Shot) -> Plate:
    """Return the plate of the picture at ``path``. Raises ``BadMedia`` and ``MediaError``."""
    frame, options = (shot.width, shot.height), options_of(shot)
    picture = pictures.open_picture(path, lambda size: _needed_size(size, frame, options))
    fit = framing.choose_fit(
        options.fit, options.fit_is_explicit, (picture.width, picture.height), frame, picture.alpha is not None
    )
    assert shot.asset is not None
    subjects = subjects_of_image(path, shot.asset.sha256, shot.store)
    if options.subject:
        subjects = replace(subjects, subject=options.subject, focus=Focus(*options.subject.centre), spread=None)
    point = options.focus or subjects.focus
    may_fill = fit == "blur" or (fit == "crop" and options.focus is None)
    filling = _filling_point(picture, subjects, options, frame) if may_fill else None
    if filling:
        fit, point = "crop", filling
    if fit == "crop":
        view = View(picture.width, picture.height, frame[0] / frame[1], point)
        motion = _motion_over_crop(view, subjects.faces, options)
        if motion or options.fit_is_explicit:
            motion = motion or _motion(view, options, options.zoom)
            return _cropped_plate(picture, view, motion, subjects, shot=shot, punch_in=options.punch_in)
        fit = "pad" if picture.alpha is not None else "blur"
    return _whole_plate(picture, point, options, shot, fit=fit, subjects=subjects)


def _filling_point(picture: Picture, subjects: Subjects, options: StillOptions, frame: Size) -> Focus | None:
    """Return the centre of a crop that holds faces and subject, at the focus of the scene if that is one.

    ``None`` if there is no such crop, or if the picture is too small.
    """
    size = picture.width, picture.height
    if (
        options.fit_is_explicit
        or subjects.subject is None
        or framing.enlargement(size, frame) > framing.MAX_ENLARGEMENT
    ):
        return None
    view = View(*size, frame[0] / frame[1], options.focus or subjects.focus)
    part = part_that_fills(view.ratio, view.focus.x, view.focus.y)
    crop = part if options.focus and subjects.keeps(part) else subjects.crop_of(part.width, part.height)
    return Focus(*crop.centre) if crop else None


def _motion_over_crop(view: View, faces: Sequence[Region], options: StillOptions) -> Motion | None:
    """Return a motion that never cuts a face, with as much zoom as that allows; ``None`` if there is none."""
    # A move towards the faces keeps them where a pan would not.
    kinds = (options.kind,) if options.kind else (None, "push_in")
    zooms = [options.zoom, *(zoom for zoom in _SMALLER_ZOOMS if zoom < options.zoom)]
    for zoom, kind in product(zooms, kinds):
        motion = _motion(view, replace(options, kind=kind), zoom)
        if framing.keeps_all(view, motion, faces):
            return motion
    return None


def _needed_size(size: Size, frame: Size, options: StillOptions) -> Size:
    """Return the picture size that the closest window needs; larger pictures are decoded at a reduced size."""
    is_cropped = framing.choose_fit(options.fit, options.fit_is_explicit, size, frame, has_alpha=False) == "crop"
    scales = (frame[0] / size[0], frame[1] / size[1])
    may_be_cropped = is_cropped or not options.fit_is_explicit
    scale = (max(scales) if may_be_cropped else min(scales)) * options.zoom * options.punch_in
    return max(1, math.ceil(size[0] * scale)), max(1, math.ceil(size[1] * scale))


def _cropped_plate(
    picture: Picture, view: View, motion: Motion, subjects: Subjects, *, shot: Shot, punch_in: float
) -> Plate:
    size = picture.width, picture.height
    crop = framing.plan_crop(view, motion, size, (shot.width, shot.height), punch_in)
    scaled = framing.resize(framing.crop(picture, crop.box), crop.width, crop.height)
    graded = grade_picture(scaled, shot.preset.grade, shot.scene.media.correction)
    rgb = graded.rgb
    if graded.alpha is not None:
        background = backgrounds.gradient(ground_of(graded, shot.preset.palette), crop.width, crop.height)
        rgb = framing.composite(graded, background, framing.Box(0, 0, crop.width, crop.height))
    part = framing.area_of(crop.box, size)
    return Plate(
        rgb,
        crop.motion,
        *_regions_on_plate(subjects, framing.area_around(crop.box, size)),
        part=Region(part.left, part.top, part.width, part.height),
    )


def _regions_on_plate(subjects: Subjects, picture: Area) -> tuple[tuple[Region, ...], Region | None]:
    """Return faces and subject in shares of a plate on which the whole picture covers ``picture``.

    Regions outside the plate are left out.
    """

    def on_plate(region: Region) -> Region | None:
        left, top = picture.left + region.left * picture.width, picture.top + region.top * picture.height
        right, bottom = left + region.width * picture.width, top + region.height * picture.height
        return clipped(left, top, right, bottom) if left < 1 and top < 1 and right > 0 and bottom > 0 else None

    faces = tuple(face for face in map(on_plate, subjects.faces) if face)
    return faces, on_plate(subjects.subject) if subjects.subject else None


def _whole_plate(
    picture: Picture, point: Focus, options: StillOptions, shot: Shot, *, fit: str, subjects: Subjects
) -> Plate:
    frame = (shot.width, shot.height)
    zoom = options.zoom if options.zoom_is_explicit else 1 + (options.zoom - 1) * _WHOLE_ZOOM_SHARE
    size = framing.plate_size(frame, zoom * options.punch_in)
    area_of_whole = area_of_product(shot)
    box = (
        framing.place_in_area((picture.width, picture.height), size, area_of_whole, zoom)
        if area_of_whole
        else framing.place_whole((picture.width, picture.height), size, margin=fit == "pad")
    )
    graded = grade_picture(
        framing.resize(picture, box.width, box.height), shot.preset.grade, shot.scene.media.correction
    )
    if fit == "blur":
        background = backgrounds.blurred_background(graded, *size, (point.x, point.y))
    else:
        seen_through = graded.alpha is not None
        colours = ground_of(graded, shot.preset.palette) if seen_through else shot.preset.palette
        background = backgrounds.gradient(colours, *size)
    point_on_plate = Focus((box.left + point.x * box.width) / size[0], (box.top + point.y * box.height) / size[1])
    view = View(*size, frame[0] / frame[1], _centred_if_safe(point_on_plate, zoom))
    rgb = framing.composite(graded, background, box)
    area = framing.area_of(box, size)
    picture_area = clipped(area.left, area.top, area.left + area.width, area.top + area.height)
    return Plate(rgb, _motion(view, options, zoom), *_regions_on_plate(subjects, area), picture_area)


def _centred_if_safe(point: Focus, zoom: float) -> Focus:
    """Return 0.5 for each coordinate of ``point`` that every window contains anyway: a whole picture stays centred."""
    safe = 1 / zoom - 0.5
    x, y = (0.5 if abs(coordinate - 0.5) < safe else coordinate for coordinate in (point.x, point.y))
    return Focus(x, y)


def _motion(view: View, options: StillOptions, zoom: float) -> Motion:
    kind = options.kind or camera.choose_motion(view, options.kinds, options.turn)
    return camera.plan_motion(kind, view, zoom, options.seconds, options.turn)


def plate_of_background(shot: Shot) -> Plate:
    """Return a background plate in the scene's colours, or else the preset's, with the preset's shapes."""
    if shot.preset.shapes:
        rgb, views = cards(shot, options_of(shot).turn)
        return Plate(rgb, views[0], views=views)
    colours = shot.scene.media.colours or shot.preset.palette
    width, height = framing.plate_size((shot.width, shot.height), _BACKGROUND_ZOOM)
    view = View(width, height, shot.width / shot.height, Focus())
    has_motion = len(colours) > 1 and set(shot.preset.motion.kinds) != {"still"}
    kind = shot.scene.style.motion or ("drift" if has_motion else "still")
    options = options_of(shot)
    motion = camera.plan_motion(kind, view, _BACKGROUND_ZOOM, options.seconds, options.turn)
    return Plate(backgrounds.gradient(colours, width, height), motion)
