"""Moving stills: frames of a plate along a camera motion, rendered in the process that feeds the encoder.

Each plane is read by itself with sub-pixel linear sampling, so the path is as smooth as its formula. No large arrays
are allocated per frame. Callers that run several encoders in parallel call ``cv2.setNumThreads(1)`` first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.sampling import Plane
from schemas.clip import CameraPath, CameraShot, Motion, Window

Matrix = npt.NDArray[np.float64]


def open_still(path: Path) -> Pixels:
    """Return the plate stored at ``path``, memory-mapped: processes that read it share its pages."""
    return np.asarray(np.load(path, mmap_mode="r"))


def widest_window(plate_width: int, plate_height: int, width: int, height: int) -> Window:
    """Return the largest centred window with the frame's aspect ratio inside the plate."""
    return Window(0.5, 0.5, min(1.0, (plate_height * width) / (height * plate_width)))


class Still:
    """Frames of ``width`` × ``height`` from an I420 ``plate``, over which the window moves along ``path``.

    Without a path the widest window is shown. Raises ``ValueError`` for a plate or a frame of odd size.
    """

    def __init__(self, plate: Pixels, path: CameraPath | None, width: int, height: int) -> None:
        self._plate_size = i420.size(plate)
        full = widest_window(*self._plate_size, width, height)
        self.path = path or CameraPath((CameraShot(0, Motion("still", full, full)),), 1)
        self.width, self.height = width, height
        self._planes = self._sampled_planes(plate)
        self._window: Window | None = None
        self._frame = i420.empty(width, height) if self._has_resting_shot() else None

    def frame(self, index: int, out: Pixels) -> None:
        """Write frame ``index`` into ``out``, an I420 buffer of the frame's size."""
        window = self.path.window_at(index)
        if self._frame is None:
            self._read(window, out)
            return
        # All frames of a motionless camera are equal; one is rendered.
        if window != self._window:
            self._read(window, self._frame)
            self._window = window
        np.copyto(out, self._frame)

    def _has_resting_shot(self) -> bool:
        return any(shot.motion.start == shot.motion.end for shot in self.path.shots)

    def _sampled_planes(self, plate: Pixels) -> tuple[Plane, ...]:
        largest_step = max(window.width for window in self.path.ends) * self._plate_size[0] / self.width
        full, half = (self.width, self.height), (self.width // 2, self.height // 2)
        sizes = (full, half, half)
        return tuple(Plane(pixels, size, largest_step) for pixels, size in zip(i420.planes(plate), sizes, strict=True))

    def _read(self, window: Window, out: Pixels) -> None:
        luma, chroma = sample_mappings(window, self._plate_size, (self.width, self.height))
        for plane, target, mapping in zip(self._planes, i420.planes(out), (luma, chroma, chroma), strict=True):
            plane.read(mapping[0, 2], mapping[1, 2], mapping[0, 0], target)


def sample_mappings(window: Window, plate: tuple[int, int], frame: tuple[int, int]) -> tuple[Matrix, Matrix]:
    """Return the maps from frame samples to plate samples, for luma and left-sited chroma, between sample centres.

    A frame sample ``X`` covers ``step`` plate samples around ``left + step * (X + ½) − ½``. Chroma sample ``(i, j)``
    lies at luma ``2i`` horizontally and ``2j + ½`` vertically, so its offset differs between the two directions.
    """
    step = window.width * plate[0] / frame[0]
    across = window.x * plate[0] - step * frame[0] / 2 + step / 2 - 0.5
    down = window.y * plate[1] - step * frame[1] / 2 + step / 2 - 0.5
    luma = np.array([[step, 0, across], [0, step, down]])
    chroma = np.array([[step, 0, across / 2], [0, step, (step / 2 + down - 0.5) / 2]])
    return luma, chroma
