"""Tasks for orders at providers. They wait for nothing but single requests, and run in threads of one process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from celery import bootsteps
from sqlalchemy.exc import IntegrityError

from app.core.config import Settings, settings
from app.core.errors import NotFound
from app.core.log import log_context, logger
from app.jobs import events
from app.providers import dispatch, orders, waiting_tasks
from app.providers.breaker import Breakers
from app.providers.dispatch import Claim
from app.providers.fulfilment import Fulfilment
from app.providers.orders import Order
from app.queue.application import backend, celery
from app.queue.deployment import DeploymentTask
from app.queue.outage import outage_error
from app.queue.task_lock import task_lock
from app.store.factory import storage
from engines.registry import build_engines, hosted
from schemas.money import json_usd
from schemas.order import OrderState
from schemas.steps import QUEUE_OF_STEP, Step

DISPATCHED_EVERY_S = 1.0


class OrderTask(DeploymentTask):
    """A task for orders, which only a worker of the deployment that sent it executes."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.called_directly and self.is_foreign():
            self.leave_to_others()
        return self.run(*args, **kwargs)


class OrderDispatch(bootsteps.StartStopStep):
    """Send what is due every second, in each worker that takes orders.

    A timer sends no messages while nothing is due, and none where no worker takes them. The
    claims of ``app.providers.dispatch`` let several workers do it.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        if QUEUE_OF_STEP[Step.ADVANCE_ORDERS].value in parent.app.amqp.queues.consume_from:
            self._timer = parent.timer.call_repeatedly(DISPATCHED_EVERY_S, dispatch_due)

    def stop(self, parent: Any) -> None:
        if self._timer:
            self._timer.cancel()


celery.steps["consumer"].add(OrderDispatch)


def dispatch_due() -> None:
    """Send the orders whose next action is due, and the tasks whose orders are done. A failure is logged."""
    try:
        dispatch.dispatch_due()
        waiting_tasks.send_ready()
    except Exception as error:  # noqa: BLE001 - the next second is another try
        logger(__name__).warning("orders were not sent to workers", cause=str(outage_error(error) or error))


@celery.task(name=Step.ADVANCE_ORDERS, base=OrderTask, ignore_result=True, send_events=False)
def advance_orders(claims: Sequence[Claim]) -> None:
    """Do what is due for each order. An order that cannot be advanced is due again later."""
    for order_id, due_at in claims:
        try:
            _advance(order_id, due_at)
        except Exception as error:  # noqa: BLE001 - the other orders are advanced all the same
            logger(__name__).error("an order was not advanced", order=order_id, exc_info=error)


def _advance(order_id: int, due_at: str) -> None:
    try:
        order = orders.get(order_id)
    except NotFound:
        return
    if not dispatch.is_current(order, due_at):
        return
    with log_context(job=order.thing.job_id, scene=order.thing.scene_id or None):
        if order.state is OrderState.SUBMITTED:  # polling twice does no harm, and needs no lock
            _advanced(order)
            return
        with task_lock(backend().client, f"order:{order_id}", int(settings().lock_s * 1000)) as acquired:
            # The worker that held the lock before may have advanced it.
            if acquired and dispatch.is_current(order := orders.get(order_id), due_at):
                _advanced(order)


def _advanced(before: Order) -> None:
    after = _fulfilment(settings()).advance(before)
    if after.state is not before.state or after.rejected != before.rejected:
        _record(after)
    if not after.is_waiting:
        waiting_tasks.send_ready(after.thing.job_id)
    elif after.state is OrderState.SETTLED and before.state is not OrderState.SETTLED:
        dispatch.dispatch([after])  # its download


@lru_cache(maxsize=1)
def _fulfilment(chosen: Settings) -> Fulfilment:
    """The engines are built once, so that their connections are kept from one poll to the next."""
    return Fulfilment(hosted(build_engines(chosen)), storage(), Breakers(backend().client))


def _record(order: Order) -> None:
    """Record what became of an order in the events of its job, if the job still exists."""
    facts = {
        "scene": order.thing.scene_id,
        "take": order.thing.take,
        "engine": order.engine,
        "model": order.model,
        "usd": json_usd(order.held_usd),
        **({"reason": order.rejected or order.reason} if order.rejected or order.reason else {}),
    }
    kind = "order.rejected" if order.rejected else f"order.{order.state}"
    try:
        events.record_once(order.thing.job_id, kind, order.run_id, **facts)
    except IntegrityError:
        logger(__name__).warning("an order of a deleted job", order=order.id, state=order.state)
