"""Image overlays (logos, products): static images over the moving picture, scaled and converted once."""

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
from assembly.text.layout import place_box, safe_box
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
    """An image at its position: for each plane the slice it covers, premultiplied samples and 255 × (1 − alpha).

    The overlay's ``scale`` 1 is the largest size that fits the safe zone. Frames ``[first, first + frames)`` show the
    image; it fades in and out.
    """

    def __init__(self, rgba: Pixels, timed: TimedOverlay, segment: Segment) -> None:
        self.first, self.frames = timed.first, timed.frames
        self._parts: list[tuple[tuple[slice, slice], Pixels, Pixels]] = []
        zone = safe_box(segment.safe_zone, segment.width, segment.height)
        factor = min(zone.width / rgba.shape[1], zone.height / rgba.shape[0]) * timed.overlay.scale
        box = place_box(timed.overlay.position, rgba.shape[1] * factor, rgba.shape[0] * factor, zone)
        left, top = (round(v / 2) * 2 for v in (box.left, box.top))
        size = (max(2, round(box.width / 2) * 2), max(2, round(box.height / 2) * 2))
        clipped = _clip_to_frame(_premultiplied(rgba, size), left, top, segment)
        if clipped is not None:
            self._convert(*clipped)

    def _convert(self, rgba: Floats, left: int, top: int) -> None:
        yuv = rgba[..., :3] @ TO_YUV.T + OFFSET * rgba[..., 3:]
        alpha = rgba[..., 3]
        for plane in range(3):
            step = 2 if plane else 1
            samples, coverage = (_chroma_samples(values) if plane else values for values in (yuv[..., plane], alpha))
            height, width = samples.shape
            area = (slice(top // step, top // step + height), slice(left // step, left // step + width))
            self._parts.append((area, _as_uint8(samples), _as_uint8(255 * (1 - coverage))))

    def opacity(self, index: int) -> float:
        """Return the image's opacity (0 … 1) in frame ``index`` of the segment."""
        elapsed, remaining = index - self.first + 1, self.first + self.frames - index
        return max(0.0, min(1.0, elapsed / FADE_FRAMES, remaining / FADE_FRAMES))

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the image over frame ``index`` of the segment, in place."""
        opacity = self.opacity(index)
        if opacity <= 0:
            return
        planes = i420.planes(frame)
        for plane, (area, samples, transparency) in enumerate(self._parts):
            below = planes[plane][area]
            above = cv2.add(cv2.multiply(below, transparency, scale=_UNIT), samples)
            below[...] = above if opacity >= 1 else cv2.addWeighted(below, 1 - opacity, above, opacity, 0)


def place_overlays(segment: Segment, local: Callable[[str], Path]) -> tuple[PlacedOverlay, ...]:
    """Return the segment's image overlays; ``local`` maps a storage key to a path. Raises ``BadMedia``."""
    return tuple(
        PlacedOverlay(_open_image(local(timed.key)), timed, segment)
        for timed in segment.overlays
        if timed.overlay.kind == "image" and timed.key
    )


def _open_image(path: Path) -> Pixels:
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadMedia("overlay", f"the image cannot be opened ({error})") from error


def _premultiplied(rgba: Pixels, size: tuple[int, int]) -> Floats:
    """Scale the image with RGB multiplied by alpha (0 … 1), so that transparent pixels do not bleed their colour."""
    alpha = rgba[..., 3:] / 255.0
    premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    interpolation = cv2.INTER_AREA if size[0] < rgba.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(premultiplied, size, interpolation=interpolation))


def _clip_to_frame(rgba: Floats, left: int, top: int, segment: Segment) -> tuple[Floats, int, int] | None:
    """Return the part inside the frame with its left and top position, or ``None`` when nothing is inside."""
    x, y = max(0, -left), max(0, -top)
    inside = rgba[y : segment.height - top, x : segment.width - left]
    return (inside, left + x, top + y) if inside.size else None


def _chroma_samples(plane: Floats) -> Floats:
    """Subsample to left-sited chroma: the mean of two rows, and of a column with half of each neighbour."""
    rows = (plane[0::2] + plane[1::2]) / 2
    padded = np.pad(rows, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, 0:-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4)


def _as_uint8(values: Floats) -> Pixels:
    return np.ascontiguousarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
