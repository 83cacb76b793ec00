"""The score fills the film, meets the cuts and knows every mood."""

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


def test_there_is_a_score_for_every_mood_of_the_presets():
    assert set(MOODS) == set(preset.MOODS)


@pytest.mark.parametrize("mood", MOODS)
def test_every_part_can_be_played(mood):
    for part in MOODS[mood].parts:
        assert len(part.pattern) == 8
        assert set(part.pattern) <= set("xo.")
        assert instrument_kind(part.instrument) == ("drum" if part.plays == "hit" else instrument_kind(part.instrument))
        assert part.plays in ("chord", "arp", "root", "hit")
        assert 0 <= part.min_intensity < 1


def test_energetic_and_happy_have_drums_and_calm_and_tender_have_none():
    drums = {mood for mood, score in MOODS.items() if any(part.plays == "hit" for part in score.parts)}
    assert {"energetic", "happy"} <= drums
    assert not drums & {"calm", "tender"}


@given(st.sampled_from(sorted(MOODS)), st.floats(0.5, 90), CUTS, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_bars_follow_each_other_from_the_beginning_to_the_end(mood, length_s, cuts, seed):
    bars = build_bars(MOODS[mood], length_s, cuts, seed)
    assert bars[0].start_s == 0
    assert bars[-1].end_s == pytest.approx(length_s)
    assert all(one.end_s == pytest.approx(other.start_s) for one, other in pairwise(bars))
    assert all(bar.eighths >= 1 and 0 < bar.intensity <= 1 for bar in bars)


@given(st.lists(st.floats(2.5, 9), min_size=1, max_size=12), st.sampled_from(sorted(MOODS)))
@settings(max_examples=60, deadline=None)
def test_every_cut_that_is_not_too_near_another_begins_a_bar(stretches, mood):
    cuts = [sum(stretches[: n + 1]) for n in range(len(stretches))]
    starts = [bar.start_s for bar in build_bars(MOODS[mood], cuts[-1] + 6, cuts, 1)]
    assert all(min(abs(start - cut) for start in starts) < 1e-6 for cut in cuts)


@given(CUTS, st.sampled_from(sorted(MOODS)))
@settings(max_examples=60, deadline=None)
def test_the_tempo_stays_near_the_moods(cuts, mood):
    bpm = 30 / fit_eighth_s(MOODS[mood].bpm, cuts)
    assert MOODS[mood].bpm * (1 + TEMPO_SHIFTS[0]) <= bpm * 1.0001
    assert bpm <= MOODS[mood].bpm * (1 + TEMPO_SHIFTS[-1]) * 1.0001


def test_the_tempo_gives_way_so_that_a_cut_falls_on_a_beat():
    """Four seconds are 8.27 beats at 124: at 120 they are 8."""
    assert 4 / (2 * fit_eighth_s(124, [4.0, 8.0, 12.0])) == pytest.approx(8, abs=0.05)
    assert fit_eighth_s(124, []) == pytest.approx(30 / 124)


@given(st.floats(1, 30), st.floats(0.2, 0.5))
@settings(max_examples=100, deadline=None)
def test_a_stretch_keeps_whole_beats_while_that_bends_the_tempo_little(stretch_s, eighth_s):
    count = count_eighths(stretch_s, eighth_s)
    bend = abs(stretch_s / (count * eighth_s) - 1)
    assert bend <= max(MAX_TEMPO_BEND, 0.5 / count + 1e-9)


@given(st.integers(1, 200))
def test_bars_of_a_stretch_add_up_and_no_scrap_is_left(eighths):
    lengths = bar_lengths(eighths)
    assert sum(lengths) == eighths
    assert all(length >= 3 for length in lengths) or eighths < 3


def test_cuts_too_near_each_other_or_an_end_begin_no_bar():
    assert section_cuts([0.2, 3, 3.5, 6, 9.9], 10, 1) == [3, 6]


def test_chords_lie_near_each_other_so_that_voices_move_little():
    progression = MOODS["happy"].progressions[0]
    voicings = [chord_notes(chord, 2, 62) for chord in progression]
    assert all(56 <= note <= 68 for notes in voicings for note in notes)
    assert {(note - 2) % 12 for note in voicings[0]} == {0, 4, 7, 2}


def test_the_same_seed_is_the_same_score_and_another_is_not():
    one = build_bars(MOODS["calm"], 30, [5, 9], 4)
    assert one == build_bars(MOODS["calm"], 30, [5, 9], 4)
    assert one != build_bars(MOODS["calm"], 30, [5, 9], 5)
