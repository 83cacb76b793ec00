"""Rules for every voice; a new file in ``audio/voices`` is found and tested."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.config import settings
from app.core.errors import ProviderRefused
from app.core.plugins import scan
from audio.levels import envelope, sounding_range
from audio.registry import GROUP
from audio.words import speakable_text

LANGUAGES = ("en", "de", "fr", "es", "zh", "hi")
HARD_TEXTS = {
    "en": 'On Jan. 3rd, Dr. Smith paid $9.99 at 7:30 pm — e.g. for "COVID-19". He said: “Stop!” & left… 5% well-known.',
    "de": "Straße 12, über 3.000 Äpfel — für 9,99 € am 3. Mai um 19:30 Uhr. „Ja“, z. B. so!",
    "fr": "L'été, c'est-à-dire aujourd'hui, 25 % de réduction ! À 7 h — « oui ».",
    "es": "¿Qué tal? ¡Hola! El 3 de mayo pagó 9,99 € — p. ej. por EE. UU.",
    "zh": "你好，世界。 今天天气很好。 3 个",
    "hi": "नमस्ते दुनिया। आज 3 बजे।",
}


def build_all():
    return {name: load().build(settings()) for name, load in scan("audio.voices", GROUP).items()}


OFFLINE = {name: voice for name, voice in build_all().items() if not voice.hosted}
SPEAKING = [(name, language) for name, voice in OFFLINE.items() for language in LANGUAGES if voice.speaks(language)]


def say(name, language, text=None, voice=None, speed=1.0, seed=3):
    return OFFLINE[name].say(text or HARD_TEXTS[language], voice, language, speed, seed)


@pytest.mark.parametrize("name", build_all())
def test_voice_has_the_name_of_its_file_and_a_listing(name):
    voice = build_all()[name]
    assert voice.name == name
    assert voice.version
    assert voice.listing()
    assert {info.provider for info in voice.listing()} == {name}
    assert not voice.speaks("xx-nowhere")


@pytest.mark.parametrize(("name", "language"), SPEAKING)
def test_every_whitespace_word_has_a_time_in_order(name, language):
    spoken = say(name, language)
    assert [word.text for word in spoken.words] == HARD_TEXTS[language].split()
    edges = [edge for word in spoken.words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert all(word.end_ms > word.start_ms for word in spoken.words)
    assert edges[-1] <= len(spoken.samples) * 1000 / spoken.rate


@pytest.mark.parametrize(("name", "language"), SPEAKING)
def test_sound_is_audible_and_does_not_clip(name, language):
    spoken = say(name, language)
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.ndim == 1
    assert 0.02 < np.abs(spoken.samples).max() <= 1.0
    assert len(spoken.samples) / spoken.rate > 0.12 * len(HARD_TEXTS[language].split())


@pytest.mark.parametrize(("name", "language"), SPEAKING)
def test_equal_requests_give_equal_sound_whatever_was_said_between(name, language):
    first = say(name, language)
    say(name, language, "7")
    second = say(name, language)
    assert np.array_equal(first.samples, second.samples)
    assert first.words == second.words


@pytest.mark.parametrize("name", OFFLINE)
def test_word_starts_match_the_sound_after_pauses(name):
    """Compare the word times of the voice with the energy of the sound: after a pause a word begins, within 100 ms."""
    text = "Wait. Now we go home. Then we stop. Come over here. Good night. Peter sleeps."
    spoken = say(name, "en", text)
    onsets = onsets_after_pauses(spoken.samples, spoken.rate)
    starts = np.asarray([word.start_ms for word in spoken.words])
    assert len(onsets) >= 5
    assert max(np.abs(starts - onset).min() for onset in onsets) <= 100


def onsets_after_pauses(samples, rate):
    """Return the times in ms at which sound begins after a pause of 200 ms."""
    level = envelope(samples, rate)
    is_loud = level > 0.02 * level.max()
    return [n * 5 for n in range(40, len(is_loud)) if is_loud[n] and not is_loud[n - 40 : n].any()]


@pytest.mark.parametrize("name", OFFLINE)
def test_speed_changes_the_length_of_the_sound(name):
    text = "The boats go out before the sun comes up over the harbour."
    slow, normal, fast = (len(say(name, "en", text, speed=speed).samples) for speed in (0.7, 1.0, 1.5))
    assert slow > 1.15 * normal > 1.3 * fast


@pytest.mark.parametrize("name", OFFLINE)
def test_long_text_is_spoken_to_its_end(name):
    text = "All the boats of the harbour go out before the sun comes up, and nobody is in a hurry. " * 25
    text += "word " * 150 + "end"
    spoken = say(name, "en", text)
    first, last = sounding_range(spoken.samples, spoken.rate)
    assert len(spoken.words) == len(text.split())
    assert spoken.words[-1].end_ms > 0.98 * last * 1000 / spoken.rate
    assert 0.2 < (last - first) / spoken.rate / len(spoken.words) < 0.6


@pytest.mark.parametrize("name", OFFLINE)
def test_single_word_or_digit_is_spoken(name):
    for text in ("Go", "7", "A.", "OK!", "…well", "Mr."):
        spoken = say(name, "en", text)
        assert [word.text for word in spoken.words] == [text]


@pytest.mark.parametrize("name", OFFLINE)
def test_unknown_voice_is_refused(name):
    for voice in ("nobody-at-all", "../../etc/passwd", "x" * 500, ""):
        if voice:
            with pytest.raises(ProviderRefused):
                say(name, "en", "hello", voice=voice)


NO_SPOKEN_FORMS = "und"  # the code of an undetermined language, which has no rules of spoken forms


@pytest.mark.parametrize("name", OFFLINE)
def test_markup_and_rare_characters_are_spoken(name):
    """``audio.narration`` cleans the text before, but a voice accepts more."""
    for text in (
        "a\tb\u00a0c d",
        "<b>bold</b> &amp; [x](/y/) [[z]]",
        "naïve Ærøskøbing 東京 Ω",
        "don’t ‘quote’ (this)",
        "a/b c_d e@f.gh",
    ):
        speakable = speakable_text(text, NO_SPOKEN_FORMS).text
        assert len(say(name, "en", speakable).words) == len(speakable.split())


@pytest.mark.parametrize("name", OFFLINE)
def test_two_threads_do_not_disturb_each_other(name):
    texts = ["One two three four five.", "Nobody here is in a hurry."]
    alone = [say(name, "en", text).samples for text in texts]
    together = [None, None]

    def work(n):
        together[n] = say(name, "en", texts[n]).samples

    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(first, second) for first, second in zip(alone, together, strict=True))
