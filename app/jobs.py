"""What a caller does with jobs: submit and cancel; and how a run's end gets into the database."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kombu.exceptions import OperationalError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import canvas, views
from app.checks import Checked, checked
from app.core import celery, db
from app.core.errors import Conflict
from app.core.job_lock import alone
from app.core.log import logger
from app.core.models import ArtefactRow, EventRow, JobRow, RevisionRow, RunRow, SceneRow, now
from app.runs import awaits_review
from app.store.factory import storage
from app.store.keys import job_key, job_prefix, left_key, run_key, run_prefix
from app.views import error_of, row_of, state_of
from schemas.contract import fingerprint
from schemas.job import JobRequest, JobRequestSchema, State

KEY_LIFE = timedelta(hours=24)
# What the job's record says when a run of that kind begins.
OPENED = {"resume": "job.resumed", "revision": "job.revised", "rollback": "job.rolled_back"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submission gives back; ``repeated`` when the same key and body had been sent before."""

    job_id: str
    run_id: str
    warnings: tuple[str, ...]
    estimate_usd: float
    repeated: bool = False


# -- submit ----------------------------------------------------------------------------------------------------------


def submit(request: JobRequest, idempotency_key: str | None = None) -> Receipt:
    """Checks everything that can be checked, stores the job, then sends its canvas.

    Raises ``BadRequest`` naming the field, ``Conflict`` when the key was used with another body, ``StorageFull``.
    """
    found = checked(request)
    body = fingerprint(JobRequestSchema.plain(found.by_content())) if idempotency_key else ""
    if idempotency_key and (known := _repeated(idempotency_key, body)):
        return known
    try:
        job_id, run_id = _store(found, idempotency_key, body)
    except IntegrityError:  # the same key arrived twice at the same time
        known = _repeated(idempotency_key or "", body)
        if known is None:
            raise
        return known
    _send_soon(job_id, run_id)
    return Receipt(job_id, run_id, found.warnings, 0.0)


def _send_soon(job_id: str, run_id: str) -> None:
    try:
        send(run_id)
    except OperationalError:  # the broker is away; the job is stored, and the sweep sends what was not sent
        logger(__name__).warning("not sent yet", job=job_id, run=run_id)


def _repeated(key: str, body: str) -> Receipt | None:
    """What the first request with this key got. A key that is older than its life is free again."""
    with db.session() as session:
        row = session.scalars(select(JobRow).where(JobRow.idempotency_key == key)).one_or_none()
        if row is None:
            return None
        if now() - row.created_at > KEY_LIFE:
            row.idempotency_key = None
            return None
        if row.body_sha256 != body:
            raise Conflict("idempotency key", key, "was used with another request")
        return Receipt(row.id, row.runs[-1].id, tuple(row.warnings), 0.0, repeated=True)


def _store(found: Checked, key: str | None, body: str) -> tuple[str, str]:
    job_id, run_id = f"job_{uuid.uuid4().hex}", str(uuid.uuid4())
    with db.session() as session:
        session.add(
            JobRow(
                id=job_id,
                request=JobRequestSchema.plain(found.request),
                warnings=list(found.warnings),
                idempotency_key=key,
                body_sha256=body,
            )
        )
        session.flush()
        revision = RevisionRow(job_id=job_id, number=1, scene_graph=None)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id=job_id, revision_id=revision.id))
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="job.submitted"))
    return job_id, run_id


def send(run_id: str) -> None:
    """Sends a stored run and remembers that it was sent; the sweep sends again what was stored but never sent."""
    with db.session() as session:
        for_review = awaits_review(session.get_one(RunRow, run_id))
    (canvas.send_plan if for_review else canvas.send)(run_id)
    with db.session() as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(sent_at=now()))


# -- another run of the same job -------------------------------------------------------------------------------------

Make = Callable[[Session, JobRow], RevisionRow]


def start(job_id: str, kind: str, make: Make, **told: Any) -> Receipt:
    """A new run of a job: of the revision that ``make`` gives, with what was made before used again.

    ``told`` goes into the job's record. A revision of a plan that waits for review takes its place. Raises
    ``NotFound``, and ``Conflict`` while a run of the job is open.
    """
    with _its_turn(job_id, over_plan=kind == "revision") as (session, job):
        run_id = _opened(session, job, make(session, job), kind, **told)
        warnings = tuple(job.warnings)
    _send_soon(job_id, run_id)
    return Receipt(job_id, run_id, warnings, 0.0)


def resume(job_id: str) -> Receipt:
    """Goes on with a job that has failed. Raises ``NotFound``, and ``Conflict`` when it has not."""

    def same(_session: Session, job: JobRow) -> RevisionRow:
        latest = job.runs[-1]
        if latest.state != State.FAILED:
            raise Conflict("job", job_id, f"it is {latest.state}; only what has failed can be resumed")
        return latest.revision

    return start(job_id, "resume", same)


def stand_in(job_id: str, make: Make, of_run_id: str, kind: str, **told: Any) -> Receipt:
    """A run that is done at once, because an earlier one has made the very same; nothing is sent.

    Raises ``NotFound``, and ``Conflict`` while a run of the job is open.
    """
    with _its_turn(job_id) as (session, job):
        run_id = _opened(session, job, make(session, job), kind, of=of_run_id, **told)
        # The run is open while its files are copied: retention leaves all files of a job with an open run alone.
        session.get_one(RunRow, run_id).sent_at = now()
        scenes = list(session.scalars(select(SceneRow).where(SceneRow.run_id == of_run_id)))
        files = list(session.scalars(select(ArtefactRow).where(ArtefactRow.run_id == of_run_id)))
        session.add_all(SceneRow(**_values(row, run_id=run_id)) for row in scenes)
        session.add_all(ArtefactRow(**_values(row, run_id=run_id, key=left_key(run_id, row.name))) for row in files)
        names = [row.name for row in files]
    _copied(of_run_id, run_id)
    put_before_people(job_id, run_id, names)
    with db.session() as session:
        run = session.get_one(RunRow, run_id)
        run.ended_at, run.state = now(), State.DONE
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="job.done"))
    celery.done(run_id, {"artefacts": names})
    return Receipt(job_id, run_id, tuple(job.warnings), 0.0)


def _copied(run_id: str, to: str) -> None:
    """Copies everything an earlier run made to the later one."""
    for file in list(storage().list(run_prefix(run_id))):
        storage().copy(file.key, run_key(to, file.key.removeprefix(run_prefix(run_id))))


def put_before_people(job_id: str, run_id: str, names: Sequence[str]) -> None:
    """The job's folder has what this run left, and nothing else."""
    ours = {job_key(job_id, name): left_key(run_id, name) for name in names}
    for place, key in ours.items():
        storage().copy(key, place)
    storage().delete([file.key for file in storage().list(job_prefix(job_id)) if file.key not in ours])


def _values(row: ArtefactRow | SceneRow, **other: str) -> dict[str, Any]:
    kept = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "id"}
    return {**kept, **other}


@contextmanager
def _its_turn(job_id: str, over_plan: bool = False) -> Iterator[tuple[Session, JobRow]]:
    """A transaction in which nobody else opens a run of this job.

    ``over_plan``: a plan that waits for review is ended with it. Raises ``NotFound``, and ``Conflict`` for an open run.
    """
    with db.session() as session:
        latest = row_of(session, job_id).runs[-1].id
    settle(latest)
    with alone(job_id) as session:
        job = row_of(session, job_id)
        still = next((run for run in job.runs if run.ended_at is None), None)
        waits = still is not None and celery.standing(still.id).state is State.AWAITING_REVIEW
        if still and not (waits and over_plan):
            raise Conflict("job", job_id, f"it is {still.state}; wait until it has ended, or cancel it")
        yield session, job
        if still:
            celery.revoke(still.id, [])
            still.state, still.ended_at = State.CANCELLED, now()


def _opened(session: Session, job: JobRow, revision: RevisionRow, kind: str, **told: Any) -> str:
    run_id = str(uuid.uuid4())
    approved = next((run.approved_at for run in job.runs if run.revision is revision and run.approved_at), None)
    session.add(revision)
    session.flush()
    session.add(RunRow(id=run_id, job_id=job.id, revision_id=revision.id, kind=kind, approved_at=approved))
    session.flush()
    facts = {"revision": revision.number, **told}
    session.add(EventRow(job_id=job.id, run_id=run_id, kind=OPENED[kind], data=facts))
    return run_id


# -- review ----------------------------------------------------------------------------------------------------------


def approve(job_id: str) -> Receipt:
    """Lets a job go on that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting(job_id)
    with db.session() as session:
        # Once, however many people agree at the same time.
        mine = update(RunRow).where(RunRow.id == run_id, RunRow.approved_at.is_(None))
        if session.execute(mine.values(approved_at=now(), sent_at=None)).rowcount:  # type: ignore[attr-defined]
            session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.approved"))
        warnings = tuple(row_of(session, job_id).warnings)
    _send_soon(job_id, run_id)
    return Receipt(job_id, run_id, warnings, 0.0)


def reject(job_id: str, reason: str = "") -> views.JobView:
    """Ends a job that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting(job_id)
    with db.session() as session:
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.rejected", data={"reason": reason}))
    return cancel(job_id)


def _waiting(job_id: str) -> str:
    with db.session() as session:
        run_id = row_of(session, job_id).runs[-1].id
    state = celery.standing(run_id).state
    if state is not State.AWAITING_REVIEW:
        raise Conflict("job", job_id, f"it is {state} and does not wait for review")
    return run_id


# -- cancel ----------------------------------------------------------------------------------------------------------


def cancel(job_id: str) -> views.JobView:
    """Cancels for good; cancelling twice changes nothing. Raises ``Conflict`` when the job has ended otherwise."""
    with db.session() as session:
        run_id = row_of(session, job_id).runs[-1].id
    if celery.revoke(run_id, list(steps(run_id))):
        settle(run_id)
    view = views.job(job_id)
    if view.state is not State.CANCELLED:
        raise Conflict("job", job_id, f"it is {view.state} already")
    return view


def steps(run_id: str) -> dict[str, tuple[canvas.Step, int | None]]:
    """The ids of all tasks that a run has or may still get, and what each of them is."""
    with db.session() as session:
        scene_ids = list(session.scalars(select(SceneRow.scene_id).where(SceneRow.run_id == run_id)))
    return canvas.every_step(run_id, scene_ids)


def settle(run_id: str) -> State:
    """Copies how a run stands from its result to the database; returns it."""
    found = celery.standing(run_id)
    with db.session() as session:
        row = session.get_one(RunRow, run_id)
        state = state_of(row, found)
        if row.ended_at or row.state == state:
            return state
        row.state = state
        if state.ended:
            row.ended_at = now()
            row.error = error_of(row, found, state)
            session.add(EventRow(job_id=row.job_id, run_id=run_id, kind=f"job.{state.lower()}", data=row.error or {}))
    return state
