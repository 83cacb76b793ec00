"""The still background of a layout: a gradient or a blurred picture."""

from __future__ import annotations

from engines.base import Shot
from engines.stills import backgrounds, pictures
from engines.stills.pictures import Rgb
from engines.stills.plates import grade_picture

# A blurred background needs no more pixels of its picture than this side.
_BLURRED_SIDE = 480


def panel_background(shot: Shot) -> Rgb:
    """Return the background of the layout of ``shot`` in the size of the frame. Raises ``BadMedia``."""
    assert shot.layout is not None
    if shot.layout.background == "blur" and shot.picture:
        small = pictures.open_picture(shot.picture, _small_size)
        graded = grade_picture(small, shot.preset.grade, shot.scene.media.correction)
        return backgrounds.card_background(graded, shot.width, shot.height, shot.preset.palette[0])
    return backgrounds.gradient(shot.scene.media.colours or shot.preset.palette, shot.width, shot.height)


def _small_size(size: pictures.Size) -> pictures.Size:
    scale = min(1.0, _BLURRED_SIDE / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
