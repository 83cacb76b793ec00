"""Orders for tests: purchases, an engine and its emulator, and steps that do not wait for clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from app.core.http import ProviderClient
from app.database.models import OrderRow, now
from app.database.session import transaction
from app.providers import changes, ledger, orders
from app.providers.fulfilment import Fulfilment
from app.providers.orders import Order, Purchase, Thing
from engines.adapters import runway
from engines.base import Cancellation, HostedEngine, Submission
from schemas.engine import Cost
from schemas.order import ClipOrder, ClipOrderSchema, OrderState
from tests.emulators.base import Call, Reply, route
from tests.emulators.runway import Runway

KEY = "key-of-the-emulator"
MODEL = "gen4.5:text"
CLIP = ClipOrder(model=MODEL, prompt="A red kite", seconds=2, aspect="9:16", resolution="720p", seed=7)
# What the emulator charges for it: two seconds at 12 credits.
PRICE = Cost(Decimal("0.24"), Decimal(24), "credits")
AT_REST = (OrderState.SETTLED, OrderState.FAILED, OrderState.AMBIGUOUS, OrderState.CANCELLED)


def purchase(scene: int = 1, usd: str | Decimal = "0.24", **changes: Any) -> Purchase:
    """A purchase of the clip of a scene; ``changes`` are fields of ``Thing`` and of ``Purchase``."""
    of_thing = {name: changes.pop(name) for name in ("job_id", "take", "purpose", "identity") if name in changes}
    thing = Thing(
        **{"job_id": "job", "take": 0, "purpose": orders.CLIP, "identity": "a" * 64, **of_thing}, scene_id=scene
    )
    values = {"run_id": "run", "engine": "runway", "model": MODEL, "request": ClipOrderSchema.plain(CLIP), **changes}
    return Purchase(thing, **{"cost": Cost(Decimal(usd), Decimal(24), "credits"), **values})


def limits_of(bought: Purchase, **limits: str) -> tuple[ledger.Ceiling, ...]:
    amounts = {name: Decimal(limit) for name, limit in limits.items()}
    return ledger.ceilings(bought.thing.job_id, bought.owner, ledger.today(), **amounts)


def reserved(scene: int = 1, usd: str | Decimal = "0.24", **changes: Any) -> Order:
    bought = purchase(scene, usd, **changes)
    return orders.reserve(bought, limits_of(bought))


def change(order: Order, **values: Any) -> Order:
    """Change an order in the database, for example to a time in the past."""
    with transaction() as session:
        session.execute(update(OrderRow).where(OrderRow.id == order.id).values(**values))
    return orders.get(order.id)


def past(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)


def as_if_later(order: Order) -> Order:
    """The order when its next action is due, and long enough after it was sent to be looked up."""
    sent_at = None if order.sent_at is None else order.sent_at - timedelta(seconds=60)
    due_at = None if order.due_at is None else past(1)
    return change(order, due_at=due_at, sent_at=sent_at)


def is_at_rest(order: Order) -> bool:
    return order.state in AT_REST and not order.is_waiting


def carried_out(fulfilment: Fulfilment, order: Order, most: int = 40) -> Order:
    """Advance an order, each time as if its next action were due, until nothing is left to be done."""
    for _ in range(most):
        if is_at_rest(order):
            return order
        order = fulfilment.advance(as_if_later(order))
    raise AssertionError(f"the order is not at rest after {most} steps: {order}")


class FindableRunway(Runway):
    """A provider like Runway that also tells which order it has accepted under a key."""

    def handle(self, call: Call) -> Reply:
        before = set(self.jobs)
        reply = super().handle(call)
        for job in set(self.jobs) - before:
            self.jobs[job].facts["key"] = call.headers.get("X-Order-Key")
        return reply

    @route("GET", r"/v1/orders/([^/]+)")
    def _order(self, call: Call, match: Any) -> Reply:
        found = [job.id for job in self.jobs.values() if job.facts.get("key") == match[1]]
        return Reply(200, {"id": found[0]}) if found else Reply(404, {"error": "no such order"})


class FindingEngine(runway.Runway):
    """The engine of ``FindableRunway``."""

    finds_orders = True

    def submit(self, order: ClipOrder, files: Any, key: str) -> Submission:
        headers = {"X-Order-Key": key}
        reply = self._client.accepted(
            self._client.submit("/v1/text_to_video", json=self._body(order, files), headers=headers)
        )
        return Submission(reply["id"], cost=PRICE)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        reply = self._client.get(f"/v1/orders/{key}", allow=(404,))
        return Submission(self._client.json(reply)["id"], cost=PRICE) if reply.ok else None


class StubbornEngine(runway.Runway):
    """An engine that does not cancel."""

    def cancel(self, submission: Submission) -> Cancellation:
        return Cancellation(False, reason="it does not cancel orders")


def engine_at(url: str, kind: type[runway.Runway] = runway.Runway) -> HostedEngine:
    """An engine of Runway's kind at an emulator."""
    headers = {"Authorization": f"Bearer {KEY}", "X-Runway-Version": runway.VERSION}
    return kind(ProviderClient("runway", url, headers, read_s=5.0), runway.MODELS)


@dataclass
class BrokenEngine:
    """Another engine, of which calls in ``broken`` raise an error when the call has been made."""

    engine: HostedEngine
    broken: dict[str, Exception] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.engine, name)
        if name not in self.broken:
            return value

        def call(*args: Any) -> Any:
            value(*args)
            raise self.broken[name]

        return call


def cancellations_of(run_id: str) -> int:
    """Ask for the cancellation of the open orders of a run; return their number."""
    with transaction() as session:
        return changes.request_cancel(session, run_id)
