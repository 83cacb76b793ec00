"""How much each scene of a film may be shortened or lengthened for a cut on a beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import median

from app.planning.timing.beat_snap import FlexibleScene
from app.planning.timing.clip_fit import fit_clip
from app.planning.timing.lengths import ScenePart, ceil_frames, overlaps, readable_ms, transition_ms
from schemas.preset import Pacing
from schemas.timing import frames_of

# A silent scene changes by at most a quarter of its length, which viewers do not notice.
SILENT_SHARE = 4
# The last scene becomes longer by at most this, until the music can end on a beat: one in 0.5 + 0.6 s, 55 a minute.
LAST_STRETCH_MS = 600


def flexible_scenes(
    parts: Sequence[ScenePart], frames: Sequence[int], pacing: Pacing, beats_ms: Sequence[int], fps: Fraction
) -> tuple[FlexibleScene, ...]:
    """Return the scenes of ``frames`` each with their limits.

    No limit cuts into spoken words. A silent scene changes by up to half a beat, but no further than its clip reaches;
    the last scene only becomes longer, because the picture has to stay after the last word and the music has to end.
    """
    half_beat = ceil_frames(beat_length_ms(beats_ms) // 2, fps)
    readable = readable_ms([part.scene for part in parts])
    limits = [
        _limits(part, length, half_beat, replace(pacing, min_scene_ms=max(pacing.min_scene_ms, least)), fps)
        for part, length, least in zip(parts, frames, readable, strict=True)
    ]
    limits[-1] = (0, _last_stretch(parts[-1], frames[-1], pacing, fps))
    wanted = [frames_of(transition_ms(part.scene, index), fps) for index, part in enumerate(parts)] + [0]
    # A cut inside a pause may take half of what a scene has to spare, its own change the rest.
    spare = [length - 1 - wanted[index] - wanted[index + 1] for index, length in enumerate(frames)]
    limits = [_with_whole_transitions(limit, own) for limit, own in zip(limits, spare, strict=True)]
    shared = overlaps([part.scene for part in parts], frames, fps)
    pauses = [*(_inside_pause(part, following, fps) for part, following in pairwise(parts)), (0, 0)]
    pauses = [
        (min(early, max(0, own) // 4), min(late, max(0, after) // 4)) if min(own, after) >= 0 else (0, 0)
        for (early, late), own, after in zip(pauses, spare, [*spare[1:], 0], strict=True)
    ]
    return tuple(
        FlexibleScene(length, overlap, min(0, shortest), max(0, longest), early, late)
        for length, overlap, (shortest, longest), (early, late) in zip(frames, shared, limits, pauses, strict=True)
    )


def _with_whole_transitions(limits: tuple[int, int], spare: int) -> tuple[int, int]:
    """Return limits that leave a scene's transitions as long as they are; ``spare`` frames are outside of them.

    In a scene without frames to spare, another length would change its transitions, and with them the pauses.
    """
    return (max(limits[0], -(spare // 2)), limits[1]) if spare >= 0 else (0, 0)


def _inside_pause(part: ScenePart, following: ScenePart, fps: Fraction) -> tuple[int, int]:
    """Return by how many frames the cut between two lines may come early or late, with the pause as it is."""
    if part.line is None or following.line is None:
        return 0, 0
    before_ms = following.slack.before_ms
    late = ceil_frames(before_ms, fps) - ceil_frames(max(0, before_ms - part.slack.late_ms), fps)
    return int(part.slack.early_ms * fps / 1000), late


def _last_stretch(part: ScenePart, frames: int, pacing: Pacing, fps: Fraction) -> int:
    longer = frames + int(LAST_STRETCH_MS * fps / 1000)
    return fit_clip(longer, part.clip, pacing, fps, spoken=part.line is not None).frames - frames


def beat_length_ms(beats_ms: Sequence[int]) -> int:
    """Return the usual time between two beats; 0 for fewer than two."""
    return round(median(after - before for before, after in pairwise(beats_ms))) if len(beats_ms) > 1 else 0


def _limits(part: ScenePart, frames: int, half_beat: int, pacing: Pacing, fps: Fraction) -> tuple[int, int]:
    """Return the shortest and the longest change; a scene longer than its words may lose half a beat of the rest."""
    if part.line is None:
        change = min(half_beat, frames // SILENT_SHARE)
        return -change, fit_clip(frames + change, part.clip, pacing, fps, spoken=False).frames - frames
    before, line_ms, after_ms = ceil_frames(part.slack.before_ms, fps), part.line.length_ms, part.slack.after_ms
    needed = before + ceil_frames(line_ms + after_ms, fps)
    shortest = before + ceil_frames(line_ms + after_ms - part.slack.shrink_ms, fps)
    shortest = max(shortest, ceil_frames(pacing.min_scene_ms, fps), frames - half_beat if frames > needed else 0)
    return shortest - frames, int(part.slack.stretch_ms * fps / 1000)
