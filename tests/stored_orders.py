"""Orders in the database, in the states that providers and persons bring them to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.providers import changes, ledger, orders
from app.providers.orders import CLIP, Order, Purchase, Thing
from schemas.engine import Cost

PROMPT = "A red kite over the sea"


def placed(job_id: str, scene: int = 1, *, usd: str = "0.25", owner: str | None = None, **more: Any) -> Order:
    """An order whose money is reserved."""
    thing = Thing(job_id, scene, 1, CLIP, more.pop("identity", f"clip {scene}"))
    cost = Cost(Decimal(usd), Decimal(usd) * 100, "credits")
    run_id, engine = more.pop("run_id", "run_1"), more.pop("engine", "runway")
    purchase = Purchase(thing, run_id, engine, "gen4.5", more.pop("request", {"prompt": PROMPT}), cost, owner)
    return orders.reserve(purchase, ledger.ceilings(job_id, owner, ledger.today()))


def submitted(job_id: str, scene: int = 1, **more: Any) -> Order:
    order = placed(job_id, scene, **more)
    changes.mark_sent(order.id)
    changes.submitted(order.id, f"remote {order.id}", {"url": "https://clips.example/a?signature=abc"}, None, 60)
    return orders.get(order.id)


def settled(job_id: str, scene: int = 1, **more: Any) -> Order:
    order = submitted(job_id, scene, **more)
    changes.settled(order.id, None, {})
    changes.fetched(order.id, "cache/take/a.mp4")
    return orders.get(order.id)


def ambiguous(job_id: str, scene: int = 1, *, fell_back: bool = False, **more: Any) -> Order:
    """An order of which it is unknown whether it was accepted; with ``fell_back``, its scene has another clip."""
    order = placed(job_id, scene, **more)
    changes.mark_sent(order.id)
    changes.ambiguous(order.id, "the connection broke")
    if fell_back:
        changes.reject(order.id, "it is unknown whether it was accepted")
    return orders.get(order.id)
