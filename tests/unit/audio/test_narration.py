"""The narration: a line for every scene that has something to say, kept by what it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from app.core.errors import ProviderBusy, ProviderRefused
from app.media.loudness import measure
from app.store.backends.folder import Folder
from audio.base import Spoken, VoiceChain, VoiceInfo
from audio.narration import narrate
from audio.wav import read_wav
from audio.words import distribute_time, order_words
from schemas.scene_graph import GlobalAudio, Scene, SceneGraph, VoiceChoice


@dataclass
class Hummer:
    """Hums 300 ms a word between half a second of silence; knows its times unless told not to."""

    name: str = "hummer"
    version: str = "1"
    hosted: bool = False
    robotic: bool = False
    knows_times: bool = True
    trouble: Exception | None = None
    asked: list[tuple] = field(default_factory=list)

    def speaks(self, language):
        return language in ("en", "fr")

    def listing(self):
        return (VoiceInfo(self.name, "hum", "en", "hums", self.robotic),)

    def say(self, text, voice, language, speed, seed):
        self.asked.append((text, voice, language, speed, seed))
        if self.trouble:
            raise self.trouble
        words = text.split()
        edge = np.zeros(12_000, np.float32)
        hum = 0.05 * np.sin(np.arange(7200 * len(words)) * 2 * np.pi * 200 / 24_000)
        samples = np.concatenate([edge, hum.astype(np.float32), edge])
        spans = distribute_time(["w"] * len(words), 0.5, 0.5 + 0.3 * len(words))
        return Spoken(samples, 24_000, order_words(words, spans, len(samples) // 24) if self.knows_times else ())


class Mute(Hummer):
    def say(self, text, voice, language, speed, seed):
        return Spoken(np.zeros(24_000, np.float32), 24_000)


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "store")


@pytest.fixture(autouse=True)
def _made(tmp_path):
    (tmp_path / "store").mkdir()


def graph(*texts, language="en", seed=7, **voice):
    scenes = tuple(Scene(n + 1, voice_script=text) for n, text in enumerate(texts))
    return SceneGraph(
        "2.0", "t", language, "p", scenes, seed=seed, global_audio=GlobalAudio(voice=VoiceChoice(**voice))
    )


def test_each_scene_with_a_script_has_its_line(store):
    speech = narrate(graph("one two", "", "three"), store, chain=VoiceChain((Hummer(),)))
    assert [line.scene_id for line in speech.lines] == [1, 3]
    assert speech.language == "en"
    assert speech.warnings == ()


def test_a_script_without_a_letter_or_a_digit_has_no_line(store):
    voice = Hummer()
    assert narrate(graph("🎉🎉", "...", "—", " \n "), store, chain=VoiceChain((voice,))).lines == ()
    assert voice.asked == []


def test_the_provider_none_turns_the_voice_off(store):
    speech = narrate(graph("one", provider="none"), store, chain=VoiceChain((Hummer(),)))
    assert speech.lines == ()
    assert speech.warnings == ()


def test_a_line_is_mono_48_khz_at_the_voice_level_without_silence_around_it(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((Hummer(),))).lines[0]
    samples, rate = read_wav(store.local(line.key))
    assert (samples.ndim, rate) == (1, 48_000)
    assert len(samples) == line.length_ms * 48
    assert line.length_ms == pytest.approx(900 + 80, abs=12)
    assert measure(store.local(line.key)).integrated_lufs == pytest.approx(-18.0, abs=0.4)


def test_word_times_move_along_with_the_cut(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((Hummer(),))).lines[0]
    assert [word.text for word in line.words] == ["one", "two", "three"]
    assert [word.start_ms for word in line.words] == pytest.approx([20, 320, 620], abs=6)
    assert line.method == "voice"


def test_every_written_word_is_there_as_it_was_written(store):
    text = 'Great 🎉 *day* — "yes"!\n3 😀s'
    line = narrate(graph(text), store, chain=VoiceChain((Hummer(),))).lines[0]
    assert line.text == text
    assert [word.text for word in line.words] == text.split()


def test_the_same_line_is_never_spoken_twice(store):
    voice = Hummer()
    once = narrate(graph("one", "two"), store, chain=VoiceChain((voice,)))
    again = narrate(graph("two", "one"), store, chain=VoiceChain((voice,)))
    assert len(voice.asked) == 2
    assert {line.key for line in once.lines} == {line.key for line in again.lines}
    assert once == narrate(graph("one", "two"), store, chain=VoiceChain((voice,)))
    assert (once.made, again.made) == ((1, 2), ())


def test_a_lost_sound_is_made_again(store):
    voice = Hummer()
    line = narrate(graph("one"), store, chain=VoiceChain((voice,))).lines[0]
    store.delete([line.key])
    narrate(graph("one"), store, chain=VoiceChain((voice,)))
    assert store.has(line.key)
    assert len(voice.asked) == 2


@pytest.mark.parametrize("change", [{"seed": 8}, {"speed": 1.2}, {"voice": "hum"}, {"language": "fr"}])
def test_whatever_changes_the_sound_changes_the_key(store, change):
    chain = VoiceChain((Hummer(),))
    one = narrate(graph("one"), store, chain=chain).lines[0]
    assert narrate(graph("one", **change), store, chain=chain).lines[0].key != one.key


def test_another_version_of_a_voice_speaks_anew(store):
    one = narrate(graph("one"), store, chain=VoiceChain((Hummer(),))).lines[0]
    assert narrate(graph("one"), store, chain=VoiceChain((Hummer(version="2"),))).lines[0].key != one.key


def test_a_new_take_of_a_scene_is_a_new_seed(store):
    voice = Hummer()
    wanted = graph("one")
    narrate(wanted.with_scene(replace(wanted.scenes[0], take=3)), store, chain=VoiceChain((voice,)))
    assert voice.asked[0][4] == 7 + 2


def test_the_looks_speed_multiplies_the_requests_within_limits(store):
    voice = Hummer()
    narrate(graph("one", speed=1.5), store, 1.2, VoiceChain((voice,)))
    narrate(graph("two", speed=2.0), store, 1.5, VoiceChain((voice,)))
    assert [asked[3] for asked in voice.asked] == [1.8, 2.0]


def test_the_language_of_the_voice_goes_before_the_films(store):
    voice = Hummer()
    assert narrate(graph("un", language="fr"), store, chain=VoiceChain((voice,))).language == "fr"
    choice = GlobalAudio(voice=VoiceChoice(language="en"))
    assert (
        narrate(replace(graph("one", language="fr"), global_audio=choice), store, chain=VoiceChain((voice,))).language
        == "en"
    )


def test_a_voice_without_times_is_aligned(store):
    line = narrate(graph("one two three"), store, chain=VoiceChain((Hummer(knows_times=False),))).lines[0]
    assert line.method == "proportional"
    assert line.confidence < 0.5
    assert [word.text for word in line.words] == ["one", "two", "three"]
    assert line.words[0].start_ms == pytest.approx(20, abs=15)
    assert line.words[-1].end_ms == pytest.approx(line.length_ms - 60, abs=15)


def test_another_voice_steps_in_and_it_is_told_of(store):
    chain = VoiceChain((Hummer("fancy", trouble=ProviderRefused("fancy", "not this")), Hummer("plain")))
    speech = narrate(graph("one", provider="fancy", voice="anna"), store, chain=chain)
    assert speech.lines[0].voice == "plain"
    assert "'fancy' did not speak all of it; plain did" in speech.warnings[0]
    assert chain.members[1].asked[0][1] is None


def test_a_voice_id_of_a_provider_that_is_not_here_is_not_given_to_another(store):
    voice = Hummer("plain")
    narrate(graph("one", provider="gone", voice="anna"), store, chain=VoiceChain((voice,)))
    assert voice.asked[0][1] is None


@dataclass
class Known(Hummer):
    """Refuses every voice that is not on its list."""

    def say(self, text, voice, language, speed, seed):
        if voice not in (None, "hum"):
            raise ProviderRefused(self.name, f"no {voice}")
        return super().say(text, voice, language, speed, seed)


@pytest.mark.parametrize("provider", ["hummer", None])
@pytest.mark.parametrize(("voice", "said"), [("hum", ()), ("anna", ("hummer has no voice 'anna' here",))])
def test_a_voice_that_is_not_there_is_told_of_when_another_speaks(store, provider, voice, said):
    speech = narrate(graph("one", provider=provider, voice=voice), store, chain=VoiceChain((Known(),)))
    assert tuple(warning.partition(";")[0] for warning in speech.warnings) == said


def test_a_robotic_voice_is_told_of(store):
    speech = narrate(graph("one"), store, chain=VoiceChain((Hummer(robotic=True),)))
    assert "robotic" in speech.warnings[0]


def test_when_nobody_speaks_the_language_the_film_is_silent_and_says_why(store):
    speech = narrate(graph("one", "two", language="xx"), store, chain=VoiceChain((Hummer(),)))
    assert speech.lines == ()
    assert len(speech.warnings) == 1
    assert "Nobody speaks 'xx'" in speech.warnings[0]


def test_a_voice_that_gives_silence_has_not_spoken(store):
    speech = narrate(graph("one"), store, chain=VoiceChain((Mute(), Hummer("plain"))))
    assert speech.lines[0].voice == "plain"


def test_one_refused_scene_does_not_silence_the_others(store):
    class Prude(Hummer):
        def say(self, text, *others):
            if "damn" in text:
                raise ProviderRefused(self.name, "not that word")
            return super().say(text, *others)

    speech = narrate(graph("one", "damn"), store, chain=VoiceChain((Prude(),)))
    assert [line.scene_id for line in speech.lines] == [1]
    assert speech.warnings == ("Scene 2 has no narration: hummer: not that word.",)


def test_a_busy_voice_goes_up_for_a_retry(store):
    with pytest.raises(ProviderBusy):
        narrate(graph("one"), store, chain=VoiceChain((Hummer(trouble=ProviderBusy("h", "429")), Hummer("plain"))))
