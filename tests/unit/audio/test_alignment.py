"""Word times come from the most exact aligner that succeeds; without one the words are only in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from app.core.errors import ProviderRefused, Unconfigured
from audio.aligners.proportional import Proportional, detect_speech
from audio.alignment import _exactness_rank, align_words, aligners
from schemas.speech import Word

RATE = 16_000


def noise(*parts: tuple[float, float]) -> np.ndarray:
    """Noise from parts of (seconds, gain)."""
    rng = np.random.default_rng(0)
    sounds = [gain * rng.standard_normal(round(length_s * RATE)) for length_s, gain in parts]
    return np.concatenate(sounds).astype(np.float32)


@dataclass
class FixedAligner:
    """An aligner that gives each word 100 ms, or raises ``error``."""

    name: str
    confidence: float = 0.9
    error: Exception | None = None

    def align(self, samples, rate, words, language):
        if self.error:
            raise self.error
        return [(0.1 * n, 0.1 * n + 0.1) for n in range(len(words))]


def test_first_aligner_that_succeeds_is_named():
    candidates = [
        FixedAligner("hama", error=ProviderRefused("hama", "no")),
        FixedAligner("whisper"),
        FixedAligner("proportional"),
    ]
    alignment = align_words(noise((1, 0.1)), RATE, ["a", "b"], "en", candidates)
    assert (alignment.method, alignment.confidence) == ("whisper", 0.9)
    assert alignment.words == (Word("a", 0, 100), Word("b", 100, 200))


def test_unconfigured_aligner_is_skipped():
    candidates = [FixedAligner("hama", error=Unconfigured("hama", "not installed")), FixedAligner("whisper")]
    assert align_words(noise((1, 0.1)), RATE, ["a"], "en", candidates).method == "whisper"


def test_words_over_silence_are_in_order():
    alignment = align_words(np.zeros(RATE, np.float32), RATE, ["a", "b"], "en")
    assert alignment.method == "text"
    assert alignment.confidence == 0
    assert [word.text for word in alignment.words] == ["a", "b"]


def test_proportional_is_last_and_unknown_aligners_precede_it():
    assert sorted(["proportional", "mfa", "whisper", "hama"], key=_exactness_rank) == [
        "hama",
        "whisper",
        "mfa",
        "proportional",
    ]
    assert aligners()[-1].name == "proportional"


def test_speech_is_detected_between_pauses():
    stretches = detect_speech(noise((0.3, 0), (0.5, 0.1), (0.4, 0.0005), (0.6, 0.1), (0.2, 0)), RATE)
    assert stretches == [pytest.approx((0.3, 0.8), abs=0.011), pytest.approx((1.2, 1.8), abs=0.011)]


def test_short_pause_does_not_end_a_stretch_and_a_click_is_not_speech():
    stretches = detect_speech(noise((0.5, 0.1), (0.08, 0), (0.5, 0.1), (0.5, 0), (0.01, 0.1), (0.3, 0)), RATE)
    assert stretches == [pytest.approx((0.0, 1.08), abs=0.011)]


def test_words_do_not_lie_in_pauses():
    sound = noise((0.6, 0.1), (0.8, 0), (0.6, 0.1))
    words = Proportional().align(sound, RATE, ["alpha", "beta,", "alpha", "beta,"], "en")
    assert words[1][1] == pytest.approx(0.6, abs=0.02)
    assert words[2][0] == pytest.approx(1.4, abs=0.02)
    assert words[3][1] == pytest.approx(2.0, abs=0.02)


def test_sign_without_letters_has_no_span():
    assert Proportional().align(noise((1, 0.1)), RATE, ["a", "—", "b"], "en")[1] is None


def test_silence_and_text_without_letters_are_refused():
    with pytest.raises(ProviderRefused):
        Proportional().align(np.zeros(RATE, np.float32), RATE, ["a"], "en")
    with pytest.raises(ProviderRefused):
        Proportional().align(noise((1, 0.1)), RATE, ["—"], "en")
