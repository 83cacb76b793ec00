"""Picture overlays: logos and products that lie still over the moving picture, scaled and converted once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from app.core.errors import BadMedia
from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.text.layout import placed, safe_box
from schemas.segment import Segment, TimedOverlay

FADE_FRAMES = 6
_UNIT = 1 / 255
# ITU-R BT.709, 8 bits, limited range: Y, U and V from R, G and B of 0 … 255.
_KR, _KG, _KB = 0.2126, 0.7152, 0.0722
_RED, _GREEN, _BLUE = np.eye(3)
_LUMA = np.array([_KR, _KG, _KB])
TO_YUV = np.stack(
    [_LUMA * 219 / 255, (_BLUE - _LUMA) / (2 - 2 * _KB) * 224 / 255, (_RED - _LUMA) / (2 - 2 * _KR) * 224 / 255]
)
OFFSET = np.array([i420.BLACK, i420.NEUTRAL, i420.NEUTRAL], np.float64)

Floats = npt.NDArray[np.float64]


class PlacedOverlay:
    """A picture in its place: for each plane where it lies, what it adds, and what it leaves of what is below.

    ``scale`` 1 is the largest that fits the safe zone. Frames ``[first, first + frames)`` show it; it fades in and out.
    """

    def __init__(self, rgba: Pixels, timed: TimedOverlay, segment: Segment) -> None:
        self.first, self.frames = timed.first, timed.frames
        self._parts: list[tuple[tuple[slice, slice], Pixels, Pixels]] = []
        zone = safe_box(segment.safe_zone, segment.width, segment.height)
        factor = min(zone.width / rgba.shape[1], zone.height / rgba.shape[0]) * timed.overlay.scale
        box = placed(timed.overlay.position, rgba.shape[1] * factor, rgba.shape[0] * factor, zone)
        left, top = (round(v / 2) * 2 for v in (box.left, box.top))
        size = (max(2, round(box.width / 2) * 2), max(2, round(box.height / 2) * 2))
        shown = _cut(_scaled(rgba, size), left, top, segment)
        if shown is not None:
            self._lay(*shown)

    def _lay(self, rgba: Floats, left: int, top: int) -> None:
        yuv = rgba[..., :3] @ TO_YUV.T + OFFSET * rgba[..., 3:]
        alpha = rgba[..., 3]
        for plane in range(3):
            step = 2 if plane else 1
            adds, covers = (_coarse(values) if plane else values for values in (yuv[..., plane], alpha))
            height, width = adds.shape
            where = (slice(top // step, top // step + height), slice(left // step, left // step + width))
            self._parts.append((where, _bytes(adds), _bytes(255 * (1 - covers))))

    def strength(self, index: int) -> float:
        """How much of it shows in frame ``index`` of the segment: 0 … 1."""
        since, left = index - self.first + 1, self.first + self.frames - index
        return max(0.0, min(1.0, since / FADE_FRAMES, left / FADE_FRAMES))

    def over(self, frame: Pixels, index: int) -> None:
        """Lays it over frame ``index`` of the segment, in place."""
        strength = self.strength(index)
        if strength <= 0:
            return
        planes = i420.planes(frame)
        for place, (where, adds, leaves) in enumerate(self._parts):
            below = planes[place][where]
            above = cv2.add(cv2.multiply(below, leaves, scale=_UNIT), adds)
            below[...] = above if strength >= 1 else cv2.addWeighted(below, 1 - strength, above, strength, 0)


def place_overlays(segment: Segment, local: Callable[[str], Path]) -> tuple[PlacedOverlay, ...]:
    """The segment's picture overlays; ``local`` gives the path of a storage key. Raises ``BadMedia``."""
    return tuple(
        PlacedOverlay(_opened(local(timed.key)), timed, segment)
        for timed in segment.overlays
        if timed.overlay.kind == "image" and timed.key
    )


def _opened(path: Path) -> Pixels:
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadMedia("overlay", f"it is no picture that can be opened ({error})") from error


def _scaled(rgba: Pixels, size: tuple[int, int]) -> Floats:
    """RGB multiplied by alpha (which is 0 … 1), so that what cannot be seen has no colour that bleeds."""
    alpha = rgba[..., 3:] / 255.0
    whole = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    smaller = size[0] < rgba.shape[1]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR))


def _cut(rgba: Floats, left: int, top: int, segment: Segment) -> tuple[Floats, int, int] | None:
    """The part inside the frame, and where it begins there; ``None`` when nothing is."""
    x, y = max(0, -left), max(0, -top)
    inside = rgba[y : segment.height - top, x : segment.width - left]
    return (inside, left + x, top + y) if inside.size else None


def _coarse(plane: Floats) -> Floats:
    """Left-sited chroma: the mean of two rows, and of a column with half of each neighbour."""
    rows = (plane[0::2] + plane[1::2]) / 2
    sides = np.pad(rows, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((sides[:, 0:-2:2] + 2 * sides[:, 1:-1:2] + sides[:, 2::2]) / 4)


def _bytes(values: Floats) -> Pixels:
    return np.ascontiguousarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
