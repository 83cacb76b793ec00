"""Films made by the house's own steps, called as a worker calls them, with what each of them took."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from app.jobs import workspace
from schemas.job import JobRequest
from schemas.scene_graph import Media, Scene, Transition, VoiceChoice
from tests.bench.clock import Spent, spending
from tests.bench.rows import kept, stored

WORKERS = 2
FADE = Transition("fade", 400)
SAYINGS = (
    "Every great story",
    "starts with one idea",
    "that will not leave",
    "until it is told",
    "in your own words",
    "and your own pictures",
)


@dataclass(slots=True)
class Bill:
    """CPU seconds by step, and the whole time on the wall."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    wall_s: float = 0.0

    @property
    def whole_s(self) -> float:
        return sum(self.cpu_s.values())

    def add(self, step: str, cpu_s: Iterable[float]) -> None:
        self.cpu_s[step] = self.cpu_s.get(step, 0.0) + sum(cpu_s)


@contextmanager
def crew() -> Iterator[ProcessPoolExecutor]:
    """Two worker processes that have everything loaded and have made a film before."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_warmed) as pool:
        list(pool.map(os.getpgid, [0] * WORKERS * 2))
        yield pool


def _warmed() -> None:
    run_id = stored(silent([kept(_dot(), "dot.jpg")], 400, "draft"))
    for step, numbers in (*SHOOTING, *[("segments", [0]), *FINISHING]):
        for number in numbers:
            _call(step, run_id, number)


def _dot() -> bytes:
    from tests.bench.photos import photo

    return photo(0, 320, 240)


def silent(pictures: list[str], scene_ms: int, quality: str, seed: int = 0) -> JobRequest:
    """A film of pictures or clips with captions and fades, without any sound."""
    scenes = tuple(
        Scene(
            place,
            duration_ms=scene_ms,
            media=Media("image", asset),
            caption=SAYINGS[place % len(SAYINGS)],
            transition=FADE if place else Transition(),
        )
        for place, asset in enumerate(pictures)
    )
    return JobRequest(scenes=scenes, voice=VoiceChoice("none"), music="none", quality=quality, seed=seed)


# -- the steps -------------------------------------------------------------------------------------------------------

# Step and its numbers; the first one (``None``) stands for "no number".
Steps = tuple[tuple[str, list[int | None]], ...]
SHOOTING: Steps = (("plan", [None]), ("timeline", [None]), ("scenes", [1]), ("sound", [None]), ("settle", [None]))
FINISHING: Steps = (("join", [None]), ("deliver", [None]))


def _doorways() -> dict[str, list[Callable[..., Any]]]:
    from tasks import film, planning, rendering, sound

    return {
        "plan": [planning.plan],
        "timeline": [planning.timeline],
        "scenes": [rendering.scene],
        "sound": [sound.voice, sound.music],
        "settle": [film.settle],
        "segments": [film.segment],
        "join": [film.mux],
        "deliver": [film.deliver],
    }


def _call(step: str, run_id: str, number: int | None) -> float:
    with spending() as spent:
        for doorway in _doorways()[step]:
            doorway(run_id, *([] if number is None else [number]))
    return spent.cpu_s


def made(run_id: str, pool: ProcessPoolExecutor) -> Bill:
    """The whole film, scenes and segments two at a time."""
    bill = Bill()
    with spending() as spent:
        _shot(run_id, pool, bill)
        _finished(run_id, pool, bill)
    bill.wall_s = spent.wall_s
    return bill


def shot(run_id: str, pool: ProcessPoolExecutor) -> Bill:
    """All up to the final timeline; no frame is encoded yet."""
    bill = Bill()
    with spending() as spent:
        _shot(run_id, pool, bill)
    bill.wall_s = spent.wall_s
    return bill


def _shot(run_id: str, pool: ProcessPoolExecutor, bill: Bill) -> None:
    _do("plan", run_id, pool, bill)
    _do("timeline", run_id, pool, bill)
    _do("scenes", run_id, pool, bill, [scene.id for scene in workspace.open_workspace(run_id).graph.scenes])
    _do("sound", run_id, pool, bill)
    _do("settle", run_id, pool, bill)


def _finished(run_id: str, pool: ProcessPoolExecutor, bill: Bill) -> None:
    _do("segments", run_id, pool, bill, list(range(len(workspace.open_workspace(run_id).segments))))
    _do("join", run_id, pool, bill)
    _do("deliver", run_id, pool, bill)


def _do(
    step: str, run_id: str, pool: ProcessPoolExecutor, bill: Bill, numbers: list[int] | list[None] | None = None
) -> None:
    numbers = numbers or [None]
    bill.add(step, pool.map(_call, [step] * len(numbers), [run_id] * len(numbers), numbers))


# -- x264 alone ------------------------------------------------------------------------------------------------------


def each(pool: ProcessPoolExecutor, work: Callable[[Any], float], items: Iterable[Any]) -> Spent:
    """``work`` (which returns its CPU seconds) done on all items, two at a time."""
    with spending() as spent:
        cpu_s = sum(pool.map(work, list(items)))
    return Spent(cpu_s, spent.wall_s)
