"""Lost runs, as far as the broker and the result store show them.

Celery reports neither a step that ended together with its worker, nor a message that the broker lost. A run
counts as lost when no living worker holds one of its tasks and no message of it exists, in two passes in a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from celery import states

from app.core.config import settings
from app.queue import inspection, run_state
from app.queue.application import backend
from app.queue.task_lock import held_by_live_process

# The number of passes for which a run stays suspected.
SUSPECTED_PASSES = 3

# The ids of the tasks that a run has or may still get, by run id.
TaskIds = Mapping[str, Collection[str]]


def without_worker(runs: TaskIds) -> set[str]:
    """The runs none of whose tasks is held by a living worker."""
    held = held_by_live_process(backend().client, [task_id for task_ids in runs.values() for task_id in task_ids])
    return {run_id for run_id, task_ids in runs.items() if not held.intersection(task_ids)}


def lost(runs: TaskIds) -> set[str]:
    """Those of ``runs`` that have no message, and had none in the pass before.

    One pass is not enough, because a message can be in transit between two of its requests. Raises kombu's
    ``OperationalError`` when the broker is unreachable.
    """
    waiting = _waiting(runs) if runs else set()
    return {run_id for run_id in runs if run_id not in waiting and _was_suspected(run_id)}


def first_error(task_ids: Collection[str]) -> tuple[str, Exception] | None:
    """The first of these tasks that has failed, and its exception."""
    ids = list(task_ids)
    for task_id, status in zip(ids, run_state.task_statuses(ids), strict=True):
        error = run_state.error_of_task(status)
        if error is not None:
            return task_id, error
    return None


def _waiting(runs: TaskIds) -> set[str]:
    waiting = inspection.root_ids_with_messages(list(runs))
    if inspection.can_list_messages():
        return waiting
    # A broker that cannot list its messages does not count the delayed messages of retries either.
    return waiting | {run_id for run_id, task_ids in runs.items() if _awaits_retry(task_ids)}


def _awaits_retry(task_ids: Collection[str]) -> bool:
    return any(status.status == states.RETRY for status in run_state.task_statuses(list(task_ids)))


def _was_suspected(run_id: str) -> bool:
    lasts_s = int(SUSPECTED_PASSES * settings().recovery_period_s)
    return not backend().client.set(f"suspect:{run_id}", 1, nx=True, ex=lasts_s)
