"""The score fills the film, fits the cuts and covers every mood."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.music.instruments import instrument_kind
from audio.music.moods import MOODS
from audio.music.score import (
    MAX_TEMPO_BEND,
    TEMPO_SHIFTS,
    bar_lengths,
    build_bars,
    chord_notes,
    count_eighths,
    fit_eighth_s,
    section_cuts,
)
from schemas import preset

CUTS = st.lists(st.floats(0.1, 60), max_size=20).map(sorted)


def test_every_mood_of_the_presets_has_a_score():
    assert set(MOODS) == set(preset.MOODS)


@pytest.mark.parametrize("mood", MOODS)
def test_every_part_is_playable(mood):
    for part in MOODS[mood].parts:
        assert len(part.pattern) == 8
        assert set(part.pattern) <= set("xo.")
        assert instrument_kind(part.instrument) == ("drum" if part.plays == "hit" else instrument_kind(part.instrument))
        assert part.plays in ("chord", "arp", "root", "hit")
        assert 0 <= part.min_intensity < 1


def test_energetic_and_happy_have_drums_but_calm_and_tender_do_not():
    drums = {mood for mood, score in MOODS.items() if any(part.plays == "hit" for part in score.parts)}
    assert {"energetic", "happy"} <= drums
    assert not drums & {"calm", "tender"}


@given(st.sampled_from(sorted(MOODS)), st.floats(0.5, 90), CUTS, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_bars_are_contiguous_from_start_to_end(mood, length_s, cuts, seed):
    bars = build_bars(MOODS[mood], length_s, cuts, seed)
    assert bars[0].start_s == 0
    assert bars[-1].end_s == pytest.approx(length_s)
    assert all(bar.end_s == pytest.approx(following.start_s) for bar, following in pairwise(bars))
    assert all(bar.eighths >= 1 and 0 < bar.intensity <= 1 for bar in bars)


@given(st.lists(st.floats(2.5, 9), min_size=1, max_size=12), st.sampled_from(sorted(MOODS)))
@settings(max_examples=60, deadline=None)
def test_every_cut_that_is_not_too_close_to_another_starts_a_bar(sections_s, mood):
    cuts = [sum(sections_s[: n + 1]) for n in range(len(sections_s))]
    starts = [bar.start_s for bar in build_bars(MOODS[mood], cuts[-1] + 6, cuts, 1)]
    assert all(min(abs(start - cut) for start in starts) < 1e-6 for cut in cuts)


@given(CUTS, st.sampled_from(sorted(MOODS)))
@settings(max_examples=60, deadline=None)
def test_tempo_stays_near_that_of_the_mood(cuts, mood):
    bpm = 30 / fit_eighth_s(MOODS[mood].bpm, cuts)
    assert MOODS[mood].bpm * (1 + TEMPO_SHIFTS[0]) <= bpm * 1.0001
    assert bpm <= MOODS[mood].bpm * (1 + TEMPO_SHIFTS[-1]) * 1.0001


def test_tempo_is_adjusted_so_that_cuts_fall_on_beats():
    """Four seconds are 8.27 beats at 124 bpm, and 8 beats at 120 bpm."""
    assert 4 / (2 * fit_eighth_s(124, [4.0, 8.0, 12.0])) == pytest.approx(8, abs=0.05)
    assert fit_eighth_s(124, []) == pytest.approx(30 / 124)


@given(st.floats(1, 30), st.floats(0.2, 0.5))
@settings(max_examples=100, deadline=None)
def test_section_has_whole_beats_if_that_bends_the_tempo_little(section_s, eighth_s):
    count = count_eighths(section_s, eighth_s)
    bend = abs(section_s / (count * eighth_s) - 1)
    assert bend <= max(MAX_TEMPO_BEND, 0.5 / count + 1e-9)


@given(st.integers(1, 200))
def test_bar_lengths_add_up_and_no_bar_is_too_short(eighths):
    lengths = bar_lengths(eighths)
    assert sum(lengths) == eighths
    assert all(length >= 3 for length in lengths) or eighths < 3


def test_cuts_too_close_to_each_other_or_to_an_end_start_no_section():
    assert section_cuts([0.2, 3, 3.5, 6, 9.9], 10, 1) == [3, 6]


def test_chords_are_voiced_close_to_each_other():
    progression = MOODS["happy"].progressions[0]
    voicings = [chord_notes(chord, 2, 62) for chord in progression]
    assert all(56 <= note <= 68 for notes in voicings for note in notes)
    assert {(note - 2) % 12 for note in voicings[0]} == {0, 4, 7, 2}


def test_equal_seeds_give_equal_scores_and_others_do_not():
    bars = build_bars(MOODS["calm"], 30, [5, 9], 4)
    assert bars == build_bars(MOODS["calm"], 30, [5, 9], 4)
    assert bars != build_bars(MOODS["calm"], 30, [5, 9], 5)
