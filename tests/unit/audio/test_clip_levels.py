"""Levels of the own sound of clips: pooled loudness, lowering under speech, fades."""

from __future__ import annotations

import numpy as np
import pytest

from audio.clip_levels import FALL_S, RISE_S, SHORTEST_RETURN_S, fade, lowering_db, pooled_lufs
from audio.levels import RATE
from schemas.timeline import AudioItem

TIMES = np.arange(0, 12, 0.01)
SHORTEST_PAUSE_S = FALL_S + RISE_S + SHORTEST_RETURN_S


def at(time_s, *spans):
    return float(np.interp(time_s, TIMES, lowering_db(spans, TIMES, 11.0)))


def test_level_is_low_during_speech_and_full_elsewhere():
    spans = ((2.0, 4.0), (7.0, 9.0))
    assert [at(time_s, *spans) for time_s in (2.0, 3.0, 4.0, 7.0, 9.0)] == pytest.approx([-11] * 5, abs=0.01)
    assert [at(time_s, *spans) for time_s in (0.0, 1.8, 4.35, 6.8, 9.35, 11.9)] == [0] * 6


def test_level_does_not_return_in_a_short_pause():
    assert at(4.3, (2.0, 4.0), (4.0 + SHORTEST_PAUSE_S - 0.05, 6.0)) == pytest.approx(-11)
    assert at(4.4, (2.0, 4.0), (4.0 + SHORTEST_PAUSE_S + 0.05, 6.0)) == pytest.approx(0)


def test_film_without_speech_has_the_full_level():
    assert not lowering_db([], TIMES, 11.0).any()


def test_quiet_parts_do_not_lower_the_loudness_of_a_file():
    assert pooled_lufs([(-20.0, 4000), (-20.0, 1000)]) == pytest.approx(-20)
    assert pooled_lufs([(-20.0, 4000), (-45.0, 4000)]) == pytest.approx(-20)


def test_longer_parts_count_more():
    assert pooled_lufs([(-20.0, 9000), (-26.0, 1000)]) == pytest.approx(-20.3, abs=0.1)


def test_crossing_fades_have_constant_power():
    item = AudioItem("clip", 0, 2000, fade_in_ms=500, fade_out_ms=500)
    total = 2 * RATE
    power = fade(np.arange(total), total, item) ** 2
    assert power[-RATE // 2 :] + power[: RATE // 2] == pytest.approx(1, abs=1e-6)
    assert power[RATE // 2 : -RATE // 2] == pytest.approx(1, abs=1e-6)


def test_fades_of_a_sound_that_is_shorter_than_both_meet_in_its_middle():
    item = AudioItem("clip", 0, 100, fade_in_ms=400, fade_out_ms=400)
    total = RATE // 10
    curve = fade(np.arange(total), total, item)
    assert curve.max() == pytest.approx(1, abs=1e-3)
    assert curve[0] < 0.01 and curve[-1] < 0.01
