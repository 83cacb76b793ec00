"""The last resort tells when words begin, speaks what it can, and is the same whatever it said before."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.config import settings
from app.core.errors import ProviderRefused
from audio.espeak import WordEvent, synthesise
from audio.voices import espeak
from audio.voices.espeak import word_spans

VOICE = espeak.build(settings())
RATE = 20_000


def sound(*pieces):
    return np.concatenate([np.full(round(s * RATE), gain, np.float32) for s, gain in pieces])


def events(*pairs):
    return [WordEvent(at_s, place) for at_s, place in pairs]


def test_a_word_lasts_from_its_event_to_the_next():
    found = word_spans("one two", events((0.0, 0), (0.5, 4)), sound((1.0, 0.1)), RATE)
    assert found == [pytest.approx((0.0, 0.5)), pytest.approx((0.5, 1.0))]


def test_a_word_ends_where_its_sound_ends_before_a_pause():
    found = word_spans("one. two", events((0.0, 0), (0.9, 5)), sound((0.5, 0.1), (0.4, 0), (0.3, 0.1)), RATE)
    assert found[0] == pytest.approx((0.0, 0.5), abs=0.006)


def test_words_run_together_share_their_time_by_letters():
    found = word_spans("of the sea", events((0.0, 0), (0.6, 7)), sound((1.0, 0.1)), RATE)
    assert found[0][1] == found[1][0]
    assert found[1][1] == pytest.approx(0.6)
    assert found[1][1] - found[1][0] > found[0][1] - found[0][0]


def test_a_number_said_in_several_words_is_one():
    assert word_spans("9,99 now", events((0.0, 0), (0.3, 1), (0.6, 5)), sound((1.0, 0.1)), RATE)[0] == pytest.approx(
        (0, 0.6)
    )


def test_a_sign_without_a_sound_has_no_time_and_one_that_is_said_has():
    found = word_spans("a — €", events((0.0, 0), (0.5, 4)), sound((1.0, 0.1)), RATE)
    assert found[1] is None
    assert found[2] == pytest.approx((0.5, 1.0))


def test_no_events_at_all_are_shared_out():
    found = word_spans("one two", [], sound((1.0, 0.1)), RATE)
    assert found == [pytest.approx((0.0, 0.5)), pytest.approx((0.5, 1.0))]


@pytest.mark.parametrize(
    ("language", "speaks"),
    [
        *((name, True) for name in ("de", "de-AT", "pt-BR", "pt_br", "zh", "zh-Hant-TW", "zh-HK", "no", "en-GB", "he")),
        *((name, False) for name in ("xx", "", "../de")),
    ],
)
def test_languages_are_found_by_their_usual_names(language, speaks):
    assert VOICE.speaks(language) is speaks


def test_seeds_are_heard_and_the_same_seed_is_the_same():
    one, rate, _ = synthesise("Guten Tag", "de", 165, 1)
    assert np.array_equal(one, synthesise("Guten Tag", "de", 165, 1)[0])
    assert rate == 22_050


def test_a_variant_of_a_voice_sounds_different():
    plain = VOICE.say("Guten Tag", "de", "de", 1.0, 0).samples
    assert not np.array_equal(plain, VOICE.say("Guten Tag", "de+f3", "de", 1.0, 0).samples)


def test_it_refuses_what_it_would_read_as_nonsense():
    with pytest.raises(ProviderRefused, match="kanji"):
        VOICE.say("世界は美しい", None, "ja", 1.0, 0)
    with pytest.raises(ProviderRefused, match="nothing"):
        VOICE.say("—", None, "de", 1.0, 0)
    with pytest.raises(ProviderRefused, match="no voice"):
        VOICE.say("Hallo", None, "xx", 1.0, 0)


def test_text_is_text_and_no_mark_up():
    words = VOICE.say("<b>Hallo</b> &amp; [[Welt]]", None, "de", 1.0, 0).words
    assert [word.text for word in words] == ["<b>Hallo</b>", "&amp;", "[[Welt]]"]


def test_everything_it_lists_is_called_robotic():
    assert len(VOICE.listing()) > 100
    assert all(info.robotic for info in VOICE.listing())
