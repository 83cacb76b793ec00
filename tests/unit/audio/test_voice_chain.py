"""A chain of voices is a voice: it asks the next one when one refuses, and waits for none that is only busy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from app.core.errors import ProviderBusy, ProviderRefused, Unconfigured
from audio.base import Spoken, VoiceChain, VoiceInfo, voice_attempts


@dataclass
class Parrot:
    """A voice that says as many samples as the text has letters, or raises what it is told to."""

    name: str
    languages: tuple[str, ...] = ("en",)
    trouble: Exception | None = None
    voices: tuple[str | None, ...] = (None,)
    version: str = "1"
    hosted: bool = False
    asked: list[str | None] = field(default_factory=list)

    def speaks(self, language):
        return language in self.languages

    def say(self, text, voice, language, speed, seed):
        self.asked.append(voice)
        if self.trouble:
            raise self.trouble
        if voice not in self.voices:
            raise ProviderRefused(self.name, f"no voice {voice}")
        return Spoken(np.zeros(len(text), np.float32), 48_000)

    def listing(self):
        return (VoiceInfo(self.name, "polly", "en", "a parrot", robotic=True),)


def say(*members, voice=None, language="en"):
    return VoiceChain(members).say("hello", voice, language, 1.0, 0)


@pytest.mark.parametrize("trouble", [ProviderRefused("a", "will not"), Unconfigured("a", "no key")])
def test_the_next_voice_speaks_when_one_refuses(trouble):
    first, second = Parrot("a", trouble=trouble), Parrot("b")
    assert len(say(first, second).samples) == 5
    assert second.asked == [None]


def test_a_busy_voice_is_worth_waiting_for():
    second = Parrot("b")
    with pytest.raises(ProviderBusy):
        say(Parrot("a", trouble=ProviderBusy("a", "429")), second)
    assert second.asked == []


def test_a_programming_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        say(Parrot("a", trouble=ZeroDivisionError()), Parrot("b"))


def test_when_all_refuse_everybodys_reason_is_told():
    with pytest.raises(ProviderRefused, match=r"a: will not; b: nor I"):
        say(Parrot("a", trouble=ProviderRefused("a", "will not")), Parrot("b", trouble=ProviderRefused("b", "nor I")))


def test_nobody_is_asked_to_speak_what_they_do_not():
    german = Parrot("b", languages=("de",))
    say(Parrot("a"), german)
    assert german.asked == []
    with pytest.raises(ProviderRefused, match="no voice speaks this language"):
        say(Parrot("a"), language="xx")


def test_a_voice_id_is_meant_for_the_first_and_its_own_default_comes_before_another_provider():
    first, second = Parrot("a", voices=(None, "anna")), Parrot("b")
    say(first, second, voice="anna")
    say(first, second, voice="bella")
    assert first.asked == ["anna", "bella", None]
    assert second.asked == []


def test_a_voice_id_is_not_passed_on_when_its_provider_does_not_speak_the_language():
    first, second = Parrot("a", languages=("de",)), Parrot("b")
    assert voice_attempts((first, second), "anna", "en") == ((second, None),)


def test_a_chain_is_named_listed_and_priced_by_its_members():
    chain = VoiceChain((Parrot("a"), Parrot("b", languages=("de",), version="2", hosted=True)))
    assert (chain.name, chain.version, chain.hosted) == ("a>b", "1>2", True)
    assert [info.provider for info in chain.listing()] == ["a", "b"]
    assert chain.speaks("de")
    assert not chain.speaks("fr")
    assert not VoiceChain(()).hosted
