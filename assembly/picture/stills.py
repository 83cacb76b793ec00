"""Stills in motion: the frames of a plate as the camera goes over it, made where they are encoded.

Each plane is read by itself with sub-pixel linear sampling, so the path is as smooth as its formula. Nothing large is
allocated per frame. Whoever runs several encoders side by side calls ``cv2.setNumThreads(1)`` first.
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
    """The plate kept at ``path``, mapped into memory: its pages are shared by all who read it."""
    return np.asarray(np.load(path, mmap_mode="r"))


def widest(plate_width: int, plate_height: int, width: int, height: int) -> Window:
    """The largest centred window of the frame's aspect that the plate holds."""
    return Window(0.5, 0.5, min(1.0, (plate_height * width) / (height * plate_width)))


class Still:
    """``of`` frames of ``width`` × ``height``, made from an I420 ``plate`` on which ``motion`` moves the window.

    Raises ``ValueError`` when the plate or the frame has no even size. Without a motion the widest window stays.
    """

    def __init__(self, plate: Pixels, motion: Motion | None, width: int, height: int, of: int) -> None:
        self._plate_size = i420.size(plate)
        full = widest(*self._plate_size, width, height)
        self.motion = motion or Motion("still", full, full)
        self.width, self.height, self.of = width, height, of
        self._planes = self._readable(plate)
        self._resting = self._rest() if self.motion.start == self.motion.end else None

    def window(self, index: int) -> Window:
        """Where the camera is at frame ``index``: the first frame shows the start, the last one the end."""
        return self.motion.at(index / (self.of - 1) if self.of > 1 else 0.0)

    def frame(self, index: int, out: Pixels) -> None:
        """Writes frame ``index`` into ``out``, an I420 buffer of the frame's size."""
        if self._resting is not None:
            np.copyto(out, self._resting)
        else:
            self._read(self.window(index), out)

    def _readable(self, plate: Pixels) -> tuple[Plane, ...]:
        longest = max(self.motion.start.width, self.motion.end.width) * self._plate_size[0] / self.width
        whole, half = (self.width, self.height), (self.width // 2, self.height // 2)
        sizes = (whole, half, half)
        return tuple(Plane(pixels, size, longest) for pixels, size in zip(i420.planes(plate), sizes, strict=True))

    def _rest(self) -> Pixels:
        # A camera at rest sees one frame: make it once.
        frame = i420.empty(self.width, self.height)
        self._read(self.motion.start, frame)
        return frame

    def _read(self, window: Window, out: Pixels) -> None:
        luma, chroma = mappings(window, self._plate_size, (self.width, self.height))
        for plane, target, mapping in zip(self._planes, i420.planes(out), (luma, chroma, chroma), strict=True):
            plane.read(mapping[0, 2], mapping[1, 2], mapping[0, 0], target)


def mappings(window: Window, plate: tuple[int, int], frame: tuple[int, int]) -> tuple[Matrix, Matrix]:
    """From the frame's to the plate's samples, for luma and for left-sited chroma, both counted from sample centres.

    A frame sample ``X`` covers ``step`` plate samples around ``left + step * (X + ½) − ½``. Chroma sample ``i`` lies at
    luma ``2i`` across and at ``2j + ½`` down, which gives it another offset in each direction.
    """
    step = window.width * plate[0] / frame[0]
    across = window.x * plate[0] - step * frame[0] / 2 + step / 2 - 0.5
    down = window.y * plate[1] - step * frame[1] / 2 + step / 2 - 0.5
    luma = np.array([[step, 0, across], [0, step, down]])
    chroma = np.array([[step, 0, across / 2], [0, step, (step / 2 + down - 0.5) / 2]])
    return luma, chroma
