"""How far the camera's path in the frame is from the path it should take."""

from __future__ import annotations

import numpy as np

from assembly.picture import i420
from assembly.picture.stills import Still
from schemas.clip import CameraPath, CameraShot, Motion, Window
from tests.bench.figures import Figure

PLATE = (1600, 2400)
FRAME = (1080, 1920)
FRAMES = 90
DOT = (820.0, 1180.0)
RADIUS = 9.0
MOTIONS = (
    Motion("push_in", Window(0.5, 0.5, 0.8), Window(0.52, 0.49, 0.69)),
    Motion("pan_left", Window(0.42, 0.5, 0.69), Window(0.58, 0.5, 0.69)),
    Motion("drift", Window(0.47, 0.46, 0.75), Window(0.54, 0.53, 0.7)),
)


def measure(_short: bool) -> list[Figure]:
    """Draw a soft dot on the plate and compare its centre in each frame with the position that the motion gives."""
    plate = _plate()
    worst = max(_rms_error_px(plate, motion) for motion in MOTIONS)
    return [Figure("jitter of a moving still, RMS", worst, "px", 0.08, note="worst of zoom, pan and drift, 1080p")]


def _plate() -> i420.Pixels:
    plate = i420.empty(*PLATE)
    luma, blue, red = i420.planes(plate)
    x, y = np.meshgrid(np.arange(PLATE[0]), np.arange(PLATE[1]))
    distance = (x - DOT[0]) ** 2 + (y - DOT[1]) ** 2
    luma[:] = np.rint(16 + 200 * np.exp(-distance / (2 * RADIUS**2)))
    blue[:] = red[:] = 128
    return plate


def _rms_error_px(plate: i420.Pixels, motion: Motion) -> float:
    still = Still(plate, CameraPath((CameraShot(0, motion),), FRAMES), *FRAME)
    out = i420.empty(*FRAME)
    errors = []
    for index in range(FRAMES):
        still.frame(index, out)
        centre, expected = _centre(i420.planes(out)[0]), _expected_centre(motion.window_at(index / (FRAMES - 1)))
        errors.append((centre[0] - expected[0]) ** 2 + (centre[1] - expected[1]) ** 2)
    return float(np.sqrt(np.mean(errors)))


def _expected_centre(window: Window) -> tuple[float, float]:
    """The dot's centre in a frame that shows ``window`` of the plate; integer coordinates are centres of samples."""
    width = window.width * PLATE[0]
    scale = FRAME[0] / width
    left, top = window.x * PLATE[0] - width / 2, window.y * PLATE[1] - FRAME[1] / scale / 2
    return (DOT[0] + 0.5 - left) * scale - 0.5, (DOT[1] + 0.5 - top) * scale - 0.5


def _centre(luma: np.ndarray) -> tuple[float, float]:
    weight = luma.astype(np.float64) - 16
    weight[weight < 3] = 0
    total = weight.sum()
    return (
        float((weight.sum(axis=0) * np.arange(luma.shape[1])).sum() / total),
        float((weight.sum(axis=1) * np.arange(luma.shape[0])).sum() / total),
    )
