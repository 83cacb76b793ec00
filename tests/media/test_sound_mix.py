"""A mix has its target loudness, exactly the length of the film, and every line at its sample."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from app.media.loudness import Loudness, measure
from app.store.backends.folder import Folder
from app.store.cache import get_or_make
from audio.ducking import DEPTH_DB, LIFT_DB
from audio.levels import RATE, loudness, normalise_loudness
from audio.mastering import LimiterSetting, Target, correct_setting, encode_command, initial_setting
from audio.mixing import MixInputs, mix, write_raw_mix
from audio.voice_track import film_sample_count, voice_track
from audio.wav import read_wav, write_wav
from schemas.preset import SoundStyle
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks

STYLE = SoundStyle()
FILM = Fraction(30)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("sound"))


def store_wav(store, name, samples):
    return get_or_make(store, "test", name * 4, ".wav", lambda path: write_wav(path, samples))[0]


def syllables(seconds, seed=1):
    """Noise with the envelope of speech."""
    t = np.arange(round(seconds * RATE)) / RATE
    rise = np.maximum(0, np.sin(2 * np.pi * 3.1 * t)) ** 0.5
    noise = np.convolve(np.random.default_rng(seed).standard_normal(len(t)), np.ones(12) / 12, "same")
    return normalise_loudness((0.1 * noise * rise).astype(np.float32))


def chords(seconds, gain=1.0):
    t = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * hz * t) for hz in (220, 277.2, 329.6))
    return gain * normalise_loudness((0.1 * np.stack([tones, np.roll(tones, 99)], 1)).astype(np.float32))


@pytest.fixture(scope="module")
def line(store):
    return store_wav(store, "aaa", syllables(3.0))


@pytest.fixture(scope="module")
def music(store):
    return store_wav(store, "bbb", chords(12.0))


def voice(key, start_ms, end_ms, gain_db=0.0):
    return AudioItem("voice", start_ms, end_ms, key, 1, gain_db)


def film(length_ms, *items, fps=FILM, music_db=STYLE.music_db):
    frames = round(length_ms * fps / 1000)
    items = (*items, AudioItem("music", 0, length_ms, gain_db=music_db))
    return Timeline("2.0", fps, 64, 64, frames, (TimedScene(1, 0, frames, 0, length_ms),), Tracks(audio=items))


def decoded(store, key):
    with av.open(str(store.local(key))) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).T


VOICE_SPANS_MS = ((500, 2500), (4000, 6000))
CASES = {  # length, spans of the line, its gain, gain of the music or None, frame rate
    "voice and music": (7000, VOICE_SPANS_MS, 0, 1.0, FILM),
    "voice alone": (7000, VOICE_SPANS_MS, 0, None, FILM),
    "music alone": (5000, (), 0, 1.0, FILM),
    "a whisper": (4000, VOICE_SPANS_MS[:1], -38, None, FILM),
    "faint music": (5000, (), 0, 0.02, FILM),
    "one second": (1000, ((100, 900),), 0, None, FILM),
    "one word in a long film": (20_000, ((15_000, 15_700),), 0, None, FILM),
    "another frame rate": (7000, VOICE_SPANS_MS, 0, 1.0, Fraction(30000, 1001)),
}


@pytest.fixture(scope="module")
def mixes(store, line):
    """The timeline and the mix of each case, by name."""
    mixed = {}
    for name, (length_ms, spans_ms, gain_db, music_gain, fps) in CASES.items():
        music_key = None
        if music_gain is not None:
            music_key = store_wav(store, f"music{music_gain}", chords(length_ms / 1000, music_gain))
        timeline = film(length_ms, *(voice(line, start, end, gain_db) for start, end in spans_ms), fps=fps)
        mixed[name] = (timeline, mix(timeline, music_key, STYLE, store))
    return mixed


@pytest.mark.parametrize("name", CASES)
def test_mix_has_the_target_loudness_and_peaks_below_the_ceiling_after_aac(store, mixes, name):
    measured = measure(store.local(mixes[name][1].key))
    assert measured == mixes[name][1].loudness
    assert measured.integrated_lufs == pytest.approx(-14.0, abs=0.3)
    assert measured.true_peak_db <= -1.0


@pytest.mark.parametrize("name", CASES)
def test_mix_starts_at_zero_and_ends_with_the_film(store, mixes, name):
    timeline, mixed = mixes[name]
    with av.open(str(store.local(mixed.key))) as container:
        sound = container.streams.audio[0]
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", RATE, 2)
        assert (sound.start_time, sound.time_base) == (0, Fraction(1, RATE))
        assert sound.duration == film_sample_count(timeline)
        packets = [packet for packet in container.demux(sound) if packet.pts is not None]
    assert packets[0].pts == -1024
    assert packets[-1].pts + packets[-1].duration == film_sample_count(timeline)


def test_film_without_voice_and_music_has_digital_silence(store):
    silent = mix(film(2000), None, STYLE, store)
    assert silent.loudness == Loudness(None, None, None)
    assert silent.voice_key is None
    assert not decoded(store, silent.key).any()


def test_silent_music_is_not_amplified(store):
    silent = mix(film(2000), store_wav(store, "mute", np.zeros((2 * RATE, 2), np.float32)), STYLE, store)
    assert silent.loudness.integrated_lufs is None


def test_target_is_that_of_the_style_unless_it_is_overridden(store, line):
    timeline = film(5000, voice(line, 500, 3500))
    calm = SoundStyle(target_lufs=-18.0, true_peak_db=-3.0)
    assert mix(timeline, None, calm, store).loudness.integrated_lufs == pytest.approx(-18, abs=0.3)
    assert mix(timeline, None, calm, store).loudness.true_peak_db <= -3.0
    assert mix(timeline, None, calm, store, target_lufs=-23.0).loudness.integrated_lufs == pytest.approx(-23, abs=0.3)


def raw_mix(folder, **changes):
    into = folder / "raw.wav"
    inputs = {"voice": None, "music": None, "music_gain_db": 0.0, "window_s": (0.0, 99.0), "sample_count": 12 * RATE}
    write_raw_mix(MixInputs(**(inputs | changes)), into)
    return read_wav(into)[0]


def test_music_is_ducked_under_the_voice_and_returns_to_its_level(store, tmp_path, line, music):
    track = store.local(voice_track(film(12_000, voice(line, 4000, 7000)), store))
    alone = raw_mix(tmp_path, voice=track)
    both = raw_mix(tmp_path, voice=track, music=store.local(music))
    bed = both - alone
    under, before, after = (loudness(bed[a * RATE // 10 : b * RATE // 10]) for a, b in ((44, 69), (10, 38), (85, 110)))
    assert before == pytest.approx(-18 + LIFT_DB, abs=0.5)
    assert before - under == pytest.approx(DEPTH_DB + LIFT_DB, abs=1)
    assert after == pytest.approx(before, abs=0.7)


def test_voice_is_as_loud_in_stereo_as_in_mono(store, tmp_path, line):
    track = store.local(voice_track(film(12_000, voice(line, 4000, 7000)), store))
    both = raw_mix(tmp_path, voice=track)
    assert loudness(both) == pytest.approx(loudness(read_wav(track)[0]), abs=0.05)
    assert np.array_equal(both[:, 0], both[:, 1])


def test_music_is_silent_outside_its_window(store, tmp_path, music):
    bed = raw_mix(tmp_path, music=store.local(music), window_s=(3.0, 8.0))
    assert not bed[: round(2.99 * RATE)].any()
    assert not bed[round(8.01 * RATE) :].any()
    assert loudness(bed[4 * RATE : 7 * RATE]) == pytest.approx(-18, abs=0.5)


def test_music_gain_changes_the_level_relative_to_the_voice(store, line, music):
    def tail(music_db):
        timeline = film(7000, voice(line, 500, 3500), music_db=music_db)
        sound = decoded(store, mix(timeline, music, STYLE, store).key)
        return loudness(sound[5 * RATE : 7 * RATE]) - loudness(sound[RATE : 3 * RATE])

    assert tail(-19.0) - tail(-27.0) == pytest.approx(8, abs=2)


def test_length_of_the_music_does_not_change_the_length_of_the_mix(store):
    for seconds in (1.0, 5.0):
        mixed = mix(film(3000), store_wav(store, f"m{seconds}", chords(seconds)), STYLE, store)
        assert len(decoded(store, mixed.key)) >= 3 * RATE
        with av.open(str(store.local(mixed.key))) as container:
            assert container.streams.audio[0].duration == 3 * RATE


def test_equal_mixes_are_made_once_and_every_input_changes_the_key(store, line, music):
    timeline = film(2000, voice(line, 100, 1900))
    first = mix(timeline, music, STYLE, store)
    written_ns = store.local(first.key).stat().st_mtime_ns
    assert mix(timeline, music, STYLE, store) == first
    assert store.local(first.key).stat().st_mtime_ns == written_ns
    others = {
        mix(film(2000, voice(line, 100, 1900), music_db=-3.0), music, STYLE, store).key,
        mix(timeline, None, STYLE, store).key,
        mix(film(2000, voice(line, 101, 1901)), music, STYLE, store).key,
        mix(film(2000, voice(line, 100, 1900, -1.0)), music, STYLE, store).key,
    }
    assert len(others | {first.key}) == 5


def test_equal_mixes_in_two_stores_have_equal_bytes(store, tmp_path, line):
    other = Folder(tmp_path)
    copied = store_wav(other, "aaa", syllables(3.0))
    first = mix(film(2000, voice(line, 500, 1900)), None, STYLE, store)
    second = mix(film(2000, voice(copied, 500, 1900)), None, STYLE, other)
    assert copied == line
    assert store.local(first.key).read_bytes() == other.local(second.key).read_bytes()


def test_no_temporary_files_remain(store, mixes):
    assert mixes
    assert not [path for path in store.root.rglob("*") if path.name.startswith((".", "tmp"))]


def test_gain_compensates_the_loudness_lost_to_the_limiter():
    target = Target(-14.0, -1.0)
    assert initial_setting(-20.0, target) == LimiterSetting(6.0, -2.0)
    assert correct_setting(LimiterSetting(6.0, -2.0), Loudness(-14.5, -1.5, 3.0), target) == LimiterSetting(6.5, -2.0)


def test_limit_is_lowered_by_the_peaks_that_aac_adds():
    setting = correct_setting(LimiterSetting(6.0, -2.0), Loudness(-14.0, -0.6, 3.0), Target(-14.0, -1.0))
    assert setting.limit_db == pytest.approx(-2.5)


def test_gain_is_limited():
    assert initial_setting(-140.0, Target(-14.0, -1.0)).gain_db == 60
    assert correct_setting(LimiterSetting(60.0, -2.0), Loudness(-60.0, -30.0, 0.0), Target(-14.0, -1.0)).gain_db == 60


def test_target_is_met_only_if_loudness_and_peak_are():
    target = Target(-14.0, -1.0)
    assert target.is_met_by(Loudness(-14.1, -1.0, 2.0))
    assert not target.is_met_by(Loudness(-14.1, -0.9, 2.0))
    assert not target.is_met_by(Loudness(-14.4, -2.0, 2.0))
    assert not target.is_met_by(Loudness(None, None, None))


def test_commands_are_values_with_absolute_paths(tmp_path):
    encode = encode_command(tmp_path / "in.wav", tmp_path / "out.m4a", 48_000, LimiterSetting(3.0, -2.0))
    assert str(tmp_path / "out.m4a") == encode.args[-1]
    assert "alimiter" in " ".join(encode.args)
    assert "alimiter" not in " ".join(encode_command(tmp_path / "a", tmp_path / "b", 48_000, None).args)
