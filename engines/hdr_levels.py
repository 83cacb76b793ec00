"""The levels of HDR video on an SDR display, for what is found in its pictures; the film is converted by ffmpeg."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from engines.stills.pictures import Rgb

# ITU-T H.273 code points of the transfer characteristics.
PQ, HLG = 16, 18
# BT.2408: diffuse white, which is SDR white. BT.2100: the peak of an HLG display. BT.1886: the power of an SDR display.
_WHITE_NITS, _HLG_PEAK_NITS, _PQ_PEAK_NITS, _SDR_POWER = 203.0, 1000.0, 10_000.0, 2.4


def as_sdr(rgb: Rgb, transfer: int) -> Rgb:
    """Return a picture whose greys have the levels that the film shows; light above diffuse white is white."""
    return np.asarray(cv2.LUT(rgb, _levels(transfer)), np.uint8) if transfer in (PQ, HLG) else rgb


@lru_cache(maxsize=2)
def _levels(transfer: int) -> Rgb:
    code = np.arange(256) / 255
    if transfer == HLG:
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        nits = _HLG_PEAK_NITS * scene**1.2
    else:  # SMPTE ST 2084
        power = code ** (32 / 2523)
        ratio = np.maximum(power - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * power)
        nits = _PQ_PEAK_NITS * ratio ** (16384 / 2610)
    return np.asarray(np.rint(255 * np.minimum(1, nits / _WHITE_NITS) ** (1 / _SDR_POWER)), np.uint8)
