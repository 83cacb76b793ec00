"""Lengths of scenes and of the transitions between them, in whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from app.planning.text.sentences import ends_a_sentence, spoken_ms
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.timing import frames_of


@dataclass(frozen=True, slots=True)
class Slack:
    """The time around a spoken line in ms: from the scene's start to the line, and from its end to the scene's end.

    Lead and tail count from the middle of the transitions, so that the rhythm of speech does not depend on them. A line
    ends before the transition out begins: its caption then shows in its own segment only, and two lines never overlap.
    """

    before_ms: int
    after_ms: int

    def around(self, line_ms: int) -> int:
        return self.before_ms + line_ms + self.after_ms


def slacks(scenes: Sequence[Scene], pacing: Pacing) -> tuple[Slack, ...]:
    """Return the slack around the line of each scene."""
    wishes = [wished_ms(scene, index) for index, scene in enumerate(scenes)] + [0]
    lines = ["", *(scene.voice_script for scene in scenes), ""]
    return tuple(
        Slack(
            ceil(wishes[k] / 2) + _breath(pacing.lead_ms, _goes_on(lines[k], lines[k + 1])),
            max(
                wishes[k + 1],
                ceil(wishes[k + 1] / 2) + _breath(pacing.tail_ms, _goes_on(lines[k + 1], lines[k + 2])),
            ),
        )
        for k in range(len(scenes))
    )


def _goes_on(line: str, following: str) -> bool:
    """Return whether one sentence continues from ``line`` into ``following``."""
    first = next((char for char in following if char.isalnum()), "")
    return bool(line.strip() and first) and not ends_a_sentence(line) and not first.isupper()


def _breath(ms: int, inside_a_sentence: bool) -> int:
    """Return the pause at a cut; inside a sentence it is half as long."""
    return ms // 2 if inside_a_sentence else ms


def wished_ms(scene: Scene, index: int) -> int:
    """Return the stated length of the transition into scene ``index``; 0 for the first scene and for a cut."""
    return 0 if index == 0 or scene.transition.kind == "cut" else scene.transition.duration_ms


def expected_ms(scenes: Sequence[Scene], pacing: Pacing, language: str, speed: float) -> tuple[int, ...]:
    """Return the length of each scene as estimated from its words; a silent scene keeps its own."""
    return tuple(
        max(pacing.min_scene_ms, slack.around(spoken_ms(scene.voice_script, speed, language)))
        if scene.voice_script.strip()
        else scene.duration_ms
        for scene, slack in zip(scenes, slacks(scenes, pacing), strict=True)
    )


def asked_ms(graph: SceneGraph, preset: Preset) -> tuple[int, ...]:
    """Return the length that a person asked for, per scene; 0 where a spoken scene is no longer than its words need, so
    that the words alone decide."""
    speed = graph.global_audio.voice.speed * preset.voice_speed
    expected = expected_ms(graph.scenes, preset.pacing, graph.language, speed)
    return tuple(
        0 if scene.voice_script.strip() and scene.duration_ms <= ms else scene.duration_ms
        for scene, ms in zip(graph.scenes, expected, strict=True)
    )


def ceil_frames(ms: int, fps: Fraction) -> int:
    """Return the smallest number of frames that lasts at least ``ms``."""
    return ceil(Fraction(ms) * fps / 1000)


def overlaps(scenes: Sequence[Scene], lengths: Sequence[int], fps: Fraction) -> tuple[int, ...]:
    """Return the frames by which each scene overlaps the one before it (0 for the first and after a cut).

    Every scene keeps at least one frame outside its transitions; when the two transitions need more than a scene has,
    they share it in proportion. A change of one scene changes only its own two transitions.
    """
    wishes = [frames_of(wished_ms(scene, index), fps) for index, scene in enumerate(scenes)] + [0]
    shares = [_shared(wishes[k], wishes[k + 1], length - 1) for k, length in enumerate(lengths)]
    return (0, *(min(shares[k - 1][1], shares[k][0]) for k in range(1, len(scenes))))


def _shared(into: int, out: int, frames: int) -> tuple[int, int]:
    if into + out <= frames:
        return into, out
    part = frames * into // (into + out)
    return part, min(out, frames - part)
