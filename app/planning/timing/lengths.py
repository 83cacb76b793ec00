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

# When the voice of a film begins at the latest, and how long the last picture stays after its last word.
FIRST_WORD_MS = 200
LAST_WORD_HOLD_MS = 1500


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
    """Return the slack around the line of each scene.

    The voice begins soon, and the last picture stays after the last word, so that the film does not break off.
    """
    transitions_ms = [transition_ms(scene, index) for index, scene in enumerate(scenes)] + [0]
    lines = ["", *(scene.voice_script for scene in scenes), ""]
    last_spoken = max((k for k, scene in enumerate(scenes) if scene.voice_script.strip()), default=-1)
    result = []
    for k in range(len(scenes)):
        into_ms, out_of_ms = ceil(transitions_ms[k] / 2), ceil(transitions_ms[k + 1] / 2)
        lead_ms = min(pacing.lead_ms, FIRST_WORD_MS) if k == 0 else pacing.lead_ms
        before_ms = into_ms + _pause_ms(lead_ms, _continues(lines[k], lines[k + 1]))
        after_ms = out_of_ms + _pause_ms(pacing.tail_ms, _continues(lines[k + 1], lines[k + 2]))
        hold_ms = LAST_WORD_HOLD_MS if k == last_spoken == len(scenes) - 1 else 0
        result.append(Slack(before_ms, max(after_ms, transitions_ms[k + 1], hold_ms)))
    return tuple(result)


def _continues(line: str, next_line: str) -> bool:
    """Return whether one sentence continues from ``line`` into ``next_line``."""
    first = next((char for char in next_line if char.isalnum()), "")
    return bool(line.strip() and first) and not ends_a_sentence(line) and not first.isupper()


def _pause_ms(ms: int, is_inside_sentence: bool) -> int:
    """Return the pause at a cut; inside a sentence it is half as long."""
    return ms // 2 if is_inside_sentence else ms


def transition_ms(scene: Scene, index: int) -> int:
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


def requested_ms(graph: SceneGraph, preset: Preset) -> tuple[int, ...]:
    """Return the requested length of each scene, or 0 if the length of a spoken scene follows from its words.

    The latter is a spoken scene that is not longer than its words need.
    """
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

    Every scene keeps at least one frame outside its transitions; if its two transitions need more frames than it has,
    they share the frames in proportion. A change of one scene changes only its own two transitions.
    """
    wanted = [frames_of(transition_ms(scene, index), fps) for index, scene in enumerate(scenes)] + [0]
    shares = [_share_frames(wanted[k], wanted[k + 1], length - 1) for k, length in enumerate(lengths)]
    return (0, *(min(shares[k - 1][1], shares[k][0]) for k in range(1, len(scenes))))


def _share_frames(into: int, out: int, frames: int) -> tuple[int, int]:
    if into + out <= frames:
        return into, out
    into_share = frames * into // (into + out)
    return into_share, min(out, frames - into_share)
