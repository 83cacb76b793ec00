"""The cost of a frame of each transition with motion blur, relative to an ordinary frame of a still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from app.core.config import settings
from app.store.backends.folder import Folder
from assembly.encode.compose import compose, draw_frames
from assembly.picture import i420
from schemas.clip import Clip, Motion, Panel, Window
from schemas.region import Region
from schemas.segment import ENCODINGS, ClipRange, Segment
from schemas.timing import FPS
from tests.bench.clock import measure_usage
from tests.bench.figures import Figure

WIDTH, HEIGHT = 1080, 1920
# The lengths in frames that the planner gives them.
KINDS = {"whip_left": 8, "whip_up": 8, "zoom_through": 9, "push_card": 12}
CARD = Region(0.035, 0.05, 0.93, 0.56)
PUSH_IN = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.52, 0.49, 0.9))


def measure(short: bool) -> list[Figure]:
    store = Folder(settings().home / "store")
    store.root.mkdir(parents=True)
    ordinary = replace(_segment(store, "fade"), outgoing=None, transition="cut", frames=60 if short else 240)
    with measure_usage() as usage:
        compose(ordinary, store, settings().home / "ordinary.mp4")
    frame_s = usage.cpu_s / ordinary.frames
    costs = {kind: _cost_s(_segment(store, kind), store) / frame_s for kind in KINDS}
    note = ", ".join(f"{kind} {cost:.2f}" for kind, cost in costs.items())
    return [
        Figure(
            "transition, drawing ÷ drawing and encoding an ordinary frame, CPU",
            max(costs.values()),
            "×",
            1.2,
            note=f"{note}; ordinary frame {frame_s * 1000:.0f} ms",
        )
    ]


def _cost_s(segment: Segment, store: Folder) -> float:
    """Return the CPU seconds of one frame of the segment's transition, decoding of both clips included."""
    assert segment.outgoing is not None
    with measure_usage() as usage:
        _exhaust(draw_frames(segment, range(segment.outgoing.frames), store))
    return usage.cpu_s / segment.outgoing.frames


def _exhaust(frames: Iterable[i420.Pixels]) -> None:
    for _ in frames:
        pass


def _segment(store: Folder, kind: str) -> Segment:
    frames, has_cards = KINDS.get(kind, 10), kind == "push_card"
    old, new = (_clip(store, number, has_cards=has_cards) for number in (1, 2))
    return Segment(
        index=1,
        scene_id=2,
        start_frame=60,
        frames=frames + 1,
        fps=FPS,
        width=WIDTH,
        height=HEIGHT,
        incoming=ClipRange(new, 0, frames + 1, 90),
        outgoing=ClipRange(old, 60 - frames, frames, 60),
        transition=kind,
        encoding=ENCODINGS["medium"],
    )


def _clip(store: Folder, number: int, *, has_cards: bool) -> Clip:
    identity = f"{number}-{has_cards}"
    if not has_cards:
        key = _plate(store, f"full{number}", WIDTH * 11 // 20 * 2, HEIGHT * 11 // 20 * 2)
        return Clip(number, "still", key, identity, "local", motion=PUSH_IN, aspect=WIDTH / HEIGHT)
    _, _, width, height = CARD.even_box(WIDTH, HEIGHT)
    panel = Panel(CARD, _plate(store, f"card{number}", width, height), PUSH_IN, aspect=width / height)
    ground = _plate(store, f"ground{number}", WIDTH, HEIGHT)
    return Clip(number, "still", ground, identity, "local", panels=(panel,), radius=0.045, shadow=True)


def _plate(store: Folder, name: str, width: int, height: int) -> str:
    """Write a plate with detail of the size of a photograph's."""
    key, frame = f"cache/plate/{name}.npy", i420.empty(width, height)
    noise = np.random.default_rng(len(name)).integers(16, 236, frame.shape, dtype=np.uint8)
    cv2.GaussianBlur(noise, (0, 0), 4, dst=frame)
    with store.writing(key) as path, Path(path).open("wb") as file:
        np.save(file, frame)
    return key
