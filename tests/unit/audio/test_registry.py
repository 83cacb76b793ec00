"""The voices are found by file name, asked in a sensible order, and none that costs money is asked unasked."""

from __future__ import annotations

from dataclasses import dataclass

from audio import registry
from audio.base import VoiceInfo
from audio.registry import rank_voices


@dataclass
class Card:
    name: str
    hosted: bool = False
    robotic: bool = False
    languages: tuple[str, ...] = ("en",)
    version: str = "1"

    def speaks(self, language):
        return language in self.languages

    def say(self, text, voice, language, speed, seed):
        raise AssertionError("nobody speaks here")

    def listing(self):
        return (VoiceInfo(self.name, "v", "en", "", self.robotic),)


FOUND = (
    Card("a_robot", robotic=True),
    Card("cloud", hosted=True),
    Card("house"),
    Card("zither"),
    Card("alien", languages=("xx",)),
)


def names(*wishes, language="en"):
    return [voice.name for voice in rank_voices(FOUND, wishes, language)]


def test_wished_voices_come_first_and_robots_last():
    assert names("zither", "house") == ["zither", "house", "a_robot"]


def test_a_hosted_voice_is_only_taken_when_it_is_wished_for():
    assert "cloud" not in names(None, "house")
    assert names("cloud", "house")[:2] == ["cloud", "house"]


def test_who_does_not_speak_the_language_is_left_out():
    assert names("house", language="xx") == ["alien"]
    assert names("house", language="yy") == []


def test_a_wish_made_twice_or_unknown_changes_nothing():
    assert names("house", "house") == ["house", "zither", "a_robot"]
    assert names("nobody", "house") == ["house", "zither", "a_robot"]


def test_this_house_speaks_english_well_and_german_like_a_robot():
    assert [voice.name for voice in registry.chain_for(None, "en").members] == ["hibari", "espeak"]
    assert [voice.name for voice in registry.chain_for(None, "de").members] == ["espeak"]
    infos = {(info.provider, info.voice): info for info in registry.list_voices()}
    assert not infos["hibari", "heart"].robotic
    assert infos["espeak", "de"].robotic
    assert infos["espeak", "de"].description == "German"
