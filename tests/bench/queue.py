"""The cost of the queue: a submission, the smallest task, jobs of empty steps, and very large chords."""

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
from tests.bench.rows import insert_job

TIMEOUT_S = 300.0


def measure(short: bool) -> list[Figure]:
    broker = Broker(settings())
    broker.start()
    try:
        migrate()
        with _worker():
            return [_submission(), _smallest_task(), _job_rate(10 if short else 40), *_chords(short)]
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
            _wait_until_done(_send_run(1))
            yield
        finally:
            worker.terminate()
            worker.wait(30)


def _send_run(scenes: int) -> str:
    run_id = insert_job(JobRequest(script="Nothing.", title=str(scenes)))
    canvas.send_run(run_id)
    return run_id


def _wait_until_done(run_id: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while (state := run_state.task_status(run_id).state) is not State.DONE:
        if state.ended or time.monotonic() > deadline:
            raise RuntimeError(f"a run of empty steps is {state}")
        time.sleep(0.005)


def _submission() -> Figure:
    """The time of a submission minus the time of its database rows."""
    request = JobRequest(script="Hello.", title="1")
    whole_ms = median_ms(lambda: submit.submit(request), 60)
    rows_ms = median_ms(lambda: insert_job(request), 60)
    return Figure("submit, beyond the database write, p50", max(0.0, whole_ms - rows_ms), "ms", 3)


def _smallest_task() -> Figure:
    run_id = insert_job(JobRequest(script="Hello.", title="1"))
    numbers = iter(range(10_000))

    def call_once() -> None:
        step = application.celery.signature(Step.SCENE.value, args=(run_id, next(numbers)), immutable=True)
        step.apply_async().get(timeout=10, interval=0.001)

    call_once()
    return Figure("trivial task, there and back, p50", median_ms(call_once, 100), "ms", 10)


def _job_rate(count: int) -> Figure:
    start = time.monotonic()
    for run_id in [_send_run(12) for _ in range(count)]:
        _wait_until_done(run_id)
    return Figure("jobs of 12 empty scenes", count / (time.monotonic() - start), "/s", 5, at_least=True)


def _chords(short: bool) -> list[Figure]:
    """The time per scene must not grow with the number of scenes."""
    few, many = (50, 250) if short else (100, 1000)
    scene_s = {scenes: _run_s(scenes) / scenes for scenes in (few, many)}
    return [
        Figure(f"a scene among {many} ÷ a scene among {few}, empty", scene_s[many] / scene_s[few], "×", 1.3),
        Figure(f"run of {many} empty scenes", scene_s[many] * many, "s"),
    ]


def _run_s(scenes: int) -> float:
    start = time.monotonic()
    _wait_until_done(_send_run(scenes))
    return time.monotonic() - start
