"""The level of the music below the voice, measured in the delivered mix of every preset.

The mix is the voice times one gain plus the bed times another. Both sources are known, so a least squares fit over a
window gives both gains in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.media.ffmpeg import command, run
from app.planning.timing.timeline import build, retime
from app.store.backends.folder import Folder
from app.store.cache import get_or_make
from audio.ducking import DEPTH_DB, LIFT_DB
from audio.levels import RATE, loudness
from audio.mixing import mix
from audio.music.bed import choose_source, make_bed
from audio.narration import narrate
from audio.wav import read_wav, write_wav
from presets.library import preset, presets
from schemas.preset import Preset
from schemas.scene_graph import GlobalAudio, MusicChoice, Scene, SceneGraph, Transition
from schemas.speech import Speech, SpokenLine

PRESETS = [preset.id for preset in presets()]
SIZE = (108, 192)
LINES = (
    "The boat leaves the harbour before the first light. Nobody on the pier is waiting for it to come back.",
    "Twenty minutes later the engine stops, and the nets go down.",
    "",
    "What comes up again is the whole of the morning's work.",
    "Then they go home.",
)
PAUSE_MS, SILENCE_MS, RAMP_MS = 500, 2000, 700
FULL_DB = (-4, 0)  # the range in which the music counts as full, relative to the voice
Window = tuple[int, int]


@dataclass(frozen=True)
class MeasuredMix:
    """A delivered mix with its sources, and the windows in ms with and without words."""

    mix: np.ndarray
    voice: np.ndarray
    bed: np.ndarray
    words: list[Window]
    gaps: list[Window]
    music_db: float

    def bed_below_voice_db(self, windows: list[Window]) -> float:
        """The level of the bed in all ``windows`` together, below the level of the voice under words."""
        levels_db = loudness(self.voice) - loudness(self.bed)
        return levels_db + 20 * np.log10(self.gains(self.words)[0] / self.gains(windows)[1])

    def bed_gain_db(self, window: Window) -> float:
        """The gain of the bed relative to that of the voice."""
        return 20 * np.log10(self.gains([window])[1] / self.gains(self.words)[0])

    def gains(self, windows: list[Window]) -> tuple[float, float]:
        """The gains of the voice and of the bed."""
        inside = np.concatenate([np.arange(a * 48, min(b * 48, len(self.mix))) for a, b in windows])
        sources = np.stack([self.voice[inside].ravel(), self.bed[inside].ravel()], axis=1)
        voice, music = np.linalg.lstsq(sources, self.mix[inside].ravel(), rcond=None)[0]
        return voice, music


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("ducking"))


@pytest.fixture(scope="module")
def graph() -> SceneGraph:
    scenes = tuple(
        Scene(number, voice_script=text, transition=Transition("cut", 0), duration_ms=200 if text else 3000)
        for number, text in enumerate(LINES, 1)
    )
    return SceneGraph("2.0", "Film", "en", "look", scenes, global_audio=GlobalAudio(music=MusicChoice()))


@pytest.fixture(scope="module")
def speech(store, graph) -> Speech:
    """The narration of the bundled voice, with a longer pause between the two sentences of the first line."""
    speech = narrate(graph, store)
    return replace(speech, lines=(with_pause(speech.lines[0], 8, 250, store), *speech.lines[1:]))


def with_pause(line: SpokenLine, after: int, pause_ms: int, store: Folder) -> SpokenLine:
    """The line with ``pause_ms`` of silence added after the word at index ``after``, which ends a sentence."""
    cut_ms = (line.words[after].end_ms + line.words[after + 1].start_ms) // 2
    samples = read_wav(store.local(line.key))[0]
    longer = np.insert(samples, cut_ms * 48, np.zeros(pause_ms * 48, np.float32))
    key, _ = get_or_make(store, "test", "pausedline", ".wav", lambda path: write_wav(path, longer))
    shifted = (replace(word, start_ms=word.start_ms + pause_ms, end_ms=word.end_ms + pause_ms) for word in line.words)
    words = (*line.words[: after + 1], *list(shifted)[after + 1 :])
    return replace(line, key=key, length_ms=line.length_ms + pause_ms, words=words)


@pytest.fixture(scope="module", params=PRESETS)
def measured(request, store, graph, speech, tmp_path_factory) -> MeasuredMix:
    return delivered(preset(request.param), graph, speech, store, tmp_path_factory.mktemp("mix"))


def delivered(chosen: Preset, graph: SceneGraph, speech: Speech, store: Folder, folder: Path) -> MeasuredMix:
    timeline = retime(graph, build(graph, SIZE), speech, {}, chosen)
    music_key = make_bed(choose_source(MusicChoice(), chosen.sound.mood, 1), timeline.length_ms, (), store)
    mixed = mix(timeline, music_key, chosen.sound, store)
    words = [
        (item.start_ms + word.start_ms, item.start_ms + word.end_ms)
        for item in timeline.tracks.audio
        if item.kind == "voice"
        for word in speech.line(item.scene_id).words
    ]
    voice = read_wav(store.local(mixed.voice_key))[0]
    return MeasuredMix(
        decoded(store.local(mixed.key), folder),
        np.repeat(voice[:, None], 2, axis=1) * np.float32(np.sqrt(0.5)),
        read_wav(store.local(music_key))[0],
        words,
        list(pairwise([0, *(ms for word in words for ms in word), timeline.length_ms]))[::2],
        timeline.tracks.audio[-1].gain_db,
    )


def decoded(path: Path, folder: Path) -> np.ndarray:
    run(command("decode the mix", "-i", path, "-c:a", "pcm_f32le", folder / "mix.wav"))
    samples, rate = read_wav(folder / "mix.wav")
    assert rate == RATE
    return samples


def test_music_is_13_to_18_db_below_the_voice_under_words(measured):
    assert 13 <= measured.bed_below_voice_db(measured.words) <= 18


def test_music_is_6_to_10_db_below_the_voice_in_every_pause(measured):
    pauses = [gap for gap in measured.gaps if PAUSE_MS < gap[1] - gap[0] <= SILENCE_MS]
    levels = [measured.bed_below_voice_db([gap]) for gap in pauses]
    assert len(levels) >= 2
    assert min(levels) >= 6
    assert max(levels) <= 10


def test_music_is_at_its_full_level_in_a_pause_of_two_seconds(measured):
    (silence,) = [gap for gap in measured.gaps if gap[1] - gap[0] > SILENCE_MS]
    inside = (silence[0] + RAMP_MS, silence[1] - RAMP_MS)
    assert measured.bed_gain_db(inside) == pytest.approx(measured.music_db + LIFT_DB, abs=0.4)
    assert FULL_DB[0] <= -measured.bed_below_voice_db([inside]) <= FULL_DB[1]


def test_music_is_down_before_the_first_word_after_a_pause(measured):
    (silence,) = [gap for gap in measured.gaps if gap[1] - gap[0] > SILENCE_MS]
    assert measured.bed_gain_db((silence[1] + 20, silence[1] + 500)) == pytest.approx(
        measured.music_db - DEPTH_DB, abs=1
    )


def test_edited_music_level_is_applied_to_the_mix_once(store, graph, speech, tmp_path):
    softer = replace(graph, global_audio=replace(graph.global_audio, music_db=-15.0))
    measured = delivered(preset("clean_bold"), softer, speech, store, tmp_path)
    (silence,) = [gap for gap in measured.gaps if gap[1] - gap[0] > SILENCE_MS]
    assert measured.music_db == -15
    assert measured.bed_gain_db((silence[0] + RAMP_MS, silence[1] - RAMP_MS)) == pytest.approx(-15 + LIFT_DB, abs=0.4)
