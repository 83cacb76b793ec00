"""What the queue costs: submitting, the smallest task, jobs of empty steps, and very large chords."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.config import settings
from app.database.session import migrate
from app.jobs import submit
from app.queue import application, canvas, run_state
from app.queue.embedded_broker import Broker
from schemas.job import JobRequest, State
from schemas.steps import QueueName, Step
from tests.bench.clock import median_ms
from tests.bench.figures import Figure
from tests.bench.rows import stored

PATIENCE_S = 300.0


def measure(short: bool) -> list[Figure]:
    broker = Broker(settings())
    broker.start()
    try:
        migrate()
        with _worker():
            return [_submit(), _trivial(), _jobs(10 if short else 40), *_chords(short)]
    finally:
        broker.stop()


@contextmanager
def _worker() -> Iterator[None]:
    argv = [sys.executable, "-m", "celery", "-A", "tests.bench.noop", "worker", "-l", "error"]
    argv += ["-c", str(os.cpu_count()), "-Q", ",".join(QueueName), "-n", "bench@%h", "--without-gossip"]
    argv += ["--without-mingle"]
    log = (settings().home / "worker.log").open("wb")
    with log, subprocess.Popen(argv, stdout=log, stderr=log) as worker:
        try:
            _finished(_sent(1))
            yield
        finally:
            worker.terminate()
            worker.wait(30)


def _sent(scenes: int) -> str:
    run_id = stored(JobRequest(script="Nothing.", title=str(scenes)))
    canvas.send_run(run_id)
    return run_id


def _finished(run_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (state := run_state.task_status(run_id).state) is not State.DONE:
        if state.ended or time.monotonic() > deadline:
            raise RuntimeError(f"a run of empty steps is {state}")
        time.sleep(0.005)


def _submit() -> Figure:
    """A whole submission less its rows in the database."""
    request = JobRequest(script="Hello.", title="1")
    whole = median_ms(lambda: submit.submit(request), 60)
    rows = median_ms(lambda: stored(request), 60)
    return Figure("submit, beyond the database write, p50", max(0.0, whole - rows), "ms", 3)


def _trivial() -> Figure:
    run_id = stored(JobRequest(script="Hello.", title="1"))
    numbers = iter(range(10_000))

    def once() -> None:
        step = application.celery.signature(Step.SCENE.value, args=(run_id, next(numbers)), immutable=True)
        step.apply_async().get(timeout=10, interval=0.001)

    once()
    return Figure("trivial task, there and back, p50", median_ms(once, 100), "ms", 10)


def _jobs(count: int) -> Figure:
    start = time.monotonic()
    for run_id in [_sent(12) for _ in range(count)]:
        _finished(run_id)
    return Figure("jobs of 12 empty scenes", count / (time.monotonic() - start), "/s", 5, at_least=True)


def _chords(short: bool) -> list[Figure]:
    """Time a scene takes must not grow with the number of scenes."""
    few, many = (50, 250) if short else (100, 1000)
    cost = {scenes: _seconds(scenes) / scenes for scenes in (few, many)}
    return [
        Figure(f"a scene among {many} ÷ a scene among {few}, empty", cost[many] / cost[few], "×", 1.3),
        Figure(f"run of {many} empty scenes", cost[many] * many, "s"),
    ]


def _seconds(scenes: int) -> float:
    start = time.monotonic()
    _finished(_sent(scenes))
    return time.monotonic() - start
