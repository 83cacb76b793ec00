"""API keys in the database: adding, revoking and limiting them, and looking one up for a request.

A key is the owner of the jobs that are submitted with it. While no key is active, the API is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.accounts import keys
from app.core.errors import BadRequest, Conflict, NotFound
from app.database.models import ApiKeyRow, now
from app.database.session import engine, transaction

USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as it is stored; see ``ApiKeyRow``."""

    id: str
    name: str
    sha256: str
    daily_usd: Decimal | None
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def add(name: str, daily_usd: Decimal | None = None) -> tuple[ApiKey, str]:
    """Store a new key; return it and its token, which cannot be read again.

    Raises ``BadRequest`` for the name, and ``Conflict`` if an active key has it.
    """
    if not keys.is_name(name):
        raise BadRequest("name", keys.NAME_RULE)
    token = keys.new_token()
    row = ApiKeyRow(id=keys.new_id(), name=name, sha256=keys.hash_of(token), daily_usd=daily_usd)
    try:
        with transaction() as session:
            session.add(row)
            session.flush()
            return _key(row), token
    except IntegrityError:
        raise Conflict("API key", name, "exists already; revoke it first, or choose another name") from None


def revoke(name: str) -> None:
    """End the active key of this name. Raises ``NotFound``."""
    _change(name, revoked_at=now())


def limit(name: str, daily_usd: Decimal | None) -> None:
    """Set what the owner of the active key of this name may spend in a day. Raises ``NotFound``."""
    _change(name, daily_usd=daily_usd)


def _change(name: str, **values: Any) -> None:
    chosen = update(ApiKeyRow).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
    with transaction() as session:
        if not session.execute(chosen.values(**values)).rowcount:  # type: ignore[attr-defined]
            raise NotFound("active API key", name)


def list_keys() -> tuple[ApiKey, ...]:
    """Return all keys, also revoked ones, oldest first."""
    with transaction() as session:
        return tuple(_key(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at)))


def active_keys() -> tuple[ApiKey, ...]:
    """Return the active keys; none in a database that is not migrated yet."""
    chosen = select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None)).order_by(ApiKeyRow.created_at)
    try:
        with transaction() as session:
            return tuple(_key(row) for row in session.scalars(chosen))
    except DBAPIError:
        if inspect(engine()).has_table(ApiKeyRow.__tablename__):
            raise
        return ()


def record_use(key: ApiKey) -> None:
    """Store that a key was used, unless that is stored for the last minute already."""
    at = now()
    is_recent = ApiKeyRow.last_used_at > at - USED_EVERY
    chosen = update(ApiKeyRow).where(ApiKeyRow.id == key.id, ApiKeyRow.last_used_at.is_(None) | ~is_recent)
    with transaction() as session:
        session.execute(chosen.values(last_used_at=at))


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in ApiKey.__slots__})
