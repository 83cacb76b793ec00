"""Reading and writing WAV files in memory."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np

from audio.levels import RATE, Samples


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write 16-bit samples, mono or stereo according to their shape, clipped at full scale."""
    import soundfile

    soundfile.write(path, np.clip(samples, -1.0, 1.0), rate, subtype="PCM_16", format="WAV")


def read_wav(path: Path) -> tuple[Samples, int]:
    """Return float32 samples, ``(samples,)`` for mono or ``(samples, channels)``, and their rate."""
    import soundfile

    samples, rate = soundfile.read(path, dtype="float32")
    return cast(Samples, samples), int(rate)
