"""The narration: each scene's script becomes a line of sound at the reference loudness, with a time for each word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
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
from audio.registry import chain_for, is_robotic, unavailable_reason
from audio.wav import write_wav
from audio.words import SpeakableText, speakable_text, time_written_words
from schemas.contract import fingerprint
from schemas.scene_graph import Scene, SceneGraph
from schemas.speech import Speech, SpokenLine, SpokenLineSchema

RECIPE = 3  # version of the processing of a voice's sound; part of a line's cache key
NO_VOICE = "none"
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class VoiceRequest:
    """How a text is to be spoken; ``voice`` is a voice id of ``provider``."""

    provider: str | None
    voice: str | None
    language: str
    speed: float
    seed: int


def narrate(graph: SceneGraph, store: Storage, speed: float = 1.0, chain: VoiceChain | None = None) -> Speech:
    """Return one line for each scene with a speakable script; no lines for the provider "none".

    ``speed`` (the preset's) multiplies the request's; ``chain`` replaces the installed voices. A scene that no voice
    can speak stays silent, and ``warnings`` says so. Raises ``ProviderBusy`` when a retry may succeed.
    """
    request = build_voice_request(graph, speed)
    if request.provider == NO_VOICE:
        return Speech(request.language)
    voices = chain or chain_for(request.provider, request.language)
    lines: list[SpokenLine] = []
    new_scenes: list[int] = []
    silent: dict[int, str] = {}
    for scene, script in _speakable_scenes(graph, request.language):
        try:
            line, is_new = _scene_line(
                voices, replace(request, seed=request.seed + scene.take - 1), scene, script, store
            )
            lines.append(line)
            new_scenes += [scene.id] if is_new else []
        except ProviderRefused as error:
            silent[scene.id] = str(error.reason)
    warnings = tuple(_warnings(voices, request, lines, silent))
    return Speech(request.language, tuple(lines), warnings, tuple(new_scenes))


def build_voice_request(graph: SceneGraph, speed: float) -> VoiceRequest:
    chosen = graph.global_audio.voice
    pace = float(np.clip(chosen.speed * speed, SLOWEST, FASTEST))
    return VoiceRequest(chosen.provider, chosen.voice, chosen.language or graph.language, round(pace, 3), graph.seed)


def _speakable_scenes(graph: SceneGraph, language: str) -> Iterator[tuple[Scene, SpeakableText]]:
    for scene in graph.scenes:
        script = speakable_text(scene.voice_script, language, graph.global_audio.aliases)
        if script.text:
            yield scene, script


def _scene_line(
    chain: VoiceChain, request: VoiceRequest, scene: Scene, script: SpeakableText, store: Storage
) -> tuple[SpokenLine, bool]:
    """Return the line from the first voice that speaks it, and whether it is new.

    The requested voice id is used only when the first member of the chain is the provider that it belongs to.
    """
    is_first_requested = request.provider in (None, *(member.name for member in chain.members[:1]))
    attempts = voice_attempts(chain.members, request.voice if is_first_requested else None, request.language)
    line, is_new = first_success(
        attempts, lambda member, voice: _get_or_speak(member, replace(request, voice=voice), script, store)
    )
    return replace(line, scene_id=scene.id, text=scene.voice_script), is_new


def _get_or_speak(
    voice: Voice, request: VoiceRequest, script: SpeakableText, store: Storage
) -> tuple[SpokenLine, bool]:
    """Return the line from the store, or speak it and store a WAV (48 kHz, mono, 16 bit, −18 LUFS) and its words."""
    identity = line_identity(voice, request, script)
    sound_key, line_key = (cache_key("speech", identity, suffix) for suffix in (".wav", ".json"))
    is_new = store.claim((sound_key, line_key)) != {sound_key, line_key}
    if is_new:
        samples, line = _speak(voice, request, script)
        with store.writing(sound_key) as path:
            write_wav(path, samples)
        write_json(store, line_key, SpokenLineSchema.plain(replace(line, key=sound_key)))
    return SpokenLineSchema.read(read_json(store, line_key)), is_new


def line_identity(voice: Voice, request: VoiceRequest, script: SpeakableText) -> str:
    """Return the hash of all that determines the sound of a line and the times of its words."""
    inputs = (request.voice, request.language, request.speed, request.seed)
    return fingerprint(voice.name, voice.version, RECIPE, *inputs, script.text, script.owners, script.written_words)


def _speak(voice: Voice, request: VoiceRequest, script: SpeakableText) -> tuple[Samples, SpokenLine]:
    """Speak one line. Raises what the voice raises, and ``ProviderRefused`` when it returned silence."""
    spoken = voice.say(script.text, request.voice, request.language, request.speed, request.seed)
    alignment = _word_times(spoken, script.text.split(), request.language)
    samples, words = finish_line(spoken, alignment.words)
    if not samples.any():
        raise ProviderRefused(voice.name, "it returned silence")
    length_ms = len(samples) * 1000 // RATE
    written_words = time_written_words(script, words, length_ms)
    origin = (voice.name, alignment.method, alignment.confidence, request.voice)
    return samples, SpokenLine(0, script.text, "", length_ms, written_words, *origin)


def _word_times(spoken: Spoken, words: Sequence[str], language: str) -> Alignment:
    """Return the voice's own times, or those of an aligner if the voice has not one for each word."""
    if len(spoken.words) == len(words):
        return Alignment(spoken.words, spoken.method, spoken.confidence)
    return align_words(spoken.samples, spoken.rate, words, language)


def _warnings(
    chain: VoiceChain, request: VoiceRequest, lines: Sequence[SpokenLine], silent: Mapping[int, str]
) -> Iterator[str]:
    """Yield the warnings about scenes without narration and about voices other than those requested."""
    if silent and not lines:
        yield f"There is no narration in {request.language!r}: {next(iter(silent.values()))}."
    elif silent:
        yield from (f"Scene {scene_id} has no narration: {reason}." for scene_id, reason in silent.items())
    speakers = {line.voice for line in lines}
    if request.provider and (lines or silent):
        yield from _provider_warnings(chain, request.provider, request.language, speakers)
    provider = request.provider or next((member.name for member in chain.members), None)
    if request.voice and any(line.voice == provider and line.voice_id != request.voice for line in lines):
        yield f"{provider} has no voice {request.voice!r} on this machine; its default voice speaks instead."
    robotic = ", ".join(sorted(voice.name for voice in chain.members if voice.name in speakers and is_robotic(voice)))
    if robotic:
        yield f"The voice {robotic} sounds robotic in {request.language!r}; a hosted voice would sound better."


def _provider_warnings(chain: VoiceChain, provider: str, language: str, speakers: Set[str]) -> Iterator[str]:
    """Yield the warning that the requested provider is not available, or did not speak every line."""
    others = ", ".join(sorted(speakers - {provider}))
    is_in_chain = provider in (member.name for member in chain.members)
    reason = None if is_in_chain else unavailable_reason(provider, language)
    if reason:
        instead = f", so {others} speaks instead" if others else ""
        yield f"The voice {provider!r} is not available{instead}: {reason}."
    elif others:
        yield f"Lines that the voice {provider!r} did not speak are spoken by {others}."
