"""Image overlays (logos, products): static images over the moving picture, scaled and converted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from app.core.errors import BadMedia, NotFound
from app.media.images.opening import open_image
from app.media.probe.facts import DECODE_ERRORS
from assembly.picture.i420 import Pixels
from assembly.picture.patch import Floats, Patch
from assembly.text.layout import place_box, safe_box
from schemas.segment import Segment, TimedOverlay

FADE_FRAMES = 6


class PlacedOverlay:
    """An image at its position.

    The overlay's ``scale`` 1 is the largest size that fits the safe zone. Frames ``[first, first + frames)`` show the
    image; it fades in and out.
    """

    def __init__(self, rgba: Pixels, timed: TimedOverlay, segment: Segment) -> None:
        self.first, self.frames = timed.first, timed.frames
        zone = safe_box(segment.safe_zone, segment.width, segment.height)
        factor = min(zone.width / rgba.shape[1], zone.height / rgba.shape[0]) * timed.overlay.scale
        box = place_box(timed.overlay.position, rgba.shape[1] * factor, rgba.shape[0] * factor, zone)
        left, top = (round(v / 2) * 2 for v in (box.left, box.top))
        size = (max(2, round(box.width / 2) * 2), max(2, round(box.height / 2) * 2))
        self._patch = Patch(_premultiplied(rgba, size), left, top, (segment.width, segment.height))

    def opacity(self, index: int) -> float:
        """Return the image's opacity (0 … 1) in frame ``index`` of the segment."""
        elapsed, remaining = index - self.first + 1, self.first + self.frames - index
        return max(0.0, min(1.0, elapsed / FADE_FRAMES, remaining / FADE_FRAMES))

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the image over frame ``index`` of the segment, in place."""
        self._patch.draw(frame, self.opacity(index))


def place_overlays(segment: Segment, local: Callable[[str], Path]) -> tuple[PlacedOverlay, ...]:
    """Return the segment's image overlays; ``local`` maps a storage key to a path.

    An image that cannot be opened is left out, see ``unreadable_overlays``.
    """
    placed = []
    for timed in segment.overlays:
        if timed.overlay.kind == "image" and timed.key:
            with suppress(BadMedia, NotFound):
                placed.append(PlacedOverlay(_open_image(local(timed.key)), timed, segment))
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
            return np.asarray(user_image.upright(user_image.image).convert("RGBA"))
    except (*DECODE_ERRORS, Image.DecompressionBombError) as error:
        raise BadMedia("overlay", f"the image cannot be opened ({type(error).__name__})") from error


def _premultiplied(rgba: Pixels, size: tuple[int, int]) -> Floats:
    """Scale the image with RGB multiplied by alpha (0 … 1), so that transparent pixels do not bleed their colour."""
    alpha = rgba[..., 3:] / 255.0
    premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    interpolation = cv2.INTER_AREA if size[0] < rgba.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(premultiplied, size, interpolation=interpolation))
