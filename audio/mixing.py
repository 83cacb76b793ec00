"""The mix: music ducked under the voice, brought to one loudness with a true peak that survives AAC."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from app.core.ffmpeg import Command, run
from app.core.loudness import Loudness, measure
from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from app.store.scratch import scratch
from audio.levels import RATE
from audio.voicetrack import samples_of, voice_track
from schemas.contract import fingerprint
from schemas.preset import SoundStyle
from schemas.timeline import AudioItem, Timeline

RECIPE = 1  # of how a mix is made: part of what it is kept under
# Measured with narration at −18 LUFS: music loses 11 dB over whole sentences, 16 dB under a held word, 2 dB in pauses.
DUCKING = {"threshold": 0.02, "ratio": 12, "attack": 20, "release": 400, "level_sc": 2}
OPEN_DB = 6.0  # a style's music_db is the middle: about that much louder where nobody speaks, and softer under words
AAC_ROOM_DB = 1.0  # AAC adds up to a decibel of peak
NEAR_LU = 0.15
PASSES = 5
MOST_GAIN_DB = 60.0
AAC = {"acodec": "aac", "audio_bitrate": "192k", "ar": RATE, "ac": 2, "movflags": "+faststart"}
BITEXACT = {"fflags": "+bitexact", "flags:a": "+bitexact", "map_metadata": -1}


@dataclass(frozen=True, slots=True)
class Mix:
    """``key`` is an M4A (AAC-LC, 48 kHz, stereo, 192 kbit/s) of exactly the film's length, ``loudness`` what was
    measured in it, ``voice_key`` the WAV of the narration in film time or ``None``.

    The first packet has the timestamp −1024 (the encoder's priming, which the edit list hides), the last is shortened:
    copied as they are they start at 0 and end with the film.
    """

    key: str
    loudness: Loudness
    voice_key: str | None


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that decides how a mix sounds, as values; files are local paths."""

    voice: Path | None
    music: Path | None
    music_gain_db: float
    window_s: tuple[float, float]
    samples: int


@dataclass(frozen=True, slots=True)
class Goal:
    lufs: float
    peak_db: float

    def met_by(self, heard: Loudness) -> bool:
        loud, peak = heard.integrated_lufs, heard.true_peak_db
        return loud is not None and peak is not None and abs(loud - self.lufs) <= NEAR_LU and peak <= self.peak_db


@dataclass(frozen=True, slots=True)
class Setting:
    """How the last stage is set: gain, then a limiter (in dBFS)."""

    gain_db: float
    limit_db: float


def mix(
    timeline: Timeline,
    music_key: str | None,
    style: SoundStyle,
    store: Storage,
    *,
    music_db: float | None = None,
    target_lufs: float | None = None,
) -> Mix:
    """The film's sound. A film with neither voice nor music gets digital silence; it is not brought to any loudness.

    ``music_db`` and ``target_lufs`` go before the style's. Raises ``MediaError``.
    """
    goal = Goal(style.target_lufs if target_lufs is None else target_lufs, style.true_peak_db)
    level_db = (style.music_db if music_db is None else music_db) + OPEN_DB
    voice_key = voice_track(timeline, store)
    place = _music_place(timeline)
    heard = (voice_key, music_key, level_db if music_key else 0, asdict(place) if music_key else None)
    identity = fingerprint("mix", RECIPE, samples_of(timeline), asdict(goal), *heard)
    sound_key, facts_key = (cache_key("mix", identity, suffix) for suffix in (".m4a", ".json"))
    if store.claim((sound_key, facts_key)) != {sound_key, facts_key}:
        ingredients = Ingredients(
            store.local(voice_key) if voice_key else None,
            store.local(music_key) if music_key else None,
            level_db + place.gain_db,
            (place.start_ms / 1000, place.end_ms / 1000),
            samples_of(timeline),
        )
        with store.writing(sound_key) as path:
            loudness = _made(ingredients, goal, path)
        write_json(store, facts_key, asdict(loudness))
    return Mix(sound_key, Loudness(**read_json(store, facts_key)), voice_key)


def _music_place(timeline: Timeline) -> AudioItem:
    """Where the music lies and how loud: the timeline's own item, else the whole film."""
    found = next((item for item in timeline.tracks.audio if item.kind == "music"), None)
    return found or AudioItem("music", 0, timeline.length_ms)


def _made(ingredients: Ingredients, goal: Goal, into: Path) -> Loudness:
    """Mixes once, then sets gain and limiter until what AAC gives back is right; the last attempt stays."""
    with scratch() as folder:
        raw = folder / "raw.wav"
        run(mix_command(ingredients, raw))
        before = measure(raw)
        if before.integrated_lufs is None:
            run(encode_command(raw, into, ingredients.samples, None))
            return measure(into)
        setting = first_setting(before.integrated_lufs, goal)
        for _ in range(PASSES):
            run(encode_command(raw, into, ingredients.samples, setting))
            after = measure(into)
            better = corrected(setting, after, goal)
            if goal.met_by(after) or better == setting:
                break
            setting = better
    return after


def first_setting(lufs: float, goal: Goal) -> Setting:
    gain_db = max(-MOST_GAIN_DB, min(MOST_GAIN_DB, goal.lufs - lufs))
    return Setting(gain_db, goal.peak_db - AAC_ROOM_DB)


def corrected(setting: Setting, heard: Loudness, goal: Goal) -> Setting:
    """More gain for what the limiter took away, a lower limit for what AAC put on top."""
    missing_db = goal.lufs - heard.integrated_lufs if heard.integrated_lufs is not None else 0.0
    over_db = heard.true_peak_db - goal.peak_db if heard.true_peak_db is not None else 0.0
    gain_db = max(-MOST_GAIN_DB, min(MOST_GAIN_DB, setting.gain_db + missing_db))
    return Setting(gain_db, setting.limit_db - (over_db + 0.1 if over_db > 0 else 0.0))


def mix_command(ingredients: Ingredients, into: Path) -> Command:
    """Voice in the middle, music ducked by it, as long as the film; 32-bit float, so nothing clips yet."""
    voice, music = ingredients.voice, ingredients.music
    if voice and music:
        said = _voice(voice, ingredients).filter_multi_output("asplit")
        ducked = ffmpeg.filter([_music(music, ingredients), said[1]], "sidechaincompress", **DUCKING)
        sound = ffmpeg.filter([said[0], ducked], "amix", inputs=2, duration="longest", normalize=0)
    elif voice:
        sound = _voice(voice, ingredients)
    elif music:
        sound = _music(music, ingredients)
    else:
        sound = ffmpeg.input(f"anullsrc=r={RATE}:cl=stereo", f="lavfi").audio
    exact = _exactly(sound, ingredients.samples)
    return _command("mix the sound", ffmpeg.output(exact, str(into), acodec="pcm_f32le", f="wav", **BITEXACT))


def encode_command(raw: Path, into: Path, samples: int, setting: Setting | None) -> Command:
    """Gain and a limiter that works at four times the rate, so that it sees the peaks between samples; then AAC."""
    sound = ffmpeg.input(str(raw)).audio
    if setting:
        limit = {"limit": round(10 ** (setting.limit_db / 20), 5), "attack": 5, "release": 50, "level": 0, "latency": 1}
        sound = sound.filter("volume", f"{setting.gain_db:.3f}dB").filter("aresample", 4 * RATE)
        sound = sound.filter("alimiter", **limit).filter("aresample", RATE)
    return _command("encode the sound", ffmpeg.output(_exactly(sound, samples), str(into), f="mp4", **AAC, **BITEXACT))


def _voice(voice: Path, ingredients: Ingredients) -> Any:
    """In the middle: −3 dB in each channel, as loud in two as it was in one."""
    centred = ffmpeg.input(str(voice)).audio.filter("aformat", sample_fmts="flt", channel_layouts="stereo")
    return _exactly(centred, ingredients.samples)


def _music(music: Path, ingredients: Ingredients) -> Any:
    """At its level, silent outside its window."""
    sound = ffmpeg.input(str(music)).audio.filter("volume", f"{ingredients.music_gain_db:.3f}dB")
    start_s, end_s = ingredients.window_s
    if start_s > 0:
        sound = sound.filter("afade", type="in", start_time=start_s, duration=0.3)
    if end_s < ingredients.samples / RATE - 0.001:
        sound = sound.filter("afade", type="out", start_time=max(0.0, end_s - 1), duration=min(1.0, end_s))
    return _exactly(sound, ingredients.samples)


def _exactly(sound: Any, samples: int) -> Any:
    return sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _command(what: str, output: Any) -> Command:
    return Command(what, tuple(ffmpeg.get_args(output)))
