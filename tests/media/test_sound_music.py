"""A bed is exactly as long as the film, at the reference loudness, and faded; its source depends on the choice."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import BadMedia, NotFound, Unconfigured
from app.media.ffmpeg import command, run
from app.media.loudness import measure
from app.store.backends.folder import Folder
from audio.levels import RATE
from audio.music.bed import FADE_IN_MS, FADE_OUT_MS, choose_source, fade_in_and_out, make_bed
from audio.music.tracks import decode_command, tracks_of_mood
from audio.wav import read_wav
from schemas.preset import MOODS
from schemas.scene_graph import MusicChoice

MOOD = MusicChoice()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("music"))


def bed_samples(store, length_ms, kind="tracks", choice=MOOD, path=None):
    key = make_bed(choose_source(choice, "calm", 1, path, kind), length_ms, (), store)
    samples, rate = read_wav(store.local(key))
    assert rate == RATE
    return samples


def recorded(folder, name, seconds, *codec, source_="sine=frequency=330:sample_rate=44100"):
    path = folder / name
    run(command("record", "-f", "lavfi", "-i", source_, "-t", seconds, *codec, path))
    return path


@pytest.mark.parametrize("kind", ["tracks", "composer"])
@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_has_music_at_the_reference_loudness(store, mood, kind):
    key = make_bed(choose_source(MOOD, mood, 5, kind=kind), 8000, [2500, 5000], store)
    samples, _ = read_wav(store.local(key))
    assert samples.shape == (8 * RATE, 2)
    assert np.abs(samples).max() < 0.95
    assert measure(store.local(key)).integrated_lufs == pytest.approx(-18.5, abs=1.2)


@pytest.mark.parametrize("length_ms", [1, 333, 35_678])
@pytest.mark.parametrize("kind", ["tracks", "composer"])
def test_bed_has_exactly_the_length_of_the_film(store, kind, length_ms):
    assert len(bed_samples(store, length_ms, kind=kind)) == length_ms * 48


def test_fade_in_is_short_and_fade_out_is_long(store):
    samples = np.abs(fade_in_and_out(np.ones((10 * RATE, 2), np.float32)))
    assert samples[0].max() < 0.001
    assert samples[FADE_IN_MS * 48] == pytest.approx(1)
    assert samples[-FADE_OUT_MS * 48] == pytest.approx(1, abs=0.001)
    assert samples[-RATE] == pytest.approx(0.5, abs=0.01)
    assert samples[-1].max() < 0.001


def test_short_bed_is_faded_over_a_quarter_of_its_length():
    samples = fade_in_and_out(np.ones((400, 2), np.float32))
    assert samples[200].min() == 1
    assert samples[0].max() < 0.001
    assert fade_in_and_out(np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_cuts_change_a_composed_bed_but_not_a_track(store):
    track_keys = {make_bed(choose_source(MOOD, "calm", 1, kind="tracks"), 6000, cuts, store) for cuts in ([], [3000])}
    composer_keys = {
        make_bed(choose_source(MOOD, "calm", 1, kind="composer"), 6000, cuts, store)
        for cuts in ([], [3000], [3000, 0, 6000])
    }
    assert len(track_keys) == 1
    assert len(composer_keys) == 2


def test_another_seed_gives_other_music():
    assert choose_source(MOOD, "calm", 1, kind="tracks").path != choose_source(MOOD, "calm", 2, kind="tracks").path
    assert (
        choose_source(MOOD, "calm", 1, kind="composer").identity
        != choose_source(MOOD, "calm", 2, kind="composer").identity
    )


def test_choice_overrides_the_mood_of_the_preset_and_may_be_none():
    assert choose_source(MusicChoice(mood="happy"), "calm", 1, kind="tracks").path.parent.name == "happy"
    assert choose_source(MOOD, "calm", 1, kind="tracks").path.parent.name == "calm"
    assert choose_source(MusicChoice("none"), "calm", 1) is None


def test_every_mood_has_bundled_tracks_and_other_moods_have_none():
    assert tracks_of_mood("gloomy") == ()
    assert all(tracks_of_mood(mood) for mood in MOODS)
    assert choose_source(MOOD, "calm", 1, kind="tracks").kind == "tracks"


def test_unknown_kind_of_music_raises_unconfigured():
    with pytest.raises(Unconfigured):
        choose_source(MOOD, "calm", 1, kind="unknown")


@pytest.mark.parametrize("codec", [("m.mp3",), ("m.m4a",), ("m.ogg", "-c:a", "libopus"), ("m.wav", "-ac", 1)])
def test_users_music_is_looped_or_cut_to_length(store, tmp_path, codec):
    path = recorded(tmp_path, codec[0], 5, *codec[1:])
    choice = MusicChoice("asset", asset=f"ast_{codec[0]}")
    for length_ms in (4500, 14_000):
        samples = bed_samples(store, length_ms, choice=choice, path=path)
        assert samples.shape == (length_ms * 48, 2)
        quarters = np.sqrt(np.square(samples.mean(axis=1).reshape(-1, RATE // 4)).mean(axis=1))
        assert quarters[2:-9].min(initial=1.0) > 0.05


def test_sound_of_a_video_can_be_the_music(store, tmp_path):
    inputs = ("-f", "lavfi", "-i", "color=s=64x64:r=10", "-f", "lavfi", "-i", "sine=330", "-t", 3)
    run(command("make a film", *inputs, tmp_path / "film.mp4"))
    assert bed_samples(store, 2000, choice=MusicChoice("asset", asset="ast_film"), path=tmp_path / "film.mp4").any()


def test_file_without_sound_is_refused(store, tmp_path):
    (tmp_path / "words.mp3").write_text("not music")
    run(command("make a mute film", "-f", "lavfi", "-i", "color=s=64x64:r=10", "-t", 1, tmp_path / "mute.mp4"))
    for name in ("words.mp3", "mute.mp4"):
        with pytest.raises(BadMedia):
            bed_samples(store, 2000, choice=MusicChoice("asset", asset=f"ast_{name}"), path=tmp_path / name)


def test_files_named_in_a_playlist_are_not_opened(store, tmp_path):
    target = recorded(tmp_path, "secret.wav", 2)
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:9/x.ts\n#EXTINF:2,\n{target}\n")
    (tmp_path / "list.ffconcat").write_text(f"ffconcat version 1.0\nfile 'http://127.0.0.1:9/x'\nfile '{target}'\n")
    for name in ("list.m3u8", "list.ffconcat"):
        with pytest.raises(BadMedia):
            bed_samples(store, 2000, choice=MusicChoice("asset", asset=f"ast_{name}"), path=tmp_path / name)
    assert "-protocol_whitelist" in decode_command(target, tmp_path / "o.wav", 1).args


def test_asset_without_a_file_raises_not_found():
    with pytest.raises(NotFound):
        choose_source(MusicChoice("asset", asset="ast_gone"), "calm", 1)


def test_silent_music_stays_silent(store, tmp_path):
    path = recorded(tmp_path, "mute.wav", 2, source_="anullsrc")
    assert not bed_samples(store, 5000, choice=MusicChoice("asset", asset="ast_mute"), path=path).any()
