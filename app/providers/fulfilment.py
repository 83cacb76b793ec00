"""What is done next for an order: send it, look it up, poll it, cancel it or download its result.

``advance`` does one of these, and stores each fact before it does the next thing that depends on it. The request that
places an order is made after ``mark_sent`` is committed, and never again unless the provider has certainly not accepted
it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.core.config import settings
from app.core.errors import NotFound, ProviderBusy, ProviderClosed, ProviderError, ProviderRefused, SubmitUnknown
from app.core.log import logger
from app.core.redaction import public_cause
from app.database.models import now
from app.providers import orders
from app.providers.breaker import Breakers
from app.providers.orders import Order
from app.store.base import Storage
from app.store.keys import cache_key
from engines.base import HostedEngine, OrderProgress, Progress, Submission
from schemas.contract import fingerprint
from schemas.engine import Cost
from schemas.order import ClipOrder, ClipOrderSchema, OrderState

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 120.0
# The time after which a provider knows every order that it has accepted.
LOOK_UP_AFTER_S = 10.0
MOST_DOWNLOADS = 8
# The time between two looks at an order that only another worker can advance.
FOREIGN_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """The means to advance orders: the engines of this process, the storage and the breakers."""

    engines: dict[str, HostedEngine]
    store: Storage
    breakers: Breakers

    def advance(self, order: Order) -> Order:
        """Do what is due for an order, with a few requests to its provider; return it as it is then stored."""
        engine = self.engines.get(order.engine)
        if engine is None:
            self._without_engine(order)
        elif order.state is OrderState.RESERVED:
            self._reserved(order, engine)
        elif order.state is OrderState.SUBMITTED:
            self._submitted(order, engine)
        elif order.state is OrderState.SETTLED and order.is_waiting:
            self._fetch(order, engine)
        return orders.get(order.id)

    # -- before the provider has accepted it -------------------------------------------------------------------------

    def _reserved(self, order: Order, engine: HostedEngine) -> None:
        if order.sent_at is not None:
            self._look_up(order, engine)
        elif order.cancel_requested_at is not None:
            orders.cancelled(order.id, Cost(), "it was cancelled before it was sent")
        elif _is_too_old(order):
            orders.failed(order.id, _waited("was not accepted"), can_retry=False)
        elif wait_s := self.breakers.wait_s(engine.name):
            orders.postpone(order.id, wait_s)
        else:
            self._send(order, engine)

    def _send(self, order: Order, engine: HostedEngine) -> None:
        clip_order = self._clip_order(order)
        try:
            files = {key: self.store.local(key) for key in clip_order.files}
        except NotFound as error:
            orders.failed(order.id, str(error), can_retry=False)
            return
        if not orders.mark_sent(order.id):
            return
        try:
            submission = engine.submit(clip_order, files, order.key)
        except ProviderBusy as error:
            self._busy(order, error)
            orders.mark_unsent(order.id, error.wait_s or _pause_s(order.failures))
        except ProviderRefused as error:
            self._refused(order, error)
        except Exception as error:  # noqa: BLE001 - the order may have been accepted, whatever went wrong afterwards
            self._unknown(order, engine, error)
        else:
            self._accepted(order, engine, submission)

    def _clip_order(self, order: Order) -> ClipOrder:
        """The order as the engine gets it: with the ids of stock footage that the film has already."""
        clip_order = ClipOrderSchema.read(order.request)
        if order.thing.purpose != orders.STOCK:
            return clip_order
        return replace(clip_order, taken=(*clip_order.taken, *orders.remote_ids(order)))

    def _accepted(self, order: Order, engine: HostedEngine, submission: Submission) -> None:
        orders.submitted(order.id, submission.id, submission.data, submission.cost, engine.poll_s)
        self.breakers.succeeded(engine.name)
        # Two scenes that search at the same time may choose the same clip; the later order chooses again.
        if order.thing.purpose == orders.STOCK and submission.id in orders.remote_ids(order, earlier=True):
            orders.order_again(order.id)

    def _unknown(self, order: Order, engine: HostedEngine, error: Exception) -> None:
        reason = str(error.reason) if isinstance(error, SubmitUnknown) else public_cause(error)
        logger(__name__).warning("the outcome of an order is unknown", order=order.id, exc_info=error)
        self.breakers.failed(engine.name, reason)
        if engine.finds_orders:
            orders.postpone(order.id, LOOK_UP_AFTER_S, reason=reason)
        else:
            orders.ambiguous(order.id, reason)

    def _look_up(self, order: Order, engine: HostedEngine) -> None:
        """Find out whether an order was accepted that was sent without a reply, or by a process that died."""
        assert order.sent_at is not None
        reason = order.reason or "the process that sent it ended before the reply"
        too_early_s = LOOK_UP_AFTER_S - (now() - order.sent_at).total_seconds()
        if not engine.finds_orders:
            orders.ambiguous(order.id, reason)
        elif too_early_s > 0:
            orders.postpone(order.id, too_early_s)
        else:
            self._find(order, engine, reason)

    def _find(self, order: Order, engine: HostedEngine, reason: str) -> None:
        assert order.sent_at is not None
        try:
            submission = engine.find(ClipOrderSchema.read(order.request), order.key, order.sent_at)
        except ProviderBusy as error:
            self._busy(order, error)
            if _is_too_old(order):
                orders.ambiguous(order.id, reason)
            else:
                orders.postpone(order.id, error.wait_s or _pause_s(order.failures), failures=order.failures + 1)
        except ProviderError as error:
            orders.ambiguous(order.id, f"{reason}; it cannot be looked up: {error.reason}")
        else:
            if submission:
                self._accepted(order, engine, submission)
            else:
                orders.mark_unsent(order.id, 0)

    # -- after it ----------------------------------------------------------------------------------------------------

    def _submitted(self, order: Order, engine: HostedEngine) -> None:
        # With a reason, the provider has already said that it does not cancel the order.
        if order.cancel_requested_at is not None and not order.reason:
            self._cancel(order, engine)
        elif _is_too_old(order) and not order.reason:
            self._cancel(order, engine, _waited("was not finished"))
        else:
            self._poll(order, engine)

    def _poll(self, order: Order, engine: HostedEngine) -> None:
        try:
            progress = engine.poll(_submission(order))
        except ProviderBusy as error:
            self._busy(order, error)
            pause_s = max(engine.poll_s, error.wait_s or _pause_s(order.failures))
            orders.postpone(order.id, pause_s, failures=order.failures + 1)
        except ProviderClosed as error:
            self.breakers.account_refused(engine.name, str(error.reason))
            orders.postpone(order.id, FOREIGN_PAUSE_S)
        except ProviderRefused as error:
            # It was accepted, so it may have been charged.
            orders.failed(order.id, str(error.reason), can_retry=False, charged=_held(order))
        else:
            self._progressed(order, engine, progress)

    def _progressed(self, order: Order, engine: HostedEngine, progress: Progress) -> None:
        if progress.state is OrderProgress.DONE:
            orders.settled(order.id, progress.cost, progress.data if progress.data is not None else order.data)
            self._fetch(orders.get(order.id), engine)
        elif progress.state is OrderProgress.FAILED:
            orders.failed(order.id, progress.reason, progress.can_retry, progress.cost)
        elif progress.state is OrderProgress.CANCELLED:
            orders.cancelled(order.id, progress.cost or _held(order), progress.reason or "the provider cancelled it")
        else:
            news: dict[str, Any] = {"share": progress.share, "failures": 0}
            if progress.data is not None:
                news["data"] = progress.data
            orders.postpone(order.id, max(engine.poll_s, progress.again_s or 0.0), **news)

    def _cancel(self, order: Order, engine: HostedEngine, reason: str = "") -> None:
        try:
            outcome = engine.cancel(_submission(order))
        except ProviderBusy as error:
            orders.postpone(order.id, error.wait_s or _pause_s(order.failures), failures=order.failures + 1)
            return
        except ProviderError as error:
            orders.cancelled(order.id, None, f"{reason or 'it was cancelled'}; the provider said: {error.reason}")
            return
        if outcome.cancelled:
            orders.cancelled(order.id, outcome.charged or _held(order), reason or outcome.reason)
        elif reason:  # it takes too long: another engine makes the clip, and this one is charged
            orders.failed(order.id, reason, can_retry=False, charged=outcome.charged or _held(order))
        else:
            orders.postpone(order.id, engine.poll_s, reason=outcome.reason or "the provider does not cancel orders")

    # -- its result --------------------------------------------------------------------------------------------------

    def _fetch(self, order: Order, engine: HostedEngine) -> None:
        if order.cancel_requested_at is not None:
            orders.reject(order.id, "its job was cancelled")
            return
        key = cache_key("take", fingerprint(order.key), ".mp4")
        try:
            with self.store.writing(key) as path:
                engine.fetch(_submission(order), path)
        except ProviderBusy as error:
            self._fetch_again(order, engine, error)
        except ProviderRefused as error:
            orders.reject(order.id, str(error.reason))
        else:
            orders.fetched(order.id, key)

    def _fetch_again(self, order: Order, engine: HostedEngine, error: ProviderBusy) -> None:
        """Try the download again later, with a new link if the provider gives one."""
        if order.failures + 1 >= MOST_DOWNLOADS:
            orders.reject(order.id, f"it could not be downloaded: {error.reason}")
            return
        news: dict[str, Any] = {"failures": order.failures + 1}
        try:
            progress = engine.poll(_submission(order))
            if progress.data is not None:
                news["data"] = progress.data
        except ProviderError as another:
            logger(__name__).warning("no new link to a clip", order=order.id, cause=str(another))
        orders.postpone(order.id, error.wait_s or _pause_s(order.failures), **news)

    # -- failures ----------------------------------------------------------------------------------------------------

    def _without_engine(self, order: Order) -> None:
        """An engine that this worker has not: another one may have it, but not for ever."""
        if not _is_too_old(order):
            orders.postpone(order.id, FOREIGN_PAUSE_S)
        elif order.state is OrderState.SETTLED:
            orders.reject(order.id, f"{order.engine} is not configured any more")
        elif order.sent_at is None:
            orders.failed(order.id, f"{order.engine} is not configured", can_retry=False)
        else:
            orders.failed(order.id, f"{order.engine} is not configured any more", can_retry=False, charged=_held(order))

    def _busy(self, order: Order, error: ProviderBusy) -> None:
        if error.wait_s is not None:
            self.breakers.pause(order.engine, error.wait_s, str(error.reason))
        else:
            self.breakers.failed(order.engine, str(error.reason))

    def _refused(self, order: Order, error: ProviderRefused) -> None:
        if isinstance(error, ProviderClosed):
            self.breakers.account_refused(order.engine, str(error.reason))
        else:
            self.breakers.succeeded(order.engine)
        orders.failed(order.id, str(error.reason), can_retry=False)


def _submission(order: Order) -> Submission:
    return Submission(order.remote_id or "", order.data)


def _held(order: Order) -> Cost:
    return Cost(order.held_usd, order.units, order.unit)


def _is_too_old(order: Order) -> bool:
    # An order whose acceptance a person has stated may be older than the wait for its clip.
    return now() - (order.resolved_at or order.created_at) > timedelta(seconds=settings().clip_wait_s)


def _waited(what: str) -> str:
    return f"it {what} within {settings().clip_wait_s} s"


def _pause_s(failures: int) -> float:
    """Exponential backoff with jitter, so that orders that failed together are not repeated together."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0**failures) * random.uniform(0.75, 1.25))  # noqa: S311
