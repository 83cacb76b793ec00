"""Jobs written directly to the database, as the API writes them, and files uploaded without HTTP."""

from __future__ import annotations

import uuid
from io import BytesIO

from app.assets.intake import store_upload
from app.database.models import JobRow, RevisionRow, RunRow
from app.database.session import transaction
from schemas.job import JobRequest, JobRequestSchema
from schemas.scene_graph import SceneGraph, SceneGraphSchema


def insert_job(request: JobRequest, graph: SceneGraph | None = None) -> str:
    """Insert a job with one revision and one run that is not sent; return the run's id.

    With a ``graph`` the revision has it, as an edited one does.
    """
    job_id, run_id = f"job_{uuid.uuid4().hex}", str(uuid.uuid4())
    plain = SceneGraphSchema.plain(graph) if graph else None
    with transaction() as session:
        session.add(JobRow(id=job_id, request=JobRequestSchema.plain(request)))
        session.flush()
        revision = RevisionRow(job_id=job_id, number=1, scene_graph=plain)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id=job_id, revision_id=revision.id))
    return run_id


def add_asset(data: bytes, name: str) -> str:
    """Store a file as an upload does; return its asset id."""
    return store_upload(BytesIO(data), name, "media").id
