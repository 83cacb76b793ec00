"""The engines as callers see them: what workers offer, their circuit breakers, their open orders and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, select

from app.core.errors import NotFound
from app.core.redaction import public_text
from app.database.models import OrderRow, UsdAmount
from app.database.session import transaction
from app.planning.engines.offers import Offer
from app.providers import ledger, offers
from app.providers.breaker import Breakers, BreakerState
from app.queue.application import backend
from presets.library import presets
from schemas.engine import EngineModel, split_engine_name
from schemas.money import ZERO
from schemas.order import HELD, OPEN, OrderState

UNKNOWN_NAME = "no worker knows an engine of this name"


@dataclass(frozen=True, slots=True)
class Usage:
    """The orders of an engine: how many are open, how many are ambiguous, and today's money (UTC).

    ``spent_today_usd`` is what was charged, ``held_today_usd`` is reserved for orders whose cost is not known yet.
    """

    in_flight: int = 0
    ambiguous: int = 0
    spent_today_usd: Decimal = ZERO
    held_today_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of an engine's breaker: "closed", "open" or "half-open", and the last failure.

    ``trial_in_s`` is the time until the next trial of an open one, ``pause_s`` the one that the provider asked for.
    """

    state: str
    reason: str
    trial_in_s: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class EngineView:
    """An engine that a worker has, or one that is known by name, with the ``reason`` why no worker has it."""

    name: str
    configured: bool
    reason: str | None
    media: tuple[str, ...]
    generates: bool | None
    needs_network: bool | None
    costs_money: bool | None
    only_named: bool | None
    max_seconds: float | None
    models: tuple[EngineModel, ...]
    breaker: Breaker
    orders: Usage


def list_engines() -> tuple[EngineView, ...]:
    """Return every engine by name: those that workers publish, and those that orders or presets name."""
    offered, used, breakers = offers.read(), _usage(), Breakers(backend().client)
    names = sorted({*offered, *used, *_names_of_presets()})
    return tuple(_view(name, offered, used, breakers.state(name)) for name in names)


def get_engine(name: str) -> EngineView:
    """Return one engine. Raises ``NotFound`` if nothing is known of it."""
    for engine in list_engines():
        if engine.name == name:
            return engine
    raise NotFound("engine", name)


def _view(name: str, offered: Mapping[str, Offer], used: Mapping[str, Usage], breaker: BreakerState) -> EngineView:
    offer = offered.get(name, Offer(missing=UNKNOWN_NAME))
    can, missing = offer.capabilities, offer.missing
    return EngineView(
        name=name,
        configured=can is not None,
        reason=None if can else public_text((missing or "").removeprefix(f"{name} is not configured: ")),
        media=can.media if can else (),
        generates=can.generates if can else None,
        needs_network=can.needs_network if can else None,
        costs_money=can.costs_money if can else None,
        only_named=can.only_named if can else None,
        max_seconds=can.max_seconds if can else None,
        models=can.models if can else (),
        breaker=Breaker(breaker.name, public_text(breaker.reason), breaker.open_s, breaker.pause_s),
        orders=used.get(name, Usage()),
    )


def _names_of_presets() -> set[str]:
    return {split_engine_name(name)[0] for preset in presets() for name in preset.engines}


def _usage() -> dict[str, Usage]:
    """Return the orders of each engine that has open or unknown ones, or that was used today."""
    is_held, is_of_today = _is_one_of(*HELD), OrderRow.day == ledger.today()
    columns = (
        _count(_is_one_of(*OPEN)),
        _count(_is_one_of(OrderState.AMBIGUOUS)),
        func.sum(case((is_of_today & ~is_held, OrderRow.held_usd), else_=ZERO), type_=UsdAmount),
        func.sum(case((is_of_today & is_held, OrderRow.held_usd), else_=ZERO), type_=UsdAmount),
    )
    chosen = select(OrderRow.engine, *columns).where(is_held | is_of_today).group_by(OrderRow.engine)
    with transaction() as session:
        return {engine: Usage(*figures) for engine, *figures in session.execute(chosen)}


def _is_one_of(*states: OrderState) -> ColumnElement[bool]:
    return OrderRow.state.in_([state.value for state in states])


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
