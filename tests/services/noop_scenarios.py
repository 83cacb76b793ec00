"""Scenarios for runs of ``noop_app`` that print their outcome as JSON.

``python -m tests.services.noop_scenarios complete_run`` runs one in a process of its own, whose environment variables
select the broker, the database and the result store.
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

Scenario = Callable[[], Any]


def migrate_database() -> None:
    migrate()


def complete_run() -> dict[str, Any]:
    """A run without errors."""
    _, run_id = runs.submit_run()
    state, observed = runs.wait_for_end(run_id)
    order = [list(State).index(state) for state in observed]
    return {"state": state, "steps": sorted(runs.executed_steps(run_id)), "states_in_order": order == sorted(order)}


def busy_provider() -> dict[str, Any]:
    """The provider of one scene is busy at the first two attempts."""
    return _outcome_of_scene_five("twice 5")


def killed_process() -> dict[str, Any]:
    """The process that renders one scene is killed."""
    return _outcome_of_scene_five("die 5")


def failing_scene() -> dict[str, Any]:
    """One scene fails."""
    outcome = _outcome_of_scene_five("fail 5")
    time.sleep(1)  # time for further tasks to start, if any were left
    return outcome


def delayed_messages() -> dict[str, float]:
    """The seconds that a run takes alone, and while each queue has delayed messages."""
    alone_s = _run_s()
    for queue in application.celery.conf.task_queues:
        for _ in range(5):  # they expire before they are due, so no worker executes them
            application.celery.send_task(Step.VOICE, [str(uuid.uuid4())], queue=queue.name, countdown=40, expires=39)
    return {"alone": alone_s, "with_delayed": _run_s()}


def _run_s() -> float:
    start = time.monotonic()
    _, run_id = runs.submit_run()
    assert runs.wait_for_end(run_id)[0] is State.DONE
    return time.monotonic() - start


def cancelled_run() -> dict[str, Any]:
    """A run is cancelled while its scenes are rendered; then another run is submitted."""
    runs.set_behaviour("slow 600")  # longer than the wait for the next run
    job_id, run_id = runs.submit_run()
    runs.wait_for_state(run_id, State.RENDERING_SCENES)
    cancel_state = cancel.cancel(job_id).state
    runs.set_behaviour("slow 0")
    _, next_run_id = runs.submit_run()
    next_state = runs.wait_for_end(next_run_id)[0]
    state = run_state.task_status(run_id).state
    later_steps = [
        step for step in runs.executed_steps(run_id) if step.startswith(("SETTLE", "SEGMENT", "MUX", "DELIVER"))
    ]
    return {"cancel_state": cancel_state, "state": state, "later_steps": later_steps, "next_state": next_state}


def slow_run() -> dict[str, Any]:
    """A run whose scenes take half a second each, with the event log of its job."""
    return _outcome_with_events("slow 0.5")


def interrupted_query() -> dict[str, Any]:
    """A run whose fifth scene waits in a statement of the database, with the event log of its job."""
    return _outcome_with_events("query 5")


def _outcome_with_events(behaviour: str) -> dict[str, Any]:
    runs.set_behaviour(behaviour)
    job_id, run_id = runs.submit_run()
    state = runs.wait_for_end(run_id)[0]
    settled_state = retry_transient(lambda: settle(run_id))
    runs.set_behaviour("calm 0")
    job_events = retry_transient(lambda: events.list_events(job_id))
    log = [[event.kind, event.data.get("step"), event.data.get("number")] for event in job_events]
    return {"states": [state, settled_state], "steps": runs.executed_steps(run_id), "events": log}


def _outcome_of_scene_five(behaviour: str) -> dict[str, Any]:
    runs.set_behaviour(behaviour)
    _, run_id = runs.submit_run()
    state = runs.wait_for_end(run_id)[0]
    runs.set_behaviour("calm 0")
    steps = runs.executed_steps(run_id)
    error = run_state.error_of_task(run_state.task_status(run_id))
    return {
        "state": state,
        "attempts": steps.count("SCENE 5"),
        "others_once": sorted(set(steps) - {"SCENE 5"}) == sorted(step for step in steps if step != "SCENE 5"),
        "delivered": "DELIVER" in steps,
        "error": str(error) if error else None,
    }


def servers() -> dict[str, str]:
    """The transport of the messages, and the server of the results."""
    with application.celery.connection() as connection:
        transport = str(connection.transport.driver_type)
    options = application.backend().client.connection_pool.connection_kwargs
    return {"messages": transport, "results": str(options.get("path") or f"{options['host']}/{options['db']}")}


def time_limits() -> dict[str, Any]:
    """The consumer timeout of each queue and the time limit of a task, in seconds."""
    conf = application.celery.conf
    timeouts_s = {queue.name: queue.queue_arguments["x-consumer-timeout"] / 1000 for queue in conf.task_queues}
    return {"queues": timeouts_s, "task": conf.task_time_limit}


SCENARIOS: tuple[Scenario, ...] = (
    *(migrate_database, complete_run, busy_provider, killed_process, failing_scene, delayed_messages),
    *(cancelled_run, servers, time_limits, slow_run, interrupted_query),
)

if __name__ == "__main__":
    print(json.dumps({scenario.__name__: scenario for scenario in SCENARIOS}[sys.argv[1]]()))
