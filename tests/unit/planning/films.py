"""Films for the planning room's tests: scene graphs, spoken lines and clips, made by hand or by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from schemas.clip import Clip
from schemas.preset import TRANSITIONS, Pacing, Preset
from schemas.scene_graph import GlobalAudio, MusicChoice, Scene, SceneGraph, Transition
from schemas.speech import Speech, SpokenLine, Word

WORDS = ("morning", "light", "over", "the", "harbour,", "a", "boat", "leaves.", "Nobody", "waits", "for", "it.")
PRESET = Preset("look", "Look", "A look for tests.")
SIZE = (108, 192)


def text(words: int, first: int = 0) -> str:
    return " ".join(WORDS[(first + k) % len(WORDS)] for k in range(words))


def line(scene_id: int, words: str, word_ms: int = 380) -> SpokenLine:
    """Each word takes ``word_ms`` of which the last 40 are silent."""
    said = tuple(Word(word, k * word_ms, (k + 1) * word_ms - 40) for k, word in enumerate(words.split()))
    return SpokenLine(scene_id, words, f"voice/{scene_id}.wav", len(said) * word_ms, said, "heart")


def graph(scenes: Sequence[Scene], captions: bool = True, music: str = "mood") -> SceneGraph:
    audio = GlobalAudio(music=MusicChoice(kind=music))
    return SceneGraph("2.0", "Film", "en", "look", tuple(scenes), captions=captions, global_audio=audio)


def scenes(*made: Scene) -> SceneGraph:
    return graph([replace(scene, id=place + 1) for place, scene in enumerate(made)])


def spoken(words: str, transition: str = "cut", overlap_ms: int = 0, duration_ms: int = 200, **more: object) -> Scene:
    """A spoken scene; its planned length is so short that the words alone decide."""
    return Scene(1, voice_script=words, transition=Transition(transition, overlap_ms), duration_ms=duration_ms, **more)


def silent(duration_ms: int, transition: str = "cut", overlap_ms: int = 0, **more: object) -> Scene:
    return Scene(1, duration_ms=duration_ms, transition=Transition(transition, overlap_ms), **more)


def speech(of: SceneGraph, word_ms: int = 380) -> Speech:
    return Speech("en", tuple(line(s.id, s.voice_script, word_ms) for s in of.scenes if s.voice_script.strip()))


def stills(of: SceneGraph) -> dict[int, Clip]:
    return {s.id: Clip(s.id, "still", f"plates/{s.id}", f"still-{s.id}", "local") for s in of.scenes}


def video(scene_id: int, length_ms: int | None, start_ms: int = 0) -> Clip:
    return Clip(scene_id, "video", f"clips/{scene_id}", f"v{scene_id}", "local", start_ms=start_ms, length_ms=length_ms)


def any_graph(least: int = 1, most: int = 7) -> st.SearchStrategy[SceneGraph]:
    """Scenes of any length, spoken or silent, with any transition."""
    transition = st.builds(Transition, st.sampled_from(TRANSITIONS), st.integers(0, 3000))
    words = st.sampled_from((0, 0, 1, 4, 11, 24))
    scene = st.builds(
        lambda ms, count, t: Scene(1, duration_ms=ms, voice_script=text(count), transition=t),
        st.integers(200, 9000),
        words,
        transition,
    )
    return st.lists(scene, min_size=least, max_size=most).map(lambda found: scenes(*found))


def any_pacing() -> st.SearchStrategy[Pacing]:
    return st.builds(
        Pacing,
        lead_ms=st.integers(0, 600),
        tail_ms=st.integers(0, 900),
        min_scene_ms=st.integers(300, 3000),
        max_hold_ms=st.integers(0, 2000),
        slowest=st.sampled_from((0.25, 0.6, 1.0)),
    )


@st.composite
def any_clips(draw: st.DrawFn, of: SceneGraph) -> dict[int, Clip]:
    """A still or a video of any length for each scene."""
    lengths = st.one_of(st.none(), st.integers(1, 12_000))
    made = stills(of)
    for scene in of.scenes:
        if draw(st.booleans()):
            made[scene.id] = video(scene.id, draw(lengths), draw(st.integers(0, 500)))
    return made
