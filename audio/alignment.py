"""Word times for sound that has none of its own: the best aligner that is installed and manages it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from app.core.config import Settings, settings
from app.core.errors import ProviderRefused, Unconfigured, UnusableAdapter
from app.core.plugins import Registry, not_implementing, registry
from audio.levels import Samples
from audio.words import Seconds, order_words
from schemas.speech import METHODS, Word

PACKAGE = "audio.aligners"
GROUP = "pytoon.aligners"


@runtime_checkable
class Aligner(Protocol):
    """Finds words in sound. ``name`` is one of the methods of ``schemas.speech``; ``confidence`` lies in 0 … 1."""

    @property
    def name(self) -> str: ...

    @property
    def confidence(self) -> float: ...

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> Sequence[Seconds | None]:
        """One span in seconds for each word, ``None`` for what has no sound.

        Raises ``ProviderRefused`` (this language, this sound) or ``Unconfigured``: the next one is asked.
        """


@dataclass(frozen=True, slots=True)
class Alignment:
    words: tuple[Word, ...]
    method: str
    confidence: float


def align_words(
    samples: Samples, rate: int, words: Sequence[str], language: str, by: Iterable[Aligner] | None = None
) -> Alignment:
    """When each of ``words`` sounds in mono ``samples``, by the first of ``by`` (default: all installed) that can."""
    length_ms = len(samples) * 1000 // rate
    for aligner in by if by is not None else aligners():
        try:
            spans = aligner.align(samples, rate, words, language)
        except (ProviderRefused, Unconfigured):
            continue
        return Alignment(order_words(words, spans, length_ms), aligner.name, aligner.confidence)
    return Alignment(order_words(words, [None] * len(words), length_ms), "text", 0.0)


def aligners() -> tuple[Aligner, ...]:
    """Those of the folder and of other packages, the most exact first."""
    present = build_aligners(settings()).present
    return tuple(present[name] for name in sorted(present, key=_exactness_rank))


@lru_cache(maxsize=1)
def build_aligners(chosen: Settings) -> Registry[Aligner]:
    """Every aligner that can be built here, and the reason for each that cannot."""
    return registry(PACKAGE, GROUP, chosen, _check_aligner)


def _check_aligner(name: str, adapter: object) -> Aligner:
    if not isinstance(adapter, Aligner):
        raise not_implementing("an Aligner", name, adapter)
    if adapter.name not in METHODS:
        raise UnusableAdapter(name, f"its method {adapter.name!r} is not one of {', '.join(METHODS)}")
    return adapter


def _exactness_rank(name: str) -> tuple[float, str]:
    """``METHODS`` is in order of exactness; a stranger comes before the one that only guesses."""
    guess = METHODS.index("proportional")
    return (METHODS.index(name) if name in METHODS else guess - 0.5), name
