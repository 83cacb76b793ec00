"""The narration has one line for each speakable script, cached by everything that determines its sound."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from app.core.errors import ProviderBusy, ProviderRefused
from app.media.loudness import measure
from app.store.backends.folder import Folder
from audio.base import Spoken, VoiceChain, VoiceInfo
from audio.narration import build_voice_request, line_identity, narrate
from audio.registry import GROUP
from audio.wav import read_wav
from audio.words import distribute_time, order_words, speakable_text
from schemas.scene_graph import GlobalAudio, Scene, SceneGraph, VoiceChoice
from tests.distributions import installed


@dataclass
class HummingVoice:
    """A voice that hums 300 ms per word between half a second of silence, with word times if ``reports_times``."""

    name: str = "hummer"
    version: str = "1"
    hosted: bool = False
    robotic: bool = False
    reports_times: bool = True
    error: Exception | None = None
    calls: list[tuple] = field(default_factory=list)

    def speaks(self, language):
        return language in ("en", "fr")

    def listing(self):
        return (VoiceInfo(self.name, "hum", "en", "hums", self.robotic),)

    def say(self, text, voice, language, speed, seed):
        self.calls.append((text, voice, language, speed, seed))
        if self.error:
            raise self.error
        words = text.split()
        edge = np.zeros(12_000, np.float32)
        hum = 0.05 * np.sin(np.arange(7200 * len(words)) * 2 * np.pi * 200 / 24_000)
        samples = np.concatenate([edge, hum.astype(np.float32), edge])
        spans = distribute_time(["w"] * len(words), 0.5, 0.5 + 0.3 * len(words))
        return Spoken(samples, 24_000, order_words(words, spans, len(samples) // 24) if self.reports_times else ())


class SilentVoice(HummingVoice):
    def say(self, text, voice, language, speed, seed):
        return Spoken(np.zeros(24_000, np.float32), 24_000)


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "store")


@pytest.fixture(autouse=True)
def _store_folder(tmp_path):
    (tmp_path / "store").mkdir()


def graph(*texts, language="en", seed=7, **voice):
    scenes = tuple(Scene(n + 1, voice_script=text) for n, text in enumerate(texts))
    return SceneGraph(
        "2.0", "t", language, "p", scenes, seed=seed, global_audio=GlobalAudio(voice=VoiceChoice(**voice))
    )


def test_each_scene_with_a_script_has_a_line(store):
    speech = narrate(graph("one two", "", "three"), store, chain=VoiceChain((HummingVoice(),)))
    assert [line.scene_id for line in speech.lines] == [1, 3]
    assert speech.language == "en"
    assert speech.warnings == ()


def test_script_without_letter_or_digit_has_no_line(store):
    voice = HummingVoice()
    assert narrate(graph("🎉🎉", "...", "—", " \n "), store, chain=VoiceChain((voice,))).lines == ()
    assert voice.calls == []


def test_provider_none_disables_narration(store):
    speech = narrate(graph("one", provider="none"), store, chain=VoiceChain((HummingVoice(),)))
    assert speech.lines == ()
    assert speech.warnings == ()


def test_line_is_mono_48_khz_at_the_reference_loudness_without_surrounding_silence(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((HummingVoice(),))).lines[0]
    samples, rate = read_wav(store.local(line.key))
    assert (samples.ndim, rate) == (1, 48_000)
    assert len(samples) == line.length_ms * 48
    assert line.length_ms == pytest.approx(900 + 80, abs=12)
    assert measure(store.local(line.key)).integrated_lufs == pytest.approx(-18.0, abs=0.4)


def test_word_times_shift_with_the_removed_silence(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((HummingVoice(),))).lines[0]
    assert [word.text for word in line.words] == ["one", "two", "three"]
    assert [word.start_ms for word in line.words] == pytest.approx([20, 320, 620], abs=6)
    assert line.method == "voice"


def test_every_written_word_is_unchanged(store):
    text = 'Great 🎉 *day* — "yes"!\n3 😀s'
    line = narrate(graph(text), store, chain=VoiceChain((HummingVoice(),))).lines[0]
    assert line.text == text
    assert [word.text for word in line.words] == text.split()


def test_equal_lines_are_spoken_once(store):
    voice = HummingVoice()
    first = narrate(graph("one", "two"), store, chain=VoiceChain((voice,)))
    second = narrate(graph("two", "one"), store, chain=VoiceChain((voice,)))
    assert len(voice.calls) == 2
    assert {line.key for line in first.lines} == {line.key for line in second.lines}
    assert first == narrate(graph("one", "two"), store, chain=VoiceChain((voice,)))
    assert (first.made, second.made) == ((1, 2), ())


def test_line_with_a_deleted_file_is_spoken_again(store):
    voice = HummingVoice()
    line = narrate(graph("one"), store, chain=VoiceChain((voice,))).lines[0]
    store.delete([line.key])
    narrate(graph("one"), store, chain=VoiceChain((voice,)))
    assert store.has(line.key)
    assert len(voice.calls) == 2


@pytest.mark.parametrize("change", [{"seed": 8}, {"speed": 1.2}, {"voice": "hum"}, {"language": "fr"}])
def test_every_input_of_the_sound_changes_the_key(store, change):
    chain = VoiceChain((HummingVoice(),))
    line = narrate(graph("one"), store, chain=chain).lines[0]
    assert narrate(graph("one", **change), store, chain=chain).lines[0].key != line.key


def test_new_owners_of_the_same_spoken_words_change_the_key():
    script = speakable_text("It costs € 5", "en")
    request = build_voice_request(graph("It costs € 5"), 1.0)
    others = replace(script, owners=((0, 1), (1, 2), (2, 4), (2, 4)))
    assert line_identity(HummingVoice(), request, others) != line_identity(HummingVoice(), request, script)


def test_voice_gets_spoken_words_and_captions_keep_the_written_ones(store):
    voice = HummingVoice()
    line = narrate(graph("Only € 5 or 29,99 € at 24/7!"), store, chain=VoiceChain((voice,))).lines[0]
    assert voice.calls[0][0] == "Only five euros or twenty-nine euros ninety-nine at twenty-four seven!"
    assert line.text == "Only € 5 or 29,99 € at 24/7!"
    assert [word.text for word in line.words] == line.text.split()
    assert [word.start_ms for word in line.words] == pytest.approx(
        [20 + 300 * n for n in (0, 1, 2, 3, 4, 5, 7, 8)], abs=8
    )


def test_spoken_words_are_in_the_language_of_the_voice(store):
    voice = HummingVoice()
    choice = GlobalAudio(voice=VoiceChoice(language="fr"))
    narrate(replace(graph("Save 5 %"), global_audio=choice), store, chain=VoiceChain((voice,)))
    assert voice.calls[0][0] == "Save 5 pour cent"


def test_new_version_of_a_voice_changes_the_key(store):
    line = narrate(graph("one"), store, chain=VoiceChain((HummingVoice(),))).lines[0]
    assert narrate(graph("one"), store, chain=VoiceChain((HummingVoice(version="2"),))).lines[0].key != line.key


def test_take_of_a_scene_increments_the_seed(store):
    voice = HummingVoice()
    planned = graph("one")
    narrate(planned.with_scene(replace(planned.scenes[0], take=3)), store, chain=VoiceChain((voice,)))
    assert voice.calls[0][4] == 7 + 2


def test_preset_speed_multiplies_the_requested_speed_within_limits(store):
    voice = HummingVoice()
    narrate(graph("one", speed=1.5), store, 1.2, VoiceChain((voice,)))
    narrate(graph("two", speed=2.0), store, 1.5, VoiceChain((voice,)))
    assert [call[3] for call in voice.calls] == [1.8, 2.0]


def test_language_of_the_voice_overrides_that_of_the_film(store):
    voice = HummingVoice()
    assert narrate(graph("un", language="fr"), store, chain=VoiceChain((voice,))).language == "fr"
    choice = GlobalAudio(voice=VoiceChoice(language="en"))
    assert (
        narrate(replace(graph("one", language="fr"), global_audio=choice), store, chain=VoiceChain((voice,))).language
        == "en"
    )


def test_line_of_a_voice_without_word_times_is_aligned(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((HummingVoice(reports_times=False),))).lines[0]
    assert line.method == "proportional"
    assert line.confidence < 0.5
    assert [word.text for word in line.words] == ["one", "two", "three"]
    assert line.words[0].start_ms == pytest.approx(20, abs=15)
    assert line.words[-1].end_ms == pytest.approx(line.length_ms - 60, abs=15)


def test_fallback_to_another_voice_is_a_warning(store):
    chain = VoiceChain((HummingVoice("fancy", error=ProviderRefused("fancy", "not this")), HummingVoice("plain")))
    speech = narrate(graph("one", provider="fancy", voice="anna"), store, chain=chain)
    assert speech.lines[0].voice == "plain"
    assert speech.warnings[0] == "Lines that the voice 'fancy' did not speak are spoken by plain."
    assert chain.members[1].calls[0][1] is None


MISSING_VOICE = """
from app.core.errors import Unconfigured
def build(settings): raise Unconfigured("cloudy", "cloudy-tts is not installed (pip install cloudy-tts), api_key=abc")
"""
MISSING_REASON = "cloudy is not configured: cloudy-tts is not installed (pip install cloudy-tts), api_key=***"


@pytest.mark.parametrize(("language", "instead"), [("en", ", so hummer speaks instead"), ("xx", "")])
def test_warning_names_the_reason_for_a_missing_provider(store, tmp_path, monkeypatch, language, instead):
    chain = VoiceChain((HummingVoice(),))
    with installed(tmp_path, {"guest_cloudy": MISSING_VOICE}, {GROUP: {"cloudy": "guest_cloudy"}}, monkeypatch):
        speech = narrate(graph("one", language=language, provider="cloudy"), store, chain=chain)
    assert f"The voice 'cloudy' is not available{instead}: {MISSING_REASON}." in speech.warnings


@pytest.mark.parametrize(
    ("provider", "reason"), [("hibari", "it does not speak 'fr'"), ("unknown", "there is no such voice")]
)
def test_warning_names_the_reason_for_an_unsuitable_provider(store, provider, reason):
    speech = narrate(graph("un", language="fr", provider=provider), store, chain=VoiceChain((HummingVoice(),)))
    assert speech.warnings == (f"The voice {provider!r} is not available, so hummer speaks instead: {reason}.",)


def test_silent_film_has_no_warning_about_its_provider(store):
    assert narrate(graph("...", provider="unknown"), store, chain=VoiceChain((HummingVoice(),))).warnings == ()


def test_voice_id_of_a_missing_provider_is_not_passed_to_another(store):
    voice = HummingVoice("plain")
    narrate(graph("one", provider="gone", voice="anna"), store, chain=VoiceChain((voice,)))
    assert voice.calls[0][1] is None


@dataclass
class SelectiveVoice(HummingVoice):
    """A voice that refuses every voice id but its own."""

    def say(self, text, voice, language, speed, seed):
        if voice not in (None, "hum"):
            raise ProviderRefused(self.name, f"no {voice}")
        return super().say(text, voice, language, speed, seed)


@pytest.mark.parametrize("provider", ["hummer", None])
@pytest.mark.parametrize(
    ("voice", "warnings"), [("hum", ()), ("anna", ("hummer has no voice 'anna' on this machine",))]
)
def test_missing_voice_id_is_a_warning_when_the_default_voice_speaks(store, provider, voice, warnings):
    speech = narrate(graph("one", provider=provider, voice=voice), store, chain=VoiceChain((SelectiveVoice(),)))
    assert tuple(warning.partition(";")[0] for warning in speech.warnings) == warnings


def test_robotic_voice_is_a_warning(store):
    speech = narrate(graph("one"), store, chain=VoiceChain((HummingVoice(robotic=True),)))
    assert "robotic" in speech.warnings[0]


def test_language_without_a_voice_gives_no_lines_and_one_warning(store):
    speech = narrate(graph("one", "two", language="xx"), store, chain=VoiceChain((HummingVoice(),)))
    assert speech.lines == ()
    assert len(speech.warnings) == 1
    assert speech.warnings[0] == "There is no narration in 'xx': no voice speaks this language."


def test_voice_that_returns_silence_is_replaced_by_the_next(store):
    speech = narrate(graph("one"), store, chain=VoiceChain((SilentVoice(), HummingVoice("plain"))))
    assert speech.lines[0].voice == "plain"


def test_refused_scene_does_not_silence_the_others(store):
    class PoliteVoice(HummingVoice):
        def say(self, text, *arguments):
            if "damn" in text:
                raise ProviderRefused(self.name, "not that word")
            return super().say(text, *arguments)

    speech = narrate(graph("one", "damn"), store, chain=VoiceChain((PoliteVoice(),)))
    assert [line.scene_id for line in speech.lines] == [1]
    assert speech.warnings == ("Scene 2 has no narration: hummer: not that word.",)


def test_busy_voice_raises_provider_busy_for_a_retry(store):
    with pytest.raises(ProviderBusy):
        narrate(
            graph("one"), store, chain=VoiceChain((HummingVoice(error=ProviderBusy("h", "429")), HummingVoice("plain")))
        )
