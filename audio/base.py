"""What a voice is, and the chain of voices that is one itself."""

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
    """Sound of one text: float32 mono −1 … 1, and a word for each whitespace word of it, relative to its start.

    ``words`` is empty when the voice does not know its own times; they are then found in the sound.
    """

    samples: Samples
    rate: int
    words: tuple[Word, ...] = ()
    method: str = "voice"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One line of the voice list. ``robotic`` warns of a voice that is understood, but not enjoyed."""

    provider: str
    voice: str
    language: str
    description: str
    robotic: bool = False


@runtime_checkable
class Voice(Protocol):
    """Something that speaks. ``hosted`` ones cost money or send the text away: no chain takes them unasked.

    ``version`` is part of what a line is kept under: it changes whenever the same text may sound different.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def hosted(self) -> bool: ...

    def speaks(self, language: str) -> bool:
        """Whether it speaks a BCP 47 language such as "en" or "pt-BR"; starts nothing."""

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        """Raises ``ProviderBusy`` (retry), ``ProviderRefused`` or ``Unconfigured`` (next in the chain)."""

    def listing(self) -> tuple[VoiceInfo, ...]: ...


@dataclass(frozen=True)
class VoiceChain:
    """Voices in order of preference, as one voice. A voice's id means something to the first of them only."""

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
        return first_success(attempts, lambda member, its_voice: member.say(text, its_voice, language, speed, seed))

    def listing(self) -> tuple[VoiceInfo, ...]:
        return tuple(info for member in self.members for info in member.listing())


def voice_attempts(members: Sequence[Voice], voice: str | None, language: str) -> tuple[tuple[Voice, str | None], ...]:
    """Who is asked with which voice id: the first with the wished one, then everyone with their own default."""
    able = [member for member in members if member.speaks(language)]
    wished = [(member, voice) for member in able[:1] if voice is not None and member is members[0]]
    return (*wished, *((member, None) for member in able))


def first_success(attempts: Sequence[tuple[Voice, str | None]], do: Callable[[Voice, str | None], T]) -> T:
    """What the first voice that does not refuse makes of it; ``ProviderBusy`` goes up, for waiting may help.

    Raises ``ProviderRefused`` with everybody's reasons when nobody does it.
    """
    reasons: list[str] = []
    for member, voice in attempts:
        try:
            return do(member, voice)
        except (ProviderRefused, Unconfigured) as error:
            reasons.append(str(error))
    raise ProviderRefused("voice", "; ".join(reasons) or "no voice speaks this language")
