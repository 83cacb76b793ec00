"""Making a piece of music longer without a seam: it jumps back where it sounds as it did before.

The jump is searched for by ear first (energy in bands, twenty milliseconds a frame) and then on the waveform, so that
beats stay beats and phases meet; an equal-power crossfade, corrected for how alike both sides are, hides the rest.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from audio.levels import RATE, Samples

FRAME_SAMPLES = RATE // 50
BANDS = 24
STRIDE_FRAMES = 2  # frames from one end that is tried to the next
COMPARED_S = 2.0  # how much has to sound alike behind both ends of the jump
ENTRY_RANGE_S, EXIT_RANGE_S = 8.0, 12.0  # where the jump may land, and how long before the end it may leave
FADE_S = 0.6
ALIGNMENT_RANGE_S = 0.025


@dataclass(frozen=True, slots=True)
class Jump:
    """At sample ``leave`` it goes on at ``enter``, over a crossfade of ``fade`` samples."""

    enter: int
    leave: int
    fade: int


def extend(piece: Samples, count: int) -> Samples:
    """``count`` samples of stereo ``piece``, repeated as often as needed; silence when there is nothing to repeat."""
    if len(piece) >= count:
        return piece[:count]
    if len(piece) < 2:
        return np.zeros((count, 2), np.float32)
    jump = best_jump(piece)
    round_trip = _loop_body(piece, jump)
    missing = count - jump.leave
    times = -(-missing // len(round_trip)) if missing > 0 else 0
    return cast(Samples, np.concatenate([piece[: jump.leave], *[round_trip] * times])[:count])


def _loop_body(piece: Samples, jump: Jump) -> Samples:
    """From the crossfade at ``leave`` to just before the next one: what is repeated."""
    old, new = piece[jump.leave : jump.leave + jump.fade], piece[jump.enter : jump.enter + jump.fade]
    return np.concatenate([crossfade(old, new), piece[jump.enter + jump.fade : jump.leave]])


def crossfade(old: Samples, new: Samples) -> Samples:
    """Equal power for strangers, equal gain for twins: the sum is divided by what their correlation would add."""
    angle = (np.arange(len(old)) + 0.5) / max(1, len(old)) * np.pi / 2
    alike = correlation(old, new)
    power = np.sqrt(1 + max(0.0, alike) * np.sin(2 * angle))
    fade_out, fade_in = (np.cos(angle) / power)[:, None], (np.sin(angle) / power)[:, None]
    return (old * fade_out + new * fade_in).astype(np.float32)


def correlation(one: Samples, other: Samples) -> float:
    """Correlation −1 … 1."""
    norm = float(np.sqrt((one.astype(np.float64) ** 2).sum() * (other.astype(np.float64) ** 2).sum()))
    return float((one.astype(np.float64) * other).sum()) / norm if norm > 0 else 0.0


def best_jump(piece: Samples) -> Jump:
    """The jump that is heard least; short pieces are simply joined end to end."""
    heard = features(piece)
    window = round(COMPARED_S * RATE) // FRAME_SAMPLES
    entries = min(round(ENTRY_RANGE_S * RATE) // FRAME_SAMPLES, len(heard) // 4)
    exits = len(heard) - max(len(heard) * 2 // 3, len(heard) - round(EXIT_RANGE_S * RATE) // FRAME_SAMPLES) - window
    if entries < 1 or exits < 1:
        fade = max(1, min(round(FADE_S * RATE), len(piece) // 4))
        return Jump(0, len(piece) - fade, fade)
    first_exit = len(heard) - window - exits
    enter, leave = most_similar_frames(heard, window, entries, range(first_exit, first_exit + exits))
    return _align_waveforms(piece, enter * FRAME_SAMPLES, leave * FRAME_SAMPLES)


def features(piece: Samples) -> NDArray[np.float32]:
    """``(frames, bands)``: loudness in dB of 24 bands from 50 Hz to 10 kHz every 20 ms."""
    mono = piece.mean(axis=1)
    count = len(mono) // FRAME_SAMPLES
    spectra = (
        np.abs(
            np.fft.rfft(mono[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES) * np.hanning(FRAME_SAMPLES), axis=1)
        )
        ** 2
    )
    edges = np.searchsorted(np.fft.rfftfreq(FRAME_SAMPLES, 1 / RATE), np.geomspace(50, 10_000, BANDS + 1))
    bands = [spectra[:, low : max(low + 1, high)].mean(axis=1) for low, high in itertools.pairwise(edges)]
    return (10 * np.log10(np.stack(bands, axis=1) + 1e-6)).astype(np.float32)


def most_similar_frames(heard: NDArray[np.float32], window: int, entries: int, exits: range) -> tuple[int, int]:
    """The frames ``(enter, leave)`` behind which ``window`` frames differ least; of equal ones the first.

    Every second frame is tried at either end, and every fourth frame compared. The mean difference of two windows is
    the sum along a diagonal of the table of differences between single frames, which is made once.
    """
    enters, leaves = np.arange(0, entries, STRIDE_FRAMES), np.arange(exits.start, exits.stop, STRIDE_FRAMES)
    apart = np.zeros((len(enters), len(leaves)))
    table = _frame_differences(
        heard[: entries + window : STRIDE_FRAMES], heard[exits.start : exits.stop + window : STRIDE_FRAMES]
    )
    for shift in range(0, -(-window // STRIDE_FRAMES), 2):
        apart += table[shift : shift + len(enters), shift : shift + len(leaves)]
    enter, leave = np.unravel_index(int(np.argmin(apart)), apart.shape)
    return int(enters[enter]), int(leaves[leave])


def _frame_differences(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum over the bands of how far each frame of ``one`` is from each of ``other``, in dB."""
    table = np.zeros((len(one), len(other)))
    for band in range(one.shape[1]):
        table += np.abs(one[:, None, band] - other[None, :, band])
    return table


def _align_waveforms(piece: Samples, enter: int, leave: int) -> Jump:
    """Moves the exit by up to 25 ms to where both waveforms agree best, and begins the fade there."""
    from scipy.signal import correlate

    fade, near = round(FADE_S * RATE), round(ALIGNMENT_RANGE_S * RATE)
    wanted = piece[enter : enter + fade].mean(axis=1)
    low = max(0, leave - near)
    there = piece[low : leave + near + fade].mean(axis=1)
    if len(there) < len(wanted):
        return Jump(enter, leave, fade)
    agreement = correlate(there, wanted, "valid", "fft")
    return Jump(enter, low + int(np.argmax(agreement)), fade)
