"""How long a scene is, and how much of it its transitions may take. All pure arithmetic on whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from app.planning.words import ends_a_sentence, spoken_ms
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.timing import frames_of


@dataclass(frozen=True, slots=True)
class Room:
    """What lies around a spoken line, in ms: from the scene's start to the line, and from its end to the scene's end.

    Lead and tail count from the middle of the transitions, where one picture gives way to the other, so that speech
    keeps its rhythm whatever the transitions are. A line ends before the transition out begins: its caption shows in
    no other segment than its own, and two lines never sound at once.
    """

    before_ms: int
    after_ms: int

    def around(self, line_ms: int) -> int:
        return self.before_ms + line_ms + self.after_ms


def rooms(scenes: Sequence[Scene], pacing: Pacing) -> tuple[Room, ...]:
    """One room per scene."""
    wishes = [wished_ms(scene, place) for place, scene in enumerate(scenes)] + [0]
    lines = ["", *(scene.voice_script for scene in scenes), ""]
    return tuple(
        Room(
            ceil(wishes[k] / 2) + _breath(pacing.lead_ms, _goes_on(lines[k], lines[k + 1])),
            max(
                wishes[k + 1],
                ceil(wishes[k + 1] / 2) + _breath(pacing.tail_ms, _goes_on(lines[k + 1], lines[k + 2])),
            ),
        )
        for k in range(len(scenes))
    )


def _goes_on(line: str, following: str) -> bool:
    """Whether one sentence runs from ``line`` into ``following``."""
    first = next((char for char in following if char.isalnum()), "")
    return bool(line.strip() and first) and not ends_a_sentence(line) and not first.isupper()


def _breath(ms: int, inside_a_sentence: bool) -> int:
    """A sentence that runs over a cut takes half the pause."""
    return ms // 2 if inside_a_sentence else ms


def wished_ms(scene: Scene, place: int) -> int:
    """The transition that a scene asks for; the first comes after nothing, and a cut takes no time."""
    return 0 if place == 0 or scene.transition.kind == "cut" else scene.transition.duration_ms


def expected_ms(scenes: Sequence[Scene], pacing: Pacing, language: str, speed: float) -> tuple[int, ...]:
    """The length of each scene as its words let expect it; a silent scene's own."""
    return tuple(
        max(pacing.min_scene_ms, room.around(spoken_ms(scene.voice_script, speed, language)))
        if scene.voice_script.strip()
        else scene.duration_ms
        for scene, room in zip(scenes, rooms(scenes, pacing), strict=True)
    )


def asked_ms(graph: SceneGraph, preset: Preset) -> tuple[int, ...]:
    """The length that somebody wants for each scene: what it says, or 0 where a spoken scene says no more than its
    words let expect, and the words alone decide."""
    speed = graph.global_audio.voice.speed * preset.voice_speed
    expected = expected_ms(graph.scenes, preset.pacing, graph.language, speed)
    return tuple(
        0 if scene.voice_script.strip() and scene.duration_ms <= ms else scene.duration_ms
        for scene, ms in zip(graph.scenes, expected, strict=True)
    )


def ceil_frames(ms: int, fps: Fraction) -> int:
    """The fewest whole frames that last ``ms``."""
    return ceil(Fraction(ms) * fps / 1000)


def overlaps(scenes: Sequence[Scene], lengths: Sequence[int], fps: Fraction) -> tuple[int, ...]:
    """The frames by which each scene comes in over the one before it (0 for the first and after a cut).

    Every scene keeps at least one frame that is in no transition; where two transitions want more than a scene has,
    they share it as they wished. A scene's change moves only its own two transitions.
    """
    wishes = [frames_of(wished_ms(scene, place), fps) for place, scene in enumerate(scenes)] + [0]
    given = [_shared(wishes[k], wishes[k + 1], length - 1) for k, length in enumerate(lengths)]
    return (0, *(min(given[k - 1][1], given[k][0]) for k in range(1, len(scenes))))


def _shared(into: int, out: int, room: int) -> tuple[int, int]:
    if into + out <= room:
        return into, out
    part = room * into // (into + out)
    return part, min(out, room - part)
