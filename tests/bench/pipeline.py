"""Films made by calling the tasks' functions as a worker does, with the cost of each step."""

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
from tests.bench.clock import Usage, measure_usage
from tests.bench.rows import add_asset, insert_job

WORKERS = 2
FADE = Transition("fade", 400)
CAPTIONS = (
    "Every great story",
    "starts with one idea",
    "that will not leave",
    "until it is told",
    "in your own words",
    "and your own pictures",
)


@dataclass(slots=True)
class Cost:
    """CPU seconds by step, and the wall time of all steps."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    wall_s: float = 0.0

    @property
    def total_cpu_s(self) -> float:
        return sum(self.cpu_s.values())

    def add(self, step: str, cpu_s: Iterable[float]) -> None:
        self.cpu_s[step] = self.cpu_s.get(step, 0.0) + sum(cpu_s)


@contextmanager
def worker_pool() -> Iterator[ProcessPoolExecutor]:
    """Two worker processes that have imported everything and have made one film already."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_warm_up) as pool:
        list(pool.map(os.getpgid, [0] * WORKERS * 2))
        yield pool


def _warm_up() -> None:
    run_id = insert_job(silent_request([add_asset(_small_photo(), "dot.jpg")], 400, "draft"))
    for step, numbers in (*STEPS_BEFORE_SEGMENTS, *[("segments", [0]), *STEPS_AFTER_SEGMENTS]):
        for number in numbers:
            _call(step, run_id, number)


def _small_photo() -> bytes:
    from tests.bench.photos import photo

    return photo(0, 320, 240)


def silent_request(pictures: list[str], scene_ms: int, quality: str, seed: int = 0) -> JobRequest:
    """A film of images or clips with captions and fades and without sound; ``pictures`` are asset ids."""
    scenes = tuple(
        Scene(
            index,
            duration_ms=scene_ms,
            media=Media("image", asset),
            caption=CAPTIONS[index % len(CAPTIONS)],
            transition=FADE if index else Transition(),
        )
        for index, asset in enumerate(pictures)
    )
    return JobRequest(scenes=scenes, voice=VoiceChoice("none"), music="none", quality=quality, seed=seed)


# -- the steps -------------------------------------------------------------------------------------------------------

# Each step with its numbers; ``None`` stands for a step without a number.
Steps = tuple[tuple[str, list[int | None]], ...]
STEPS_BEFORE_SEGMENTS: Steps = (
    ("plan", [None]),
    ("timeline", [None]),
    ("scenes", [1]),
    ("sound", [None]),
    ("settle", [None]),
)
STEPS_AFTER_SEGMENTS: Steps = (("join", [None]), ("deliver", [None]))


def _tasks_of_steps() -> dict[str, list[Callable[..., Any]]]:
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
    with measure_usage() as usage:
        for task in _tasks_of_steps()[step]:
            task(run_id, *([] if number is None else [number]))
    return usage.cpu_s


def make_film(run_id: str, pool: ProcessPoolExecutor) -> Cost:
    """Make the whole film, two scenes or segments at a time."""
    cost = Cost()
    with measure_usage() as usage:
        _run_steps_before_segments(run_id, pool, cost)
        _run_segments_and_delivery(run_id, pool, cost)
    cost.wall_s = usage.wall_s
    return cost


def make_clips(run_id: str, pool: ProcessPoolExecutor) -> Cost:
    """Run all steps up to the final timeline; no frame is encoded."""
    cost = Cost()
    with measure_usage() as usage:
        _run_steps_before_segments(run_id, pool, cost)
    cost.wall_s = usage.wall_s
    return cost


def _run_steps_before_segments(run_id: str, pool: ProcessPoolExecutor, cost: Cost) -> None:
    _run_step("plan", run_id, pool, cost)
    _run_step("timeline", run_id, pool, cost)
    _run_step("scenes", run_id, pool, cost, [scene.id for scene in workspace.open_workspace(run_id).graph.scenes])
    _run_step("sound", run_id, pool, cost)
    _run_step("settle", run_id, pool, cost)


def _run_segments_and_delivery(run_id: str, pool: ProcessPoolExecutor, cost: Cost) -> None:
    _run_step("segments", run_id, pool, cost, list(range(len(workspace.open_workspace(run_id).segments))))
    _run_step("join", run_id, pool, cost)
    _run_step("deliver", run_id, pool, cost)


def _run_step(
    step: str, run_id: str, pool: ProcessPoolExecutor, cost: Cost, numbers: list[int] | list[None] | None = None
) -> None:
    numbers = numbers or [None]
    cost.add(step, pool.map(_call, [step] * len(numbers), [run_id] * len(numbers), numbers))


def run_on_each(pool: ProcessPoolExecutor, work: Callable[[Any], float], items: Iterable[Any]) -> Usage:
    """Call ``work`` (which returns its CPU seconds) for each item, two at a time; return the sum and the wall time."""
    with measure_usage() as usage:
        cpu_s = sum(pool.map(work, list(items)))
    return Usage(cpu_s, usage.wall_s)
