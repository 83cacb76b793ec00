"""Lengths of scenes and of the transitions between them, in whole frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from app.planning.text.sentences import ends_a_clause, ends_a_sentence
from app.planning.text.spoken_length import spoken_ms
from schemas.clip import Clip
from schemas.preset import CUTS, Pacing, Preset
from schemas.scene_graph import Overlay, Scene, SceneGraph
from schemas.speech import SpokenLine
from schemas.timing import frames_of

# When the voice of a film begins at the latest, and how long the last picture stays after its last word.
FIRST_WORD_MS = 200
LAST_WORD_HOLD_MS = 1500
# A lower third stays for at least this; a cut that is moved to a beat may come by the margin earlier.
LOWER_THIRD_MS, CUT_MARGIN_MS = 2000, 150
# How long code stays at least: in all, and for each of its lines.
CODE_MS, CODE_LINE_MS = 1500, 400

# The least pause after a line that is followed by a cut on a beat.
SHORTEST_TAIL_MS = 60


@dataclass(frozen=True, slots=True)
class Slack:
    """The time around a spoken line in ms: from the scene's start to the line, and from its end to the scene's end.

    Lead and tail count from the middle of the transitions, so that the rhythm of speech does not depend on them. A line
    ends before the transition out begins: its caption then shows in its own segment only, and two lines never overlap.
    For a cut on a beat, ``after_ms`` may be shortened by ``shrink_ms`` or lengthened by ``stretch_ms``. In the pause
    that results, the cut may also come ``early_ms`` before or ``late_ms`` after that.
    """

    before_ms: int
    after_ms: int
    shrink_ms: int = 0
    stretch_ms: int = 0
    early_ms: int = 0
    late_ms: int = 0

    def around(self, line_ms: int) -> int:
        return self.before_ms + line_ms + self.after_ms


@dataclass(frozen=True, slots=True)
class ScenePart:
    """What decides on the length of a scene: its spoken line, the slack around it, and its clip."""

    scene: Scene
    line: SpokenLine | None
    slack: Slack
    clip: Clip | None


@dataclass(frozen=True, slots=True)
class _Pause:
    """A pause between two lines in ms: before the cut and after it, and for a cut on a beat the least and the longest
    time before it and how much ``early_ms`` before that the cut may come."""

    tail_ms: int
    lead_ms: int
    least_ms: int
    longest_ms: int
    early_ms: int


def slacks(scenes: Sequence[Scene], pacing: Pacing) -> tuple[Slack, ...]:
    """Return the slack around the line of each scene.

    The voice begins soon, and the last picture stays after the last word, so that the film does not break off. Inside a
    sentence there is no pause between two scenes, or half of one after a comma; where the text turns there is a longer
    one.
    """
    transitions_ms = [transition_ms(scene, index) for index, scene in enumerate(scenes)] + [0]
    pauses = [_pause(before, scene, pacing) for before, scene in pairwise((None, *scenes, None))]
    last_spoken = max((k for k, scene in enumerate(scenes) if scene.voice_script.strip()), default=-1)
    result = []
    for k in range(len(scenes)):
        lead_ms = min(pauses[k].lead_ms, FIRST_WORD_MS) if k == 0 else pauses[k].lead_ms
        before_ms = ceil(transitions_ms[k] / 2) + lead_ms
        hold_ms = LAST_WORD_HOLD_MS if k == last_spoken == len(scenes) - 1 else 0
        result.append(_slack(before_ms, transitions_ms[k + 1], hold_ms, pauses[k + 1]))
    return tuple(result)


def _slack(before_ms: int, transition_ms: int, hold_ms: int, pause: _Pause) -> Slack:
    """Return the slack of a scene from the transition and the pause after it."""
    middle_ms = ceil(transition_ms / 2)
    shortest_ms = max(transition_ms, middle_ms + pause.least_ms, hold_ms)
    after_ms = max(shortest_ms, middle_ms + pause.tail_ms)
    stretch_ms = max(0, middle_ms + pause.longest_ms - after_ms)
    early_ms = 0 if transition_ms else pause.early_ms
    return Slack(before_ms, after_ms, after_ms - shortest_ms, stretch_ms, early_ms, pause.lead_ms)


def _pause(before: Scene | None, scene: Scene | None, pacing: Pacing) -> _Pause:
    """Return the pause between the lines of two scenes; a longer one where the text turns is not changed for beats."""
    more_ms = pacing.turn_ms - pacing.lead_ms - pacing.tail_ms
    if more_ms > 0 and turns_between(before, scene):
        tail_ms = pacing.tail_ms + more_ms - more_ms // 2
        early_ms = max(0, tail_ms - SHORTEST_TAIL_MS)
        return _Pause(tail_ms, pacing.lead_ms + more_ms // 2, tail_ms, tail_ms, early_ms)
    share = _pause_share(*(each.voice_script if each else "" for each in (before, scene)))
    least_ms = int(min(SHORTEST_TAIL_MS, pacing.tail_ms) * share)
    longest_ms = int((pacing.tail_ms + pacing.stretch_ms) * share)
    return _Pause(int(pacing.tail_ms * share), int(pacing.lead_ms * share), least_ms, longest_ms, least_ms)


def turns_between(before: Scene | None, scene: Scene | None) -> bool:
    """Return whether the text turns between two scenes: both speak, and the second one begins at a turn."""
    return bool(before and scene and scene.turn and before.voice_script.strip() and scene.voice_script.strip())


def _pause_share(line: str, next_line: str) -> Fraction:
    """Return how much of the pause between two lines is kept: all between sentences, none between two words."""
    first = next((char for char in next_line if char.isalnum()), "")
    is_inside_sentence = line.strip() and first and not ends_a_sentence(line) and not first.isupper()
    if not is_inside_sentence:
        return Fraction(1)
    return Fraction(1, 2) if ends_a_clause(line) else Fraction(0)


def transition_ms(scene: Scene, index: int) -> int:
    """Return the stated length of the transition into scene ``index``; 0 for the first scene and for a cut."""
    return 0 if index == 0 or scene.transition.kind in CUTS else scene.transition.duration_ms


def readable_ms(scenes: Sequence[Scene]) -> tuple[int, ...]:
    """Return how long each scene has to be for its lower thirds and its code to be read; 0 without any.

    Overlays are not shown during the transitions of the scene.
    """
    around_ms = [transition_ms(scene, index) for index, scene in enumerate(scenes)] + [0]
    needed_ms = [max(map(_reading_ms, scene.overlays), default=0) for scene in scenes]
    return tuple(ms and around_ms[k] + ms + around_ms[k + 1] for k, ms in enumerate(needed_ms))


def _reading_ms(overlay: Overlay) -> int:
    if overlay.style == "lower_third":
        return LOWER_THIRD_MS + CUT_MARGIN_MS
    return CODE_MS + CODE_LINE_MS * len(overlay.text.splitlines()) if overlay.style == "code" else 0


def expected_ms(scenes: Sequence[Scene], pacing: Pacing, language: str, speed: float) -> tuple[int, ...]:
    """Return the length of each scene as estimated from its words; a silent scene keeps its own."""
    return tuple(
        max(pacing.min_scene_ms, readable, slack.around(spoken_ms(scene.voice_script, speed, language)))
        if scene.voice_script.strip()
        else scene.duration_ms
        for scene, slack, readable in zip(scenes, slacks(scenes, pacing), readable_ms(scenes), strict=True)
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
