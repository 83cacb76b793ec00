"""The tone of a picture: its luma at the points of a grid."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engines.stills.pictures import Rgb
from schemas.subjects import Tone

# Points along each side of a picture, and of a frame of a video, of which there are many.
PICTURE_SIDE, FRAME_SIDE = 48, 24
# Each point is the mean of this share of the distance to the next one, so that grain does not count.
_MEAN_SHARE = 4
# ITU-R BT.709.
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def tone_of(rgb: Rgb, side: int = PICTURE_SIDE) -> Tone:
    """Return the tone of a picture without alpha."""
    fine = (side * _MEAN_SHARE, side * _MEAN_SHARE)
    points = cv2.resize(rgb, fine, interpolation=cv2.INTER_AREA)[_MEAN_SHARE // 2 :: _MEAN_SHARE]
    luma = points[:, _MEAN_SHARE // 2 :: _MEAN_SHARE].astype(np.float64) @ _LUMA
    return Tone(side, np.rint(luma).astype(np.uint8).tobytes().hex())


def median_tone(tones: Sequence[Tone]) -> Tone:
    """Return the tone with the median luma of ``tones``, which have one size, at each point."""
    points = np.array([list(bytes.fromhex(tone.luma)) for tone in tones])
    return Tone(tones[0].side, np.rint(np.median(points, axis=0)).astype(np.uint8).tobytes().hex())
