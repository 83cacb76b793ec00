"""Artifacts of a run: their rows in the database, and the job's public directory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert

from app.database.models import ArtifactRow
from app.database.session import transaction
from app.store.base import Storage
from app.store.factory import storage
from app.store.keys import artifact_key, job_key, job_prefix
from schemas.content_types import content_type


def artifact_columns(job_id: str, run_id: str, names: Sequence[str], store: Storage) -> list[dict[str, Any]]:
    """Return the columns of ``ArtifactRow`` for each file; reads the files to hash them."""
    return [
        {"job_id": job_id, "run_id": run_id, **_file_columns(name, artifact_key(run_id, name), store)} for name in names
    ]


def _file_columns(name: str, key: str, store: Storage) -> dict[str, Any]:
    path = store.local(key)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": name,
        "key": key,
        "content_type": content_type(path.suffix),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }


def replace_rows(run_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Store the artifact rows of a run; rows of an earlier attempt are deleted."""
    with transaction() as session:
        session.execute(delete(ArtifactRow).where(ArtifactRow.run_id == run_id))
        session.execute(insert(ArtifactRow), list(rows))


def publish(job_id: str, run_id: str, names: Sequence[str]) -> None:
    """Copy this run's artifacts to the job's public directory and delete all other files there. Idempotent."""
    keys = {job_key(job_id, name): artifact_key(run_id, name) for name in names}
    for public_key, key in keys.items():
        storage().copy(key, public_key)
    storage().delete([file.key for file in storage().list(job_prefix(job_id)) if file.key not in keys])
