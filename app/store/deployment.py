"""The deployment: one database and one storage that belong together, under an id that both have."""

from __future__ import annotations

import json
import uuid
from functools import lru_cache

from sqlalchemy import select

from app.core.config import settings
from app.core.errors import BadConfiguration
from app.database.models import DeploymentRow
from app.database.session import insert, transaction
from app.store.base import Storage
from app.store.factory import backend

# The key of the file in the storage, and the name of the row in the database.
MARK = "deployment.json"
ROW = "this"


@lru_cache(maxsize=1)
def deployment_id() -> str:
    """The id of the deployment of this process; chosen by the first one that asks.

    Raises ``BadConfiguration`` when the storage belongs to another database.
    """
    return _join(backend(settings()))


def require_mark() -> None:
    """Raises ``BadConfiguration`` for a storage without the file of the deployment that the database has.

    For a worker: a storage that its API has never used is the wrong one.
    """
    if _row() is not None and _mark_of(backend(settings())) is None:
        raise BadConfiguration("PYTOON_HOME", f"the storage {_where()} has no file of the deployment of the database")


def _join(store: Storage) -> str:
    """Return the id of the deployment of the database after checking that ``store`` belongs to it.

    A new database takes the id of the storage, a new storage that of the database.
    """
    marked, stored = _mark_of(store), _row()
    deployment = stored or _insert(marked or str(uuid.uuid4()))
    if marked is None:
        _write_mark(store, deployment)
    elif marked != deployment:
        reason = f"the storage {_where()} and the database belong to different deployments; set both to one of them"
        raise BadConfiguration(
            "PYTOON_HOME", f"{reason}, or delete {MARK} in the storage if a backup of another database was restored"
        )
    return deployment


def _where() -> str:
    chosen = settings()
    return f"in {chosen.home.absolute()}" if chosen.storage == "folder" else chosen.storage


def _row() -> str | None:
    with transaction() as session:
        return session.scalar(select(DeploymentRow.id).where(DeploymentRow.name == ROW))


def _insert(deployment: str) -> str:
    """Store the id unless another process has stored one meanwhile; return the stored one."""
    with transaction() as session:
        row = insert(session, DeploymentRow).values(name=ROW, id=deployment)
        session.execute(row.on_conflict_do_nothing())
    return _row() or deployment


def _mark_of(store: Storage) -> str | None:
    return str(json.loads(store.local(MARK).read_text())["id"]) if store.has(MARK) else None


def _write_mark(store: Storage, deployment: str) -> None:
    with store.writing(MARK) as path:
        path.write_text(json.dumps({"id": deployment}))
