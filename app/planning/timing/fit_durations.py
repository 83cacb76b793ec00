"""Plan the length of each scene so that the film comes close to the requested length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.scenes.beats import MIN_VISIBLE_MS, Pace
from app.planning.timing.lengths import expected_ms, transition_ms
from schemas.scene_graph import MAX_SCENE_MS, Scene


def fit_durations(
    scenes: Sequence[Scene], available_ms: Sequence[int | None], pace: Pace, target_ms: int | None
) -> tuple[Scene, ...]:
    """Return ``scenes`` as long as their words need, stretched or shortened towards ``target_ms``.

    Only silent scenes are shortened, and longer pauses where the text turns are left out if there is no time for them.
    Closings keep their length. ``available_ms`` is the remaining length of each
    scene's video; ``None`` means unlimited.
    """
    initial = [
        _with_silent_length(scene, available, pace) for scene, available in zip(scenes, available_ms, strict=True)
    ]
    overlaps_ms = sum(transition_ms(scene, index) for index, scene in enumerate(scenes))
    if target_ms and _least_ms(initial, pace) > target_ms + overlaps_ms:
        initial = [replace(scene, turn=False) for scene in initial]
    lengths = list(expected_ms(initial, pace.pacing, pace.language, pace.speed))
    if target_ms:
        lengths = _adjusted_lengths(target_ms + overlaps_ms, initial, lengths, available_ms, pace)
    return tuple(replace(scene, duration_ms=min(ms, MAX_SCENE_MS)) for scene, ms in zip(initial, lengths, strict=True))


def _with_silent_length(scene: Scene, available_ms: int | None, pace: Pace) -> Scene:
    """Give a silent scene the preset's length, limited by the length of its video."""
    if scene.voice_script or scene.role == "closing":
        return scene
    silent_ms = pace.pacing.silent_scene_ms
    return replace(
        scene, duration_ms=silent_ms if available_ms is None else max(MIN_VISIBLE_MS, min(silent_ms, available_ms))
    )


def _least_ms(scenes: Sequence[Scene], pace: Pace) -> int:
    """Return the length of all scenes together if the silent ones are as short as possible."""
    lengths = expected_ms(scenes, pace.pacing, pace.language, pace.speed)
    return sum(ms - _spare_ms(scene, ms) for scene, ms in zip(scenes, lengths, strict=True))


def _spare_ms(scene: Scene, ms: int) -> int:
    """Return by how much a scene of ``ms`` may be shortened."""
    return 0 if scene.voice_script or scene.role == "closing" else ms - MIN_VISIBLE_MS


def _adjusted_lengths(
    target_ms: int, scenes: Sequence[Scene], lengths: list[int], available_ms: Sequence[int | None], pace: Pace
) -> list[int]:
    missing_ms = target_ms - sum(lengths)
    if missing_ms < 0:
        spare_ms = [_spare_ms(scene, ms) for scene, ms in zip(scenes, lengths, strict=True)]
        return [ms - cut for ms, cut in zip(lengths, distribute(-missing_ms, spare_ms), strict=True)]
    for limit_ms in (pace.pacing.max_scene_ms, MAX_SCENE_MS):
        slack_ms = [
            0 if scene.role == "closing" else max(0, min(limit_ms, limit_ms if available is None else available) - ms)
            for scene, available, ms in zip(scenes, available_ms, lengths, strict=True)
        ]
        added_ms = distribute(target_ms - sum(lengths), slack_ms)
        lengths = [ms + extra for ms, extra in zip(lengths, added_ms, strict=True)]
    return lengths


def distribute(amount: int, capacities: Sequence[int]) -> list[int]:
    """Divide ``amount`` evenly, no share above its capacity; an excess over the sum of the capacities is dropped."""
    shares = [0] * len(capacities)
    order = sorted(range(len(capacities)), key=lambda index: capacities[index])
    for done, index in enumerate(order):
        shares[index] = max(0, min(capacities[index], amount // (len(order) - done)))
        amount -= shares[index]
    return shares
