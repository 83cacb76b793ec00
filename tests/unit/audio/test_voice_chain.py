"""A chain of voices is a voice: it tries the next one after a refusal, and raises when one is busy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from app.core.errors import ProviderBusy, ProviderRefused, Unconfigured
from audio.base import Spoken, VoiceChain, VoiceInfo, voice_attempts


@dataclass
class ScriptedVoice:
    """A voice that returns one sample per character of the text, or raises ``error``."""

    name: str
    languages: tuple[str, ...] = ("en",)
    error: Exception | None = None
    voices: tuple[str | None, ...] = (None,)
    version: str = "1"
    hosted: bool = False
    calls: list[str | None] = field(default_factory=list)

    def speaks(self, language):
        return language in self.languages

    def say(self, text, voice, language, speed, seed):
        self.calls.append(voice)
        if self.error:
            raise self.error
        if voice not in self.voices:
            raise ProviderRefused(self.name, f"no voice {voice}")
        return Spoken(np.zeros(len(text), np.float32), 48_000)

    def listing(self):
        return (VoiceInfo(self.name, "scripted", "en", "for tests", robotic=True),)


def say(*members, voice=None, language="en"):
    return VoiceChain(members).say("hello", voice, language, 1.0, 0)


@pytest.mark.parametrize("error", [ProviderRefused("a", "will not"), Unconfigured("a", "no key")])
def test_next_voice_speaks_after_a_refusal(error):
    first, second = ScriptedVoice("a", error=error), ScriptedVoice("b")
    assert len(say(first, second).samples) == 5
    assert second.calls == [None]


def test_busy_voice_is_not_replaced_by_the_next():
    second = ScriptedVoice("b")
    with pytest.raises(ProviderBusy):
        say(ScriptedVoice("a", error=ProviderBusy("a", "429")), second)
    assert second.calls == []


def test_programming_error_is_not_caught():
    with pytest.raises(ZeroDivisionError):
        say(ScriptedVoice("a", error=ZeroDivisionError()), ScriptedVoice("b"))


def test_refusal_of_all_voices_has_all_reasons():
    with pytest.raises(ProviderRefused, match=r"a: will not; b: too long"):
        say(
            ScriptedVoice("a", error=ProviderRefused("a", "will not")),
            ScriptedVoice("b", error=ProviderRefused("b", "too long")),
        )


def test_voice_that_does_not_speak_the_language_is_not_tried():
    german = ScriptedVoice("b", languages=("de",))
    say(ScriptedVoice("a"), german)
    assert german.calls == []
    with pytest.raises(ProviderRefused, match="no voice speaks this language"):
        say(ScriptedVoice("a"), language="xx")


def test_voice_id_is_tried_on_the_first_voice_before_its_default_voice():
    first, second = ScriptedVoice("a", voices=(None, "anna")), ScriptedVoice("b")
    say(first, second, voice="anna")
    say(first, second, voice="bella")
    assert first.calls == ["anna", "bella", None]
    assert second.calls == []


def test_voice_id_is_dropped_if_its_provider_does_not_speak_the_language():
    first, second = ScriptedVoice("a", languages=("de",)), ScriptedVoice("b")
    assert voice_attempts((first, second), "anna", "en") == ((second, None),)


def test_properties_of_a_chain_combine_those_of_its_members():
    chain = VoiceChain((ScriptedVoice("a"), ScriptedVoice("b", languages=("de",), version="2", hosted=True)))
    assert (chain.name, chain.version, chain.hosted) == ("a>b", "1>2", True)
    assert [info.provider for info in chain.listing()] == ["a", "b"]
    assert chain.speaks("de")
    assert not chain.speaks("fr")
    assert not VoiceChain(()).hosted
