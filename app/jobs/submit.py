"""Submission of jobs: validate, store, send; an idempotency key makes a repeated request safe."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.owners import ApiKey
from app.core.errors import Conflict
from app.core.log import logger
from app.database.models import EventRow, JobRow, RevisionRow, RunRow, now
from app.database.session import transaction
from app.jobs.estimates import expected_usd
from app.jobs.runs import StartedRun, send_or_leave
from app.jobs.statuses import state_of
from app.jobs.validation import CheckedRequest, check_request
from app.queue.run_state import task_status
from schemas.contract import fingerprint
from schemas.job import JobRequest, JobRequestSchema, State
from schemas.money import ZERO

KEY_LIFE = timedelta(hours=24)


def submit(request: JobRequest, idempotency_key: str | None = None, owner: ApiKey | None = None) -> StartedRun:
    """Validate a request, store its job, then send its canvas. ``owner`` is the API key that the request has.

    Raises ``BadRequest`` naming the field, ``Conflict`` when the key was used with another request, ``StorageFull``.
    """
    valid = check_request(request)
    body = fingerprint(JobRequestSchema.plain(valid.with_content_hashes())) if idempotency_key else ""
    if idempotency_key and (earlier := _earlier(idempotency_key, body, owner)):
        return replace(earlier, estimate_usd=expected_usd(valid))
    try:
        job_id, run_id = _store(valid, idempotency_key, body, owner)
    except IntegrityError:  # the same key arrived twice at the same time
        earlier = _earlier(idempotency_key or "", body, owner)
        if earlier is None:
            raise
        return replace(earlier, estimate_usd=expected_usd(valid))
    send_or_leave(job_id, run_id)
    return StartedRun(job_id, run_id, valid.warnings, expected_usd(valid))


def _earlier(key: str, body: str, owner: ApiKey | None) -> StartedRun | None:
    """Return the newest run of the job that the first request with this key started.

    A key older than ``KEY_LIFE`` may be used again.
    """
    with transaction() as session:
        row = session.scalars(select(JobRow).where(JobRow.idempotency_key == key)).one_or_none()
        if row is None:
            return None
        if now() - row.created_at > KEY_LIFE:
            row.idempotency_key = None
            return None
        if row.body_sha256 != body:
            raise Conflict("idempotency key", key, "was used with another request")
        if row.owner != (owner.id if owner else None):
            raise Conflict("idempotency key", key, "was used with another API key")
        run = row.runs[-1]
    return StartedRun(row.id, run.id, tuple(row.warnings), ZERO, repeated=True, state=_state_now(run))


def _state_now(run: RunRow) -> State:
    """The state of a run at this moment; while the result store is away, the last one that the database knows."""
    try:
        return state_of(run, task_status(run.id))
    except (RedisError, OperationalError) as error:
        logger(__name__).warning("the state of a run may be old", run=run.id, cause=str(error))
        return State(run.state)


def _store(valid: CheckedRequest, key: str | None, body: str, owner: ApiKey | None) -> tuple[str, str]:
    job_id, run_id = f"job_{uuid.uuid4().hex}", str(uuid.uuid4())
    with transaction() as session:
        session.add(
            JobRow(
                id=job_id,
                request=JobRequestSchema.plain(valid.request),
                warnings=list(valid.warnings),
                idempotency_key=key,
                body_sha256=body,
                owner=owner.id if owner else None,
            )
        )
        session.flush()
        revision = RevisionRow(job_id=job_id, number=1, scene_graph=None)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id=job_id, revision_id=revision.id))
        facts = {"owner": owner.name} if owner else {}
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="job.submitted", data=facts))
    return job_id, run_id
