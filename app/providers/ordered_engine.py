"""A hosted engine as an engine of a chain: it orders the clip once, and returns it when the order is done.

``render`` never waits. While the order is open it raises ``OrdersPending``; the task of the scene then ends without a
result and is run again when nothing is left to be done for the order (``app.providers.waiting_tasks``). It finds the
order by what is bought, so that it goes on where it was, on any worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.config import settings
from app.core.errors import ProviderRefused
from app.providers import changes, dispatch, ledger, orders
from app.providers.orders import Order, Purchase, Thing
from engines.base import Shot
from schemas.clip import Clip
from schemas.engine import Capabilities, Cost
from schemas.order import OrderState

# The orders of one clip at one engine, if the provider says that the same order can succeed when it is placed again.
MOST_ATTEMPTS = 2
# The states in which an order has ended without a result.
ENDED = (OrderState.FAILED, OrderState.CANCELLED)
WITHDRAWN = "it is unknown whether it was accepted"


class OrdersPending(Exception):
    """Raised by a step that has placed orders, and has nothing to do until they are done."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, and under which ceilings."""

    job_id: str
    run_id: str
    owner: str | None
    limits: tuple[ledger.Ceiling, ...]


@dataclass(frozen=True, slots=True)
class OrderedEngine:
    """The engine ``name`` with one of its models, for one buyer.

    ``describe(shot)`` returns the order as plain data, ``cost`` is what it is expected to cost and ``most_usd`` the
    most; without ``describe`` nothing is ordered, and only an order that exists is used. ``use(order, shot)`` returns
    the clip of a downloaded result, or raises ``ProviderRefused`` if it cannot be used.
    """

    name: str
    capabilities: Capabilities
    model: str
    purpose: str
    buyer: Buyer
    cost: Cost
    most_usd: Decimal
    identity: str
    describe: Callable[[Shot], dict[str, Any]] | None
    use: Callable[[Order, Shot], Clip]

    def render(self, shot: Shot) -> Clip:
        """Return the clip if its order is done.

        Raises ``OrdersPending`` while it is not, ``ProviderRefused`` if it ended without a clip that can be used, and
        ``BudgetExceeded`` if there is too little money to place it.
        """
        thing = Thing(self.buyer.job_id, shot.scene.id, shot.scene.take, self.purpose, self.identity)
        own = [order for order in orders.orders_of(thing) if order.engine == self.name and order.model == self.model]
        if not own:
            self._order(thing, shot)
        # What the provider has certainly not accepted, as a person has stated, was no attempt.
        attempts = sum(order.resolved_at is None or order.state is not OrderState.CANCELLED for order in own)
        return self._outcome(own[-1], attempts, thing, shot)

    def _outcome(self, order: Order, attempts: int, thing: Thing, shot: Shot) -> Clip:
        if order.rejected:
            raise ProviderRefused(self.name, order.rejected)
        if order.is_waiting:
            raise OrdersPending()
        if order.state is OrderState.SETTLED:
            return self._used(order, shot)
        if order.state is OrderState.AMBIGUOUS:
            self._give_up(order)
        if order.state in ENDED and order.can_retry and attempts < MOST_ATTEMPTS:
            self._order(thing, shot)
        raise ProviderRefused(self.name, order.reason or f"the order was {order.state}")

    def _order(self, thing: Thing, shot: Shot) -> None:
        """Place an order and raise ``OrdersPending``. Raises ``ProviderRefused`` if nothing is to be ordered."""
        if self.describe is None:
            raise ProviderRefused(self.name, "the order has ended without a clip")
        purchase = Purchase(
            thing=thing,
            run_id=self.buyer.run_id,
            engine=self.name,
            model=self.model,
            request=self.describe(shot),
            cost=self.cost,
            owner=self.buyer.owner,
            most_usd=self.most_usd,
        )
        dispatch.dispatch([orders.reserve(purchase, self.buyer.limits)])
        raise OrdersPending()

    def _used(self, order: Order, shot: Shot) -> Clip:
        try:
            return self.use(order, shot)
        except ProviderRefused as error:
            changes.reject(order.id, str(error.reason))
            raise

    def _give_up(self, order: Order) -> None:
        """Leave an order whose outcome is unknown; its money stays reserved until its outcome is stated."""
        if settings().unknown_order == "wait":
            raise OrdersPending()
        changes.reject(order.id, f"{WITHDRAWN}: {order.reason}")
        raise ProviderRefused(self.name, f"{WITHDRAWN}, so it is not sent again: {order.reason}")
