"""The best aligner that manages it gives the word times, and the last one always manages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from app.core.errors import ProviderRefused, Unconfigured
from audio.aligners.proportional import Proportional, detect_speech
from audio.alignment import _exactness_rank, align_words, aligners
from schemas.speech import Word

RATE = 16_000


def noise(*pieces: tuple[float, float]) -> np.ndarray:
    """Pieces of (seconds, gain)."""
    rng = np.random.default_rng(0)
    return np.concatenate([gain * rng.standard_normal(round(s * RATE)) for s, gain in pieces]).astype(np.float32)


@dataclass
class Teller:
    name: str
    confidence: float = 0.9
    trouble: Exception | None = None

    def align(self, samples, rate, words, language):
        if self.trouble:
            raise self.trouble
        return [(0.1 * n, 0.1 * n + 0.1) for n in range(len(words))]


def test_the_first_that_manages_is_named():
    by = [Teller("hama", trouble=ProviderRefused("hama", "no")), Teller("whisper"), Teller("proportional")]
    found = align_words(noise((1, 0.1)), RATE, ["a", "b"], "en", by)
    assert (found.method, found.confidence) == ("whisper", 0.9)
    assert found.words == (Word("a", 0, 100), Word("b", 100, 200))


def test_one_that_is_not_set_up_is_passed_over():
    by = [Teller("hama", trouble=Unconfigured("hama", "not installed")), Teller("whisper")]
    assert align_words(noise((1, 0.1)), RATE, ["a"], "en", by).method == "whisper"


def test_words_over_silence_still_have_their_order():
    found = align_words(np.zeros(RATE, np.float32), RATE, ["a", "b"], "en")
    assert found.method == "text"
    assert found.confidence == 0
    assert [word.text for word in found.words] == ["a", "b"]


def test_the_guess_comes_last_and_strangers_just_before_it():
    assert sorted(["proportional", "mfa", "whisper", "hama"], key=_exactness_rank) == [
        "hama",
        "whisper",
        "mfa",
        "proportional",
    ]
    assert aligners()[-1].name == "proportional"


def test_speech_is_heard_between_pauses():
    found = detect_speech(noise((0.3, 0), (0.5, 0.1), (0.4, 0.0005), (0.6, 0.1), (0.2, 0)), RATE)
    assert found == [pytest.approx((0.3, 0.8), abs=0.011), pytest.approx((1.2, 1.8), abs=0.011)]


def test_a_breath_does_not_part_a_stretch_and_a_click_is_none():
    found = detect_speech(noise((0.5, 0.1), (0.08, 0), (0.5, 0.1), (0.5, 0), (0.01, 0.1), (0.3, 0)), RATE)
    assert found == [pytest.approx((0.0, 1.08), abs=0.011)]


def test_no_word_lies_in_a_pause():
    sound = noise((0.6, 0.1), (0.8, 0), (0.6, 0.1))
    words = Proportional().align(sound, RATE, ["alpha", "beta,", "alpha", "beta,"], "en")
    assert words[1][1] == pytest.approx(0.6, abs=0.02)
    assert words[2][0] == pytest.approx(1.4, abs=0.02)
    assert words[3][1] == pytest.approx(2.0, abs=0.02)


def test_what_cannot_be_heard_has_no_time_of_its_own():
    assert Proportional().align(noise((1, 0.1)), RATE, ["a", "—", "b"], "en")[1] is None


def test_silence_is_refused():
    with pytest.raises(ProviderRefused):
        Proportional().align(np.zeros(RATE, np.float32), RATE, ["a"], "en")
    with pytest.raises(ProviderRefused):
        Proportional().align(noise((1, 0.1)), RATE, ["—"], "en")
