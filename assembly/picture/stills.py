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
from schemas.clip import Motion, Window

Matrix = npt.NDArray[np.float64]


def open_still(path: Path) -> Pixels:
    """Return the plate stored at ``path``, memory-mapped: processes that read it share its pages."""
    return np.asarray(np.load(path, mmap_mode="r"))


def widest_window(plate_width: int, plate_height: int, width: int, height: int) -> Window:
    """Return the largest centred window with the frame's aspect ratio inside the plate."""
    return Window(0.5, 0.5, min(1.0, (plate_height * width) / (height * plate_width)))


class Still:
    """``of`` frames of ``width`` × ``height`` from an I420 ``plate``, over which ``motion`` moves the window.

    Without a motion the widest window is shown. Raises ``ValueError`` for a plate or a frame of odd size.
    """

    def __init__(self, plate: Pixels, motion: Motion | None, width: int, height: int, of: int) -> None:
        self._plate_size = i420.size(plate)
        full = widest_window(*self._plate_size, width, height)
        self.motion = motion or Motion("still", full, full)
        self.width, self.height, self.of = width, height, of
        self._planes = self._sampled_planes(plate)
        self._resting = self._resting_frame() if self.motion.start == self.motion.end else None

    def window(self, index: int) -> Window:
        """Return the window of frame ``index``: the first frame shows the motion's start, the last one its end."""
        return self.motion.window_at(index / (self.of - 1) if self.of > 1 else 0.0)

    def frame(self, index: int, out: Pixels) -> None:
        """Write frame ``index`` into ``out``, an I420 buffer of the frame's size."""
        if self._resting is not None:
            np.copyto(out, self._resting)
        else:
            self._read(self.window(index), out)

    def _sampled_planes(self, plate: Pixels) -> tuple[Plane, ...]:
        largest_step = max(self.motion.start.width, self.motion.end.width) * self._plate_size[0] / self.width
        full, half = (self.width, self.height), (self.width // 2, self.height // 2)
        sizes = (full, half, half)
        return tuple(Plane(pixels, size, largest_step) for pixels, size in zip(i420.planes(plate), sizes, strict=True))

    def _resting_frame(self) -> Pixels:
        # All frames of a motionless camera are equal; one is rendered.
        frame = i420.empty(self.width, self.height)
        self._read(self.motion.start, frame)
        return frame

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
