"""A run that is done at once because an earlier run has rendered the same film."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.models import ArtifactRow, RunRow, SceneRow, now
from app.database.session import transaction
from app.jobs.artifacts import publish
from app.jobs.runs import MakeRevision, StartedRun, end, ignore_result_store_outage, new_run_of, open_run
from app.jobs.workspace import as_reused
from app.queue import run_state
from app.store.factory import storage
from app.store.keys import artifact_key, run_key, run_prefix
from schemas.job import State
from schemas.money import ZERO


def reuse_run(job_id: str, make_revision: MakeRevision, of_run_id: str, kind: str, **facts: Any) -> StartedRun | None:
    """Store a finished run of a job with the files of an earlier run, without sending a canvas.

    Returns ``None`` when retention has removed the earlier run's files. Raises ``NotFound``, and ``Conflict`` while a
    run of the job is open. Files are copied and published after the transaction, which keeps the transaction short. The
    run is open until then, so that retention keeps all files of the job. When the process dies, recovery sends the run,
    and its steps find their results.
    """
    with new_run_of(job_id) as (session, job):
        if session.get_one(RunRow, of_run_id).revision.pruned_at:
            return None
        run_id = open_run(session, job, make_revision(session, job), kind, of=of_run_id, **facts)
        session.get_one(RunRow, run_id).sent_at = now()
        _copy_scenes(session, of_run_id, run_id)
        warnings = tuple(job.warnings)
    _copy_files(of_run_id, run_id)
    names = _copy_artifacts(of_run_id, run_id)
    publish(job_id, run_id, names)
    end(run_id, State.DONE)
    with ignore_result_store_outage(run_id):
        run_state.set_done(run_id, {"artefacts": names})
    return StartedRun(job_id, run_id, warnings, ZERO)


def _copy_files(run_id: str, to: str) -> None:
    for file in list(storage().list(run_prefix(run_id))):
        storage().copy(file.key, run_key(to, file.key.removeprefix(run_prefix(run_id))))


def _copy_scenes(session: Session, run_id: str, to: str) -> None:
    rows = list(session.scalars(select(SceneRow).where(SceneRow.run_id == run_id)))
    session.add_all(SceneRow(**_columns(row, run_id=to, clip=as_reused(row.clip))) for row in rows)


def _copy_artifacts(run_id: str, to: str) -> list[str]:
    """Copy the artifact rows of a run to a later one, which has the files already; return the artifacts' names."""
    with transaction() as session:
        rows = list(session.scalars(select(ArtifactRow).where(ArtifactRow.run_id == run_id)))
        session.add_all(ArtifactRow(**_columns(row, run_id=to, key=artifact_key(to, row.name))) for row in rows)
    return [row.name for row in rows]


def _columns(row: ArtifactRow | SceneRow, **changed: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "id"}
    return {**values, **changed}
