"""The default voice finds its words again, however they are written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.config import settings as read_settings
from app.core.errors import ProviderRefused
from audio.levels import envelope
from audio.voices import hibari
from audio.voices.hibari import LINE_PAUSE_S, SENTENCE_PAUSE_S, join_takes, split_sentences

VOICE = hibari.build(read_settings())
TOKENS = st.sampled_from(
    ["Hello", "Dr.", "Jan.", "3rd", "$9.99", "e.g.", "“Stop.”", "—", "end.", "U.S.", "why?", "...", "é", "\n"]
)


def say(text, **how):
    return VOICE.say(text, how.get("voice"), "en", how.get("speed", 1.0), how.get("seed", 0))


def times(text):
    return {word.text: (word.start_ms, word.end_ms) for word in say(text).words}


@given(st.lists(TOKENS, max_size=25).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_no_word_is_lost_between_sentences(text):
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
def test_sentences_end_where_a_reader_pauses(text, count):
    assert len(split_sentences(text)) == count


def test_a_new_line_is_a_longer_pause_than_a_full_stop():
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
def test_a_written_word_lasts_as_long_as_all_that_is_said_for_it(text, word, at_least_ms):
    start, end = times(text)[word]
    assert end - start >= at_least_ms


def test_a_dash_on_its_own_stands_in_the_pause():
    found = times("We came — we saw.")
    assert found["came"][1] <= found["—"][0] < found["—"][1] <= found["saw."][0]
    assert found["—"][1] - found["—"][0] <= 200


def test_words_lie_on_sound_and_not_on_silence():
    spoken = say("Boats go out. Nobody here sleeps. People drink coffee.")
    loud = envelope(spoken.samples, spoken.rate)
    assert len(spoken.words) == 9
    for word in spoken.words:
        assert loud[word.start_ms // 5 : word.end_ms // 5].max() > 0.05 * loud.max()


def test_the_pause_between_sentences_is_a_speakers():
    spoken = say("Boats go out. Nobody sleeps.")
    gap = spoken.words[3].start_ms - spoken.words[2].end_ms
    assert 250 < gap < 600


def test_a_sentence_of_signs_only_is_a_pause_and_no_noise():
    spoken = say("Stop. — — — Go.")
    assert [word.text for word in spoken.words] == ["Stop.", "—", "—", "—", "Go."]
    assert len(spoken.samples) < len(say("Stop. Go.").samples) + 0.6 * spoken.rate


def test_pace_stays_within_what_the_voice_can():
    assert len(say("Boats go out.", speed=9.0).samples) == len(say("Boats go out.", speed=2.0).samples)


def test_another_seed_breathes_differently_at_the_same_times():
    one, other = say("Boats go out.", seed=1), say("Boats go out.", seed=2)
    assert one.words == other.words
    assert not np.array_equal(one.samples, other.samples)


def test_a_voice_that_would_have_to_be_downloaded_is_refused_and_not_listed(monkeypatch, tmp_path):
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(ProviderRefused, match="not on this machine"):
        say("Hello.", voice="emma")
    assert [info.voice for info in VOICE.listing()] == ["heart"]


def test_it_speaks_english_of_every_country_and_nothing_else():
    assert all(VOICE.speaks(language) for language in ("en", "en-GB", "EN_us"))
    assert not any(VOICE.speaks(language) for language in ("de", "enm", ""))


def test_a_text_it_cannot_read_is_refused():
    with pytest.raises(ProviderRefused):
        say("—")


def test_takes_are_joined_without_the_silence_they_came_with():
    quiet, loud = np.zeros(2400, np.float32), np.full(2400, 0.5, np.float32)
    take = (np.concatenate([quiet, loud, quiet]), [(0.1, 0.35), None])
    samples, found = join_takes([(take, 0.05), (take, 0.0)], 24_000)
    assert len(samples) == pytest.approx(2400 + 1200 + 2400, abs=240)
    assert found[0] == pytest.approx((0.0, 0.1), abs=0.006)
    assert found[1] is None
    assert found[2] == pytest.approx((0.15, 0.25), abs=0.012)
    assert join_takes([], 24_000)[1] == []
