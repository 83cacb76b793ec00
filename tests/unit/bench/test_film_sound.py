"""Figures of the sound of a film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from audio.levels import RATE
from schemas.music import MusicBeats
from schemas.speech import Speech, SpokenLine, Word
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, Tracks
from tests.bench import film_sound

SCENES = (TimedScene(1, 0, 60, 0, 2000), TimedScene(2, 60, 152, 2000, 5067), TimedScene(3, 140, 240, 4667, 8000))
BEATS = MusicBeats(60.0, tuple(range(0, 9000, 1000)), (0, 4000, 8000), 4000)


def timeline(*audio: AudioItem) -> Timeline:
    transitions = (TimedTransition("slide_left", 2, 3, 140, 152),)
    return Timeline("2.0", Fraction(30), 108, 192, 240, SCENES, Tracks(audio=audio), transitions)


def test_cut_is_on_a_beat_within_the_limit_and_a_transition_in_its_middle() -> None:
    assert film_sound.share_on_beats(timeline(), BEATS, 40) == 0.5
    assert film_sound.share_on_beats(timeline(), BEATS, 140) == 1


def test_distance_of_effects_is_between_their_peaks() -> None:
    whoosh = AudioItem("effect", 1680, 2280, scene_id=2, effect="whoosh")
    pop = AudioItem("effect", 4500, 4640, scene_id=3, effect="pop")
    assert film_sound.effects_distance_s(timeline(whoosh, pop)) == 2.5
    assert film_sound.effects_distance_s(timeline(whoosh)) is None


def test_moments_are_words_pauses_and_the_inside_of_long_pauses() -> None:
    words = [(200, 800), (900, 1500), (2300, 3000), (7000, 8000)]
    found = film_sound.moments(words, 12_000)
    assert found == {"words": words, "pauses": [(1500, 2300)], "long pauses": [(3700, 6300)]}


def test_pauses_where_the_text_turns_are_apart_from_the_others() -> None:
    lines = [
        SpokenLine(1, "Go. Run.", "v1", 1000, (Word("Go.", 0, 400), Word("Run.", 500, 1000)), "heart"),
        SpokenLine(2, "Stop", "v2", 500, (Word("Stop", 0, 500),), "heart"),
        SpokenLine(3, "Now.", "v3", 500, (Word("Now.", 0, 500),), "heart"),
    ]
    items = [AudioItem("voice", start, start + 1000, f"v{k}", k) for k, start in ((1, 0), (2, 2000), (3, 4000))]
    ends = film_sound.sentence_ends(timeline(*items), Speech("en", tuple(lines)), {2})
    assert ends == ([(400, 500)], [(1000, 2000)])


def test_silences_of_a_narration_are_measured() -> None:
    rng = np.random.default_rng(1)
    voice = np.zeros(4 * RATE, np.float32)
    for first, last in ((0.5, 1.5), (1.9, 3.0)):
        voice[round(first * RATE) : round(last * RATE)] = 0.1 * rng.standard_normal(round((last - first) * RATE))
    (silence,) = film_sound.silences_ms(voice)
    assert silence == pytest.approx((1500, 1900), abs=10)


def test_gains_of_two_sources_are_found_in_their_mix() -> None:
    rng = np.random.default_rng(2)
    voice, bed = (rng.standard_normal((RATE, 2)).astype(np.float32) for _ in range(2))
    found = film_sound.gains(2.0 * voice + 0.25 * bed, (voice, bed), [(100, 400), (500, 900)])
    assert found == pytest.approx([2.0, 0.25], abs=0.001)
