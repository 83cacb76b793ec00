"""The voices of this house: the files in ``audio/voices`` and other packages' entry points, in order of preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.core.config import Settings, settings
from app.core.plugins import Registry, check_name, not_implementing, registry
from audio.base import Voice, VoiceChain, VoiceInfo

PACKAGE = "audio.voices"
GROUP = "pytoon.voices"


def voices() -> Mapping[str, Voice]:
    """Every voice that can be built here, by name."""
    return build_voices(settings()).present


def list_voices() -> tuple[VoiceInfo, ...]:
    """The voice list: what may be asked for, and which of them sound like a robot."""
    return tuple(info for voice in voices().values() for info in voice.listing())


def chain_for(provider: str | None, language: str) -> VoiceChain:
    """The wished provider first, then the operator's, then every other one that is not hosted; robots last."""
    found = voices()
    return VoiceChain(rank_voices(tuple(found.values()), (provider, settings().voice), language))


def rank_voices(found: Sequence[Voice], wishes: Sequence[str | None], language: str) -> tuple[Voice, ...]:
    """Those of ``found`` that speak ``language``, the wished ones in front. No hosted voice is taken unasked."""
    able = {voice.name: voice for voice in found if voice.speaks(language)}
    wished = [able[name] for name in dict.fromkeys(wishes) if name in able]
    rest = [voice for voice in able.values() if voice not in wished and not voice.hosted]
    return (*wished, *sorted(rest, key=lambda voice: (is_robotic(voice), voice.name)))


def is_robotic(voice: Voice) -> bool:
    infos = voice.listing()
    return bool(infos) and all(info.robotic for info in infos)


@lru_cache(maxsize=1)
def build_voices(chosen: Settings) -> Registry[Voice]:
    """Every voice that can be built here, and the reason for each that cannot."""
    return registry(PACKAGE, GROUP, chosen, _check_voice)


def _check_voice(name: str, adapter: object) -> Voice:
    if not isinstance(adapter, Voice):
        raise not_implementing("a Voice", name, adapter)
    check_name(name, adapter.name)
    return adapter
