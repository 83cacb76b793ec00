"""How long each scene is planned, so that the film comes near the length that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.beats import SEEN_MS, Pace
from app.planning.lengths import expected_ms, wished_ms
from schemas.scene_graph import MAX_SCENE_MS, Scene


def timed(
    scenes: Sequence[Scene], rooms_ms: Sequence[int | None], pace: Pace, target_ms: int | None
) -> tuple[Scene, ...]:
    """``scenes`` as long as their words need and, where there is time left to ``target_ms``, longer; scenes in which
    nothing is said give way first when there is too little. Closings keep their length.

    ``rooms_ms``: how much each scene's video has to show; ``None`` is without end.
    """
    bare = [_bounded(scene, room, pace) for scene, room in zip(scenes, rooms_ms, strict=True)]
    lengths = list(expected_ms(bare, pace.pacing, pace.language, pace.speed))
    if target_ms:
        overlaps = sum(wished_ms(scene, place) for place, scene in enumerate(scenes))
        lengths = _towards(target_ms + overlaps, bare, lengths, rooms_ms, pace)
    return tuple(replace(scene, duration_ms=min(ms, MAX_SCENE_MS)) for scene, ms in zip(bare, lengths, strict=True))


def _bounded(scene: Scene, room_ms: int | None, pace: Pace) -> Scene:
    """A silent scene is as long as the preset says, and no longer than its video."""
    if scene.voice_script or scene.role == "closing":
        return scene
    wanted = pace.pacing.silent_scene_ms
    return replace(scene, duration_ms=wanted if room_ms is None else max(SEEN_MS, min(wanted, room_ms)))


def _towards(
    target_ms: int, scenes: Sequence[Scene], lengths: list[int], rooms_ms: Sequence[int | None], pace: Pace
) -> list[int]:
    left = target_ms - sum(lengths)
    if left < 0:
        spare = [
            0 if s.voice_script or s.role == "closing" else ms - SEEN_MS for s, ms in zip(scenes, lengths, strict=True)
        ]
        return [ms - less for ms, less in zip(lengths, poured(-left, spare), strict=True)]
    longest = pace.pacing.max_scene_ms
    for limit_ms in (longest, MAX_SCENE_MS):
        space = [
            0 if scene.role == "closing" else max(0, min(limit_ms, limit_ms if room is None else room) - ms)
            for scene, room, ms in zip(scenes, rooms_ms, lengths, strict=True)
        ]
        more = poured(target_ms - sum(lengths), space)
        lengths = [ms + extra for ms, extra in zip(lengths, more, strict=True)]
    return lengths


def poured(amount: int, vessels: Sequence[int]) -> list[int]:
    """``amount`` shared evenly among ``vessels``, none over its size; what does not fit is left over."""
    shares = [0] * len(vessels)
    order = sorted(range(len(vessels)), key=lambda place: vessels[place])
    for done, place in enumerate(order):
        shares[place] = max(0, min(vessels[place], amount // (len(order) - done)))
        amount -= shares[place]
    return shares
