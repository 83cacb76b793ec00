"""Sound effects in a finished mix: at their level below the voice, on their frame, and part of the mix's key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.planning.timing.effects import SHAPES
from app.store.backends.folder import Folder
from audio.effects import effect_sound, effects_track, sum_effects
from audio.levels import RATE, REFERENCE_LUFS, envelope, loudness
from audio.mixing import MixInputs, mix, write_raw_mix
from audio.narration import narrate
from audio.voice_track import film_sample_count, voice_track
from audio.wav import read_wav
from schemas.preset import SoundStyle
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks
from schemas.timing import FPS, frames_of, ms_of

LEVEL_DB = -14.0
LENGTH_MS = 9000
PEAKS_MS = {"riser": 6600, "whoosh": 3300, "pop": 633}  # on frames


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Folder:
    return Folder(tmp_path_factory.mktemp("effects"))


def effect(name: str, peak_ms: int, gain_db: float = LEVEL_DB) -> AudioItem:
    shape = SHAPES[name]
    return AudioItem(
        "effect", peak_ms - shape.before_ms, peak_ms + shape.after_ms, scene_id=1, gain_db=gain_db, effect=name
    )


@pytest.fixture(scope="module")
def film(store) -> Timeline:
    graph = SceneGraph(
        "2.0", "Film", "en", "pop_meme", (Scene(1, voice_script="The boat leaves before the first light."),)
    )
    (line,) = narrate(graph, store).lines
    audio = (
        AudioItem("voice", 200, 200 + line.length_ms, line.key, 1),
        *(effect(name, peak_ms) for name, peak_ms in PEAKS_MS.items()),
    )
    frames = frames_of(LENGTH_MS)
    return Timeline("2.0", FPS, 64, 64, frames, (TimedScene(1, 0, frames, 0, LENGTH_MS),), Tracks(audio=audio))


def without_effects(film: Timeline) -> Timeline:
    audio = tuple(item for item in film.tracks.audio if item.kind != "effect")
    return replace(film, tracks=replace(film.tracks, audio=audio))


@pytest.mark.parametrize("name", SHAPES)
def test_effect_is_at_the_reference_loudness_and_silent_at_both_ends(name):
    sound = effect_sound(name)
    assert len(sound) == (SHAPES[name].before_ms + SHAPES[name].after_ms) * 48
    assert loudness(sound) == pytest.approx(REFERENCE_LUFS, abs=0.3)
    assert np.abs(sound[[0, -1]]).max() < 0.001
    assert np.abs(sound).max() < 0.9


@pytest.mark.parametrize("name", SHAPES)
def test_effect_is_loudest_within_a_frame_of_its_peak(name):
    power = np.convolve(np.square(effect_sound(name)).mean(axis=1), np.ones(480) / 480, "same")
    assert int(np.argmax(power)) / 48 == pytest.approx(SHAPES[name].before_ms, abs=33)


def test_effects_are_12_to_18_db_below_the_voice_in_the_mix(store, film, tmp_path):
    voice = store.local(voice_track(film, store))
    inputs = {"voice": voice, "music": None, "music_gain_db": 0.0, "window_s": (0.0, 0.0)}
    count = film_sample_count(film)
    write_raw_mix(
        MixInputs(**inputs, sample_count=count, effects=store.local(effects_track(film, store))), tmp_path / "all.wav"
    )
    write_raw_mix(MixInputs(**inputs, sample_count=count), tmp_path / "voice.wav")
    both, alone = read_wav(tmp_path / "all.wav")[0], read_wav(tmp_path / "voice.wav")[0]
    for item in (item for item in film.tracks.audio if item.kind == "effect"):
        part = (both - alone)[item.start_ms * 48 : item.end_ms * 48]
        assert 12 <= loudness(alone) - loudness(part) <= 18
    outside = (both - alone)[round(4.2 * RATE) : round(5.2 * RATE)]
    assert np.abs(outside).max() < 1e-4


def test_attack_of_a_pop_is_on_its_frame(film):
    track = sum_effects(tuple(item for item in film.tracks.audio if item.effect == "pop"), film_sample_count(film))
    level = envelope(track.mean(axis=1), RATE)
    first_ms = int(np.flatnonzero(level > level.max() / 10)[0]) * 5
    assert frames_of(first_ms) == frames_of(PEAKS_MS["pop"])
    assert ms_of(frames_of(PEAKS_MS["pop"])) == PEAKS_MS["pop"]


def test_every_value_of_an_effect_changes_the_mix_and_a_mix_without_effects_stays_the_same(store, film):
    style = SoundStyle()
    plain = mix(without_effects(film), None, style, store).key
    voice = film.tracks.audio[0]

    def key(*effects: AudioItem) -> str:
        return mix(replace(film, tracks=Tracks(audio=(voice, *effects))), None, style, store).key

    keys = {key(), key(effect("pop", 2000)), key(effect("pop", 2033)), key(effect("whoosh", 2000))}
    keys.add(key(effect("pop", 2000, -13.0)))
    assert len(keys) == 5
    assert plain in keys
    assert key(effect("pop", 2000)) in keys
