"""WAV files to and from memory."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np

from audio.levels import RATE, Samples


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """16 bit, mono or stereo after the shape; what is above full scale is held there."""
    import soundfile

    soundfile.write(path, np.clip(samples, -1.0, 1.0), rate, subtype="PCM_16", format="WAV")


def read_wav(path: Path) -> tuple[Samples, int]:
    """Float32 ``(samples,)`` for mono or ``(samples, channels)``, and the rate."""
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32")
    return cast(Samples, samples), int(rate)
