"""The composer's pitched instruments: each synthesises one note (mono float32 at 48 kHz, about full scale)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from audio.levels import Samples
from audio.music.waves import Curve, attack_ramp, fade_end, time_axis

RELEASE_S = 0.5
HIGHEST_HZ = 16_000


@lru_cache(maxsize=600)
def sustained_note(instrument: str, midi: int, length_ms: int, brightness: int, side: int) -> Samples:
    """Return a note of the given length; ``brightness`` in percent, ``side`` 0 or 1 for two that differ slightly."""
    return fade_end(_SUSTAINED[instrument](NoteSettings(midi, length_ms / 1000, brightness / 100, side)))


@lru_cache(maxsize=600)
def struck_note(instrument: str, midi: int) -> Samples:
    """Return a note that decays at the instrument's own rate."""
    return fade_end(_STRUCK[instrument](midi))


def instrument_kind(instrument: str) -> str:
    """Return "sustained", "struck" or "drum"."""
    return "sustained" if instrument in _SUSTAINED else "struck" if instrument in _STRUCK else "drum"


def _hz(midi: float) -> float:
    return float(440 * 2 ** ((midi - 69) / 12))


def _harmonics(t: Curve, hz: float, rolloff: float, count: int, damping: float = 0.0) -> Curve:
    """Return Σ sin(hωt + h²)/h^rolloff, in which harmonic h decays with exp(−h·damping·t).

    The sum is a polynomial in exp((iω − damping)t), evaluated by Horner's method.
    """
    order = np.arange(1, max(1, min(count, int(HIGHEST_HZ / hz))) + 1)
    weights = np.exp(1j * order**2) / order**rolloff
    phasor = np.exp((2j * np.pi * hz - damping) * t)
    tones = np.full_like(phasor, weights[-1])
    for weight in weights[-2::-1]:
        tones *= phasor
        tones += weight
    return cast(Curve, (tones * phasor).imag)


@dataclass(frozen=True, slots=True)
class NoteSettings:
    """Pitch, length, brightness and side of a sustained note."""

    midi: int
    length_s: float
    brightness: float
    side: int


def _detuned_trio(note: NoteSettings, attack_s: float, rolloff: float, count: int) -> Curve:
    """Return three equal tones a few cents apart, with a soft attack and a release."""
    t = time_axis(note.length_s + RELEASE_S)
    pitches = [note.midi + cents / 100 for cents in ((-7, 0, 5), (-4, 2, 8))[note.side]]
    tones = np.sum([_harmonics(t + n, _hz(pitch), rolloff, count) for n, pitch in enumerate(pitches)], axis=0) / 3
    release = np.clip((note.length_s + RELEASE_S - t) / RELEASE_S, 0, 1) ** 1.5
    return cast(Curve, tones * attack_ramp(t, min(attack_s, note.length_s / 2)) * release)


def _pad(note: NoteSettings) -> Curve:
    return _detuned_trio(note, 0.35, 2.4 - 0.8 * min(note.brightness, 1.2), 10)


def _strings(note: NoteSettings) -> Curve:
    return _detuned_trio(note, 0.6, 1.9 - 0.4 * note.brightness, 14)


def _saws(note: NoteSettings) -> Curve:
    return _detuned_trio(note, 0.03, 1.35 - 0.2 * min(note.brightness, 1.3), 30) * 0.7


def _bass(note: NoteSettings) -> Curve:
    t = time_axis(min(note.length_s, 2.0) + 0.25)
    return _harmonics(t, _hz(note.midi), 2.0, 5) * np.exp(-t * 1.3) * attack_ramp(t, 0.008) * _fade_out(t, 0.2)


def _growl(note: NoteSettings) -> Curve:
    t = time_axis(min(note.length_s, 0.4) + 0.03)
    rolloff = 1.5 - 0.25 * min(note.brightness, 1.4)
    return _harmonics(t, _hz(note.midi), rolloff, 18, 0.35) * np.exp(-t * 4) * attack_ramp(t, 0.003) * 0.7


def _fade_out(t: Curve, over_s: float) -> Curve:
    return cast(Curve, np.clip((t[-1] - t) / over_s, 0, 1))


def _keys(midi: int) -> Curve:
    """Return an electric piano: a sine, phase-modulated by a decaying sine of its own pitch, with a slow tremolo."""
    t = time_axis(1.8)
    tone = np.sin(2 * np.pi * _hz(midi) * t + 0.8 * np.exp(-t * 5) * np.sin(2 * np.pi * _hz(midi) * t))
    return tone * np.exp(-t * 2.2) * attack_ramp(t, 0.004) * (1 + 0.12 * np.sin(2 * np.pi * 4.5 * t))


def _piano(midi: int) -> Curve:
    t = time_axis(2.6)
    return _harmonics(t, _hz(midi), 1.5, 9, 0.9) * np.exp(-t * 1.1) * attack_ramp(t, 0.005)


def _pluck(midi: int) -> Curve:
    t = time_axis(0.7)
    return _harmonics(t, _hz(midi), 1.1, 12, 2.5) * np.exp(-t * 5) * attack_ramp(t, 0.002) * 0.7


def _synth(midi: int) -> Curve:
    t = time_axis(0.5)
    return _harmonics(t, _hz(midi), 1.0, 20, 1.2) * np.exp(-t * 7) * attack_ramp(t, 0.002) * 0.7


def _marimba(midi: int) -> Curve:
    """Return a marimba bar, whose second mode lies slightly less than two octaves above the first."""
    return _modes(midi, 0.9, ((1, 1, 6), (3.93, 0.35, 18)))


def _bell(midi: int) -> Curve:
    return _modes(midi, 2.2, ((1, 1, 2), (2.76, 0.5, 4), (5.4, 0.25, 8)))


def _modes(midi: int, length_s: float, modes: tuple[tuple[float, float, float], ...]) -> Curve:
    """Return a sum of modes, each (ratio to the first, amplitude, decay per second)."""
    t = time_axis(length_s)
    tones = [np.sin(2 * np.pi * _hz(midi) * ratio * t) * gain * np.exp(-t * decay) for ratio, gain, decay in modes]
    return cast(Curve, np.sum(tones, axis=0) * attack_ramp(t, 0.002))


_SUSTAINED: dict[str, Callable[[NoteSettings], Curve]] = {
    "pad": _pad,
    "strings": _strings,
    "saws": _saws,
    "bass": _bass,
    "growl": _growl,
}
_STRUCK: dict[str, Callable[[int], Curve]] = {
    "keys": _keys,
    "piano": _piano,
    "pluck": _pluck,
    "synth": _synth,
    "marimba": _marimba,
    "bell": _bell,
}
