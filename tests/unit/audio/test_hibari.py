"""The default voice reports a time for every word, however it is written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.config import settings as read_settings
from app.core.errors import ProviderRefused, Unconfigured
from audio.levels import envelope
from audio.voices import hibari
from audio.voices.hibari import LINE_PAUSE_S, SENTENCE_PAUSE_S, join_takes, split_sentences
from audio.words import speakable_text

SPOKEN_FORMS = Path(__file__).parents[1] / "planning" / "text" / "spoken_forms_en.yaml"
VOICE = hibari.build(read_settings())
TOKENS = st.sampled_from(
    ["Hello", "Dr.", "Jan.", "3rd", "$9.99", "e.g.", "“Stop.”", "—", "end.", "U.S.", "why?", "...", "é", "\n"]
)


def say(text, voice=None, speed=1.0, seed=0):
    return VOICE.say(text, voice, "en", speed, seed)


def times(text):
    return {word.text: (word.start_ms, word.end_ms) for word in say(text).words}


@given(st.lists(TOKENS, max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_sentences_contain_every_word_in_order(text):
    assert [word for words, _ in split_sentences(text) for word in words] == text.split()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("On Jan. 3rd Dr. Smith came.", 1),
        ("He said “Stop.” Then he left.", 2),
        ("It costs $9.99 now.", 1),
        ("J. K. Rowling wrote it.", 1),
        ("Use it, e.g. for tests.", 1),
        ("Title\nBody", 2),
        ("\n\n", 0),
    ],
)
def test_abbreviations_and_numbers_do_not_end_a_sentence(text, count):
    assert len(split_sentences(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "The old baker went to see Dr. Smith about his hand, and they talked about the U.S. and the way to St. Louis.",
        "It weighs approx. 5 kg and costs $85/mo. for all, i.e. a lot.",
        "We open Mon.–Fri. at 9 a.m. and on Jan. 3rd at No. 7, 24 Main St. near Acme Inc. and others.",
    ],
)
def test_spoken_form_of_a_sentence_with_abbreviations_is_one_sentence(text):
    assert len(split_sentences(speakable_text(text, "en").text)) == 1


def test_voice_reads_the_spoken_forms_word_by_word():
    groups = yaml.safe_load(SPOKEN_FORMS.read_text(encoding="utf-8"))
    model = hibari._load_model(hibari._default_voice())
    for written in [text for group in groups.values() for text in group]:
        spoken = speakable_text(written, "en").text
        sentence = model._read_sentence(tuple(spoken.split()))
        assert letters(word.text for word in sentence.read_words) == letters(spoken.split())
        assert set(sentence.phonemes) <= set(model._vocabulary)


def letters(words):
    """Return the letters of words that have any."""
    return [kept for word in words if (kept := re.sub(r"[^\w]", "", word).lower())]


def test_line_break_is_a_longer_pause_than_a_full_stop():
    assert [pause for _, pause in split_sentences("One. Two.\nThree.")] == [
        SENTENCE_PAUSE_S,
        LINE_PAUSE_S,
        LINE_PAUSE_S,
    ]


@pytest.mark.parametrize(
    ("text", "word", "at_least_ms"),
    [
        ("It costs $9.99 now.", "$9.99", 1000),
        ("Meet at 7:30 pm sharp.", "7:30", 450),
        ("Meet at 7:30 pm sharp.", "pm", 250),
        ("It began on Jan. 3rd then.", "Jan.", 300),
        ("It began on Jan. 3rd then.", "3rd", 180),
        ("Ask Dr. Smith now.", "Dr.", 200),
        ("A COVID-19 test.", "COVID-19", 600),
        ("A well-known tune.", "well-known", 300),
        ("He paid 1,250 euros.", "1,250", 800),
        ("In 2024 we moved.", "2024", 600),
        ("Only 5% is left.", "5%", 500),
        ("Salt & pepper.", "&", 40),
    ],
)
def test_written_word_lasts_as_long_as_all_words_read_for_it(text, word, at_least_ms):
    start, end = times(text)[word]
    assert end - start >= at_least_ms


def test_separate_dash_lies_in_the_pause():
    spans = times("We came — we saw.")
    assert spans["came"][1] <= spans["—"][0] < spans["—"][1] <= spans["saw."][0]
    assert spans["—"][1] - spans["—"][0] <= 200


def test_words_lie_on_sound():
    spoken = say("Boats go out. Nobody here sleeps. People drink coffee.")
    level = envelope(spoken.samples, spoken.rate)
    assert len(spoken.words) == 9
    for word in spoken.words:
        assert level[word.start_ms // 5 : word.end_ms // 5].max() > 0.05 * level.max()


def test_pause_between_sentences_is_natural():
    spoken = say("Boats go out. Nobody sleeps.")
    gap_ms = spoken.words[3].start_ms - spoken.words[2].end_ms
    assert 250 < gap_ms < 600


def test_sentence_of_signs_is_a_pause():
    spoken = say("Stop. — — — Go.")
    assert [word.text for word in spoken.words] == ["Stop.", "—", "—", "—", "Go."]
    assert len(spoken.samples) < len(say("Stop. Go.").samples) + 0.6 * spoken.rate


def test_speed_is_limited_to_the_range_of_the_voice():
    assert len(say("Boats go out.", speed=9.0).samples) == len(say("Boats go out.", speed=2.0).samples)


def test_another_seed_changes_the_samples_but_not_the_times():
    first, second = say("Boats go out.", seed=1), say("Boats go out.", seed=2)
    assert first.words == second.words
    assert not np.array_equal(first.samples, second.samples)


def test_voice_that_is_not_downloaded_is_refused_and_not_listed(monkeypatch, tmp_path):
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(ProviderRefused, match="not on this machine"):
        say("Hello.", voice="emma")
    assert [info.voice for info in VOICE.listing()] == ["heart"]


def test_missing_package_is_reported_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(Unconfigured, match=r"hibari-tts is not installed \(pip install hibari-tts\)"):
        hibari.build(read_settings())


def test_it_speaks_every_kind_of_english_and_no_other_language():
    assert all(VOICE.speaks(language) for language in ("en", "en-GB", "EN_us"))
    assert not any(VOICE.speaks(language) for language in ("de", "enm", ""))


def test_text_without_words_is_refused():
    with pytest.raises(ProviderRefused):
        say("—")


def test_takes_are_joined_without_their_own_silence():
    quiet, loud = np.zeros(2400, np.float32), np.full(2400, 0.5, np.float32)
    take = (np.concatenate([quiet, loud, quiet]), [(0.1, 0.35), None])
    samples, spans = join_takes([(take, 0.05), (take, 0.0)], 24_000)
    assert len(samples) == pytest.approx(2400 + 1200 + 2400, abs=240)
    assert spans[0] == pytest.approx((0.0, 0.1), abs=0.006)
    assert spans[1] is None
    assert spans[2] == pytest.approx((0.15, 0.25), abs=0.012)
    assert join_takes([], 24_000)[1] == []
