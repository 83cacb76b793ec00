"""The own sound of clips: its level under words and in pauses, and its step with the picture."""

from __future__ import annotations

from dataclasses import asdict, replace
from fractions import Fraction

import av
import numpy as np
import pytest

from app.media.ffmpeg import command, run
from app.media.loudness import measure
from app.store.backends.folder import Folder
from app.store.cache import get_or_make
from app.store.keys import cache_key
from audio.clip_sound import clip_track
from audio.levels import RATE, envelope, loudness, normalise_loudness
from audio.mastering import Target
from audio.mixing import RECIPE, mix
from audio.voice_track import film_sample_count, voice_track
from audio.wav import read_wav, write_wav
from schemas.contract import fingerprint
from schemas.preset import SoundStyle
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks

STYLE = SoundStyle()
FPS = Fraction(30)
FILM_MS = 12_000
SPOKEN_MS = ((2000, 5000), (8500, 10_500))
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=108x192:r=30")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def line(store):
    """A phrase of three seconds with the envelope of speech, at −18 LUFS."""
    t = np.arange(3 * RATE) / RATE
    noise = np.convolve(np.random.default_rng(1).standard_normal(len(t)), np.ones(12) / 12, "same")
    samples = normalise_loudness((0.1 * noise * np.maximum(0, np.sin(6.2 * np.pi * t)) ** 0.5).astype(np.float32))
    return get_or_make(store, "test", "line", ".wav", lambda path: write_wav(path, samples))[0]


def make_clip(store, name, sound, seconds, *options):
    """Store a video with the sound of an ffmpeg expression and return its key."""
    source = ("-f", "lavfi", "-i", f"aevalsrc='{sound}':s=44100:d={seconds}")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "160k", "-t", seconds)

    def write(path):
        run(command("make a clip", "-v", "error", *PICTURE, *source, *coded, *options, "-f", "mp4", path))

    return get_or_make(store, "test", name * 4, ".mp4", write)[0]


@pytest.fixture(scope="module")
def tone(store):
    """Twelve seconds of a faint tone of constant level."""
    return make_clip(store, "tone", "0.02*sin(2*PI*500*t)", 12)


@pytest.fixture(scope="module")
def beeps(store):
    """Tones of 100 ms at each whole second of twelve seconds, the first at 1 s."""
    return make_clip(store, "beeps", "0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.1)*gte(t,1)", 12)


def voice(line):
    return tuple(AudioItem("voice", start, end, line, 1) for start, end in SPOKEN_MS)


def clip(key, start_ms=0, end_ms=FILM_MS, **more):
    return AudioItem("clip", start_ms, end_ms, key, 1, **{"gain_db": -3.0, "ducked": True, **more})


def film(*items, length_ms=FILM_MS, fps=FPS):
    frames = round(length_ms * fps / 1000)
    return Timeline("2.0", fps, 64, 64, frames, (TimedScene(1, 0, frames, 0, length_ms),), Tracks(audio=items))


def track(store, *items, **more):
    timeline = film(*items, **more)
    key = clip_track(timeline, voice_track(timeline, store), store).key
    return read_wav(store.local(key))[0]


def level(samples, start_s, end_s):
    return loudness(samples[round(start_s * RATE) : round(end_s * RATE)])


def beep_starts(samples):
    loud = envelope(samples[:, 0], RATE) > 0.3 * envelope(samples[:, 0], RATE).max()
    return np.flatnonzero(np.diff(loud.astype(int), prepend=0) == 1) * 0.005


def test_clip_is_14_db_below_the_voice_under_words_and_3_db_below_it_in_pauses(store, line, tone):
    sound = track(store, *voice(line), clip(tone))
    spoken = loudness(read_wav(store.local(line))[0])
    assert level(sound, 2.2, 4.8) - spoken == pytest.approx(-14, abs=0.5)
    assert level(sound, 8.7, 10.3) - spoken == pytest.approx(-14, abs=0.5)
    assert level(sound, 0.1, 1.8) - spoken == pytest.approx(-3, abs=0.5)
    assert level(sound, 5.5, 8.2) - spoken == pytest.approx(-3, abs=0.5)
    assert level(sound, 11.0, 11.9) - spoken == pytest.approx(-3, abs=0.5)


def test_kept_sound_stays_at_full_level_under_words(store, line, tone):
    sound = track(store, *voice(line), clip(tone, ducked=False))
    assert level(sound, 2.2, 4.8) == pytest.approx(-21, abs=0.3)
    assert level(sound, 5.5, 8.2) == pytest.approx(-21, abs=0.3)


@pytest.mark.parametrize("in_ms", [0, 400, 3250])
@pytest.mark.parametrize("start_ms", [0, 1733])
def test_sound_starts_at_its_frame_and_its_place_in_the_clip(store, beeps, in_ms, start_ms):
    sound = track(store, clip(beeps, start_ms, start_ms + 6000, in_ms=in_ms))
    first_s = int(max(1, np.ceil(in_ms / 1000)))
    expected = [start_ms / 1000 + second - in_ms / 1000 for second in range(first_s, first_s + 5)]
    assert beep_starts(sound)[:5] == pytest.approx(expected, abs=0.02)
    assert not sound[: start_ms * 48].any()
    assert not sound[(start_ms + 6000) * 48 :].any()


@pytest.mark.parametrize("speed", [0.8, 0.9])
def test_sound_is_stretched_with_the_picture_and_keeps_its_pitch(store, beeps, speed):
    sound = track(store, clip(beeps, 1000, 11_000, in_ms=500, speed=speed))
    starts = beep_starts(sound)
    expected = [1 + (second - 0.5) / speed for second in range(1, 8)]
    assert starts[:7] == pytest.approx(expected, abs=0.02)
    first = sound[round((starts[0] + 0.02) * RATE) :][: RATE // 20, 0]
    assert np.argmax(np.abs(np.fft.rfft(first))) * 20 == pytest.approx(1000, abs=20)


def test_sound_that_begins_later_than_the_picture_is_padded(store):
    late = make_clip(store, "late", "0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.1)", 4)
    shifted = store.local(late).with_name("shifted.mp4")
    path = store.local(late)
    streams = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    run(command("delay the sound", "-v", "error", "-i", path, "-itsoffset", "0.7", "-i", path, *streams, shifted))
    key = get_or_make(store, "test", "shifted", ".mp4", lambda into: into.write_bytes(shifted.read_bytes()))[0]
    starts = beep_starts(track(store, clip(key, 0, 3000), length_ms=3000))
    assert starts[:3] == pytest.approx([0.7, 1.7, 2.7], abs=0.02)


def test_clips_of_one_file_keep_their_difference_in_level(store):
    key = make_clip(store, "loud", "if(lt(t,4),0.2,0.08)*sin(2*PI*500*t)", 8)
    sound = track(store, clip(key, 0, 3000), clip(key, 3000, 6000, in_ms=4500))
    assert level(sound, 0.1, 2.9) - level(sound, 3.1, 5.9) == pytest.approx(7.96, abs=0.3)


def test_two_clips_of_a_transition_keep_their_power(store, tone):
    other = make_clip(store, "other", "0.2*sin(2*PI*630*t)", 8)
    sound = track(store, clip(tone, 0, 4000, fade_out_ms=1000), clip(other, 3000, 7000, fade_in_ms=1000))
    levels = [level(sound, at, at + 0.4) for at in (2.0, 3.1, 3.3, 3.5, 4.2)]
    assert levels == pytest.approx([-21] * 5, abs=0.6)


def test_ends_are_faded(store, tone):
    sound = track(store, clip(tone, 1000, 3000, fade_in_ms=20, fade_out_ms=20))[:, 0]
    steady = np.abs(sound[2 * RATE : 2 * RATE + 4800]).max()
    assert np.abs(sound[RATE : RATE + 96]).max() < 0.2 * steady
    assert np.abs(sound[3 * RATE - 96 : 3 * RATE]).max() < 0.2 * steady
    assert np.abs(sound[RATE + 1200 : RATE + 2400]).max() == pytest.approx(steady, rel=0.1)


def test_silent_clip_costs_nothing(store, line):
    silent = make_clip(store, "silent", "0", 12)
    timeline = film(*voice(line), clip(silent))
    assert clip_track(timeline, None, store).key is None
    assert mix(timeline, None, STYLE, store) == mix(film(*voice(line)), None, STYLE, store)


def test_noise_of_a_quiet_room_is_not_raised_to_the_level_of_speech(store):
    quiet = make_clip(store, "quiet", "0.0008*sin(2*PI*500*t)", 6)
    before = measure(store.local(quiet)).integrated_lufs
    assert level(track(store, clip(quiet, 0, 6000)), 0.1, 5.9) == pytest.approx(before + 20 - 3, abs=0.4)


def test_sound_that_cannot_be_decoded_is_reported_and_does_not_stop_the_film(store, line, tone):
    damaged = get_or_make(store, "test", "damaged", ".mp4", lambda path: path.write_bytes(b"no video" * 99))[0]
    items = (*voice(line), replace(clip(damaged, 0, 2000), scene_id=7), clip(tone, 2000))
    mixed = mix(film(*items), None, STYLE, store)
    assert mixed.unreadable_clips == (7,)
    assert mix(film(*items), None, STYLE, store) == mixed
    renumbered = (*voice(line), replace(clip(damaged, 0, 2000), scene_id=8), clip(tone, 2000))
    assert mix(film(*renumbered), None, STYLE, store) == replace(mixed, unreadable_clips=(8,))


def test_sound_of_a_scene_of_a_quarter_of_a_second_is_heard(store, tone):
    sound = track(store, clip(tone, 1000, 1250))
    assert loudness(sound[RATE : RATE + RATE // 4]) == pytest.approx(-21, abs=1)


@pytest.mark.parametrize("fps", [FPS, Fraction(30000, 1001)])
@pytest.mark.parametrize("mode", ["duck", "keep", "clip alone"])
def test_mix_with_clips_has_the_loudness_and_exactly_the_length_of_the_film(store, line, tone, beeps, mode, fps):
    spoken = () if mode == "clip alone" else voice(line)
    own = (clip(tone, 0, 6000, ducked=mode == "duck"), clip(beeps, 6000, FILM_MS, ducked=mode == "duck"))
    timeline = film(*spoken, *own, fps=fps)
    mixed = mix(timeline, None, STYLE, store)
    assert mixed.loudness.integrated_lufs == pytest.approx(-14, abs=0.3)
    assert mixed.loudness.true_peak_db <= -1
    assert mixed.warnings == ()
    with av.open(str(store.local(mixed.key))) as container:
        assert container.streams.audio[0].duration == film_sample_count(timeline)


def test_film_without_clip_sound_keeps_the_key_of_its_mix(store, line, tone):
    music = AudioItem("music", 0, FILM_MS, gain_db=STYLE.music_db)
    timeline = film(*voice(line), music)
    bed = read_wav(store.local(line))[0]
    bed_key = get_or_make(store, "test", "bed", ".wav", lambda path: write_wav(path, np.tile(bed, 4)))[0]
    music_values = {"kind": "music", "start_ms": 0, "end_ms": FILM_MS, "key": None, "scene_id": None}
    sources = (voice_track(timeline, store), bed_key, music_values | {"gain_db": STYLE.music_db})
    target = asdict(Target(STYLE.target_lufs, STYLE.true_peak_db))
    key = cache_key("mix", fingerprint("mix", RECIPE, film_sample_count(timeline), target, *sources), ".m4a")
    assert mix(timeline, bed_key, STYLE, store).key == key
    keys = {mix(film(*voice(line), music, clip(tone, **how)), bed_key, STYLE, store).key for how in ({}, {"in_ms": 9})}
    assert len(keys | {key}) == 3


@pytest.mark.parametrize("in_ms", [3000, 5500])
def test_part_of_a_file_after_the_end_of_its_sound_is_silent(store, in_ms):
    key = make_clip(store, "ends", "0.1*sin(2*PI*500*t)", 2)
    path = store.local(key).with_name("longer.mp4")
    picture = ("-f", "lavfi", "-i", "testsrc2=s=108x192:r=30:d=6", "-i", store.local(key))
    run(command("make a clip", "-v", "error", *picture, "-map", "0:v", "-map", "1:a", "-c:v", "libx264", path))
    longer = get_or_make(store, "test", "longer", ".mp4", lambda into: into.write_bytes(path.read_bytes()))[0]
    made = clip_track(film(clip(longer, 0, 500, in_ms=in_ms), length_ms=500), None, store)
    assert (made.key, made.unreadable) == (None, ())
    half = track(store, clip(longer, 0, 3000, in_ms=1000), length_ms=3000)
    assert level(half, 0.1, 0.9) is not None
    assert not half[round(1.1 * RATE) :].any()
