"""The still background of a layout, a gradient or a blurred picture, and the shape of the card on it."""

from __future__ import annotations

from dataclasses import replace

from engines.base import Shot
from engines.stills import backgrounds, pictures
from engines.stills.framing import Box, composite
from engines.stills.grounds import ground_of
from engines.stills.pictures import Rgb
from engines.stills.plates import grade_picture
from engines.stills.subject_facts import subjects_of_image
from schemas.region import Region

# A blurred background needs no more pixels of its picture than this side.
_BLURRED_SIDE = 480


def panel_background(shot: Shot) -> Rgb:
    """Return the background of the layout of ``shot`` in the size of the frame. Raises ``BadMedia``."""
    assert shot.layout is not None
    if shot.layout.background == "blur" and shot.picture:
        small = pictures.open_picture(shot.picture, _small_size)
        graded = grade_picture(small, shot.preset.grade, shot.scene.media.correction)
        return backgrounds.card_background(_opaque(graded, shot), shot.width, shot.height, shot.preset.palette[0])
    return backgrounds.gradient(shot.scene.media.colours or shot.preset.palette, shot.width, shot.height)


def _opaque(picture: pictures.Picture, shot: Shot) -> pictures.Picture:
    """Return a picture that can be seen through on its ground, which it also has in its card."""
    if picture.alpha is None:
        return picture
    ground = backgrounds.gradient(ground_of(picture, shot.preset.palette), picture.width, picture.height)
    return pictures.Picture(composite(picture, ground, Box(0, 0, picture.width, picture.height)), None)


def card_area(area: Region, shot: Shot) -> Region:
    """Return the part of ``area`` in which the picture of ``shot`` is as a card.

    It is all of it, or as much smaller as the picture has to be wider or higher to keep its subject. Raises
    ``BadMedia``.
    """
    asset, media = shot.asset, shot.scene.media
    if asset is None or shot.picture is None or not asset.width or not asset.height or media.fit or media.focus:
        return area
    subjects = subjects_of_image(shot.picture, asset.sha256, shot.store)
    ratio = asset.width / asset.height / (shot.width * area.width / (shot.height * area.height))
    width, height = replace(subjects, subject=media.subject or subjects.subject).card_of(ratio)
    left, top = area.left + area.width * (1 - width) / 2, area.top + area.height * (1 - height) / 2
    return Region(left, top, area.width * width, area.height * height)


def _small_size(size: pictures.Size) -> pictures.Size:
    scale = min(1.0, _BLURRED_SIDE / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
