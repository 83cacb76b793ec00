"""The espeak-ng library as one function: text in, samples and word events out.

The library keeps its state in globals, and its random generators continue from the previous text. It is therefore
loaded anew for every text, under a lock (about ten milliseconds), so that the same text always sounds the same.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.core.errors import ProviderRefused, Unconfigured
from audio.levels import Samples

_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_RATE_PARAMETER, _UTF8, _END_PAUSE = 1, 1, 0x1000
_LIST_END, _WORD = 0, 1
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class WordEvent:
    """The start of a word: ``at_s`` in the sound, ``position`` in the text (in characters)."""

    at_s: float
    position: int


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h; the last field is a union of eight bytes."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_int64),
    )


_SYNTH_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(slots=True)
class _SynthesisOutput:
    """The samples and word events that the library passes to its synthesis callback."""

    samples: list[Samples] = field(default_factory=list)
    events: list[WordEvent] = field(default_factory=list)

    def collect(self, wave: Any, count: int, events: Any) -> int:
        if count > 0 and wave:
            self.samples.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / np.float32(32768))
        index = 0
        while events[index].type != _LIST_END:
            if events[index].type == _WORD:
                self.events.append(WordEvent(events[index].audio_position / 1000, events[index].text_position - 1))
            index += 1
        return 0


def synthesise(text: str, voice: str, words_per_minute: int, seed: int) -> tuple[Samples, int, tuple[WordEvent, ...]]:
    """Return samples (mono float32), their rate, and the word events in order.

    Raises ``Unconfigured`` when the library cannot start and ``ProviderRefused`` when it has no such voice.
    """
    output = _SynthesisOutput()
    callback = _SYNTH_CALLBACK(output.collect)
    with _LOCK:
        library, rate = _load_library()
        try:
            library.espeak_SetSynthCallback(callback)
            if library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise ProviderRefused("espeak", f"it has no voice {voice!r}")
            library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
            _seed_generators(library, seed)
            data = text.replace("\0", " ").encode()
            library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8 | _END_PAUSE, None, None)
            library.espeak_Synchronize()
        finally:
            _unload_library(library)
    samples = np.concatenate(output.samples) if output.samples else np.zeros(0, np.float32)
    return samples, rate, tuple(output.events)


def _load_library() -> tuple[ctypes.CDLL, int]:
    """Return the initialised library and its sample rate. Raises ``Unconfigured``."""
    import espeakng_loader

    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = espeakng_loader.get_data_path().encode()
    except (OSError, RuntimeError) as error:
        raise Unconfigured("espeak", f"its library cannot be loaded ({error})") from error
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data_path, _DO_NOT_EXIT)
    if rate <= 0:
        _unload_library(library)
        raise Unconfigured("espeak", "its library does not find its data files")
    return library, int(rate)


def _unload_library(library: ctypes.CDLL) -> None:
    """Unload the library from the process, so that the next load starts with fresh globals."""
    import _ctypes

    library.espeak_Terminate()
    _ctypes.dlclose(library._handle)


def _seed_generators(library: ctypes.CDLL, seed: int) -> None:
    """Seed both generators of breath and flutter: the library's own and that of the C library."""
    library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
    ctypes.CDLL(None).srand(ctypes.c_uint(seed & 0xFFFFFFFF))
