"""The registry of voices: files in ``audio/voices`` and entry points of other packages, ranked by preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.core.config import Settings, settings
from app.core.plugins import Registry, build_registry, check_name, protocol_error
from app.core.redaction import redact_text
from audio.base import Voice, VoiceChain, VoiceInfo

PACKAGE = "audio.voices"
GROUP = "pytoon.voices"


def voices() -> Mapping[str, Voice]:
    """Return every voice that can be built on this machine, by name."""
    return build_voices(settings()).present


def list_voices() -> tuple[VoiceInfo, ...]:
    """Return the voice list: every voice that a request may name, with a mark on robotic ones."""
    return tuple(info for voice in voices().values() for info in voice.listing())


def chain_for(provider: str | None, language: str) -> VoiceChain:
    """Return the requested provider, then the operator's, then all others that are not hosted, robotic ones last."""
    return VoiceChain(rank_voices(tuple(voices().values()), (provider, settings().voice), language))


def rank_voices(candidates: Sequence[Voice], preferred: Sequence[str | None], language: str) -> tuple[Voice, ...]:
    """Return the ``candidates`` that speak ``language``, preferred ones first; a hosted voice only if preferred."""
    able = {voice.name: voice for voice in candidates if voice.speaks(language)}
    first = [able[name] for name in dict.fromkeys(preferred) if name in able]
    others = [voice for voice in able.values() if voice not in first and not voice.hosted]
    return (*first, *sorted(others, key=lambda voice: (is_robotic(voice), voice.name)))


def unavailable_reason(name: str, language: str) -> str | None:
    """Return why no voice called ``name`` speaks ``language`` on this machine, without secrets; ``None`` if it does."""
    registered = build_voices(settings())
    if name not in registered.present:
        return redact_text(registered.missing.get(name, "there is no such voice"))
    return None if registered.present[name].speaks(language) else f"it does not speak {language!r}"


def is_robotic(voice: Voice) -> bool:
    infos = voice.listing()
    return bool(infos) and all(info.robotic for info in infos)


@lru_cache(maxsize=1)
def build_voices(chosen: Settings) -> Registry[Voice]:
    """Return every voice that can be built on this machine, and the reason for each that cannot."""
    return build_registry(PACKAGE, GROUP, chosen, _check_voice)


def _check_voice(name: str, adapter: object) -> Voice:
    if not isinstance(adapter, Voice):
        raise protocol_error("a Voice", name, adapter)
    check_name(name, adapter.name)
    return adapter
