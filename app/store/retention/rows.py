"""What retention asks of the database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.database.models import AssetRow, FileReferenceRow, JobRow, RevisionRow, RunRow, StoredFileRow
from app.store.retention.limits import KnownFile
from app.store.retention.rules import KnownRun

ASSET_ID = re.compile(r"ast_[a-z2-7]{26}")


def known_keys(session: Session) -> set[str]:
    return set(session.scalars(select(StoredFileRow.key)))


def known_files(session: Session, existing: set[str]) -> list[KnownFile]:
    """The rows of the files with these keys."""
    table = StoredFileRow
    columns = (table.key, table.bytes, table.content, table.identity, table.created_at, table.used_at)
    rows = [row for row in session.execute(select(*columns)) if row.key in existing]
    copies = Counter(row.content for row in rows)
    return [
        KnownFile(row.key, row.bytes, row.content, copies[row.content], row.identity, row.created_at, row.used_at)
        for row in rows
    ]


def unreadable(session: Session) -> set[str]:
    """Documents whose references could not be read."""
    return set(session.scalars(select(StoredFileRow.key).where(StoredFileRow.unreadable)))


def references(session: Session) -> dict[str, set[str]]:
    """The identities that each document needs, by the document's key."""
    identities: dict[str, set[str]] = defaultdict(set)
    for owner, identity in session.execute(select(FileReferenceRow.owner, FileReferenceRow.identity)):
        identities[owner].add(identity)
    return identities


def known_runs(session: Session, job_id: str | None = None) -> list[KnownRun]:
    """The runs of one job, or of all."""
    columns = (RunRow.id, RunRow.job_id, RunRow.revision_id, RevisionRow.number)
    ends = (RunRow.state, RunRow.created_at, RunRow.ended_at)
    chosen = select(*columns, *ends).join(RevisionRow, RunRow.revision_id == RevisionRow.id)
    if job_id is not None:
        chosen = chosen.where(RunRow.job_id == job_id)
    return [KnownRun(*row) for row in session.execute(chosen)]


def uploads(session: Session) -> dict[str, AssetRow]:
    """All assets by the keys of their files."""
    return {row.key: row for row in session.scalars(select(AssetRow))}


def requested_assets(session: Session) -> set[str]:
    """Every asset id that occurs anywhere in a job's request or in a revision of it."""
    asset_ids: set[str] = set()
    for column in (JobRow.request, RevisionRow.scene_graph, RevisionRow.changes):
        for text in session.scalars(select(cast(column, Text)).execution_options(yield_per=500)):
            asset_ids.update(ASSET_ID.findall(text or ""))
    return asset_ids
