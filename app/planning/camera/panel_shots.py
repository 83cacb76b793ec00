"""Shots of a scene with several pictures: one panel after the other shows its picture closer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from app.planning.camera.close_views import OWN, Opening, Picture, picture_in, punch_ins, zoom_during
from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraShot, Clip, Motion
from schemas.preset import MotionStyle

# A change in a smaller share of the frame is not seen as a new view.
MIN_PANEL_SHARE = 0.12


def panel_shots(
    clip: Clip, starts: Sequence[int], span: SceneSpan, style: MotionStyle, opening: Opening = OWN
) -> tuple[CameraShot, ...]:
    """Return the shots of a clip with several panels, cut at ``starts``; empty if each panel keeps its own motion.

    At each cut, and with a closer ``opening`` at the start, the next panel becomes closer, and the one before returns
    to its own motion. A panel in which that would cut a face is left out; if no other is left, all return to their own
    motion.
    """
    pictures = {index: picture for index in range(len(clip.panels)) if (picture := _picture(clip, index, span.aspect))}
    if not pictures:
        return ()
    own = next(iter(pictures.values())).motion
    shots = [CameraShot(0, own)]
    last = -1
    for turn, (first, end) in enumerate(pairwise([*starts[not opening.closer :], span.frames])):
        zoom = zoom_during(float((end - first) / span.fps), style)
        closer = {
            index: motion
            for index, picture in pictures.items()
            if index != shots[-1].panel and (motion := _close(picture, first / span.frames, style, zoom, turn))
        }
        if closer:
            last = min(closer, key=lambda index: (index <= last, index))
            shots.append(CameraShot(first, closer[last], last))
        elif shots[-1].panel is not None:
            shots.append(CameraShot(first, own))
    if len(shots) > 1 and shots[1].first == 0:
        shots = shots[1:]
    return () if shots == [CameraShot(0, own)] else tuple(shots)


def _picture(clip: Clip, index: int, frame_aspect: float) -> Picture | None:
    """Return the picture of a panel that is large enough; ``None`` also if its facts are not known."""
    panel = clip.panels[index]
    area = panel.area
    if area.width * area.height < MIN_PANEL_SHARE:
        return None
    return picture_in(panel, frame_aspect * area.width / area.height)


def _close(picture: Picture, share: float, style: MotionStyle, zoom: float, turn: int) -> Motion | None:
    return picture.close_motion(picture.motion.window_at(share), punch_ins(style), zoom, turn)
