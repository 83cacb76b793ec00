"""Scene graphs, spoken lines and clips for the tests of planning: fixed values and Hypothesis strategies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from app.planning.music.choice import music_of_film
from presets.library import preset
from schemas.clip import Clip
from schemas.music import MusicBeats
from schemas.preset import TRANSITIONS, Pacing, Preset
from schemas.scene_graph import GlobalAudio, MusicChoice, Scene, SceneGraph, Transition
from schemas.speech import Speech, SpokenLine, Word

WORDS = ("morning", "light", "over", "the", "harbour,", "a", "boat", "leaves.", "Nobody", "waits", "for", "it.")
PRESET = Preset("test_preset", "Test", "A preset for tests.")
SIZE = (108, 192)


def text(words: int, first: int = 0) -> str:
    """Return ``words`` words of ``WORDS``, cyclically, from word ``first``."""
    return " ".join(WORDS[(first + k) % len(WORDS)] for k in range(words))


def spoken_line(scene_id: int, words: str, word_ms: int = 380) -> SpokenLine:
    """Return a spoken line; each word takes ``word_ms``, of which the last 40 ms are silent."""
    timed_words = tuple(Word(word, k * word_ms, (k + 1) * word_ms - 40) for k, word in enumerate(words.split()))
    return SpokenLine(scene_id, words, f"voice/{scene_id}.wav", len(timed_words) * word_ms, timed_words, "heart")


def scene_graph(scenes: Sequence[Scene], captions: bool = True, music: str = "mood") -> SceneGraph:
    audio = GlobalAudio(music=MusicChoice(kind=music))
    return SceneGraph("2.0", "Film", "en", PRESET.id, tuple(scenes), captions=captions, global_audio=audio)


def graph_of(*scenes: Scene) -> SceneGraph:
    """Return a graph of ``scenes``, numbered from 1."""
    return scene_graph([replace(scene, id=index + 1) for index, scene in enumerate(scenes)])


def spoken(words: str, transition: str = "cut", overlap_ms: int = 0, duration_ms: int = 200, **more: object) -> Scene:
    """Return a spoken scene; its planned length is so short that the words determine its length."""
    return Scene(1, voice_script=words, transition=Transition(transition, overlap_ms), duration_ms=duration_ms, **more)


def silent(duration_ms: int, transition: str = "cut", overlap_ms: int = 0, **more: object) -> Scene:
    return Scene(1, duration_ms=duration_ms, transition=Transition(transition, overlap_ms), **more)


def speech(graph: SceneGraph, word_ms: int = 380) -> Speech:
    return Speech(
        "en", tuple(spoken_line(s.id, s.voice_script, word_ms) for s in graph.scenes if s.voice_script.strip())
    )


def beats_of(graph: SceneGraph) -> MusicBeats | None:
    """Return the beats of a film's bundled music."""
    music = music_of_film(graph, preset(graph.preset_id), "tracks")
    return music.beats if music else None


def still_clips(graph: SceneGraph) -> dict[int, Clip]:
    return {s.id: Clip(s.id, "still", f"plates/{s.id}", f"still-{s.id}", "local") for s in graph.scenes}


def video_clip(scene_id: int, length_ms: int | None, start_ms: int = 0) -> Clip:
    return Clip(scene_id, "video", f"clips/{scene_id}", f"v{scene_id}", "local", start_ms=start_ms, length_ms=length_ms)


def any_graph(min_scenes: int = 1, max_scenes: int = 7) -> st.SearchStrategy[SceneGraph]:
    """Return graphs of scenes of any length, spoken or silent, with any transition."""
    transition = st.builds(Transition, st.sampled_from(TRANSITIONS), st.integers(0, 3000))
    words = st.sampled_from((0, 0, 1, 4, 11, 24))
    scene = st.builds(
        lambda ms, count, t, turn: Scene(1, duration_ms=ms, voice_script=text(count), transition=t, turn=turn),
        st.integers(200, 9000),
        words,
        transition,
        st.booleans(),
    )
    return st.lists(scene, min_size=min_scenes, max_size=max_scenes).map(lambda scenes: graph_of(*scenes))


def any_pacing() -> st.SearchStrategy[Pacing]:
    return st.builds(
        Pacing,
        lead_ms=st.integers(0, 600),
        tail_ms=st.integers(0, 900),
        min_scene_ms=st.integers(300, 3000),
        max_hold_ms=st.integers(0, 2000),
        slowest=st.sampled_from((0.25, 0.6, 1.0)),
        turn_ms=st.sampled_from((0, 700, 2000)),
    )


@st.composite
def any_clips(draw: st.DrawFn, graph: SceneGraph) -> dict[int, Clip]:
    """Return a still or a video of any length for each scene."""
    lengths = st.one_of(st.none(), st.integers(1, 12_000))
    clips = still_clips(graph)
    for scene in graph.scenes:
        if draw(st.booleans()):
            clips[scene.id] = video_clip(scene.id, draw(lengths), draw(st.integers(0, 500)))
    return clips
