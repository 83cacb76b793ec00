"""The mix of voice, ducked music, clips and effects, mastered to one loudness with true peaks below a ceiling."""

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
from audio.clip_sound import clip_track
from audio.ducking import LIFT_DB, write_gain
from audio.effects import effects_track
from audio.levels import RATE
from audio.mastering import BITEXACT_OPTIONS, Target, master, warnings
from audio.voice_track import film_sample_count, voice_track
from audio.wav import read_wav
from schemas.contract import fingerprint
from schemas.preset import SoundStyle
from schemas.timeline import AudioItem, Timeline

RECIPE = 3  # version of the way a mix is made; part of its cache key


@dataclass(frozen=True, slots=True)
class Mix:
    """The sound of a film.

    ``key`` is an M4A (AAC-LC, 48 kHz, stereo, 192 kbit/s) of exactly the film's length, ``loudness`` what was measured
    in it, ``voice_key`` the WAV of the narration in film time or ``None``, ``warnings`` texts for the user.
    ``unreadable_clips`` are the ids of the scenes whose clip has sound that cannot be decoded.

    The first packet has the timestamp −1024 (the encoder's priming, hidden by the edit list), and the last is
    shortened: copied packet by packet, the sound starts at 0 and ends with the film.
    """

    key: str
    loudness: Loudness
    voice_key: str | None
    warnings: tuple[str, ...] = ()
    unreadable_clips: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MixInputs:
    """Everything that determines the raw mix; ``voice``, ``music``, ``clips`` and ``effects`` are local files.

    ``clips`` is the own sound of the clips and ``effects`` the sound effects, both at their final level.
    """

    voice: Path | None
    music: Path | None
    music_gain_db: float
    window_s: tuple[float, float]
    sample_count: int
    clips: Path | None = None
    effects: Path | None = None


def mix(
    timeline: Timeline, music_key: str | None, style: SoundStyle, store: Storage, *, target_lufs: float | None = None
) -> Mix:
    """Return the film's sound; digital silence, which is not mastered, for a film without any sound.

    The timeline's music item says when the music plays and how far below the voice; without one there is no music.
    Its clip and effect items say which are heard; without them the mix has the same key as before they existed.
    ``target_lufs`` overrides the loudness of ``style``. Raises ``MediaError``.
    """
    target = Target(style.target_lufs if target_lufs is None else target_lufs, style.true_peak_db)
    voice_key = voice_track(timeline, store)
    item = next((item for item in timeline.tracks.audio if item.kind == "music"), None) if music_key else None
    own_sound = clip_track(timeline, voice_key, store)
    effects_key = effects_track(timeline, store)
    others = filter(None, [own_sound.key, effects_key])
    sources = (voice_key, music_key if item else None, _music_identity(item), *others)
    identity = fingerprint("mix", RECIPE, film_sample_count(timeline), asdict(target), *sources)
    sound_key, facts_key = (cache_key("mix", identity, suffix) for suffix in (".m4a", ".json"))
    if store.claim((sound_key, facts_key)) != {sound_key, facts_key}:
        inputs = MixInputs(
            store.local(voice_key) if voice_key else None,
            store.local(music_key) if music_key and item else None,
            item.gain_db if item else 0.0,
            (item.start_ms / 1000, item.end_ms / 1000) if item else (0.0, 0.0),
            film_sample_count(timeline),
            store.local(own_sound.key) if own_sound.key else None,
            store.local(effects_key) if effects_key else None,
        )
        with store.writing(sound_key) as path:
            loudness = _write_mix(inputs, target, path)
        write_json(store, facts_key, asdict(loudness))
    loudness = Loudness(**read_json(store, facts_key))
    return Mix(sound_key, loudness, voice_key, warnings(loudness, target), own_sound.unreadable)


def _music_identity(item: AudioItem | None) -> dict[str, Any] | None:
    """Return the values of the music item that determine the mix; those of clips are left out."""
    names = ("kind", "start_ms", "end_ms", "key", "scene_id", "gain_db")
    return {name: getattr(item, name) for name in names} if item else None


def _write_mix(inputs: MixInputs, target: Target, into: Path) -> Loudness:
    with scratch() as folder:
        raw = folder / "raw.wav"
        write_raw_mix(inputs, raw)
        return master(raw, inputs.sample_count, target, into)


def write_raw_mix(inputs: MixInputs, into: Path) -> None:
    """Write the mix before mastering as 32-bit float; the gain curve of the ducking is written beside it."""
    ducking = into.with_name("ducking.wav")
    if inputs.voice and inputs.music:
        write_gain(read_wav(inputs.voice)[0], ducking)
    run(mix_command(inputs, ducking, into))


def mix_command(inputs: MixInputs, ducking: Path, into: Path) -> Command:
    """Return the command that mixes the centred voice, the music times the gains in ``ducking``, and the others.

    ``ducking`` is read when there are voice and music. The output is as long as the film and in 32-bit float, which
    cannot clip.
    """
    exact = _pad_and_trim(_sum(_streams(inputs, ducking)), inputs.sample_count)
    output = ffmpeg.output(exact, str(into), acodec="pcm_f32le", f="wav", **BITEXACT_OPTIONS)
    return Command("mix the sound", tuple(ffmpeg.get_args(output)))


def _streams(inputs: MixInputs, ducking: Path) -> list[Any]:
    streams = [_stereo_stream(inputs.voice, inputs)] if inputs.voice else []
    if inputs.music and inputs.voice:
        music = _music_stream(inputs.music, inputs, inputs.music_gain_db + LIFT_DB)
        streams.append(ffmpeg.filter([music, _gain_stream(ducking, inputs)], "amultiply"))
    elif inputs.music:
        streams.append(_music_stream(inputs.music, inputs, inputs.music_gain_db))
    others = (sound for sound in (inputs.clips, inputs.effects) if sound)
    return [*streams, *(_stereo_stream(sound, inputs) for sound in others)]


def _sum(streams: list[Any]) -> Any:
    """Return the sum of the streams; silence for none."""
    if not streams:
        return ffmpeg.input(f"anullsrc=r={RATE}:cl=stereo", f="lavfi").audio
    if len(streams) == 1:
        return streams[0]
    return ffmpeg.filter(streams, "amix", inputs=len(streams), duration="longest", normalize=0)


def _stereo_stream(sound: Path, inputs: MixInputs) -> Any:
    """Return stereo; mono is centred at −3 dB in each channel, so that it is as loud as before."""
    stereo = ffmpeg.input(str(sound)).audio.filter("aformat", sample_fmts="flt", channel_layouts="stereo")
    return _pad_and_trim(stereo, inputs.sample_count)


def _music_stream(music: Path, inputs: MixInputs, gain_db: float) -> Any:
    """Return the music at its level, faded at the edges of its window."""
    sound = ffmpeg.input(str(music)).audio.filter("volume", f"{gain_db:.3f}dB", precision="float")
    start_s, end_s = inputs.window_s
    if start_s > 0:
        sound = sound.filter("afade", type="in", start_time=start_s, duration=0.3)
    if end_s < inputs.sample_count / RATE - 0.001:
        sound = sound.filter("afade", type="out", start_time=max(0.0, end_s - 1), duration=min(1.0, end_s))
    return _pad_and_trim(sound, inputs.sample_count)


def _gain_stream(ducking: Path, inputs: MixInputs) -> Any:
    """Return the same gain in both channels (a plain change of layout would lower it by 3 dB)."""
    stereo = ffmpeg.input(str(ducking)).audio.filter("channelmap", map="0-0|0-1", channel_layout="stereo")
    return _pad_and_trim(stereo.filter("aformat", sample_fmts="flt"), inputs.sample_count)


def _pad_and_trim(sound: Any, sample_count: int) -> Any:
    return sound.filter("apad", whole_len=sample_count).filter("atrim", end_sample=sample_count)
