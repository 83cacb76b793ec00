"""The still background of a layout: a gradient or a blurred picture, with the shadows of the panels on it."""

from __future__ import annotations

import cv2
import numpy as np

from engines.base import Shot
from engines.stills import backgrounds, pictures
from engines.stills.pictures import Rgb
from engines.stills.plates import grade_picture

# Of the shadow of a panel, in shares of the frame's shorter side: its softness and how far it lies below the panel.
_SHADOW_BLUR, _SHADOW_OFFSET = 0.022, 0.012
_SHADOW_OPACITY = 0.45
# A blurred background needs no more pixels of its picture than this side.
_BLURRED_SIDE = 480


def panel_background(shot: Shot) -> Rgb:
    """Return the background of the layout of ``shot`` in the size of the frame. Raises ``BadMedia``."""
    assert shot.layout is not None
    assert shot.panels is not None
    if shot.layout.background == "blur" and shot.picture:
        small = pictures.open_picture(shot.picture, _small_size)
        graded = grade_picture(small, shot.preset.grade, shot.scene.media.correction)
        rgb = backgrounds.card_background(graded, shot.width, shot.height, shot.preset.palette[0])
    else:
        rgb = backgrounds.gradient(shot.scene.media.colours or shot.preset.palette, shot.width, shot.height)
    return _with_shadows(rgb, shot) if shot.layout.shadow else rgb


def _small_size(size: pictures.Size) -> pictures.Size:
    scale = min(1.0, _BLURRED_SIDE / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _with_shadows(rgb: Rgb, shot: Shot) -> Rgb:
    side = min(shot.width, shot.height)
    shadow = np.zeros(rgb.shape[:2], np.float32)
    for area in shot.panels or ():
        left, top, width, height = area.even_box(shot.width, shot.height)
        offset = round(_SHADOW_OFFSET * side)
        cv2.rectangle(shadow, (left, top + offset), (left + width - 1, top + height - 1 + offset), 1.0, -1)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), _SHADOW_BLUR * side), np.float32)
    return np.asarray(np.rint(rgb * (1 - _SHADOW_OPACITY * shadow[..., None])), np.uint8)
