"""Tasks that wait for the orders of their scene without occupying a worker.

A task that has ordered something stores its own message here and ends without a result. It is sent again when nothing
is left to be done for the orders of its scene. The row is deleted after the message is sent: a process that dies in
between leaves a second message, of which the lock of the task runs one.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from app.core.config import settings
from app.database.models import OrderRow, WaitingTaskRow
from app.database.session import insert, transaction
from app.queue.application import celery
from schemas.order import OrderState


def wait_for_orders(task_id: str, run_id: str, job_id: str, scene_id: int, message: dict[str, Any]) -> None:
    """Store that a task waits for the orders of a scene; ``message`` is its signature as plain data.

    Open orders of the scene that an earlier run of the job has placed belong to this run from now on.
    """
    values = {"run_id": run_id, "job_id": job_id, "scene_id": scene_id, "token": uuid.uuid4().hex, "message": message}
    with transaction() as session:
        new = insert(session, WaitingTaskRow).values(task_id=task_id, **values)
        session.execute(new.on_conflict_do_update(index_elements=["task_id"], set_=values))
        of_scene = (OrderRow.job_id == job_id, OrderRow.scene_id == scene_id)
        newest = select(func.max(OrderRow.id)).where(*of_scene).scalar_subquery()
        is_newest_unknown = (OrderRow.id == newest) & _is_unknown()
        taken = update(OrderRow).where(*of_scene, OrderRow.due_at.is_not(None) | is_newest_unknown)
        session.execute(taken.where(OrderRow.run_id != run_id).values(run_id=run_id))


def send_ready(job_id: str | None = None) -> list[str]:
    """Send the tasks whose scene has no order that is still to be worked on; return their ids.

    With ``job_id``, only those of that job.
    """
    with transaction() as session:
        chosen = select(WaitingTaskRow).where(~exists().where(*_blocking(settings().unknown_order)))
        rows = list(session.scalars(chosen.where(WaitingTaskRow.job_id == job_id) if job_id else chosen))
    for row in rows:
        celery.signature(row.message).apply_async()
        with transaction() as session:
            same = (WaitingTaskRow.task_id == row.task_id, WaitingTaskRow.token == row.token)
            session.execute(delete(WaitingTaskRow).where(*same))
    return [row.task_id for row in rows]


def _blocking(unknown_order: str) -> tuple[Any, ...]:
    """The conditions for an order for which the waiting task of its scene still waits."""
    is_pending: ColumnElement[bool] = OrderRow.due_at.is_not(None)
    if unknown_order == "wait":
        is_pending |= _is_unknown()
    same_scene = (OrderRow.job_id == WaitingTaskRow.job_id, OrderRow.scene_id == WaitingTaskRow.scene_id)
    return (*same_scene, OrderRow.run_id == WaitingTaskRow.run_id, is_pending)


def _is_unknown() -> ColumnElement[bool]:
    """The condition for an order whose outcome is unknown and is still to be stated."""
    return (OrderRow.state == OrderState.AMBIGUOUS) & (OrderRow.rejected == "")


def runs_that_wait() -> set[str]:
    """Return the runs with a waiting task: they have no message, and are not lost."""
    with transaction() as session:
        return set(session.scalars(select(WaitingTaskRow.run_id).distinct()))


def forget(session: Session, run_id: str) -> None:
    """Delete the waiting tasks of a run that ends, in the transaction that ends it."""
    session.execute(delete(WaitingTaskRow).where(WaitingTaskRow.run_id == run_id))
