"""What a caller does with jobs: submit and cancel; and how a run's end gets into the database."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.log import logger
from app.database.job_lock import alone
from app.database.models import ArtefactRow, EventRow, JobRow, RevisionRow, RunRow, SceneRow, now
from app.database.session import transaction
from app.jobs import queries
from app.jobs.queries import error_of, row_of, state_of
from app.jobs.validation import Checked, checked
from app.jobs.workspace import as_reused, awaits_review
from app.queue import application, canvas
from app.store.factory import storage
from app.store.keys import job_key, job_prefix, left_key, run_key, run_prefix
from schemas.contract import fingerprint
from schemas.job import JobRequest, JobRequestSchema, State
from schemas.money import ZERO
from schemas.steps import Step

KEY_LIFE = timedelta(hours=24)
# What the job's record says when a run of that kind begins.
OPENED = {"resume": "job.resumed", "revision": "job.revised", "rollback": "job.rolled_back"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submission gives back; ``repeated`` when the same key and body had been sent before."""

    job_id: str
    run_id: str
    warnings: tuple[str, ...]
    estimate_usd: Decimal
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
    return Receipt(job_id, run_id, found.warnings, ZERO)


def _send_soon(job_id: str, run_id: str) -> None:
    try:
        send(run_id)
    except OperationalError:  # the broker is away; the job is stored, and the sweep sends what was not sent
        logger(__name__).warning("not sent yet", job=job_id, run=run_id)


def _repeated(key: str, body: str) -> Receipt | None:
    """What the first request with this key got. A key that is older than its life is free again."""
    with transaction() as session:
        row = session.scalars(select(JobRow).where(JobRow.idempotency_key == key)).one_or_none()
        if row is None:
            return None
        if now() - row.created_at > KEY_LIFE:
            row.idempotency_key = None
            return None
        if row.body_sha256 != body:
            raise Conflict("idempotency key", key, "was used with another request")
        return Receipt(row.id, row.runs[-1].id, tuple(row.warnings), ZERO, repeated=True)


def _store(found: Checked, key: str | None, body: str) -> tuple[str, str]:
    job_id, run_id = f"job_{uuid.uuid4().hex}", str(uuid.uuid4())
    with transaction() as session:
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
    with transaction() as session:
        for_review = awaits_review(session.get_one(RunRow, run_id))
    (canvas.send_plan if for_review else canvas.send)(run_id)
    with transaction() as session:
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
    return Receipt(job_id, run_id, warnings, ZERO)


def resume(job_id: str) -> Receipt:
    """Goes on with a job that has failed. Raises ``NotFound``, and ``Conflict`` when it has not."""

    def same(_session: Session, job: JobRow) -> RevisionRow:
        latest = job.runs[-1]
        if latest.state != State.FAILED:
            raise Conflict("job", job_id, f"it is {latest.state}; only what has failed can be resumed")
        return latest.revision

    return start(job_id, "resume", same)


def stand_in(job_id: str, make: Make, of_run_id: str, kind: str, **told: Any) -> Receipt | None:
    """A run that is done at once, because an earlier one has made the very same; nothing is sent.

    ``None`` when the earlier run's files were removed meanwhile. Raises ``NotFound``, and ``Conflict`` while a run of
    the job is open. Files are copied and published after the transaction, so that it is short. The run is open until
    then: retention leaves all files of a job with an open run alone, and when the process dies, recovery sends the run
    again, and its steps find what they would make.
    """
    with _its_turn(job_id) as (session, job):
        if session.get_one(RunRow, of_run_id).revision.pruned_at:
            return None
        run_id = _opened(session, job, make(session, job), kind, of=of_run_id, **told)
        session.get_one(RunRow, run_id).sent_at = now()
        _copy_scenes(session, of_run_id, run_id)
        warnings = tuple(job.warnings)
    _copy_files(of_run_id, run_id)
    names = _copy_artefacts(of_run_id, run_id)
    put_before_people(job_id, run_id, names)
    _end(run_id, State.DONE)
    with _result_store_may_be_away(run_id):
        application.done(run_id, {"artefacts": names})
    return Receipt(job_id, run_id, warnings, ZERO)


def _copy_files(run_id: str, to: str) -> None:
    """Copies everything an earlier run made to a later one."""
    for file in list(storage().list(run_prefix(run_id))):
        storage().copy(file.key, run_key(to, file.key.removeprefix(run_prefix(run_id))))


def _copy_scenes(session: Session, run_id: str, to: str) -> None:
    scenes = list(session.scalars(select(SceneRow).where(SceneRow.run_id == run_id)))
    session.add_all(SceneRow(**_values(row, run_id=to, clip=as_reused(row.clip))) for row in scenes)


def _copy_artefacts(run_id: str, to: str) -> list[str]:
    """Gives a later run the artefacts of an earlier one, whose files it has already; returns their names."""
    with transaction() as session:
        files = list(session.scalars(select(ArtefactRow).where(ArtefactRow.run_id == run_id)))
        session.add_all(ArtefactRow(**_values(row, run_id=to, key=left_key(to, row.name))) for row in files)
    return [row.name for row in files]


def put_before_people(job_id: str, run_id: str, names: Sequence[str]) -> None:
    """The job's folder has what this run left, and nothing else. It may be done again at any time."""
    ours = {job_key(job_id, name): left_key(run_id, name) for name in names}
    for place, key in ours.items():
        storage().copy(key, place)
    storage().delete([file.key for file in storage().list(job_prefix(job_id)) if file.key not in ours])


def _values(row: ArtefactRow | SceneRow, **other: Any) -> dict[str, Any]:
    kept = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "id"}
    return {**kept, **other}


@contextmanager
def _its_turn(job_id: str, over_plan: bool = False) -> Iterator[tuple[Session, JobRow]]:
    """A transaction in which nobody else opens a run of this job.

    ``over_plan``: a plan that waits for review is cancelled in it, and revoked when it is committed. Raises
    ``NotFound``, and ``Conflict`` for an open run.
    """
    latest = _latest(job_id)
    waits = settle(latest) is State.AWAITING_REVIEW
    with alone(job_id) as session:
        job = row_of(session, job_id)
        still = next((run for run in job.runs if run.ended_at is None), None)
        if still and not (over_plan and waits and still.id == latest and still.approved_at is None):
            raise Conflict("job", job_id, f"it is {still.state}; wait until it has ended, or cancel it")
        yield session, job
        if still:
            _end_in(session, still, State.CANCELLED)
    if still:
        with _result_store_may_be_away(still.id):  # else recovery revokes it (app.jobs.recovery.revoke_cancelled)
            application.revoke(still.id, [])


@contextmanager
def _result_store_may_be_away(run_id: str) -> Iterator[None]:
    """For what is only a copy of what the database knows already."""
    try:
        yield
    except (RedisError, OperationalError) as error:
        logger(__name__).warning("the end of a run is not in the result store", run=run_id, cause=str(error))


def _latest(job_id: str) -> str:
    """The id of the job's newest run. Raises ``NotFound``."""
    with transaction() as session:
        return row_of(session, job_id).runs[-1].id


def _opened(session: Session, job: JobRow, revision: RevisionRow, kind: str, **told: Any) -> str:
    run_id = str(uuid.uuid4())
    session.add(revision)
    session.flush()
    approved = next((run.approved_at for run in job.runs if run.revision_id == revision.id and run.approved_at), None)
    session.add(RunRow(id=run_id, job_id=job.id, revision_id=revision.id, kind=kind, approved_at=approved))
    session.flush()
    facts = {"revision": revision.number, **told}
    session.add(EventRow(job_id=job.id, run_id=run_id, kind=OPENED[kind], data=facts))
    return run_id


# -- review ----------------------------------------------------------------------------------------------------------


def approve(job_id: str) -> Receipt:
    """Lets a job go on that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting(job_id)
    with alone(job_id) as session:
        run = _not_replaced(session, job_id, run_id)
        if run.approved_at is None:  # once, however many people agree at the same time
            run.approved_at, run.sent_at = now(), None
            session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.approved"))
        warnings = tuple(run.job.warnings)
    _send_soon(job_id, run_id)
    return Receipt(job_id, run_id, warnings, ZERO)


def reject(job_id: str, reason: str = "") -> queries.JobView:
    """Ends a job that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting(job_id)
    with alone(job_id) as session:
        _not_replaced(session, job_id, run_id)
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.rejected", data={"reason": reason}))
    return _cancel(job_id, run_id)


def _waiting(job_id: str) -> str:
    run_id = _latest(job_id)
    state = application.standing(run_id).state
    if state is not State.AWAITING_REVIEW:
        raise Conflict("job", job_id, f"it is {state} and does not wait for review")
    return run_id


def _not_replaced(session: Session, job_id: str, run_id: str) -> RunRow:
    """The run, while it is open; a revision may have taken its place since it was looked at."""
    run = session.get_one(RunRow, run_id)
    if run.ended_at:
        raise Conflict("job", job_id, f"its plan is {run.state} and does not wait for review")
    return run


# -- cancel ----------------------------------------------------------------------------------------------------------


def cancel(job_id: str) -> queries.JobView:
    """Cancels for good; cancelling twice changes nothing. Raises ``Conflict`` when the job has ended otherwise."""
    return _cancel(job_id, _latest(job_id))


def _cancel(job_id: str, run_id: str) -> queries.JobView:
    if application.revoke(run_id, list(steps(run_id))):
        settle(run_id)
    view = queries.job(job_id)
    if view.state is not State.CANCELLED:
        raise Conflict("job", job_id, f"it is {view.state} already")
    return view


def steps(run_id: str) -> dict[str, tuple[Step, int | None]]:
    """The ids of all tasks that a run has or may still get, and what each of them is."""
    with transaction() as session:
        scene_ids = list(session.scalars(select(SceneRow.scene_id).where(SceneRow.run_id == run_id)))
    return canvas.every_step(run_id, scene_ids)


def settle(run_id: str) -> State:
    """Copies how a run stands from its result to the database; returns it."""
    found = application.standing(run_id)
    with transaction() as session:
        row = session.get_one(RunRow, run_id)
        state = state_of(row, found)
        if row.ended_at is None and row.state != state:
            if state.ended:
                _end_in(session, row, state, error_of(row, found, state))
            else:
                _update_open(session, run_id, state=state)
    return state


def _end(run_id: str, state: State) -> None:
    with transaction() as session:
        _end_in(session, session.get_one(RunRow, run_id), state)


def _end_in(session: Session, row: RunRow, state: State, error: dict[str, Any] | None = None) -> None:
    """Ends a run and records it: once, however many processes see its end at the same time."""
    if _update_open(session, row.id, state=state, ended_at=now(), error=error):
        session.add(EventRow(job_id=row.job_id, run_id=row.id, kind=f"job.{state.lower()}", data=error or {}))


def _update_open(session: Session, run_id: str, **values: Any) -> bool:
    """Changes a run unless it has ended; returns whether it did."""
    changed = session.execute(update(RunRow).where(RunRow.id == run_id, RunRow.ended_at.is_(None)).values(**values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # the stubs know it for a cursor's result only
