"""A bed is exactly as long as the film, at one level, faded, and its own for each film."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import BadMedia, NotFound, Unconfigured
from app.media.ffmpeg import command, run
from app.media.loudness import measure
from app.store.backends.folder import Folder
from audio.levels import RATE
from audio.music.bed import FADE_IN_MS, FADE_OUT_MS, bed, fade_in_and_out, source
from audio.music.tracks import decoding, track_for, tracks
from audio.wav import read_wav
from schemas.preset import MOODS
from schemas.scene_graph import MusicChoice

MOOD = MusicChoice()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("music"))


def made(store, length_ms, mood="calm", kind="tracks", cuts=(), seed=1, choice=MOOD, path=None):
    key = bed(source(choice, mood, seed, path, by), length_ms, cuts, store)
    samples, rate = read_wav(store.local(key))
    assert rate == RATE
    return samples


def recorded(folder, name, seconds, *codec, source_="sine=frequency=330:sample_rate=44100"):
    path = folder / name
    run(command("record", "-f", "lavfi", "-i", source_, "-t", seconds, *codec, path))
    return path


@pytest.mark.parametrize("by", ["tracks", "composer"])
@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_music_at_the_level_of_the_house(store, mood, by):
    key = bed(source(MOOD, mood, 5, kind=by), 8000, [2500, 5000], store)
    samples, _ = read_wav(store.local(key))
    assert samples.shape == (8 * RATE, 2)
    assert np.abs(samples).max() < 0.95
    assert measure(store.local(key)).integrated_lufs == pytest.approx(-18.5, abs=1.2)


@pytest.mark.parametrize("length_ms", [1, 333, 35_678])
@pytest.mark.parametrize("by", ["tracks", "composer"])
def test_it_is_as_long_as_the_film_to_the_sample(store, by, length_ms):
    assert len(made(store, length_ms, kind=by)) == length_ms * 48


def test_it_comes_in_quickly_and_goes_out_slowly(store):
    samples = np.abs(fade_in_and_out(np.ones((10 * RATE, 2), np.float32)))
    assert samples[0].max() < 0.001
    assert samples[FADE_IN_MS * 48] == pytest.approx(1)
    assert samples[-FADE_OUT_MS * 48] == pytest.approx(1, abs=0.001)
    assert samples[-RATE] == pytest.approx(0.5, abs=0.01)
    assert samples[-1].max() < 0.001


def test_a_short_bed_is_faded_over_a_quarter_of_itself():
    samples = fade_in_and_out(np.ones((400, 2), np.float32))
    assert samples[200].min() == 1
    assert samples[0].max() < 0.001
    assert fade_in_and_out(np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_the_composer_follows_the_cuts_and_a_track_is_the_same_for_all(store):
    same = {bed(source(MOOD, "calm", 1, kind="tracks"), 6000, cuts, store) for cuts in ([], [3000])}
    own = {bed(source(MOOD, "calm", 1, kind="composer"), 6000, cuts, store) for cuts in ([], [3000], [3000, 0, 6000])}
    assert len(same) == 1
    assert len(own) == 2


def test_another_seed_is_another_music():
    assert source(MOOD, "calm", 1, kind="tracks").path != source(MOOD, "calm", 2, kind="tracks").path
    assert source(MOOD, "calm", 1, kind="composer").identity != source(MOOD, "calm", 2, kind="composer").identity


def test_the_choice_goes_before_the_look_and_none_is_none():
    assert source(MusicChoice(mood="happy"), "calm", 1, kind="tracks").path.parent.name == "happy"
    assert source(MOOD, "calm", 1, kind="tracks").path.parent.name == "calm"
    assert source(MusicChoice("none"), "calm", 1) is None


def test_a_mood_without_a_track_is_composed():
    assert track_for("gloomy", 1) is None
    assert all(tracks(mood) for mood in MOODS)
    assert source(MOOD, "calm", 1, kind="tracks").kind == "tracks"


def test_a_setting_that_names_no_music_is_told_of():
    with pytest.raises(Unconfigured):
        source(MOOD, "calm", 1, kind="orchestra")


@pytest.mark.parametrize("codec", [("m.mp3",), ("m.m4a",), ("m.ogg", "-c:a", "libopus"), ("m.wav", "-ac", 1)])
def test_the_users_own_music_is_looped_or_cut_to_length(store, tmp_path, codec):
    path = recorded(tmp_path, codec[0], 5, *codec[1:])
    choice = MusicChoice("asset", asset=f"ast_{codec[0]}")
    for length_ms in (4500, 14_000):
        samples = made(store, length_ms, choice=choice, path=path)
        assert samples.shape == (length_ms * 48, 2)
        quarters = np.sqrt(np.square(samples.mean(axis=1).reshape(-1, RATE // 4)).mean(axis=1))
        assert quarters[2:-9].min(initial=1.0) > 0.05


def test_the_sound_of_a_film_may_be_the_music(store, tmp_path):
    picture = ("-f", "lavfi", "-i", "color=s=64x64:r=10", "-f", "lavfi", "-i", "sine=330", "-t", 3)
    run(command("make a film", *picture, tmp_path / "film.mp4"))
    assert made(store, 2000, choice=MusicChoice("asset", asset="ast_film"), path=tmp_path / "film.mp4").any()


def test_a_file_without_sound_is_refused(store, tmp_path):
    (tmp_path / "words.mp3").write_text("this is no music")
    run(command("make a mute film", "-f", "lavfi", "-i", "color=s=64x64:r=10", "-t", 1, tmp_path / "mute.mp4"))
    for name in ("words.mp3", "mute.mp4"):
        with pytest.raises(BadMedia):
            made(store, 2000, choice=MusicChoice("asset", asset=f"ast_{name}"), path=tmp_path / name)


def test_a_playlist_cannot_make_it_open_something_else(store, tmp_path):
    target = recorded(tmp_path, "secret.wav", 2)
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:9/x.ts\n#EXTINF:2,\n{target}\n")
    (tmp_path / "list.ffconcat").write_text(f"ffconcat version 1.0\nfile 'http://127.0.0.1:9/x'\nfile '{target}'\n")
    for name in ("list.m3u8", "list.ffconcat"):
        with pytest.raises(BadMedia):
            made(store, 2000, choice=MusicChoice("asset", asset=f"ast_{name}"), path=tmp_path / name)
    assert "-protocol_whitelist" in decoding(target, tmp_path / "o.wav", 1).args


def test_an_asset_without_a_file_is_missed():
    with pytest.raises(NotFound):
        source(MusicChoice("asset", asset="ast_gone"), "calm", 1)


def test_silent_music_stays_silent(store, tmp_path):
    path = recorded(tmp_path, "mute.wav", 2, source_="anullsrc")
    assert not made(store, 5000, choice=MusicChoice("asset", asset="ast_mute"), path=path).any()
