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
from app.database.session import retry_transient
from app.providers import changes, orders
from app.providers.breaker import ORDERS, POLLS, Breakers
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
# A request to cancel that fails is repeated so often, and an order that cannot be cancelled is polled for so many times
# the longest wait. Then its whole amount counts as charged.
MOST_FAILURES, MOST_WAITS = 8, 2
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
            changes.cancelled(order.id, Cost(), "it was cancelled before it was sent")
        elif _is_too_old(order):
            changes.failed(order.id, _waited("was not accepted"), can_retry=False)
        elif wait_s := self.breakers.wait_s(engine.name):
            changes.postpone(order.id, wait_s)
        else:
            self._send(order, engine)

    def _send(self, order: Order, engine: HostedEngine) -> None:
        clip_order = self._clip_order(order)
        try:
            files = {key: self.store.local(key) for key in clip_order.files}
        except NotFound as error:
            changes.failed(order.id, str(error), can_retry=False)
            return
        sent_at = changes.mark_sent(order.id)
        if sent_at is None:
            return
        # From here on, each outcome is stored before anything else is done, however long the database takes.
        try:
            submission = engine.submit(clip_order, files, order.key)
        except ProviderBusy as error:
            pause_s = error.wait_s or _pause_s(order.failures)
            retry_transient(lambda: changes.mark_unsent(order.id, sent_at, pause_s))
            self._busy(order, error)
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
        reply = (submission.id, submission.data, submission.cost, engine.poll_s)
        if not retry_transient(lambda: changes.submitted(order.id, *reply)):
            # Another process has ended it meanwhile, as one whose outcome is unknown.
            logger(__name__).warning("an order was accepted too late", order=order.id, remote_id=submission.id)
            return
        self.breakers.succeeded(engine.name)
        # Two scenes that search at the same time may choose the same clip; the later order chooses again.
        if order.thing.purpose == orders.STOCK and submission.id in orders.remote_ids(order, earlier=True):
            changes.order_again(order.id)

    def _unknown(self, order: Order, engine: HostedEngine, error: Exception) -> None:
        reason = str(error.reason) if isinstance(error, SubmitUnknown) else public_cause(error)
        logger(__name__).warning("the outcome of an order is unknown", order=order.id, exc_info=error)
        if engine.finds_orders:
            retry_transient(lambda: changes.postpone(order.id, LOOK_UP_AFTER_S, reason=reason))
        else:
            retry_transient(lambda: changes.ambiguous(order.id, reason))
        self.breakers.failed(engine.name, reason)

    def _look_up(self, order: Order, engine: HostedEngine) -> None:
        """Find out whether an order was accepted that was sent without a reply, or by a process that died."""
        assert order.sent_at is not None
        reason = order.reason or "the process that sent it ended before the reply"
        too_early_s = LOOK_UP_AFTER_S - (now() - order.sent_at).total_seconds()
        if not engine.finds_orders:
            changes.ambiguous(order.id, reason)
        elif too_early_s > 0:
            changes.postpone(order.id, too_early_s)
        else:
            self._find(order, engine, reason)

    def _find(self, order: Order, engine: HostedEngine, reason: str) -> None:
        assert order.sent_at is not None
        try:
            submission = engine.find(ClipOrderSchema.read(order.request), order.key, order.sent_at)
        except (ProviderRefused, SubmitUnknown) as error:
            if isinstance(error, ProviderClosed) and not _is_too_old(order):
                changes.postpone(order.id, FOREIGN_PAUSE_S)
            else:
                changes.ambiguous(order.id, f"{reason}; it cannot be looked up: {error.reason}")
        except Exception as error:  # noqa: BLE001 - it is looked up again, whatever went wrong
            if _is_too_old(order):
                changes.ambiguous(order.id, reason)
            else:
                self._repeat(order, error)
            if isinstance(error, ProviderBusy):
                self._busy(order, error)
        else:
            if submission:
                self._accepted(order, engine, submission)
            else:
                changes.mark_unsent(order.id, order.sent_at, 0)

    # -- after it ----------------------------------------------------------------------------------------------------

    def _submitted(self, order: Order, engine: HostedEngine) -> None:
        # With a reason, the provider has already said that it does not cancel the order.
        if order.reason:
            if _is_too_old(order, MOST_WAITS):
                changes.cancelled(order.id, None, f"{order.reason}; {_waited('was not finished', MOST_WAITS)}")
            else:
                self._poll(order, engine)
        elif order.cancel_requested_at is not None:
            self._cancel(order, engine)
        elif _is_too_old(order):
            self._cancel(order, engine, _waited("was not finished"))
        else:
            self._poll(order, engine)

    def _poll(self, order: Order, engine: HostedEngine) -> None:
        try:
            progress = engine.poll(_submission(order))
        except ProviderClosed as error:
            changes.postpone(order.id, FOREIGN_PAUSE_S)
            self.breakers.account_refused(engine.name, str(error.reason))
        except ProviderRefused as error:
            # It was accepted, so it may have been charged.
            changes.failed(order.id, str(error.reason), can_retry=False, charged=_held(order))
        except Exception as error:  # noqa: BLE001 - it was accepted: it is polled again, whatever went wrong
            self._repeat(order, error, engine.poll_s)
            if isinstance(error, ProviderBusy):
                self._busy(order, error, POLLS)
        else:
            self._progressed(order, engine, progress)
            self.breakers.answered(engine.name)

    def _progressed(self, order: Order, engine: HostedEngine, progress: Progress) -> None:
        if progress.state is OrderProgress.DONE:
            # The download comes next, on its own: the polls of other orders do not wait for it.
            changes.settled(order.id, progress.cost, progress.data if progress.data is not None else order.data)
        elif progress.state is OrderProgress.FAILED:
            changes.failed(order.id, progress.reason, progress.can_retry, progress.cost)
        elif progress.state is OrderProgress.CANCELLED:
            changes.cancelled(order.id, progress.cost or _held(order), progress.reason or "the provider cancelled it")
        else:
            news: dict[str, Any] = {"share": progress.share, "failures": 0}
            if progress.data is not None:
                news["data"] = progress.data
            changes.postpone(order.id, max(engine.poll_s, progress.again_s or 0.0), **news)

    def _cancel(self, order: Order, engine: HostedEngine, reason: str = "") -> None:
        try:
            outcome = engine.cancel(_submission(order))
        except Exception as error:  # noqa: BLE001 - it was accepted: it must not stay open, whatever goes wrong
            if isinstance(error, ProviderRefused) or _ends(order, error):
                said = error.reason if isinstance(error, ProviderError) else public_cause(error)
                changes.cancelled(order.id, None, f"{reason or 'it was cancelled'}; the provider said: {said}")
            else:
                self._repeat(order, error)
            return
        if outcome.cancelled:
            changes.cancelled(order.id, outcome.charged or _held(order), reason or outcome.reason)
        elif reason:  # it takes too long: another engine makes the clip, and this one is charged
            changes.failed(order.id, reason, can_retry=False, charged=outcome.charged or _held(order))
        else:
            changes.postpone(order.id, engine.poll_s, reason=outcome.reason or "the provider does not cancel orders")

    # -- its result --------------------------------------------------------------------------------------------------

    def _fetch(self, order: Order, engine: HostedEngine) -> None:
        if order.cancel_requested_at is not None:
            changes.reject(order.id, "its job was cancelled")
            return
        key = cache_key("take", fingerprint(order.key), ".mp4")
        try:
            with self.store.writing(key) as path:
                engine.fetch(_submission(order), path)
        except ProviderBusy as error:
            self._fetch_again(order, engine, error)
        except ProviderRefused as error:
            changes.reject(order.id, str(error.reason))
        except Exception as error:  # noqa: BLE001 - it was paid: it is downloaded again, when the disk has space
            if _is_too_old(order, MOST_WAITS):
                changes.reject(order.id, f"it could not be stored: {public_cause(error)}")
            else:
                self._repeat(order, error)
        else:
            changes.fetched(order.id, key)

    def _fetch_again(self, order: Order, engine: HostedEngine, error: ProviderBusy) -> None:
        """Try the download again later, with a new link if the provider gives one."""
        if order.failures + 1 >= MOST_DOWNLOADS:
            changes.reject(order.id, f"it could not be downloaded: {error.reason}")
            return
        news: dict[str, Any] = {}
        try:
            progress = engine.poll(_submission(order))
            if progress.data is not None:
                news["data"] = progress.data
        except Exception as another:  # noqa: BLE001 - the old link may serve as well
            logger(__name__).warning("no new link to a clip", order=order.id, exc_info=another)
        self._repeat(order, error, **news)

    # -- failures ----------------------------------------------------------------------------------------------------

    def _without_engine(self, order: Order) -> None:
        """An engine that this worker has not: another one may have it, but not for ever."""
        if not _is_too_old(order):
            changes.postpone(order.id, FOREIGN_PAUSE_S)
        elif order.state is OrderState.SETTLED:
            changes.reject(order.id, f"{order.engine} is not configured any more")
        elif order.sent_at is None:
            changes.failed(order.id, f"{order.engine} is not configured", can_retry=False)
        else:
            changes.failed(
                order.id, f"{order.engine} is not configured any more", can_retry=False, charged=_held(order)
            )

    def _repeat(self, order: Order, error: Exception, least_s: float = 0.0, **news: Any) -> None:
        """Do the same later: when the provider asks for it, else after a pause that grows."""
        wait_s = error.wait_s if isinstance(error, ProviderBusy) else None
        if not isinstance(error, ProviderError):
            logger(__name__).error("an order was not advanced", order=order.id, exc_info=error)
        pause_s = max(least_s, wait_s or _pause_s(order.failures))
        changes.postpone(order.id, pause_s, failures=order.failures + 1, **news)

    def _busy(self, order: Order, error: ProviderBusy, count: str = ORDERS) -> None:
        if error.wait_s is not None:
            self.breakers.pause(order.engine, error.wait_s, str(error.reason))
        else:
            self.breakers.failed(order.engine, str(error.reason), count)

    def _refused(self, order: Order, error: ProviderRefused) -> None:
        retry_transient(lambda: changes.failed(order.id, str(error.reason), can_retry=False))
        if isinstance(error, ProviderClosed):
            self.breakers.account_refused(order.engine, str(error.reason))
        else:
            self.breakers.succeeded(order.engine)


def _ends(order: Order, error: Exception) -> bool:
    """Whether a request to cancel has failed so often that it is given up."""
    is_asked_to_wait = isinstance(error, ProviderBusy) and error.wait_s
    return _is_too_old(order, MOST_WAITS) or (order.failures + 1 >= MOST_FAILURES and not is_asked_to_wait)


def _submission(order: Order) -> Submission:
    # With the model, an order can be polled of which a person has stated nothing but the id.
    return Submission(order.remote_id or "", {"model": order.model, **order.data})


def _held(order: Order) -> Cost:
    return Cost(order.held_usd, order.units, order.unit)


def _is_too_old(order: Order, waits: int = 1) -> bool:
    # An order whose acceptance was stated by a person may be older than the wait for its clip.
    return now() - (order.resolved_at or order.created_at) > timedelta(seconds=settings().clip_wait_s * waits)


def _waited(what: str, waits: int = 1) -> str:
    return f"it {what} within {settings().clip_wait_s * waits} s"


def _pause_s(failures: int) -> float:
    """Exponential backoff with jitter, so that orders that failed together are not repeated together."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10)) * random.uniform(0.75, 1.25))  # noqa: S311
