"""Word times for sound that has none of its own: the best aligner that is installed and manages it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from app.core.config import Settings, settings
from app.core.errors import ProviderRefused, Unconfigured
from app.core.plugins import scan
from audio.levels import Samples
from audio.words import Seconds, settled
from schemas.speech import METHODS, Word


class Aligner(Protocol):
    """Finds words in sound. ``name`` is one of the methods of ``schemas.speech``; ``confidence`` lies in 0 … 1."""

    @property
    def name(self) -> str: ...

    @property
    def confidence(self) -> float: ...

    def find(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> Sequence[Seconds | None]:
        """One span in seconds for each word, ``None`` for what has no sound.

        Raises ``ProviderRefused`` (this language, this sound) or ``Unconfigured``: the next one is asked.
        """


@dataclass(frozen=True, slots=True)
class Aligned:
    words: tuple[Word, ...]
    method: str
    confidence: float


def aligned(
    samples: Samples, rate: int, words: Sequence[str], language: str, by: Iterable[Aligner] | None = None
) -> Aligned:
    """When each of ``words`` sounds in mono ``samples``, by the first of ``by`` (default: all installed) that can."""
    length_ms = len(samples) * 1000 // rate
    for aligner in by if by is not None else aligners():
        try:
            spans = aligner.find(samples, rate, words, language)
        except (ProviderRefused, Unconfigured):
            continue
        return Aligned(settled(words, spans, length_ms), aligner.name, aligner.confidence)
    return Aligned(settled(words, [None] * len(words), length_ms), "text", 0.0)


def aligners() -> tuple[Aligner, ...]:
    """Those of the folder and of other packages, the most exact first."""
    return _built(settings())


@lru_cache(maxsize=1)
def _built(chosen: Settings) -> tuple[Aligner, ...]:
    found = scan("audio.aligners", "pytoon.aligners")
    built: list[Aligner] = []
    for name in sorted(found, key=_rank):
        try:
            built.append(found[name]().build(chosen))
        except Unconfigured:  # an extra that is not installed
            continue
    return tuple(built)


def _rank(name: str) -> tuple[float, str]:
    """``METHODS`` is in order of exactness; a stranger comes before the one that only guesses."""
    guess = METHODS.index("proportional")
    return (METHODS.index(name) if name in METHODS else guess - 0.5), name
