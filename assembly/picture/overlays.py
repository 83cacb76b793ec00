"""Image overlays (logos, products): static images over the moving picture, scaled and converted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from app.core.errors import BadMedia, NotFound
from app.media.images.opening import open_image
from app.media.images.srgb import rgba_of
from app.media.images.stills import seek_full_frame
from app.media.probe.facts import DECODE_ERRORS
from app.media.visibility import Values, luminances, standing_out
from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.patch import Floats, Patch
from assembly.picture.shadows import with_shadow
from assembly.text.layout import place_box, safe_box
from schemas.segment import Segment, TimedOverlay

FADE_FRAMES = 6


# A plate behind an image that does not stand out: its margin as a share of the image's shorter side, its corners as a
# share of the margin, and the grey levels of a light, a dark and a middle one.
MARGIN, ROUNDNESS = 0.18, 0.9
PLATES = (245, 16, 118)
OPACITY = 0.94
# An image needs no plate if this share of it stands out without.
ENOUGH = 0.9
OPAQUE = 0.5
# The radius of the corners of a photograph over the picture, as a share of the frame's shorter side.
CORNER_RADIUS = 0.03

# Returns a few frames of the segment without overlays.
SampleFrames = Callable[[], Sequence[Pixels]]


class PlacedOverlay:
    """An image at its position.

    The overlay's ``scale`` 1 is the largest size that fits its zone: the safe zone, or that of images with a shadow.
    Frames ``[first, first + frames)`` show the image; it fades in and out. One with a shadow has round corners if it
    fills its rectangle; another one that does not stand out from the ``samples`` lies on a plate.
    """

    def __init__(self, rgba: Pixels, timed: TimedOverlay, segment: Segment, samples: Sequence[Pixels] = ()) -> None:
        self.first, self.frames = timed.first, timed.frames
        self.has_shadow = timed.overlay.shadow
        own = segment.image_zone if timed.overlay.shadow else None
        zone = safe_box(own or segment.safe_zone, segment.width, segment.height)
        factor = min(zone.width / rgba.shape[1], zone.height / rgba.shape[0]) * timed.overlay.scale
        box = place_box(timed.overlay.position, rgba.shape[1] * factor, rgba.shape[0] * factor, zone)
        left, top = (round(v / 2) * 2 for v in (box.left, box.top))
        size = (max(2, round(box.width / 2) * 2), max(2, round(box.height / 2) * 2))
        image = _premultiplied(rgba, size)
        side = min(segment.width, segment.height)
        margin = 0
        if timed.overlay.shadow:
            image, margin = with_shadow(_with_round_corners(image, side), side)
        elif level := plate_level(image, left, top, samples):
            margin = max(0, min(round(MARGIN * min(size) / 2) * 2, left // 2 * 2, top // 2 * 2))
            image = _on_plate(image, margin, level)
        self._patch = Patch(image, left - margin, top - margin, (segment.width, segment.height))

    def opacity(self, index: int) -> float:
        """Return the image's opacity (0 … 1) in frame ``index`` of the segment."""
        elapsed, remaining = index - self.first + 1, self.first + self.frames - index
        return max(0.0, min(1.0, elapsed / FADE_FRAMES, remaining / FADE_FRAMES))

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the image over frame ``index`` of the segment, in place."""
        self._patch.draw(frame, self.opacity(index))


def plate_level(image: Floats, left: int, top: int, samples: Sequence[Pixels]) -> int | None:
    """Return the grey level of the plate that makes most of a premultiplied image visible on the frames.

    ``None`` if the image stands out from the frames as well.
    """
    if not samples:
        return None
    image, left, top = _inside(image, left, top, i420.size(samples[0]))
    alpha = image[..., 3].astype(np.float64)
    weight = np.where(alpha >= OPAQUE, alpha, 0.0)
    if not weight.any():
        return None
    colours = np.clip(image[..., :3] / np.maximum(alpha, 1e-3)[..., None], 0, 255).astype(np.uint8)
    own = luminances(colours)
    grounds = [_ground(frame, left, top, own.shape) for frame in samples]
    without = min(standing_out(own, weight, ground, ground) for ground in grounds)
    if without >= ENOUGH:
        return None
    levels = {level: float(luminances(np.full(3, level, np.uint8))) for level in PLATES}
    shares = {level: standing_out(own, weight, ground, ground) for level, ground in levels.items()}
    best = max(shares, key=lambda level: shares[level])
    return best if shares[best] > without else None


def _inside(image: Floats, left: int, top: int, size: tuple[int, int]) -> tuple[Floats, int, int]:
    """Return the part of an image that lies inside a frame of this size, and its position."""
    width, height = size
    part = image[max(0, -top) : height - top, max(0, -left) : width - left]
    return part, max(0, left), max(0, top)


def _ground(frame: Pixels, left: int, top: int, shape: tuple[int, ...]) -> Values:
    """Return the luminance of the part of a frame that an image of this shape covers."""
    width, height = i420.size(frame)
    picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
    rgb = picture.reformat(width, height, "rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
    return luminances(rgb[top : top + shape[0], left : left + shape[1]])


def _on_plate(image: Floats, margin: int, level: int) -> Floats:
    """Return a premultiplied image on a plate of a grey level with round corners."""
    height, width = (side + 2 * margin for side in image.shape[:2])
    alpha = _round_rectangle(width, height, round(margin * ROUNDNESS))[..., None] * OPACITY
    plate = np.concatenate([np.repeat(alpha * level, 3, axis=2), alpha], axis=2)
    inside = plate[margin : height - margin, margin : width - margin]
    inside[:] = image + inside * (1 - image[..., 3:])
    return np.asarray(plate)


def _with_round_corners(image: Floats, side: int) -> Floats:
    """Return a premultiplied image with round corners if it fills its rectangle, such as a photograph."""
    height, width = image.shape[:2]
    corners = image[:: max(1, height - 1), :: max(1, width - 1), 3]
    if corners.min() < OPAQUE:
        return image
    return np.asarray(image * _round_rectangle(width, height, round(CORNER_RADIUS * side))[..., None])


def _round_rectangle(width: int, height: int, radius: int) -> Floats:
    """Return the coverage (0 … 1) of a rectangle with round corners that fills an area of this size."""
    coverage = np.zeros((height, width), np.uint8)
    cv2.rectangle(coverage, (radius, 0), (width - 1 - radius, height - 1), 255, cv2.FILLED)
    cv2.rectangle(coverage, (0, radius), (width - 1, height - 1 - radius), 255, cv2.FILLED)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(coverage, (x, y), radius, 255, cv2.FILLED, cv2.LINE_AA)
    return np.asarray(coverage.astype(np.float64) / 255)


def place_overlays(
    segment: Segment, local: Callable[[str], Path], sample: SampleFrames = tuple
) -> tuple[PlacedOverlay, ...]:
    """Return the segment's image overlays; ``local`` maps a storage key to a path.

    An image that cannot be opened is left out, see ``unreadable_overlays``.
    """
    images = [(timed, timed.key) for timed in segment.overlays if timed.overlay.kind == "image" and timed.key]
    samples = sample() if images else ()
    placed = []
    for timed, key in images:
        with suppress(BadMedia, NotFound):
            placed.append(PlacedOverlay(_open_image(local(key)), timed, segment, samples))
    return tuple(placed)


def unreadable_overlays(segments: Iterable[Segment], local: Callable[[str], Path]) -> dict[str, str]:
    """Return why the images of overlays cannot be opened, by asset id; empty if all can."""
    timed = {each.overlay.asset: each.key for segment in segments for each in segment.overlays if each.key}
    reasons = {}
    for asset, key in timed.items():
        try:
            _open_image(local(key))
        except BadMedia as error:
            reasons[asset or ""] = str(error.reason)
        except NotFound:
            reasons[asset or ""] = "it is no longer stored"
    return reasons


def _open_image(path: Path) -> Pixels:
    try:
        with open_image(path, "overlay") as user_image:
            if getattr(user_image.image, "is_animated", False):
                seek_full_frame(user_image.image)
            return np.asarray(user_image.upright(rgba_of(user_image.image)))
    except (*DECODE_ERRORS, Image.DecompressionBombError) as error:
        raise BadMedia("overlay", f"the image cannot be opened ({type(error).__name__})") from error


def _premultiplied(rgba: Pixels, size: tuple[int, int]) -> Floats:
    """Scale the image with RGB multiplied by alpha (0 … 1), so that transparent pixels do not bleed their colour."""
    alpha = rgba[..., 3:] / 255.0
    premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    interpolation = cv2.INTER_AREA if size[0] < rgba.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(premultiplied, size, interpolation=interpolation))
