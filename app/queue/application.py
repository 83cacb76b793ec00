"""The Celery application and the state of a run, which is the state of its result."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, cast

from celery import Celery, signals, states
from celery.exceptions import ChordError

from app.queue.lease import LeaseRenewal
from app.queue.result_backend import StickyRedisBackend
from schemas.job import State
from schemas.steps import STATE_OF_STEP, Step

celery = Celery("pytoon")
celery.config_from_object("celeryconfig")
celery.steps["consumer"].add(LeaseRenewal)

# Celery's own states, as a caller reads them. RETRY and STARTED of the last step mean that it is being finished.
SHOWN = {
    states.PENDING: State.QUEUED,
    states.RECEIVED: State.QUEUED,
    states.STARTED: STATE_OF_STEP[Step.DELIVER],
    states.RETRY: STATE_OF_STEP[Step.DELIVER],
    states.SUCCESS: State.DONE,
    states.FAILURE: State.FAILED,
    states.REVOKED: State.CANCELLED,
}


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    from app.core.log import for_celery

    for_celery()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands: the state, and what is stored with it (a result, an error, or progress)."""

    state: State
    status: str
    result: Any


def backend() -> StickyRedisBackend:
    return cast(StickyRedisBackend, celery.backend)


def task_id(run_id: str, step: str) -> str:
    """The id of a run's step, computed by everybody alike: progress needs no walk over results."""
    return str(uuid.uuid5(uuid.UUID(run_id), step))


def standing(run_id: str) -> Standing:
    """How a run stands, from its Celery result alone."""
    return standings([run_id])[0]


def standings(task_ids: list[str]) -> list[Standing]:
    """How many tasks stand, by one question to the result store."""
    return [_standing(meta) for meta in backend().metas(task_ids)]


def _standing(meta: dict[str, Any] | None) -> Standing:
    if meta is None or _is_unjoined(meta):
        return Standing(State.QUEUED, states.PENDING, None)
    status = str(meta["status"])
    return Standing(SHOWN.get(status) or State(status), status, meta.get("result"))


def _is_unjoined(meta: dict[str, Any]) -> bool:
    """What a chord writes on who comes after it: no end of ours. The janitor finds the step that failed for good, and
    where there is none, because the store was away when the chord was joined, it sends the run again."""
    return meta["status"] == states.FAILURE and type(backend().exception_to_python(meta["result"])) is ChordError


def unjoined(task_id: str) -> None:
    """Forgets a failure that was none, so that the task can be done."""
    store = backend()
    (meta,) = store.metas([task_id])
    if meta and _is_unjoined(meta):
        store.forget(task_id)


def show(run_id: str, state: State, **facts: Any) -> bool:
    """Writes a live state to the run's result, unless it has ended."""
    return backend().set_unless_ended(run_id, state.value, facts)


def done(run_id: str, result: Any) -> bool:
    """Ends the run's result as a success, unless it has ended."""
    return backend().set_unless_ended(run_id, states.SUCCESS, result)


def fail(run_id: str, error: Exception) -> bool:
    """Ends the run's result as failed, unless it has ended."""
    store = backend()
    return store.set_unless_ended(run_id, states.FAILURE, store.prepare_exception(error))


def revoke(run_id: str, task_ids: list[str]) -> bool:
    """Cancels for good: the result first, so that nothing starts any more, then what already runs."""
    store = backend()
    gone = store.prepare_exception(_revoked())
    ended = store.set_unless_ended(run_id, states.REVOKED, gone)
    if ended:
        celery.control.revoke(task_ids, terminate=True, signal="SIGTERM")
    return ended


def _revoked() -> Exception:
    from celery.exceptions import TaskRevokedError

    return cast(Exception, TaskRevokedError("cancelled"))


def error_of(found: Standing) -> Exception | None:
    """The exception a failed task left."""
    if found.status != states.FAILURE:
        return None
    return cast("Exception | None", backend().exception_to_python(found.result))
