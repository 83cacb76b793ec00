"""The beats of a film's music: from the data of its track, over the jumps of its loop, up to the last chord."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Unconfigured
from app.planning.music.beats import composed_ending, ending_beat, film_beats
from app.planning.music.choice import choose_music
from app.planning.music.library import bundled_tracks
from schemas.music import MusicBeats
from schemas.preset import MOODS
from schemas.scene_graph import MusicChoice

TRACKS = {name: beats for tracks in bundled_tracks().values() for name, beats in tracks.items()}
PLAIN = MusicBeats(120.0, (0, 500, 1000, 1500, 2000, 2500), (0, 2000), 2000)


def test_beats_end_with_music_whose_loop_is_not_known() -> None:
    assert film_beats(PLAIN, 1600) == (0, 500, 1000, 1500)
    assert film_beats(PLAIN, 60_000) == PLAIN.beats_ms


def test_loop_repeats_the_beats_between_its_ends() -> None:
    looped = MusicBeats(120.0, PLAIN.beats_ms, PLAIN.downbeats_ms, 2000, loop_enter=500 * 48, loop_leave=2003 * 48)
    assert film_beats(looped, 4100) == (0, 500, 1000, 1500, 2003, 2503, 3003, 3506, 4006)


@pytest.mark.parametrize("name", TRACKS)
def test_beat_goes_on_regularly_over_all_jumps_of_ten_minutes(name: str) -> None:
    beats = film_beats(TRACKS[name], 600_000)
    intervals = [after - before for before, after in pairwise(beats)]
    usual = median(intervals)
    assert len(beats) == pytest.approx(600_000 / usual, rel=0.02)
    assert all(abs(interval - usual) <= 0.06 * usual for interval in intervals)


@given(st.integers(300, 1100), st.integers(3000, 60_000))
def test_ending_beat_rings_between_1_and_1_5_s(beat_ms: int, film_ms: int) -> None:
    beats = tuple(range(0, film_ms, beat_ms))
    ending = ending_beat(beats, film_ms)
    if ending is None:
        assert not [ms for ms in beats if 1000 <= film_ms - ms <= 1500]
    else:
        assert ending in beats and 1000 <= film_ms - ending <= 1500


def test_composed_music_ends_anywhere_but_not_in_a_very_short_film() -> None:
    assert composed_ending(10_000) == 8750
    assert composed_ending(2000) is None


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_bundled_tracks_with_beats(mood: str) -> None:
    names = {choose_music(MusicChoice(), mood, seed, "tracks").track for seed in range(40)}
    assert names == set(bundled_tracks()[mood])
    assert choose_music(MusicChoice(), mood, 0, "tracks").beats is not None


def test_composed_and_own_music_has_no_beats_in_advance() -> None:
    assert choose_music(MusicChoice(), "calm", 3, "composer").beats is None
    own = choose_music(MusicChoice("asset", asset="ast_1"), "calm", 3, "tracks")
    assert (own.kind, own.identity, own.beats) == ("asset", "asset:ast_1", None)
    assert choose_music(MusicChoice("none"), "calm", 3, "tracks") is None


def test_unknown_kind_of_music_is_refused() -> None:
    with pytest.raises(Unconfigured):
        choose_music(MusicChoice(), "calm", 1, "unknown")
