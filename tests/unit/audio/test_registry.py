"""Voices are ranked by preference; a hosted voice is used only on request."""

from __future__ import annotations

from dataclasses import dataclass

from audio import registry
from audio.base import VoiceInfo
from audio.registry import rank_voices


@dataclass
class FixedVoice:
    name: str
    hosted: bool = False
    robotic: bool = False
    languages: tuple[str, ...] = ("en",)
    version: str = "1"

    def speaks(self, language):
        return language in self.languages

    def say(self, text, voice, language, speed, seed):
        raise AssertionError("ranking does not speak")

    def listing(self):
        return (VoiceInfo(self.name, "v", "en", "", self.robotic),)


CANDIDATES = (
    FixedVoice("a_robot", robotic=True),
    FixedVoice("cloud", hosted=True),
    FixedVoice("local"),
    FixedVoice("zither"),
    FixedVoice("alien", languages=("xx",)),
)


def names(*preferred, language="en"):
    return [voice.name for voice in rank_voices(CANDIDATES, preferred, language)]


def test_preferred_voices_come_first_and_robotic_ones_last():
    assert names("zither", "local") == ["zither", "local", "a_robot"]


def test_hosted_voice_is_included_only_if_preferred():
    assert "cloud" not in names(None, "local")
    assert names("cloud", "local")[:2] == ["cloud", "local"]


def test_voice_that_does_not_speak_the_language_is_left_out():
    assert names("local", language="xx") == ["alien"]
    assert names("local", language="yy") == []


def test_repeated_and_unknown_preferences_are_ignored():
    assert names("local", "local") == ["local", "zither", "a_robot"]
    assert names("unknown", "local") == ["local", "zither", "a_robot"]


def test_own_voices_speak_english_with_hibari_and_german_with_espeak():
    assert [voice.name for voice in registry.chain_for(None, "en").members] == ["hibari", "espeak"]
    assert [voice.name for voice in registry.chain_for(None, "de").members] == ["espeak"]
    infos = {(info.provider, info.voice): info for info in registry.list_voices()}
    assert not infos["hibari", "heart"].robotic
    assert infos["espeak", "de"].robotic
    assert infos["espeak", "de"].description == "German"
