"""The direction of whip pans: that in which the cameras of both scenes move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schemas.clip import Clip, Motion
from schemas.contract import fingerprint
from schemas.timeline import TimedTransition, VideoItem

# A camera that moves less than this share of its window has no direction.
_SMALLEST_MOVE = 0.02


def with_directions(
    transitions: Sequence[TimedTransition], video: Sequence[VideoItem], clips: Mapping[int, Clip], seed: int
) -> tuple[TimedTransition, ...]:
    """Return ``transitions`` with a direction for each "whip"; ``video`` has the shots of the scenes."""
    items = {item.scene_id: item for item in video}
    return tuple(
        replace(each, kind=_direction(_motions(each, items, clips), fingerprint(seed, "whip", each.into)))
        if each.kind == "whip"
        else each
        for each in transitions
    )


def _motions(
    transition: TimedTransition, items: Mapping[int, VideoItem], clips: Mapping[int, Clip]
) -> Sequence[Motion | None]:
    """Return the camera's last move before a transition and its first one after it."""
    return [
        _motion(clips.get(scene_id), items[scene_id], index)
        for scene_id, index in ((transition.out_of, -1), (transition.into, 0))
    ]


def _motion(clip: Clip | None, item: VideoItem, index: int) -> Motion | None:
    if item.shots:
        return item.shots[index].motion
    if clip is None:
        return None
    return clip.panels[0].motion if clip.panels else clip.motion


def _direction(motions: Sequence[Motion | None], draw: str) -> str:
    """Return the kind of whip that goes on with the moves; without a move, ``draw`` chooses left or right.

    A camera that moves to the right moves the picture to the left.
    """
    across = sum(_move(motion.end.x - motion.start.x, motion) for motion in motions if motion)
    down = sum(_move(motion.end.y - motion.start.y, motion) for motion in motions if motion)
    if abs(across) >= abs(down):
        is_left = across > 0 if across else int(draw[:8], 16) % 2
        return "whip_left" if is_left else "whip_right"
    return "whip_up" if down > 0 else "whip_down"


def _move(distance: float, motion: Motion) -> float:
    """Return ``distance`` in widths of the window; 0 if it is too short to be seen as a direction."""
    share = distance / max(motion.start.width, motion.end.width)
    return share if abs(share) >= _SMALLEST_MOVE else 0.0
