"""Jobs put straight into the database, as the API would have put them, and files as it takes them in."""

from __future__ import annotations

import uuid
from io import BytesIO

from app.assets.intake import ingest
from app.database.models import JobRow, RevisionRow, RunRow
from app.database.session import transaction
from schemas.job import JobRequest, JobRequestSchema
from schemas.scene_graph import SceneGraph, SceneGraphSchema


def stored(request: JobRequest, graph: SceneGraph | None = None) -> str:
    """A job with one revision (an edited one when there is a ``graph``) and one run, not sent; the run's id."""
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


def kept(data: bytes, name: str) -> str:
    """A file as if it had been uploaded; returns its asset id."""
    return ingest(BytesIO(data), name, "media").id
