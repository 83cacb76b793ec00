"""Steps, queues, time limits and states are consistent with the canvas and with the Celery configuration."""

from __future__ import annotations

import ast
import uuid
from pathlib import Path

import pytest

import celeryconfig
from app.queue import canvas
from app.queue.application import celery
from schemas import steps
from schemas.job import ENDED, State
from schemas.steps import STATE_OF_STEP, QueueName, Step

RUN = str(uuid.UUID(int=7))


def test_steps_module_imports_no_celery() -> None:
    tree = ast.parse(Path(steps.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "enum", "schemas.job"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_every_step_has_a_celery_task_of_its_name() -> None:
    celery.loader.import_default_modules()
    assert {name for name in celery.tasks if name.startswith("pytoon.")} >= {step.value for step in Step}


def test_run_steps_are_those_that_the_canvas_sends() -> None:
    run, scenes, segments = canvas.run_canvas(RUN), canvas.scenes_chord(RUN, [1]), canvas.segments_chord(RUN, 1)
    sent = [*run.tasks, *scenes.tasks, scenes.body, *segments.tasks, segments.body]
    assert {task.task for task in sent} == set(steps.RUN_STEPS)
    assert set(steps.PERIODIC_STEPS) == {entry["task"] for entry in celeryconfig.beat_schedule.values()}


def test_task_names_and_queue_names_are_those_that_messages_carry() -> None:
    assert [step.value for step in steps.RUN_STEPS] == [
        *("pytoon.plan", "pytoon.timeline", "pytoon.render", "pytoon.scene", "pytoon.voice", "pytoon.music"),
        *("pytoon.settle", "pytoon.compose", "pytoon.segment", "pytoon.mux", "pytoon.deliver"),
    ]
    assert [queue.value for queue in QueueName] == ["orch", "gpu", "gpu-later", "cpu", "cpu-later", "api"]


def test_every_queue_is_consumed_by_exactly_one_kind_of_worker() -> None:
    consumed = [queue for queues in steps.WORKER_QUEUES.values() for queue in queues]
    assert sorted(consumed) == sorted(QueueName)


@pytest.mark.parametrize("step", steps.OVERFLOW_QUEUES)
def test_overflow_queue_is_consumed_by_the_same_workers_after_the_own_queue(step: Step) -> None:
    (queues,) = [queues for queues in steps.WORKER_QUEUES.values() if steps.QUEUE_OF_STEP[step] in queues]
    assert queues.index(steps.OVERFLOW_QUEUES[step]) > queues.index(steps.QUEUE_OF_STEP[step])


def test_states_of_steps_are_not_ended_and_in_the_order_of_steps() -> None:
    order = list(State)
    shown = [STATE_OF_STEP[step] for step in steps.RUN_STEPS if step in STATE_OF_STEP]
    assert len(shown) == len(STATE_OF_STEP) == 6
    assert [order.index(state) for state in shown] == sorted(order.index(state) for state in shown)
    assert not ENDED.intersection(shown)


@pytest.mark.parametrize("step", Step)
def test_soft_time_limit_is_at_least_30_seconds_below_the_hard_limit(step: Step) -> None:
    celery.loader.import_default_modules()
    task = celery.tasks[step.value]
    hard_s = task.time_limit or celery.conf.task_time_limit
    soft_s = task.soft_time_limit or celery.conf.task_soft_time_limit
    assert hard_s == steps.TIME_LIMIT_S.get(step, steps.DEFAULT_TIME_LIMIT_S) <= steps.DEFAULT_TIME_LIMIT_S
    assert 0 < soft_s <= hard_s - 30
