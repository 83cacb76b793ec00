"""The rows of stored files, and how using a file and evicting it exclude each other.

Each decision is one conditional statement, so it holds across threads, processes and machines, on SQLite and
PostgreSQL: a file that was used within ``KEPT_FOR`` is never marked for deletion, and a file that is marked is neither
claimed nor written before its row is gone. A mark that is older than ``ABANDONED_AFTER`` belongs to a dead process and
is taken over. The clocks of all machines have to agree within some seconds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, false, literal, null, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute

from app.database.models import FileReferenceRow, StoredFileRow, now
from app.database.session import insert, transaction
from app.store.keys import RUNS, identity_of

KEPT_FOR = timedelta(hours=1)
# The shortest time between two updates of used_at. A claimed file is kept for KEPT_FOR minus this time.
MARKED_EVERY = timedelta(minutes=10)
ABANDONED_AFTER = timedelta(minutes=1)
POLL_S = 0.02
# Keys in one statement.
BATCH = 200

FILE = StoredFileRow
_Value = ColumnElement[Any] | InstrumentedAttribute[Any]


def batches(keys: Iterable[str]) -> Iterator[list[str]]:
    """``keys`` in sorted lists of at most ``BATCH``. All lock rows in this order, so none waits for another in turn."""
    ordered = iter(sorted(keys))
    while batch := list(islice(ordered, BATCH)):
        yield batch


def new_content() -> str:
    return uuid.uuid4().hex


# -- writing ---------------------------------------------------------------------------------------------------------


def record(key: str, size: int, content: str) -> None:
    """Writes the row of a file that is about to be stored, as used now; waits while it is being evicted."""
    while not _upserted(key, literal(size), literal(content)):
        time.sleep(POLL_S)


def record_copy(key: str, to: str) -> bool:
    """Writes the row of a copy that is about to be stored, and says whether ``key`` has a row to take it from."""
    while not _upserted(to, FILE.bytes, FILE.content, FILE.key == key):
        if not _exists(key):
            return False
        time.sleep(POLL_S)
    return True


def _upserted(key: str, size: _Value, content: _Value, source: ColumnElement[bool] | None = None) -> bool:
    """Whether the row was written: not while ``key`` is being evicted, nor without a row that ``source`` selects."""
    at = now()
    values: dict[str, Any] = {
        "key": literal(key),
        "bytes": size,
        "content": content,
        "identity": literal(identity_of(key)),
        "created_at": literal(at),
        "used_at": literal(at),
        "deleting_at": null(),
        "unreadable": false(),
    }
    # SQLite needs a WHERE between a SELECT and ON CONFLICT.
    chosen = select(*values.values()).where(true() if source is None else source)
    with transaction() as session:
        added = insert(session, FILE).from_select(list(values), chosen)
        changed = {name: added.excluded[name] for name in values if name != "key"}
        upsert = added.on_conflict_do_update(index_elements=[FILE.key], set_=changed, where=_free(at))
        return bool(session.scalars(upsert.returning(FILE.key)).all())


def _exists(key: str) -> bool:
    with transaction() as session:
        return session.scalar(select(FILE.key).where(FILE.key == key)) is not None


def refer(owner: str, identities: Collection[str]) -> None:
    """Adds references; those of an earlier version of the document stay until it is deleted."""
    if identities:
        with transaction() as session:
            session.execute(insert(session, FileReferenceRow).on_conflict_do_nothing(), _references(owner, identities))


def copy_references(owner: str, to: str) -> None:
    with transaction() as session:
        own = select(FileReferenceRow.identity).where(FileReferenceRow.owner == owner)
        if identities := session.scalars(own).all():
            session.execute(insert(session, FileReferenceRow).on_conflict_do_nothing(), _references(to, identities))


def add_missing(rows: Sequence[dict[str, Any]], references: Iterable[tuple[str, Collection[str]]]) -> None:
    """Writes the rows of files that exist without one, and the references of the documents among them."""
    with transaction() as session:
        for owner, identities in references:
            if identities:
                adding = insert(session, FileReferenceRow).on_conflict_do_nothing()
                session.execute(adding, _references(owner, identities))
        if rows:
            ordered = sorted(rows, key=lambda row: str(row["key"]))
            session.execute(insert(session, FILE).on_conflict_do_nothing(), ordered)


def forget(keys: Iterable[str]) -> None:
    """Deletes rows and references of files that were deleted."""
    for batch in batches(keys):
        with transaction() as session:
            session.execute(delete(FileReferenceRow).where(FileReferenceRow.owner.in_(batch)))
            session.execute(delete(FILE).where(FILE.key.in_(batch)))


def forget_references(prefix: str) -> None:
    """Deletes the references of all documents whose keys start with ``prefix``, written or not."""
    with transaction() as session:
        session.execute(delete(FileReferenceRow).where(FileReferenceRow.owner.startswith(prefix, autoescape=True)))


def _references(owner: str, identities: Iterable[str]) -> list[dict[str, str]]:
    return [{"owner": owner, "identity": identity} for identity in sorted(identities)]


# -- using -----------------------------------------------------------------------------------------------------------


def claim(keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` that have a row. From now on each is used: it is not evicted for KEPT_FOR - MARKED_EVERY.

    Costs one SELECT while the last use of all is younger than ``MARKED_EVERY``. Waits for files that are being evicted.
    """
    return {key for batch in batches(set(keys)) for key in _claimed(batch)}


def _claimed(keys: Sequence[str]) -> set[str]:
    claimed: set[str] = set()
    while left := set(keys) - claimed:
        at = now()
        used, deleting = _uses(left)
        fresh = {key for key, used_at in used.items() if used_at > at - MARKED_EVERY}
        abandoned = {key for key, since in deleting.items() if since < at - ABANDONED_AFTER}
        claimed |= fresh | _mark_used(used.keys() - fresh | abandoned, at)
        if not (used.keys() | deleting.keys()) - claimed:
            break
        time.sleep(POLL_S)
    return claimed


def _uses(keys: Iterable[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """When each file was used last, and since when each is being deleted."""
    with transaction() as session:
        rows = session.execute(select(FILE.key, FILE.used_at, FILE.deleting_at).where(FILE.key.in_(keys))).all()
    deleting = {key: since for key, _, since in rows if since is not None}
    return {key: used_at for key, used_at, since in rows if since is None}, deleting


def _mark_used(keys: Collection[str], at: datetime) -> set[str]:
    return _update(keys, _free(at), used_at=at, deleting_at=None)


def _free(at: datetime) -> ColumnElement[bool]:
    """Not being deleted by a process that lives."""
    return or_(FILE.deleting_at.is_(None), FILE.deleting_at < at - ABANDONED_AFTER)


# -- evicting --------------------------------------------------------------------------------------------------------


def mark_for_deletion(keys: Collection[str], at: datetime) -> set[str]:
    """Those of ``keys`` that are marked now: not used within ``KEPT_FOR``, and needed by no document of a run."""
    named = exists().where(FileReferenceRow.identity == FILE.identity, FileReferenceRow.owner.startswith(RUNS))
    return _update(keys, and_(_free(at), FILE.used_at < at - KEPT_FOR, ~named), deleting_at=at)


def renew_mark(keys: Collection[str], marked_at: datetime, at: datetime) -> set[str]:
    """Renew the marks of ``marked_at``, so that they do not count as abandoned; return the keys of those renewed."""
    return _update(keys, FILE.deleting_at == marked_at, deleting_at=at)


def forget_evicted(keys: Collection[str], marked_at: datetime) -> None:
    """Deletes the rows of files that were deleted under the mark of ``marked_at``."""
    with transaction() as session:
        gone = session.scalars(
            delete(FILE).where(FILE.key.in_(keys), FILE.deleting_at == marked_at).returning(FILE.key)
        ).all()
        session.execute(delete(FileReferenceRow).where(FileReferenceRow.owner.in_(gone)))


def forget_lost(keys: Collection[str]) -> None:
    """Deletes the rows of files that do not exist, except where one may be about to be stored."""
    for batch in batches(keys):
        with transaction() as session:
            lost = delete(FILE).where(FILE.key.in_(batch), FILE.used_at < now() - KEPT_FOR).returning(FILE.key)
            gone = session.scalars(lost).all()
            session.execute(delete(FileReferenceRow).where(FileReferenceRow.owner.in_(gone)))


def _update(keys: Collection[str], condition: ColumnElement[bool], **values: datetime | None) -> set[str]:
    """Updates the rows of ``keys`` that fulfil ``condition``; returns their keys."""
    if not keys:
        return set()
    with transaction() as session:
        # Locked in order first: two statements that lock rows in different orders would wait for each other.
        locked = select(FILE.key).where(FILE.key.in_(keys)).order_by(FILE.key).with_for_update()
        changed = update(FILE).where(FILE.key.in_(locked.scalar_subquery()), condition).values(**values)
        statement = changed.returning(FILE.key).execution_options(synchronize_session=False)
        return set(session.scalars(statement).all())
