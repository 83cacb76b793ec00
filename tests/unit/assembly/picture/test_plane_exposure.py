"""Exposure of footage on its planes: the same curve as that of stills."""

from __future__ import annotations

import numpy as np
import pytest

from app.media.grading import expose_colour
from assembly.picture import i420
from assembly.picture.footage import copy_frame
from assembly.picture.plane_exposure import PlaneExposure
from schemas.exposure import Exposure

EXPOSURES = [Exposure(0.8), Exposure(-1.2), Exposure(0.3, 1.7)]


def exposed(exposure: Exposure, luma: int, cb: int, cr: int) -> tuple[int, int, int]:
    frame, out = i420.empty(4, 4), i420.empty(4, 4)
    for plane, level in zip(i420.planes(frame), (luma, cb, cr), strict=True):
        plane[:] = level
    PlaneExposure(exposure, 4, 4).before(copy_frame)(i420.planes(frame), out)
    y, u, v = (int(plane[0, 0]) for plane in i420.planes(out))
    return y, u, v


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_black_white_and_grey_stay_neutral(exposure: Exposure) -> None:
    assert exposed(exposure, 16, 128, 128) == (16, 128, 128)
    assert exposed(exposure, 235, 128, 128) == (235, 128, 128)


@pytest.mark.parametrize("exposure", EXPOSURES)
@pytest.mark.parametrize("rgb", [(0.5, 0.4, 0.35), (0.3, 0.35, 0.5), (0.6, 0.6, 0.6)])
def test_colour_is_that_of_an_exposed_still(exposure: Exposure, rgb: tuple[float, float, float]) -> None:
    def ycc(colour: tuple[float, float, float]) -> list[float]:
        red, green, blue = colour
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        return [16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748]

    levels = [round(level) for level in ycc(rgb)]
    assert exposed(exposure, *levels) == pytest.approx(ycc(expose_colour(exposure, rgb)), abs=1.5)


def test_order_of_levels_stays() -> None:
    frame, out = i420.empty(256, 2), i420.empty(256, 2)
    i420.planes(frame)[0][:] = np.arange(256)
    PlaneExposure(Exposure(1.5, 2.0), 256, 2).before(copy_frame)(i420.planes(frame), out)
    assert (np.diff(i420.planes(out)[0][0].astype(int)) >= 0).all()
