"""A bed ends with a chord on a beat that rings and is not played on; its beats are where the data says, also looped."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.planning.music.beats import LONGEST_RING_MS, SHORTEST_RING_MS, film_beats
from app.planning.music.choice import choose_music
from app.planning.music.library import bundled_tracks
from app.store.backends.folder import Folder
from audio.levels import RATE, Samples, resample
from audio.music.bed import MusicSource, ending_of_bed, make_bed
from audio.music.onsets import TRACKING_RATE, find_onsets
from audio.music.recorded_beats import recorded_beats
from audio.music.tracks import track_path
from audio.wav import read_wav, write_wav
from schemas.preset import MOODS
from schemas.scene_graph import MusicChoice

TRACKS = [(mood, name) for mood, tracks in bundled_tracks().items() for name in tracks]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Folder:
    return Folder(tmp_path_factory.mktemp("endings"))


def track_source(mood: str, name: str) -> MusicSource:
    return MusicSource("tracks", f"track:{name}", mood, 0, track_path(mood, name), bundled_tracks()[mood][name])


def length_ending_on_a_beat(source: MusicSource, about_ms: int) -> int:
    return next(beat_ms for beat_ms in film_beats(source.beats, 200_000) if beat_ms > about_ms) + 1250


def bed(source: MusicSource, length_ms: int, store: Folder, cuts_ms: tuple[int, ...] = ()) -> Samples:
    return read_wav(store.local(make_bed(source, length_ms, cuts_ms, store)))[0]


def level_db(samples: Samples, start_ms: int, end_ms: int) -> float:
    part = samples[start_ms * 48 : end_ms * 48]
    return 20 * float(np.log10(np.sqrt(np.square(part).mean()) + 1e-9))


def assert_chord_rings(samples: Samples, ending_ms: int) -> None:
    """The last chord is heard on its beat, decays without another stroke, and is silent at the end."""
    length_ms = len(samples) // 48
    assert SHORTEST_RING_MS <= length_ms - ending_ms <= LONGEST_RING_MS
    chord_db = level_db(samples, ending_ms, ending_ms + 300)
    assert chord_db > -32
    assert level_db(samples, ending_ms + 700, ending_ms + 900) > chord_db - 30
    assert level_db(samples, length_ms - 40, length_ms) < chord_db - 30
    levels = [level_db(samples, ms, ms + 100) for ms in range(ending_ms + 500, length_ms - 100, 100)]
    assert all(later < earlier + 1.5 for earlier, later in pairwise(levels))


@pytest.mark.parametrize(("mood", "name"), TRACKS)
def test_track_ends_on_a_beat_with_a_chord_that_rings(mood, name, store):
    source = track_source(mood, name)
    length_ms = length_ending_on_a_beat(source, 9000)
    ending_ms = ending_of_bed(source, length_ms)
    assert ending_ms in film_beats(source.beats, length_ms)
    assert_chord_rings(bed(source, length_ms, store), ending_ms)


@pytest.mark.parametrize("mood", MOODS)
def test_composed_piece_ends_with_a_chord_that_rings(mood, store):
    source = MusicSource("composer", f"composer:{mood}:3", mood, 3)
    assert_chord_rings(bed(source, 12_000, store, (2900, 6400)), ending_of_bed(source, 12_000))


def onset_shares(samples: Samples, beats_ms: tuple[int, ...]) -> tuple[float, float]:
    """The shares of beats, and of the moments a third of a beat later, with an onset within 40 ms."""
    strength = find_onsets(resample(samples.mean(axis=1), RATE, TRACKING_RATE)).strength
    period_ms = float(np.median(np.diff(beats_ms)))

    def share(offset_ms: float) -> float:
        frames = [round((ms + offset_ms) / 5) for ms in beats_ms]
        return float(np.mean([strength[max(0, frame - 8) : frame + 9].max(initial=0) >= 1.5 for frame in frames]))

    return share(0), share(period_ms / 3)


@pytest.mark.parametrize(("mood", "name"), TRACKS[::5])
def test_beats_of_a_looped_track_are_where_the_data_says(mood, name, store):
    """The film is twice as long as the track, and only beats after the first jump count."""
    source = track_source(mood, name)
    length_ms = length_ending_on_a_beat(source, 65_000)
    samples = bed(source, length_ms, store)
    after_jump_ms = source.beats.loop_leave // 48 + 1000
    beats = tuple(ms for ms in film_beats(source.beats, length_ms) if after_jump_ms < ms < length_ms - 3000)
    on_beats, between = onset_shares(samples, beats)
    assert on_beats >= 0.65
    assert on_beats > between + 0.2


def test_beats_of_a_users_file_are_found_once(store, tmp_path):
    mood, name = TRACKS[0]
    own = recorded_beats(track_path(mood, name), "asset:ast_1", store)
    assert own.bpm == pytest.approx(bundled_tracks()[mood][name].bpm, rel=0.01)
    (tmp_path / "nothing").write_bytes(b"")
    assert recorded_beats(tmp_path / "nothing", "asset:ast_1", store) == own


def test_users_music_with_beats_ends_on_a_beat_and_other_music_fades_out(store, tmp_path):
    mood, name = TRACKS[0]
    path = track_path(mood, name)
    beats = recorded_beats(path, "asset:ast_1", store)
    source = MusicSource("asset", "asset:ast_1", mood, 0, path, beats)
    length_ms = length_ending_on_a_beat(source, 8000)
    assert_chord_rings(bed(source, length_ms, store), ending_of_bed(source, length_ms))
    noise = np.random.default_rng(2).standard_normal(12 * RATE).astype(np.float32) * 0.1
    write_wav(tmp_path / "rain.wav", noise)
    assert recorded_beats(tmp_path / "rain.wav", "asset:ast_rain", store) is None
    rain = MusicSource("asset", "asset:ast_rain", mood, 0, tmp_path / "rain.wav")
    assert ending_of_bed(rain, 8000) is None
    samples = bed(rain, 8000, store)
    assert level_db(samples, 6800, 7200) == pytest.approx(level_db(samples, 3000, 5000) - 6, abs=2)


def test_choice_of_the_plan_is_the_source_of_the_bed():
    from audio.music.bed import choose_source

    for seed in range(12):
        chosen = choose_music(MusicChoice(), "happy", seed, "tracks")
        source = choose_source(MusicChoice(), "happy", seed, kind="tracks")
        assert (source.identity, source.beats) == (chosen.identity, chosen.beats)
        assert source.path.name == chosen.track
