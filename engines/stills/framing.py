"""Fit a picture to the frame: cropped, whole on a background, or whole over a blurred copy of itself.

The sizes are pure decisions. Drawing is done once per scene, at the scale at which the closest window of the camera
samples the plate at about 1:1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engines.stills.camera import View
from engines.stills.pictures import Picture, Rgb
from schemas.clip import Motion, Window
from schemas.region import FACE_MARGIN, Region
from schemas.scene_graph import Focus

Values = npt.NDArray[Any]  # uint8 or float32

# Within this ratio of the frame's aspect a picture is cropped: narrow bars at two sides would look like an error.
_CROP_RATIO = 1.2
# Beyond this ratio a whole picture would be a narrow stripe, so the camera pans along it instead.
_STRIPE_RATIO = 5.0
# The largest enlargement (at 1080p) before a picture looks broken; a fit named by the scene may go further.
MAX_ENLARGEMENT = 6.5
_MAX_EXPLICIT_ENLARGEMENT = 12.0
_MAX_WHOLE_ENLARGEMENT = 3.0
# The margin at each side of a padded picture, as a share of the plate.
_MARGIN = 0.06
# Plate samples per frame sample in the widest window; linear interpolation flickers above it.
_MAX_STEP = 1.35
# Plate samples per frame sample in the closest window of a moving camera: a step slightly off 1 is computed in half
# the time, see ``assembly.picture.sampling``.
_CLOSEST_STEP = 1.041
_SHORT_SIDE = 1080


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a picture in whole samples."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle as shares of the width and height of a plate; it may reach beyond the plate."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of the picture that the camera sees, its size after scaling, and the motion in shares of that part."""

    box: Box
    width: int
    height: int
    motion: Motion


def enlargement(picture: tuple[int, int], frame: tuple[int, int]) -> float:
    """Return the factor that enlarges a picture to fill the frame, for a frame scaled to a short side of 1080."""
    return max(frame[0] / picture[0], frame[1] / picture[1]) * _SHORT_SIDE / min(frame)


def choose_fit(
    preferred: str, is_explicit: bool, picture: tuple[int, int], frame: tuple[int, int], has_alpha: bool
) -> str:
    """Return ``preferred``, or another fit if the picture is too small, has nearly the frame's aspect or has alpha.

    A fit named by the scene itself (``is_explicit``) changes only if the enlargement would be too large, or if it is
    "blur" and the picture has alpha.
    """
    max_enlargement = _MAX_EXPLICIT_ENLARGEMENT if is_explicit else MAX_ENLARGEMENT
    if preferred == "crop" and enlargement(picture, frame) > max_enlargement:
        return "pad" if has_alpha else "blur"
    if is_explicit:
        return "pad" if has_alpha and preferred == "blur" else preferred
    if has_alpha:
        return "pad"
    ratio = picture[0] / picture[1] / (frame[0] / frame[1])
    is_stripe = not 1 / _STRIPE_RATIO < ratio < _STRIPE_RATIO
    return "crop" if is_stripe or (preferred == "blur" and 1 / _CROP_RATIO <= ratio <= _CROP_RATIO) else preferred


def plan_crop(
    view: View, motion: Motion, picture: tuple[int, int], frame: tuple[int, int], punch_in: float = 1.0
) -> Crop:
    """Return the part of the picture that ``motion`` needs, and the size to scale it to.

    With a ``punch_in`` above 1, that part is scaled larger if the picture has the detail, to be shown that much closer.
    """
    ends = (motion.start, motion.end)
    closest, widest = min(w.width for w in ends), max(w.width for w in ends)
    step = _CLOSEST_STEP if motion.start != motion.end else 1.0
    at_frame_size, largest = frame[0] / (closest * picture[0]), _MAX_STEP * closest / widest
    scale = at_frame_size * min(step, largest)
    scale = max(scale, min(1.0, at_frame_size * min(step * punch_in, largest)))
    box = _bounding_box(view, ends, picture)
    width, height = _even(box.width * scale), _even(box.height * scale)
    cropped = View(width, height, frame[0] / frame[1], Focus())
    start, end = (_window_in_box(cropped, window, box, picture) for window in ends)
    return Crop(box, width, height, Motion(motion.kind, start, end))


def shows(view: View, window: Window, region: Region) -> bool:
    """Whether a window of the whole picture contains ``region``, whose edges are rounded."""
    width, height = window.width, view.window_height(window.width)
    return Region(window.x - width / 2, window.y - height / 2, width, height).holds(region)


def keeps_all(view: View, motion: Motion, regions: Sequence[Region]) -> bool:
    """Whether every window of ``motion`` over the whole picture contains each region with a margin around it.

    The edges of the windows between the two ends lie between those of the ends.
    """
    return all(shows(view, window, r.grown(FACE_MARGIN)) for window in (motion.start, motion.end) for r in regions)


def _bounding_box(view: View, windows: tuple[Window, ...], picture: tuple[int, int]) -> Box:
    left = min(w.x - w.width / 2 for w in windows) * picture[0]
    right = max(w.x + w.width / 2 for w in windows) * picture[0]
    top = min(w.y - view.window_height(w.width) / 2 for w in windows) * picture[1]
    bottom = max(w.y + view.window_height(w.width) / 2 for w in windows) * picture[1]
    x, y = max(0, math.floor(left + 1e-6)), max(0, math.floor(top + 1e-6))
    return Box(x, y, min(picture[0], math.ceil(right - 1e-6)) - x, min(picture[1], math.ceil(bottom - 1e-6)) - y)


def _window_in_box(cropped: View, window: Window, box: Box, picture: tuple[int, int]) -> Window:
    width = min(cropped.max_width, window.width * picture[0] / box.width)
    x = (window.x * picture[0] - box.left) / box.width
    return cropped.window(width, x, (window.y * picture[1] - box.top) / box.height)


def _even(length: float) -> int:
    return max(2, 2 * math.ceil(length / 2 - 1e-6))


def area_of(box: Box, plate: tuple[int, int]) -> Area:
    """Return the area that ``box`` covers of a plate."""
    return Area(box.left / plate[0], box.top / plate[1], box.width / plate[0], box.height / plate[1])


def area_around(box: Box, picture: tuple[int, int]) -> Area:
    """Return the area that a whole picture would cover of a plate that shows only ``box`` of it."""
    return Area(-box.left / box.width, -box.top / box.height, picture[0] / box.width, picture[1] / box.height)


def plate_size(frame: tuple[int, int], zoom: float) -> tuple[int, int]:
    """Return the size of a plate with the frame's aspect that the closest window samples at about 1:1."""
    scale = min(zoom * _CLOSEST_STEP, _MAX_STEP) if zoom > 1 else 1.0
    return _even(frame[0] * scale), _even(frame[1] * scale)


def place_whole(picture: tuple[int, int], plate: tuple[int, int], margin: bool) -> Box:
    """Return the position of a whole picture on the plate: centred, as large as fits and as its resolution allows."""
    free = 1 - 2 * _MARGIN if margin else 1.0
    fitting = min(plate[0] * free / picture[0], plate[1] * free / picture[1])
    at_full_size = fitting * _SHORT_SIDE / min(plate)
    # Even a very small picture fills half of the available size; a thumbnail in an empty frame would look lost.
    scale = fitting * min(1.0, max(_MAX_WHOLE_ENLARGEMENT / at_full_size, 0.5))
    width, height = max(2, round(picture[0] * scale)), max(2, round(picture[1] * scale))
    return Box((plate[0] - width) // 2, (plate[1] - height) // 2, width, height)


def place_in_area(picture: tuple[int, int], plate: tuple[int, int], area: Region, zoom: float) -> Box:
    """Return the position of a whole picture that stays in ``area`` of the frame while the camera zooms by ``zoom``."""
    left, top = (0.5 + (start - 0.5) / zoom for start in (area.left, area.top))
    width, height = round(area.width / zoom * plate[0]), round(area.height / zoom * plate[1])
    box = place_whole(picture, (width, height), margin=False)
    return Box(round(left * plate[0]) + box.left, round(top * plate[1]) + box.top, box.width, box.height)


def resize(picture: Picture, width: int, height: int) -> Picture:
    """Return the picture at another size: area-averaged when smaller, cubic when larger, colours weighted by alpha."""
    if (picture.width, picture.height) == (width, height):
        return picture
    if picture.alpha is None:
        return Picture(_scaled(picture.rgb, width, height), None)
    weight = picture.alpha.astype(np.float32)[..., None] / 255
    alpha = _scaled(weight, width, height)
    colours = _scaled(picture.rgb * weight, width, height) / np.maximum(alpha, 1e-3)[..., None]
    return Picture(_bytes(colours), _bytes(alpha * 255))


def _scaled(pixels: Values, width: int, height: int) -> Values:
    smaller = width <= pixels.shape[1] and height <= pixels.shape[0]
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation))


def _bytes(values: Values) -> Rgb:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def crop(picture: Picture, box: Box) -> Picture:
    """Return the part of ``picture`` inside ``box``, as a view."""
    rows, columns = slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)
    alpha = None if picture.alpha is None else picture.alpha[rows, columns]
    return Picture(picture.rgb[rows, columns], alpha)


def composite(picture: Picture, background: Rgb, box: Box) -> Rgb:
    """Return ``background`` with ``picture``, which has the box's size, drawn at ``box``."""
    canvas = background.copy()
    target = canvas[box.top : box.top + box.height, box.left : box.left + box.width]
    if picture.alpha is None:
        target[:] = picture.rgb
    else:
        weight = picture.alpha.astype(np.float32)[..., None] / 255
        target[:] = _bytes(picture.rgb * weight + target * (1 - weight))
    return canvas
