"""One process of all machines at a time, by a row in the database."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.database.models import LeaseRow, now
from app.database.session import transaction

LASTS = timedelta(minutes=1)
RENEWALS = 4
POLL_S = 0.1


@contextmanager
def leased(name: str) -> Iterator[None]:
    """Waits until no other process holds the lease ``name``, and holds it while the block runs.

    The lease of a process that died runs out after a minute.
    """
    holder = uuid.uuid4().hex
    while not _take(name, holder):
        time.sleep(POLL_S)
    done = threading.Event()
    renewal = threading.Thread(target=_renew, args=(name, holder, done), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        done.set()
        renewal.join()
        with transaction() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder))


def _take(name: str, holder: str) -> bool:
    at = now()
    with transaction() as session:
        mine = or_(LeaseRow.expires_at < at, LeaseRow.holder == holder)
        taken = update(LeaseRow).where(LeaseRow.name == name, mine).values(holder=holder, expires_at=at + LASTS)
        if session.scalars(taken.returning(LeaseRow.name)).all():
            return True
        if session.scalar(select(LeaseRow.name).where(LeaseRow.name == name)):
            return False
    try:
        with transaction() as session:
            session.add(LeaseRow(name=name, holder=holder, expires_at=at + LASTS))
    except IntegrityError:  # another process was faster
        return False
    return True


def _renew(name: str, holder: str, done: threading.Event) -> None:
    while not done.wait(LASTS.total_seconds() / RENEWALS):
        try:
            _take(name, holder)
        except OperationalError:
            continue  # it is tried again before the lease runs out
