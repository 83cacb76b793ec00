"""Documents of a job that callers can read: the scene graph and the timeline of its newest run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.errors import NotFound
from app.database.models import RunRow
from app.database.session import transaction
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key


def scene_graph(job_id: str) -> dict[str, Any]:
    """Return the scene graph. Raises ``NotFound`` until it is planned."""
    return _read_document(job_id, "scene_graph.json", "scene graph of job")


def timeline(job_id: str) -> dict[str, Any]:
    """Return the final timeline, or the planned one until it exists. Raises ``NotFound`` when there is neither."""
    try:
        return _read_document(job_id, "timeline.json", "timeline of job")
    except NotFound:
        return _read_document(job_id, "timeline_planned.json", "timeline of job")


def _read_document(job_id: str, name: str, kind: str) -> dict[str, Any]:
    """Return a document of the job's newest run; ``kind`` names it in ``NotFound``."""
    newest_run = select(RunRow.id).where(RunRow.job_id == job_id).order_by(RunRow.created_at.desc()).limit(1)
    with transaction() as session:
        run_id = session.scalar(newest_run)
    if run_id is None:
        raise NotFound("job", job_id)
    key = run_key(run_id, name)
    if not storage().has(key):
        raise NotFound(kind, job_id)
    document: dict[str, Any] = read_json(storage(), key)
    return document
