"""The mix: music ducked under the voice, brought to one loudness with a true peak that survives AAC."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from app.media.ffmpeg import Command, run
from app.media.loudness import Loudness
from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from app.store.scratch import scratch
from audio.ducking import write_gain
from audio.levels import RATE
from audio.mastering import BITEXACT_OPTIONS, Target, master, warnings
from audio.voice_track import film_sample_count, voice_track
from audio.wav import read_wav
from schemas.contract import fingerprint
from schemas.preset import SoundStyle
from schemas.timeline import Timeline

RECIPE = 2  # of how a mix is made: part of what it is kept under


@dataclass(frozen=True, slots=True)
class Mix:
    """``key`` is an M4A (AAC-LC, 48 kHz, stereo, 192 kbit/s) of exactly the film's length, ``loudness`` what was
    measured in it, ``voice_key`` the WAV of the narration in film time or ``None``, ``warnings`` texts for the user.

    The first packet has the timestamp −1024 (the encoder's priming, which the edit list hides), the last is shortened:
    copied as they are they start at 0 and end with the film.
    """

    key: str
    loudness: Loudness
    voice_key: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MixInputs:
    """All that decides how a mix sounds, as values; files are local paths."""

    voice: Path | None
    music: Path | None
    music_gain_db: float
    window_s: tuple[float, float]
    sample_count: int


def mix(
    timeline: Timeline, music_key: str | None, style: SoundStyle, store: Storage, *, target_lufs: float | None = None
) -> Mix:
    """The film's sound. A film with neither voice nor music gets digital silence; it is not brought to any loudness.

    The timeline's music item says where the music lies and how far below the voice; without one there is no music.
    ``target_lufs`` goes before the style's. Raises ``MediaError``.
    """
    goal = Target(style.target_lufs if target_lufs is None else target_lufs, style.true_peak_db)
    voice_key = voice_track(timeline, store)
    item = next((item for item in timeline.tracks.audio if item.kind == "music"), None) if music_key else None
    heard = (voice_key, music_key if item else None, asdict(item) if item else None)
    identity = fingerprint("mix", RECIPE, film_sample_count(timeline), asdict(goal), *heard)
    sound_key, facts_key = (cache_key("mix", identity, suffix) for suffix in (".m4a", ".json"))
    if store.claim((sound_key, facts_key)) != {sound_key, facts_key}:
        ingredients = MixInputs(
            store.local(voice_key) if voice_key else None,
            store.local(music_key) if music_key and item else None,
            item.gain_db if item else 0.0,
            (item.start_ms / 1000, item.end_ms / 1000) if item else (0.0, 0.0),
            film_sample_count(timeline),
        )
        with store.writing(sound_key) as path:
            loudness = _write_mix(ingredients, goal, path)
        write_json(store, facts_key, asdict(loudness))
    loudness = Loudness(**read_json(store, facts_key))
    return Mix(sound_key, loudness, voice_key, warnings(loudness, goal))


def _write_mix(ingredients: MixInputs, goal: Target, into: Path) -> Loudness:
    with scratch() as folder:
        raw = folder / "raw.wav"
        write_raw_mix(ingredients, raw)
        return master(raw, ingredients.sample_count, goal, into)


def write_raw_mix(ingredients: MixInputs, into: Path) -> None:
    """The mix as 32-bit float before any mastering; the ducking's gain curve is written beside it."""
    ducking = into.with_name("ducking.wav")
    if ingredients.voice and ingredients.music:
        write_gain(read_wav(ingredients.voice)[0], ducking)
    run(mix_command(ingredients, ducking, into))


def mix_command(ingredients: MixInputs, ducking: Path, into: Path) -> Command:
    """Voice in the middle, music at its level times the gains in ``ducking`` (read when there are both), as long as the
    film; 32-bit float, so nothing clips yet."""
    voice, music = ingredients.voice, ingredients.music
    if voice and music:
        ducked = ffmpeg.filter([_music_stream(music, ingredients), _gain_stream(ducking, ingredients)], "amultiply")
        said = _voice_stream(voice, ingredients)
        sound = ffmpeg.filter([said, ducked], "amix", inputs=2, duration="longest", normalize=0)
    elif voice:
        sound = _voice_stream(voice, ingredients)
    elif music:
        sound = _music_stream(music, ingredients)
    else:
        sound = ffmpeg.input(f"anullsrc=r={RATE}:cl=stereo", f="lavfi").audio
    output = ffmpeg.output(
        _pad_and_trim(sound, ingredients.sample_count), str(into), acodec="pcm_f32le", f="wav", **BITEXACT_OPTIONS
    )
    return Command("mix the sound", tuple(ffmpeg.get_args(output)))


def _voice_stream(voice: Path, ingredients: MixInputs) -> Any:
    """In the middle: −3 dB in each channel, as loud in two as it was in one."""
    centred = ffmpeg.input(str(voice)).audio.filter("aformat", sample_fmts="flt", channel_layouts="stereo")
    return _pad_and_trim(centred, ingredients.sample_count)


def _music_stream(music: Path, ingredients: MixInputs) -> Any:
    """At its level, silent outside its window."""
    sound = ffmpeg.input(str(music)).audio.filter("volume", f"{ingredients.music_gain_db:.3f}dB")
    start_s, end_s = ingredients.window_s
    if start_s > 0:
        sound = sound.filter("afade", type="in", start_time=start_s, duration=0.3)
    if end_s < ingredients.sample_count / RATE - 0.001:
        sound = sound.filter("afade", type="out", start_time=max(0.0, end_s - 1), duration=min(1.0, end_s))
    return _pad_and_trim(sound, ingredients.sample_count)


def _gain_stream(ducking: Path, ingredients: MixInputs) -> Any:
    """The same gain in both channels (a plain change of layout would take 3 dB)."""
    both = ffmpeg.input(str(ducking)).audio.filter("channelmap", map="0-0|0-1", channel_layout="stereo")
    return _pad_and_trim(both.filter("aformat", sample_fmts="flt"), ingredients.sample_count)


def _pad_and_trim(sound: Any, samples: int) -> Any:
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
