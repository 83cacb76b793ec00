"""The fallback voice reports when words begin, refuses text that it cannot read, and is deterministic."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from app.core.config import settings
from app.core.errors import ProviderRefused, Unconfigured
from audio.espeak_library import WordEvent, synthesise
from audio.voices import espeak
from audio.voices.espeak import word_spans

VOICE = espeak.build(settings())
RATE = 20_000


def sound(*parts):
    """Constant samples from parts of (seconds, value)."""
    return np.concatenate([np.full(round(length_s * RATE), value, np.float32) for length_s, value in parts])


def events(*pairs):
    return [WordEvent(at_s, position) for at_s, position in pairs]


def test_word_lasts_from_its_event_to_the_next():
    spans = word_spans("one two", events((0.0, 0), (0.5, 4)), sound((1.0, 0.1)), RATE)
    assert spans == [pytest.approx((0.0, 0.5)), pytest.approx((0.5, 1.0))]


def test_word_before_a_pause_ends_with_its_sound():
    spans = word_spans("one. two", events((0.0, 0), (0.9, 5)), sound((0.5, 0.1), (0.4, 0), (0.3, 0.1)), RATE)
    assert spans[0] == pytest.approx((0.0, 0.5), abs=0.006)


def test_words_without_an_event_share_the_time_by_letters():
    spans = word_spans("of the sea", events((0.0, 0), (0.6, 7)), sound((1.0, 0.1)), RATE)
    assert spans[0][1] == spans[1][0]
    assert spans[1][1] == pytest.approx(0.6)
    assert spans[1][1] - spans[1][0] > spans[0][1] - spans[0][0]


def test_number_read_as_several_words_has_one_span():
    assert word_spans("9,99 now", events((0.0, 0), (0.3, 1), (0.6, 5)), sound((1.0, 0.1)), RATE)[0] == pytest.approx(
        (0, 0.6)
    )


def test_sign_has_a_span_only_if_it_is_spoken():
    spans = word_spans("a — €", events((0.0, 0), (0.5, 4)), sound((1.0, 0.1)), RATE)
    assert spans[1] is None
    assert spans[2] == pytest.approx((0.5, 1.0))


def test_text_without_events_is_divided_by_letters():
    spans = word_spans("one two", [], sound((1.0, 0.1)), RATE)
    assert spans == [pytest.approx((0.0, 0.5)), pytest.approx((0.5, 1.0))]


@pytest.mark.parametrize(
    ("language", "speaks"),
    [
        *((name, True) for name in ("de", "de-AT", "pt-BR", "pt_br", "zh", "zh-Hant-TW", "zh-HK", "no", "en-GB", "he")),
        *((name, False) for name in ("xx", "", "../de")),
    ],
)
def test_languages_are_found_by_their_usual_codes(language, speaks):
    assert VOICE.speaks(language) is speaks


def test_equal_seeds_give_equal_samples():
    samples, rate, _ = synthesise("Guten Tag", "de", 165, 1)
    assert np.array_equal(samples, synthesise("Guten Tag", "de", 165, 1)[0])
    assert rate == 22_050


def test_variant_of_a_voice_sounds_different():
    plain = VOICE.say("Guten Tag", "de", "de", 1.0, 0).samples
    assert not np.array_equal(plain, VOICE.say("Guten Tag", "de+f3", "de", 1.0, 0).samples)


def test_text_that_it_cannot_read_is_refused():
    with pytest.raises(ProviderRefused, match="kanji"):
        VOICE.say("世界は美しい", None, "ja", 1.0, 0)
    with pytest.raises(ProviderRefused, match="nothing"):
        VOICE.say("—", None, "de", 1.0, 0)
    with pytest.raises(ProviderRefused, match="no voice"):
        VOICE.say("Hallo", None, "xx", 1.0, 0)


def test_mark_up_in_text_is_not_interpreted():
    words = VOICE.say("<b>Hallo</b> &amp; [[Welt]]", None, "de", 1.0, 0).words
    assert [word.text for word in words] == ["<b>Hallo</b>", "&amp;", "[[Welt]]"]


def test_every_listed_voice_is_robotic():
    assert len(VOICE.listing()) > 100
    assert all(info.robotic for info in VOICE.listing())


def test_missing_package_is_reported_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(Unconfigured, match=r"espeakng-loader is not installed \(pip install espeakng-loader\)"):
        espeak.build(settings())
