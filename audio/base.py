"""The protocol of a voice, and a chain of voices that is a voice itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.core.errors import ProviderRefused, Unconfigured
from schemas.speech import Word

T = TypeVar("T")
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Sound of one text: float32 mono −1 … 1, with one word for each whitespace word of the text.

    Word times count from the start of the sound. ``words`` is empty when the voice reports no times; an aligner then
    finds them in the sound.
    """

    samples: Samples
    rate: int
    words: tuple[Word, ...] = ()
    method: str = "voice"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One entry of the voice list. ``robotic`` marks a voice that is intelligible but sounds synthetic."""

    provider: str
    voice: str
    language: str
    description: str
    robotic: bool = False


@runtime_checkable
class Voice(Protocol):
    """A text-to-speech provider.

    A ``hosted`` voice costs money or sends the text to another machine; a chain contains it only on request.
    ``version`` is part of the cache key of a line: it changes whenever the same text may sound different.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def hosted(self) -> bool: ...

    def speaks(self, language: str) -> bool:
        """Return whether it speaks a BCP 47 language such as "en" or "pt-BR"; nothing is loaded for the answer."""

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        """Speak ``text``. Raises ``ProviderBusy`` (retry), ``ProviderRefused`` or ``Unconfigured`` (next voice)."""

    def listing(self) -> tuple[VoiceInfo, ...]: ...


@dataclass(frozen=True)
class VoiceChain:
    """Voices in order of preference, used as one voice. A voice id applies to the first member only."""

    members: tuple[Voice, ...]

    @property
    def name(self) -> str:
        return ">".join(member.name for member in self.members)

    @property
    def version(self) -> str:
        return ">".join(member.version for member in self.members)

    @property
    def hosted(self) -> bool:
        return any(member.hosted for member in self.members)

    def speaks(self, language: str) -> bool:
        return any(member.speaks(language) for member in self.members)

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        attempts = voice_attempts(self.members, voice, language)
        return first_success(attempts, lambda member, voice_id: member.say(text, voice_id, language, speed, seed))

    def listing(self) -> tuple[VoiceInfo, ...]:
        return tuple(info for member in self.members for info in member.listing())


def voice_attempts(members: Sequence[Voice], voice: str | None, language: str) -> tuple[tuple[Voice, str | None], ...]:
    """Return the members to try in order, each with a voice id.

    The first member is tried with ``voice``, then every member that speaks the language with its default voice.
    """
    able = [member for member in members if member.speaks(language)]
    requested = [(member, voice) for member in able[:1] if voice is not None and member is members[0]]
    return (*requested, *((member, None) for member in able))


def first_success(attempts: Sequence[tuple[Voice, str | None]], speak: Callable[[Voice, str | None], T]) -> T:
    """Return the result of ``speak`` for the first voice that does not refuse.

    ``ProviderBusy`` is not caught, because a retry may succeed. Raises ``ProviderRefused`` with the reasons of all
    voices when every voice refuses.
    """
    reasons: list[str] = []
    for member, voice in attempts:
        try:
            return speak(member, voice)
        except (ProviderRefused, Unconfigured) as error:
            reasons.append(str(error))
    raise ProviderRefused("voice", "; ".join(reasons) or "no voice speaks this language")
