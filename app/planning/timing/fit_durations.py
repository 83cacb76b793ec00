"""Plan the length of each scene so that the film comes close to the requested length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.scenes.beats import SEEN_MS, Pace
from app.planning.timing.lengths import expected_ms, wished_ms
from schemas.scene_graph import MAX_SCENE_MS, Scene


def timed(
    scenes: Sequence[Scene], available_ms: Sequence[int | None], pace: Pace, target_ms: int | None
) -> tuple[Scene, ...]:
    """Return ``scenes`` as long as their words need, stretched or shortened towards ``target_ms``.

    When there is too little time, silent scenes are shortened first. Closings keep their length. ``available_ms`` is
    how much each scene's video has to show; ``None`` is unlimited.
    """
    bounded = [_bounded(scene, available, pace) for scene, available in zip(scenes, available_ms, strict=True)]
    lengths = list(expected_ms(bounded, pace.pacing, pace.language, pace.speed))
    if target_ms:
        overlaps = sum(wished_ms(scene, index) for index, scene in enumerate(scenes))
        lengths = _towards(target_ms + overlaps, bounded, lengths, available_ms, pace)
    return tuple(replace(scene, duration_ms=min(ms, MAX_SCENE_MS)) for scene, ms in zip(bounded, lengths, strict=True))


def _bounded(scene: Scene, available_ms: int | None, pace: Pace) -> Scene:
    """Give a silent scene the preset's length, but no more than its video has."""
    if scene.voice_script or scene.role == "closing":
        return scene
    wanted = pace.pacing.silent_scene_ms
    return replace(scene, duration_ms=wanted if available_ms is None else max(SEEN_MS, min(wanted, available_ms)))


def _towards(
    target_ms: int, scenes: Sequence[Scene], lengths: list[int], available_ms: Sequence[int | None], pace: Pace
) -> list[int]:
    missing_ms = target_ms - sum(lengths)
    if missing_ms < 0:
        spare = [
            0 if s.voice_script or s.role == "closing" else ms - SEEN_MS for s, ms in zip(scenes, lengths, strict=True)
        ]
        return [ms - less for ms, less in zip(lengths, distribute(-missing_ms, spare), strict=True)]
    longest = pace.pacing.max_scene_ms
    for limit_ms in (longest, MAX_SCENE_MS):
        slack = [
            0 if scene.role == "closing" else max(0, min(limit_ms, limit_ms if available is None else available) - ms)
            for scene, available, ms in zip(scenes, available_ms, lengths, strict=True)
        ]
        more = distribute(target_ms - sum(lengths), slack)
        lengths = [ms + extra for ms, extra in zip(lengths, more, strict=True)]
    return lengths


def distribute(amount: int, capacities: Sequence[int]) -> list[int]:
    """Share ``amount`` evenly, no share above its capacity; what exceeds the sum of all capacities is not shared."""
    shares = [0] * len(capacities)
    order = sorted(range(len(capacities)), key=lambda index: capacities[index])
    for done, index in enumerate(order):
        shares[index] = max(0, min(capacities[index], amount // (len(order) - done)))
        amount -= shares[index]
    return shares
