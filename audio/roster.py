"""The voices of this house: the files in ``audio/voices`` and other packages' entry points, in order of preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.core.config import Settings, settings
from app.core.errors import Unconfigured
from app.core.plugins import scan
from audio.voice import Chain, Voice, VoiceInfo

GROUP = "pytoon.voices"


def voices() -> Mapping[str, Voice]:
    """Every voice that can be built here, by name."""
    return _built(settings())


def listing() -> tuple[VoiceInfo, ...]:
    """The voice list: what may be asked for, and which of them sound like a robot."""
    return tuple(info for voice in voices().values() for info in voice.listing())


def chain_for(provider: str | None, language: str) -> Chain:
    """The wished provider first, then the operator's, then every other one that is not hosted; robots last."""
    found = voices()
    return Chain(ranked(tuple(found.values()), (provider, settings().voice), language))


def ranked(found: Sequence[Voice], wishes: Sequence[str | None], language: str) -> tuple[Voice, ...]:
    """Those of ``found`` that speak ``language``, the wished ones in front. No hosted voice is taken unasked."""
    able = {voice.name: voice for voice in found if voice.speaks(language)}
    wished = [able[name] for name in dict.fromkeys(wishes) if name in able]
    rest = [voice for voice in able.values() if voice not in wished and not voice.hosted]
    return (*wished, *sorted(rest, key=lambda voice: (is_robotic(voice), voice.name)))


def is_robotic(voice: Voice) -> bool:
    infos = voice.listing()
    return bool(infos) and all(info.robotic for info in infos)


@lru_cache(maxsize=1)
def _built(chosen: Settings) -> Mapping[str, Voice]:
    built: dict[str, Voice] = {}
    for name, load in scan("audio.voices", GROUP).items():
        try:
            built[name] = load().build(chosen)
        except Unconfigured:  # a key or an extra that is not there
            continue
    return built
