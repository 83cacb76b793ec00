"""Extending a piece of music with a seamless loop: it jumps back to a place that sounds alike.

The jump is searched first by spectral energy (bands in frames of 20 ms) and then on the waveform, so that the beat
continues and phases match. An equal-power crossfade, corrected for the correlation of both sides, covers the jump.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from audio.levels import RATE, Samples

FRAME_SAMPLES = RATE // 50
BANDS = 24
STRIDE_FRAMES = 2  # between two candidates for an end of the jump
COMPARED_S = 2.0  # length that is compared after both ends of the jump
ENTRY_RANGE_S, EXIT_RANGE_S = 8.0, 12.0  # the jump lands within the first and leaves within the last seconds
FADE_S = 0.6
ALIGNMENT_RANGE_S = 0.025


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump from sample ``leave`` back to ``enter``, with a crossfade of ``fade`` samples."""

    enter: int
    leave: int
    fade: int


def extend(piece: Samples, count: int, jump: Jump | None = None) -> Samples:
    """Return ``count`` samples of stereo ``piece``, looped as often as needed; silence for an empty piece.

    A ``jump`` that is given is taken as soon as it is reached; otherwise one is searched if the piece is too short.
    """
    if len(piece) >= count and (jump is None or count <= jump.leave):
        return piece[:count]
    if len(piece) < 2:
        return np.zeros((count, 2), np.float32)
    jump = jump or best_jump(piece)
    loop = _loop_body(piece, jump)
    missing = count - jump.leave
    repeats = -(-missing // len(loop)) if missing > 0 else 0
    return cast(Samples, np.concatenate([piece[: jump.leave], *[loop] * repeats])[:count])


def _loop_body(piece: Samples, jump: Jump) -> Samples:
    """Return the repeated part, from the crossfade at ``leave`` to just before the next one."""
    old, new = piece[jump.leave : jump.leave + jump.fade], piece[jump.enter : jump.enter + jump.fade]
    return np.concatenate([crossfade(old, new), piece[jump.enter + jump.fade : jump.leave]])


def crossfade(old: Samples, new: Samples) -> Samples:
    """Return a crossfade of constant level: equal power for uncorrelated sounds, equal gain for identical ones.

    The equal-power sum is divided by the gain that the correlation of both sounds adds.
    """
    angle = (np.arange(len(old)) + 0.5) / max(1, len(old)) * np.pi / 2
    power = np.sqrt(1 + max(0.0, correlation(old, new)) * np.sin(2 * angle))
    fade_out, fade_in = (np.cos(angle) / power)[:, None], (np.sin(angle) / power)[:, None]
    return (old * fade_out + new * fade_in).astype(np.float32)


def correlation(first: Samples, second: Samples) -> float:
    """Return the correlation, −1 … 1; 0 when one of both is silent."""
    norm = float(np.sqrt((first.astype(np.float64) ** 2).sum() * (second.astype(np.float64) ** 2).sum()))
    return float((first.astype(np.float64) * second).sum()) / norm if norm > 0 else 0.0


def best_jump(piece: Samples) -> Jump:
    """Return the least audible jump; a short piece jumps from its end to its start."""
    frames = features(piece)
    window = round(COMPARED_S * RATE) // FRAME_SAMPLES
    entries = min(round(ENTRY_RANGE_S * RATE) // FRAME_SAMPLES, len(frames) // 4)
    exits = len(frames) - max(len(frames) * 2 // 3, len(frames) - round(EXIT_RANGE_S * RATE) // FRAME_SAMPLES) - window
    if entries < 1 or exits < 1:
        fade = max(1, min(round(FADE_S * RATE), len(piece) // 4))
        return Jump(0, len(piece) - fade, fade)
    first_exit = len(frames) - window - exits
    enter, leave = most_similar_frames(frames, window, entries, range(first_exit, first_exit + exits))
    return _align_waveforms(piece, enter * FRAME_SAMPLES, leave * FRAME_SAMPLES)


def jump_between(piece: Samples, times_ms: Sequence[int]) -> Jump | None:
    """Return the least audible jump from one of ``times_ms`` (starts of bars) to another, so that the beat goes on.

    It lands within the first and leaves within the last seconds, as that of ``best_jump``; ``None`` if there is none.
    """
    frames = features(piece)
    window, length_s = round(COMPARED_S * RATE) // FRAME_SAMPLES, len(piece) / RATE
    starts = [ms for ms in times_ms if ms / 1000 <= min(ENTRY_RANGE_S, length_s / 4)]
    ends = [
        ms for ms in times_ms if max(length_s * 2 / 3, length_s - EXIT_RANGE_S) <= ms / 1000 < length_s - COMPARED_S
    ]
    if not starts or not ends:
        return None

    def difference(pair: tuple[int, int]) -> float:
        enter, leave = (ms * RATE // 1000 // FRAME_SAMPLES for ms in pair)
        return float(np.abs(frames[enter : enter + window] - frames[leave : leave + window]).mean())

    enter, leave = min(itertools.product(starts, ends), key=difference)
    return _align_waveforms(piece, enter * RATE // 1000, leave * RATE // 1000)


def fade_samples() -> int:
    """Return the length of the crossfade of a jump."""
    return round(FADE_S * RATE)


def features(piece: Samples) -> NDArray[np.float32]:
    """Return ``(frames, bands)``: the energy in dB of 24 bands from 50 Hz to 10 kHz every 20 ms."""
    mono = piece.mean(axis=1)
    count = len(mono) // FRAME_SAMPLES
    windowed = mono[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES) * np.hanning(FRAME_SAMPLES)
    spectra = np.abs(np.fft.rfft(windowed, axis=1)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(FRAME_SAMPLES, 1 / RATE), np.geomspace(50, 10_000, BANDS + 1))
    bands = [spectra[:, low : max(low + 1, high)].mean(axis=1) for low, high in itertools.pairwise(edges)]
    return (10 * np.log10(np.stack(bands, axis=1) + 1e-6)).astype(np.float32)


def most_similar_frames(frames: NDArray[np.float32], window: int, entries: int, exits: range) -> tuple[int, int]:
    """Return the frames ``(enter, leave)`` after which ``window`` frames differ least; of equal pairs the first.

    Every second frame is a candidate at both ends, and every fourth frame is compared. The difference of two windows is
    the sum along a diagonal of the table of differences between single frames, which is computed once.
    """
    enters, leaves = np.arange(0, entries, STRIDE_FRAMES), np.arange(exits.start, exits.stop, STRIDE_FRAMES)
    entry_frames = frames[: entries + window : STRIDE_FRAMES]
    exit_frames = frames[exits.start : exits.stop + window : STRIDE_FRAMES]
    table = _frame_differences(entry_frames, exit_frames)
    differences = np.zeros((len(enters), len(leaves)))
    for shift in range(0, -(-window // STRIDE_FRAMES), 2):
        differences += table[shift : shift + len(enters), shift : shift + len(leaves)]
    enter, leave = np.unravel_index(int(np.argmin(differences)), differences.shape)
    return int(enters[enter]), int(leaves[leave])


def _frame_differences(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the difference in dB, summed over the bands, of each frame of ``first`` and each of ``second``."""
    table = np.zeros((len(first), len(second)))
    for band in range(first.shape[1]):
        table += np.abs(first[:, None, band] - second[None, :, band])
    return table


def _align_waveforms(piece: Samples, enter: int, leave: int) -> Jump:
    """Return the jump with its exit moved by up to 25 ms to where both waveforms agree best."""
    from scipy.signal import correlate

    fade, max_shift = fade_samples(), round(ALIGNMENT_RANGE_S * RATE)
    entry = piece[enter : enter + fade].mean(axis=1)
    first_exit = max(0, leave - max_shift)
    exit_range = piece[first_exit : leave + max_shift + fade].mean(axis=1)
    if len(exit_range) < len(entry):
        return Jump(enter, leave, fade)
    agreement = correlate(exit_range, entry, "valid", "fft")
    return Jump(enter, first_exit + int(np.argmax(agreement)), fade)
