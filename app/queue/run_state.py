"""The state of a run, which is the state of its last task's Celery result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from celery import states
from celery.exceptions import ChordError, TaskRevokedError

from app.queue.application import backend, celery
from schemas.job import State
from schemas.steps import STATE_OF_STEP, Step

# Celery's own states as a run shows them. STARTED and RETRY of the last step mean that it is being finished.
STATE_OF_STATUS = {
    states.PENDING: State.QUEUED,
    states.RECEIVED: State.QUEUED,
    states.STARTED: STATE_OF_STEP[Step.DELIVER],
    states.RETRY: STATE_OF_STEP[Step.DELIVER],
    states.SUCCESS: State.DONE,
    states.FAILURE: State.FAILED,
    states.REVOKED: State.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """The state of a task, Celery's own status, and what is stored with it: a result, an error, or progress."""

    state: State
    status: str
    result: Any


def task_status(task_id: str) -> TaskStatus:
    """The status of a task; that of a run is the status of the task with the run's id."""
    return task_statuses([task_id])[0]


def task_statuses(task_ids: list[str]) -> list[TaskStatus]:
    """The status of each task, by one request to the result store."""
    return [_status_of_meta(meta) for meta in backend().metas(task_ids)]


def _status_of_meta(meta: dict[str, Any] | None) -> TaskStatus:
    if meta is None or _is_chord_error(meta):
        return TaskStatus(State.QUEUED, states.PENDING, None)
    status = str(meta["status"])
    return TaskStatus(STATE_OF_STATUS.get(status) or State(status), status, meta.get("result"))


def _is_chord_error(meta: dict[str, Any]) -> bool:
    """Whether Celery has written a ``ChordError`` to the task that follows a chord.

    It is not the cause of a failure and is ignored. Recovery finds the step that failed, or, where none has because
    the result store was unreachable when the chord was joined, sends the run again.
    """
    return meta["status"] == states.FAILURE and type(backend().exception_to_python(meta["result"])) is ChordError


def forget_chord_error(task_id: str) -> None:
    """Delete a task's ``ChordError``, so that the task can run."""
    store = backend()
    (meta,) = store.metas([task_id])
    if meta and _is_chord_error(meta):
        store.forget(task_id)


def set_state(run_id: str, state: State, **facts: Any) -> bool:
    """Write a live state to the run's result, unless it has ended; return whether it was written."""
    return backend().set_unless_ended(run_id, state.value, facts)


def set_done(run_id: str, result: Any) -> bool:
    """End the run's result as a success, unless it has ended; return whether it was written."""
    return backend().set_unless_ended(run_id, states.SUCCESS, result)


def set_failed(run_id: str, error: Exception) -> bool:
    """End the run's result as failed, unless it has ended; return whether it was written."""
    store = backend()
    return store.set_unless_ended(run_id, states.FAILURE, store.prepare_exception(error))


def revoke(run_id: str, task_ids: list[str]) -> bool:
    """Cancel a run; return ``False`` when it has already ended.

    The result is written first, so that no further step starts; then the tasks that run are stopped.
    """
    store = backend()
    cause = store.prepare_exception(TaskRevokedError("cancelled"))
    ended = store.set_unless_ended(run_id, states.REVOKED, cause)
    if ended:
        celery.control.revoke(task_ids, terminate=True, signal="SIGTERM")
    return ended


def error_of_task(status: TaskStatus) -> Exception | None:
    """The exception of a failed task; ``None`` for a task that has not failed."""
    if status.status != states.FAILURE:
        return None
    return cast("Exception | None", backend().exception_to_python(status.result))
