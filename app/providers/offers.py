"""What the workers say about their engines, for processes that cannot import engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.database.models import EngineOfferRow, now
from app.database.session import insert, transaction
from app.planning.engines.offers import Offer
from app.providers.breaker import Breakers
from schemas.engine import CapabilitiesSchema

# A worker that was not seen for so long offers nothing.
SEEN_WITHIN = timedelta(hours=24)
# After this time a worker that is gone is forgotten, with the reasons that it gave.
KEPT_FOR = timedelta(days=30)
NO_WORKER = "no worker has offered it in the last 24 hours"


def publish(worker: str, offers: Mapping[str, Offer]) -> None:
    """Store what a worker offers, in place of what it has offered before. Workers that are gone are forgotten."""
    seen_at = now()
    with transaction() as session:
        for name, offer in sorted(offers.items()):
            capabilities = CapabilitiesSchema.plain(offer.capabilities) if offer.capabilities else None
            values = {"capabilities": capabilities, "reason": offer.missing or "", "seen_at": seen_at}
            new = insert(session, EngineOfferRow).values(worker=worker, engine=name, **values)
            session.execute(new.on_conflict_do_update(index_elements=["worker", "engine"], set_=values))
        of_worker = EngineOfferRow.worker == worker
        session.execute(delete(EngineOfferRow).where(of_worker, EngineOfferRow.engine.not_in(offers)))
        session.execute(delete(EngineOfferRow).where(EngineOfferRow.seen_at < seen_at - KEPT_FOR))


def read(at: datetime | None = None) -> dict[str, Offer]:
    """Return the offer of each engine, by name.

    An engine is offered if any worker that was seen in the last 24 hours offers it, as the newest of them does.
    Otherwise it has the newest reason why it is missing.
    """
    since = (at or now()) - SEEN_WITHIN
    with transaction() as session:
        chosen = select(EngineOfferRow).order_by(EngineOfferRow.engine, EngineOfferRow.seen_at.desc())
        rows: dict[str, list[EngineOfferRow]] = {}
        for row in session.scalars(chosen):
            rows.setdefault(row.engine, []).append(row)
        return {name: _offer(of_engine, since) for name, of_engine in rows.items()}


def _offer(rows: Sequence[EngineOfferRow], since: datetime) -> Offer:
    """Return the offer of one engine for what workers say about it, the newest first."""
    recent = [row for row in rows if row.seen_at >= since]
    usable = next((row.capabilities for row in recent if row.capabilities), None)
    if usable:
        return Offer(CapabilitiesSchema.read(usable))
    reasons = (row.reason for row in recent or rows if not row.capabilities)
    return Offer(missing=next(reasons, "") or NO_WORKER)


def with_breakers(offers: Mapping[str, Offer], breakers: Breakers) -> dict[str, Offer]:
    """Return the offers with the states of the circuit breakers of the engines that need the network."""
    return {name: _with_breaker(name, offer, breakers) for name, offer in offers.items()}


def _with_breaker(name: str, offer: Offer, breakers: Breakers) -> Offer:
    if offer.capabilities is None or not offer.capabilities.needs_network:
        return offer
    state = breakers.state(name)
    return replace(offer, breaker=state.reason, open_s=state.open_s)
