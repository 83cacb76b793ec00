"""What can happen to runs, told as JSON: ``python -m tests.services.noop_scenarios film``.

Each is played in a process of its own, whose environment says over which broker.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from app.database.session import migrate, retry_transient
from app.jobs import cancel, events
from app.jobs.runs import settle
from app.queue import application, run_state
from schemas.job import State
from schemas.steps import Step
from tests.services import noop_runs as runs

Story = Callable[[], Any]


def migrated() -> None:
    migrate()


def film() -> dict[str, Any]:
    """A run from its first step to its last."""
    _, run_id = runs.sent()
    state, seen = runs.ended(run_id)
    in_order = [*State]
    return {
        "state": state,
        "steps": sorted(runs.worked(run_id)),
        "forward": [in_order.index(each) for each in seen] == sorted(in_order.index(each) for each in seen),
    }


def busy() -> dict[str, Any]:
    """One scene's provider is busy for two tries."""
    return _scene_five("twice 5")


def die() -> dict[str, Any]:
    """The process that makes one scene is killed."""
    return _scene_five("die 5")


def fail() -> dict[str, Any]:
    """One scene cannot be made."""
    told = _scene_five("fail 5")
    time.sleep(1)  # long enough for more to be started, were anything left to start it
    return told


def crowded() -> dict[str, float]:
    """Seconds that a run takes alone, and while much else waits for its time to come, on every queue."""
    usual_s = _run_s()
    for queue in application.celery.conf.task_queues:
        for _ in range(5):  # it expires before its time: nobody ever works it
            application.celery.send_task(Step.VOICE, [str(uuid.uuid4())], queue=queue.name, countdown=40, expires=39)
    return {"usual": usual_s, "crowded": _run_s()}


def _run_s() -> float:
    begun = time.monotonic()
    _, run_id = runs.sent()
    assert runs.ended(run_id)[0] is State.DONE
    return time.monotonic() - begun


def cancelled() -> dict[str, Any]:
    """A run is cancelled while its scenes are made; the next one is not held up by it."""
    runs.mood("slow 600")  # longer than the next run is waited for
    job_id, run_id = runs.sent()
    runs.until(run_id, State.RENDERING_SCENES)
    answer = cancel.cancel(job_id).state
    runs.mood("slow 0")
    _, next_run = runs.sent()
    after = runs.ended(next_run)[0]
    late = [step for step in runs.worked(run_id) if step.startswith(("SETTLE", "SEGMENT", "MUX", "DELIVER"))]
    return {"answer": answer, "state": run_state.task_status(run_id).state, "late": late, "next": after}


def slowly() -> dict[str, Any]:
    """A run whose scenes take half a second each, and all that its job's event log says afterwards."""
    return _recorded("slow 0.5")


def asking() -> dict[str, Any]:
    """A run whose fifth scene waits for an answer of the database."""
    return _recorded("query 5")


def _recorded(mood: str) -> dict[str, Any]:
    runs.mood(mood)
    job_id, run_id = runs.sent()
    state = runs.ended(run_id)[0]
    settled = retry_transient(lambda: settle(run_id))
    runs.mood("calm 0")
    recorded = retry_transient(lambda: events.list_events(job_id))
    log = [[event.kind, event.data.get("step"), event.data.get("number")] for event in recorded]
    return {"states": [state, settled], "steps": runs.worked(run_id), "events": log}


def _scene_five(mood: str) -> dict[str, Any]:
    runs.mood(mood)
    _, run_id = runs.sent()
    state = runs.ended(run_id)[0]
    runs.mood("calm 0")
    steps = runs.worked(run_id)
    error = run_state.error_of_task(run_state.task_status(run_id))
    return {
        "state": state,
        "tries": steps.count("SCENE 5"),
        "others_once": sorted(set(steps) - {"SCENE 5"}) == sorted(step for step in steps if step != "SCENE 5"),
        "delivered": "DELIVER" in steps,
        "error": str(error) if error else None,
    }


def names() -> dict[str, str]:
    """Who carries the messages and who keeps the results."""
    with application.celery.connection() as line:
        transport = str(line.transport.driver_type)
    keeper = application.backend().client.connection_pool.connection_kwargs
    return {"messages": transport, "results": str(keeper.get("path") or f"{keeper['host']}/{keeper['db']}")}


def patience() -> dict[str, Any]:
    """How long the queues leave a task to a worker, and how long a task may last."""
    conf = application.celery.conf
    asked = {queue.name: queue.queue_arguments["x-consumer-timeout"] / 1000 for queue in conf.task_queues}
    return {"queues": asked, "task": conf.task_time_limit}


STORIES: tuple[Story, ...] = (
    *(migrated, film, busy, die, fail, crowded, cancelled, names, patience),
    *(slowly, asking),
)

if __name__ == "__main__":
    print(json.dumps({story.__name__: story for story in STORIES}[sys.argv[1]]()))
