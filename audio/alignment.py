"""Word times of sound without times of its own, from the most exact installed aligner that succeeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from app.core.config import Settings, settings
from app.core.errors import ProviderRefused, Unconfigured, UnusableAdapter
from app.core.plugins import Registry, build_registry, protocol_error
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
        """Return one span in seconds for each word, ``None`` for a word without sound.

        Raises ``ProviderRefused`` (for this language or this sound) or ``Unconfigured``: the next aligner is tried.
        """


@dataclass(frozen=True, slots=True)
class Alignment:
    """Words with their times, the method that found them, and its confidence (0 … 1)."""

    words: tuple[Word, ...]
    method: str
    confidence: float


def align_words(
    samples: Samples, rate: int, words: Sequence[str], language: str, candidates: Iterable[Aligner] | None = None
) -> Alignment:
    """Return the times of ``words`` in mono ``samples``, from the first of ``candidates`` that succeeds.

    ``candidates`` defaults to all installed aligners. If none succeeds, the words are only in order (method "text").
    """
    length_ms = len(samples) * 1000 // rate
    for aligner in candidates if candidates is not None else aligners():
        try:
            spans = aligner.align(samples, rate, words, language)
        except (ProviderRefused, Unconfigured):
            continue
        return Alignment(order_words(words, spans, length_ms), aligner.name, aligner.confidence)
    return Alignment(order_words(words, [None] * len(words), length_ms), "text", 0.0)


def aligners() -> tuple[Aligner, ...]:
    """Return the aligners of the folder and of other packages, the most exact first."""
    present = build_aligners(settings()).present
    return tuple(present[name] for name in sorted(present, key=_exactness_rank))


@lru_cache(maxsize=1)
def build_aligners(chosen: Settings) -> Registry[Aligner]:
    """Return every aligner that can be built on this machine, and the reason for each that cannot."""
    return build_registry(PACKAGE, GROUP, chosen, _check_aligner)


def _check_aligner(name: str, adapter: object) -> Aligner:
    if not isinstance(adapter, Aligner):
        raise protocol_error("an Aligner", name, adapter)
    if adapter.name not in METHODS:
        raise UnusableAdapter(name, f"its method {adapter.name!r} is not one of {', '.join(METHODS)}")
    return adapter


def _exactness_rank(name: str) -> tuple[float, str]:
    """Return the sort key of an aligner: ``METHODS`` is in order of exactness; other names precede "proportional"."""
    proportional = METHODS.index("proportional")
    return (METHODS.index(name) if name in METHODS else proportional - 0.5), name
