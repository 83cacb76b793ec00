"""The narration: each scene's script becomes a levelled line of sound with a time for every written word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.core.errors import ProviderRefused
from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from audio.alignment import Alignment, align_words
from audio.base import Spoken, Voice, VoiceChain, first_success, voice_attempts
from audio.levels import RATE, Samples
from audio.line_finishing import finish_line
from audio.registry import chain_for, is_robotic
from audio.wav import write_wav
from audio.words import SpeakableText, script_of, time_written_words
from schemas.contract import fingerprint
from schemas.scene_graph import Scene, SceneGraph
from schemas.speech import Speech, SpokenLine, SpokenLineSchema

RECIPE = 2  # of what happens to a voice's sound here: part of what a line is kept under
NO_VOICE = "none"
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class VoiceRequest:
    """How something is to be spoken; ``voice`` is an id of the provider it is asked of."""

    provider: str | None
    voice: str | None
    language: str
    speed: float
    seed: int


def narrate(graph: SceneGraph, store: Storage, speed: float = 1.0, chain: VoiceChain | None = None) -> Speech:
    """One line for each scene with something to say; none at all for the provider "none".

    ``speed`` (the look's) multiplies the request's; ``chain`` replaces this machine's voices. A scene that nobody can
    speak stays silent and is told of in ``warnings``. Raises ``ProviderBusy`` when waiting may help.
    """
    wish = build_voice_request(graph, speed)
    if wish.provider == NO_VOICE:
        return Speech(wish.language)
    voices = chain or chain_for(wish.provider, wish.language)
    lines: list[SpokenLine] = []
    made: list[int] = []
    silent: dict[int, str] = {}
    for scene, script in _speakable_scenes(graph):
        try:
            line, is_new = _scene_line(voices, replace(wish, seed=wish.seed + scene.take - 1), scene, script, store)
            lines.append(line)
            made += [scene.id] if is_new else []
        except ProviderRefused as error:
            silent[scene.id] = str(error.reason)
    return Speech(wish.language, tuple(lines), tuple(_warnings(voices, wish, lines, silent)), tuple(made))


def build_voice_request(graph: SceneGraph, speed: float) -> VoiceRequest:
    chosen = graph.global_audio.voice
    pace = float(np.clip(chosen.speed * speed, SLOWEST, FASTEST))
    return VoiceRequest(chosen.provider, chosen.voice, chosen.language or graph.language, round(pace, 3), graph.seed)


def _speakable_scenes(graph: SceneGraph) -> Iterator[tuple[Scene, SpeakableText]]:
    for scene in graph.scenes:
        script = script_of(scene.voice_script)
        if script.text:
            yield scene, script


def _scene_line(
    chain: VoiceChain, wish: VoiceRequest, scene: Scene, script: SpeakableText, store: Storage
) -> tuple[SpokenLine, bool]:
    """By the first voice that does it; a voice id is only meant for the provider it was asked of."""
    asked_of_first = wish.provider in (None, *(member.name for member in chain.members[:1]))
    attempts = voice_attempts(chain.members, wish.voice if asked_of_first else None, wish.language)
    line, is_new = first_success(
        attempts, lambda member, voice: _get_or_speak(member, replace(wish, voice=voice), script, store)
    )
    return replace(line, scene_id=scene.id, text=scene.voice_script), is_new


def _get_or_speak(voice: Voice, wish: VoiceRequest, script: SpeakableText, store: Storage) -> tuple[SpokenLine, bool]:
    """The line from the store, or made now and kept there: a WAV (48 kHz, mono, 16 bit, −18 LUFS) and its words."""
    said = (wish.voice, wish.language, wish.speed, wish.seed, script.text, script.written_words)
    identity = fingerprint(voice.name, voice.version, RECIPE, *said)
    sound_key, line_key = (cache_key("speech", identity, suffix) for suffix in (".wav", ".json"))
    is_new = store.claim((sound_key, line_key)) != {sound_key, line_key}
    if is_new:
        samples, line = _speak(voice, wish, script)
        with store.writing(sound_key) as path:
            write_wav(path, samples)
        write_json(store, line_key, SpokenLineSchema.plain(replace(line, key=sound_key)))
    return SpokenLineSchema.read(read_json(store, line_key)), is_new


def _speak(voice: Voice, wish: VoiceRequest, script: SpeakableText) -> tuple[Samples, SpokenLine]:
    """Raises what the voice raises, and ``ProviderRefused`` when it gave silence."""
    spoken = voice.say(script.text, wish.voice, wish.language, wish.speed, wish.seed)
    heard = _word_times(spoken, script.text.split(), wish.language)
    samples, words = finish_line(spoken, heard.words)
    if not samples.any():
        raise ProviderRefused(voice.name, "it said nothing that can be heard")
    length_ms = len(samples) * 1000 // RATE
    written = time_written_words(script, words, length_ms)
    trust = (voice.name, heard.method, heard.confidence, wish.voice)
    return samples, SpokenLine(0, script.text, "", length_ms, written, *trust)


def _word_times(spoken: Spoken, said: Sequence[str], language: str) -> Alignment:
    """The voice's own times; where it has none for each word, what is found in the sound."""
    if len(spoken.words) == len(said):
        return Alignment(spoken.words, spoken.method, spoken.confidence)
    return align_words(spoken.samples, spoken.rate, said, language)


def _warnings(
    chain: VoiceChain, wish: VoiceRequest, lines: Sequence[SpokenLine], silent: Mapping[int, str]
) -> Iterator[str]:
    """What a person should know of who spoke, in words."""
    if silent and not lines:
        yield f"Nobody speaks {wish.language!r} here, so there is no narration: {next(iter(silent.values()))}."
    elif silent:
        yield from (f"Scene {scene_id} has no narration: {reason}." for scene_id, reason in silent.items())
    heard = {line.voice for line in lines}
    if wish.provider and heard - {wish.provider}:
        yield f"The voice {wish.provider!r} did not speak all of it; {', '.join(sorted(heard))} did."
    asked = wish.provider or next((member.name for member in chain.members), None)
    if wish.voice and any(line.voice == asked and line.voice_id != wish.voice for line in lines):
        yield f"{asked} has no voice {wish.voice!r} here; another of its voices spoke."
    robots = sorted(member.name for member in chain.members if member.name in heard and is_robotic(member))
    if robots:
        yield f"The voice {', '.join(robots)} sounds robotic in {wish.language!r}; a hosted one would sound better."
