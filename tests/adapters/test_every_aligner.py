"""Rules for every aligner, including those of other installed packages.

The sound is real speech of eSpeak NG, which reports the time of each of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pytest

from app.core.config import settings
from app.core.errors import ProviderRefused, Unconfigured
from app.core.plugins import scan
from audio.alignment import GROUP, PACKAGE, align_words, build_aligners
from audio.base import Spoken
from audio.levels import Samples
from audio.registry import build_voices
from audio.words import Seconds
from schemas.speech import METHODS

REGISTRY = build_aligners(settings())
ALIGNERS = REGISTRY.present
TEXTS = {
    "en": "Bread takes time. Good bread takes longer — two days, and 3 eggs!",
    "de": "Brot braucht Zeit. Gutes Brot braucht länger: zwei Tage, und 3 Eier.",
    "es": "El pan lleva tiempo. ¿Y el buen pan? Dos días y 3 huevos.",
    "hi": "रोटी में समय लगता है। अच्छी रोटी में दो दिन लगते हैं।",
}
# An aligner works on frames of the sound, of which the last may extend past its end.
FRAME_S = 0.02
# An aligner may place the edge of a word into the pause next to it.
TOLERANCE_S = 0.1
# The mean error of word starts; "proportional", the least exact method, has 0.04 to 0.09 s on these texts.
MAX_MEAN_ERROR_S = 0.15
REFUSALS = (ProviderRefused, Unconfigured)

every_aligner = pytest.mark.parametrize("name", ALIGNERS)
every_language = pytest.mark.parametrize("language", TEXTS)


@lru_cache
def speech(language: str) -> Spoken:
    return build_voices(settings()).require("espeak").say(TEXTS[language], None, language, 1.0, 3)


def align(name: str, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Seconds | None] | None:
    """Return the spans of ``words`` in seconds; ``None`` if the aligner refuses."""
    try:
        return list(ALIGNERS[name].align(samples, rate, words, language))
    except REFUSALS:
        return None


def aligned_speech(name: str, language: str) -> list[Seconds | None]:
    """Return the spans of the words of ``TEXTS[language]``; skips if the aligner does not know the language."""
    spoken = speech(language)
    spans = align(name, spoken.samples, spoken.rate, TEXTS[language].split(), language)
    if spans is None:
        pytest.skip(f"{name} does not align {language}")
    return spans


def assert_valid(spans: Sequence[Seconds | None], words: Sequence[str], length_s: float) -> None:
    """Assert that there is a span or ``None`` for each word, and that the spans are in order inside the sound."""
    assert len(spans) == len(words)
    edges = [edge for span in spans if span is not None for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= length_s + FRAME_S for edge in edges)


def is_spoken(word: str) -> bool:
    return any(char.isalnum() for char in word)


def test_proportional_is_always_present() -> None:
    assert "proportional" in ALIGNERS


@pytest.mark.parametrize("name", scan(PACKAGE, GROUP))
def test_aligner_is_present_or_missing_with_a_reason(name: str) -> None:
    assert (name in ALIGNERS) != (name in REGISTRY.missing)
    assert name in ALIGNERS or len(REGISTRY.missing[name]) > 10


@every_aligner
def test_name_is_a_method_of_word_times(name: str) -> None:
    assert ALIGNERS[name].name in METHODS


@every_aligner
def test_confidence_is_between_0_and_1(name: str) -> None:
    assert 0 <= ALIGNERS[name].confidence <= 1


@every_aligner
def test_some_language_is_aligned(name: str) -> None:
    spoken = {language: speech(language) for language in TEXTS}
    assert any(align(name, s.samples, s.rate, TEXTS[code].split(), code) for code, s in spoken.items())


@every_aligner
@every_language
def test_every_word_has_a_span_in_order_inside_the_sound(name: str, language: str) -> None:
    spans, words, spoken = aligned_speech(name, language), TEXTS[language].split(), speech(language)
    assert_valid(spans, words, len(spoken.samples) / spoken.rate)
    assert all(
        span is not None and span[0] < span[1] for span, word in zip(spans, words, strict=True) if is_spoken(word)
    )


@every_aligner
@every_language
def test_words_are_near_the_times_that_the_voice_reports(name: str, language: str) -> None:
    spans = aligned_speech(name, language)
    errors = [
        abs(span[0] - word.start_ms / 1000)
        for span, word in zip(spans, speech(language).words, strict=True)
        if span is not None and is_spoken(word.text)
    ]
    assert np.mean(errors) <= MAX_MEAN_ERROR_S


@every_aligner
def test_no_word_is_placed_in_silence_before_or_after_the_speech(name: str) -> None:
    aligned_speech(name, "en")
    spoken, words = speech("en"), TEXTS["en"].split()
    silence = np.zeros(spoken.rate, np.float32)
    spans = align(name, np.concatenate([silence, spoken.samples, silence]), spoken.rate, words, "en")
    assert spans is not None
    edges = [edge for span in spans if span is not None for edge in span]
    assert edges[0] >= 1 - TOLERANCE_S
    assert edges[-1] <= 1 + len(spoken.samples) / spoken.rate + TOLERANCE_S


@every_aligner
def test_sample_rate_does_not_change_the_times(name: str) -> None:
    spans, spoken = aligned_speech(name, "en"), speech("en")
    resampled = align(name, np.repeat(spoken.samples, 2), 2 * spoken.rate, TEXTS["en"].split(), "en")
    assert resampled is not None
    for span, other in zip(spans, resampled, strict=True):
        assert (span is None) == (other is None)
        assert span is None or other == pytest.approx(span, abs=TOLERANCE_S)


@every_aligner
def test_equal_input_gives_equal_spans_and_is_not_modified(name: str) -> None:
    spans, spoken = aligned_speech(name, "en"), speech("en")
    samples = spoken.samples.copy()
    assert align(name, samples, spoken.rate, TEXTS["en"].split(), "en") == spans
    assert np.array_equal(samples, spoken.samples)


@every_aligner
def test_two_threads_do_not_disturb_each_other(name: str) -> None:
    languages = ["en", "es"] * 2

    def spans(language: str) -> list[Seconds | None] | None:
        spoken = speech(language)
        return align(name, spoken.samples, spoken.rate, TEXTS[language].split(), language)

    alone = [spans(language) for language in languages]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(spans, languages)) == alone


@every_aligner
def test_aligned_words_keep_text_order_and_source(name: str) -> None:
    aligned_speech(name, "en")
    spoken, words = speech("en"), TEXTS["en"].split()
    aligned = align_words(spoken.samples, spoken.rate, words, "en", [ALIGNERS[name]])
    edges = [edge for word in aligned.words for edge in (word.start_ms, word.end_ms)]
    assert [word.text for word in aligned.words] == words
    assert edges == sorted(edges)
    assert edges[-1] <= len(spoken.samples) * 1000 / spoken.rate
    assert (aligned.method, aligned.confidence) == (ALIGNERS[name].name, ALIGNERS[name].confidence)


# -- refusals --------------------------------------------------------------------------------------------------------


@every_aligner
@pytest.mark.parametrize("seconds", [0, 0.001, 2])
def test_silence_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(REFUSALS):
        ALIGNERS[name].align(np.zeros(round(seconds * 16_000), np.float32), 16_000, ["Bread", "rises"], "en")


@every_aligner
@pytest.mark.parametrize(
    "words",
    [[], [""], ["—", "…"], ["Bread"] * 400, ["x" * 2_000], ["a\tb", "\u0000", "🍞"], ["पाव", "麵包", "خبز"]],
    ids=["none", "empty", "punctuation", "too_many", "long", "odd_characters", "other_scripts"],
)
def test_odd_words_are_aligned_or_refused(name: str, words: list[str]) -> None:
    spoken = speech("en")
    spans = align(name, spoken.samples, spoken.rate, words, "en")
    if spans is not None:
        assert_valid(spans, words, len(spoken.samples) / spoken.rate)


@every_aligner
@pytest.mark.parametrize("language", ["xx-nowhere", "", "EN", "pt-BR"])
def test_unknown_language_is_aligned_or_refused(name: str, language: str) -> None:
    spoken, words = speech("en"), TEXTS["en"].split()
    spans = align(name, spoken.samples, spoken.rate, words, language)
    if spans is not None:
        assert_valid(spans, words, len(spoken.samples) / spoken.rate)


@every_aligner
@pytest.mark.parametrize("seconds", [0.02, 0.3])
def test_too_short_sound_is_aligned_or_refused(name: str, seconds: float) -> None:
    spoken, words = speech("en"), TEXTS["en"].split()
    loud = np.flatnonzero(np.abs(spoken.samples) > 0.1)[0]
    samples = spoken.samples[loud : loud + round(seconds * spoken.rate)]
    spans = align(name, samples, spoken.rate, words, "en")
    if spans is not None:
        assert_valid(spans, words, len(samples) / spoken.rate)
