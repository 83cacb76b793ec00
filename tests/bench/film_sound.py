"""Figures of the sound of a finished film, measured in its mix, its bed and its narration."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.jobs.workspace import Workspace
from app.planning.music.beats import film_pulse
from app.planning.text.sentences import ends_a_sentence
from app.planning.timing.beat_snap import distance_ms
from app.planning.timing.effects import SHAPES
from app.store.base import Storage
from audio.ducking import BELOW_VOICE_DB, STEP_S
from audio.levels import RATE, Samples, envelope, loudness
from audio.music.bed import ending_of_bed, make_bed
from audio.music.tracks import decode_track
from audio.voice_track import voice_items, voice_track
from audio.wav import read_wav
from schemas.music import MusicBeats
from schemas.speech import Speech
from schemas.timeline import Timeline
from schemas.timing import ms_of
from tasks import delivery

SAMPLES_PER_MS = RATE // 1000
PAUSE_MS, LONG_PAUSE_MS, RAMP_MS = 500, 2000, 700

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SoundOfFilm:
    """``bed_db`` are levels of the music relative to the voice by "words", "pauses" and "long pauses".

    ``on_beat`` is the share of cuts on the beat, ``ring_s`` how long the last chord rings, ``effects_s`` the shortest
    time between two effects, ``pause_s`` the longest silence between two sentences of a paragraph and ``turns_s`` the
    silences where the text turns. A value that a film does not have is absent or ``None``.
    """

    bed_db: dict[str, float]
    on_beat: float | None
    ring_s: float | None
    effects_s: float | None
    pause_s: float | None
    turns_s: tuple[float, ...] = ()


def sound_of(run: Workspace) -> SoundOfFilm:
    timeline, source = run.timeline, delivery.music_of(run)
    ending_ms = ending_of_bed(source, timeline.length_ms) if source else None
    within_ms = 60 if voice_items(timeline) else 40
    turns = frozenset(scene.id for scene in run.graph.scenes if scene.turn)
    silences = narration_silences_ms(timeline, run.store)
    ends, turn_ends = sentence_ends(timeline, run.speech, turns)
    return SoundOfFilm(
        bed_levels_db(run),
        share_on_beats(timeline, source.beats, within_ms) if source and source.beats else None,
        None if ending_ms is None else (timeline.length_ms - ending_ms) / 1000,
        effects_distance_s(timeline),
        max((_silence_at(silences, window) for window in ends), default=None),
        tuple(_silence_at(silences, window) for window in turn_ends),
    )


def share_on_beats(timeline: Timeline, beats: MusicBeats, within_ms: int) -> float | None:
    """The share of scene changes within ``within_ms`` of a beat; the middle of a transition counts."""
    frames = {transition.into: transition.frames for transition in timeline.transitions}
    pulse_ms = film_pulse(beats, timeline.length_ms)
    cuts_ms = [ms_of(s.start_frame + frames.get(s.scene_id, 0) // 2, timeline.fps) for s in timeline.scenes[1:]]
    return sum(distance_ms(pulse_ms, ms) <= within_ms for ms in cuts_ms) / len(cuts_ms) if cuts_ms else None


def effects_distance_s(timeline: Timeline) -> float | None:
    """The shortest time between the peaks of two effects; ``None`` for fewer than two."""
    items = [item for item in timeline.tracks.audio if item.kind == "effect"]
    peaks_ms = sorted(item.start_ms + SHAPES[item.effect or "pop"].before_ms for item in items)
    distances = [second - first for first, second in pairwise(peaks_ms)]
    return min(distances) / 1000 if distances else None


# -- words and pauses ------------------------------------------------------------------------------------------------


def word_windows(timeline: Timeline, speech: Speech) -> list[tuple[int, int, str, int]]:
    """Each spoken word with its start and end in ms of the film, and its scene's id."""
    lines = {line.scene_id: line for line in speech.lines}
    return [
        (item.start_ms + word.start_ms, item.start_ms + word.end_ms, word.text, item.scene_id or 0)
        for item in voice_items(timeline)
        for word in lines[item.scene_id or 0].words
    ]


def sentence_ends(timeline: Timeline, speech: Speech, turns: Collection[int]) -> tuple[list[Window], list[Window]]:
    """The time between two sentences of a paragraph, and between two where the scene of the second one ``turns``."""
    inside: list[Window] = []
    at_turns: list[Window] = []
    for first, second in pairwise(word_windows(timeline, speech)):
        is_turn = first[3] != second[3] and second[3] in turns
        if is_turn or ends_a_sentence(first[2]):
            (at_turns if is_turn else inside).append((first[1], second[0]))
    return inside, at_turns


def narration_silences_ms(timeline: Timeline, store: Storage) -> list[Window]:
    """The silences of the narration of a film; none without a narration."""
    key = voice_track(timeline, store)
    return silences_ms(read_wav(store.local(key))[0]) if key else []


def silences_ms(voice: Samples) -> list[Window]:
    """The silences of a narration: below its loudness by ``BELOW_VOICE_DB``, as for the ducking."""
    level = loudness(voice)
    if level is None:
        return []
    is_loud = envelope(voice, RATE) > 10 ** ((level - BELOW_VOICE_DB) / 20)
    edges = (np.flatnonzero(np.diff(is_loud, prepend=False, append=False)) * STEP_S * 1000).astype(int)
    sounds = edges.reshape(-1, 2).tolist()
    return [(first[1], second[0]) for first, second in pairwise(sounds)]


def _silence_at(silences: list[Window], window: Window) -> float:
    """The length in seconds of the longest silence that touches ``window``."""
    return max((end - start for start, end in silences if start <= window[1] and end >= window[0]), default=0) / 1000


# -- music -----------------------------------------------------------------------------------------------------------


def bed_levels_db(run: Workspace) -> dict[str, float]:
    """The level of the music relative to the voice, by kind of moment; empty for a film without both."""
    timeline, store, source = run.timeline, run.store, delivery.music_of(run)
    voice_key = voice_track(timeline, store)
    if source is None or voice_key is None:
        return {}
    cuts_ms = [scene.start_ms for scene in timeline.scenes[1:]]
    bed = read_wav(store.local(make_bed(source, timeline.length_ms, cuts_ms, store)))[0]
    mono = read_wav(store.local(voice_key))[0]
    voice = np.repeat(mono[:, None], 2, axis=1) * np.float32(np.sqrt(0.5))
    mix = decode_track(store.local(delivery.mix_of(run).key), timeline.length_ms / 1000 + 1)
    sources, offset_db = (voice, bed), loudness_db(bed) - loudness_db(voice)
    words = [(start, end) for start, end, *_ in word_windows(timeline, run.speech)]
    voice_gain = gains(mix, sources, words)[0]
    return {
        kind: offset_db + 20 * float(np.log10(gains(mix, sources, windows)[1] / voice_gain))
        for kind, windows in moments(words, timeline.length_ms).items()
        if windows
    }


def moments(words: list[Window], length_ms: int) -> dict[str, list[Window]]:
    """The windows under words, in pauses of half a second to two seconds, and inside longer ones without ramps."""
    gaps = list(pairwise([0, *(ms for word in words for ms in word), length_ms]))[::2]
    long_gaps = [(start + RAMP_MS, end - RAMP_MS) for start, end in gaps if end - start > LONG_PAUSE_MS + RAMP_MS]
    pauses = [gap for gap in gaps[:-1] if PAUSE_MS < gap[1] - gap[0] <= LONG_PAUSE_MS]
    return {"words": words, "pauses": pauses, "long pauses": [gap for gap in long_gaps if gap[1] < length_ms - 1500]}


def loudness_db(samples: Samples) -> float:
    level = loudness(samples)
    return -120.0 if level is None else level


def gains(mix: Samples, sources: tuple[Samples, Samples], windows: list[Window]) -> NDArray[np.float64]:
    """The gains of the two sources in the mix, by least squares over all windows."""
    count = min(len(mix), *(len(source) for source in sources))
    inside = np.concatenate(
        [np.arange(start * SAMPLES_PER_MS, min(end * SAMPLES_PER_MS, count)) for start, end in windows]
    )
    columns = np.stack([source[inside].ravel() for source in sources], axis=1).astype(np.float64)
    solution: NDArray[np.float64] = np.linalg.lstsq(columns, mix[inside].ravel().astype(np.float64), rcond=None)[0]
    return solution
