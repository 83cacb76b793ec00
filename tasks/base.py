"""What every task of the house shares: one live copy, no second time, states shown, failures told in one way."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from numbers import Real
from typing import Any

from celery import Task, states
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.worker.request import Request

from app.core.config import settings
from app.core.errors import PytoonError, StepTimedOut, WorkersLost, stage_failure
from app.core.log import log_context
from app.database.session import retry_transient
from app.jobs.workspace import job_id_of_run, spent_usd
from app.queue import application as queue
from app.queue import run_state
from app.queue.outage import outage_error
from app.queue.task_lock import task_lock
from app.store.disk_errors import storage_error
from schemas.steps import STATE_OF_STEP, Step
from tasks.attempt import Attempt, clock_ms

BUSY_AGAIN_S = 3
FIRST_PAUSE_S = 2
LONGEST_PAUSE_S = 60
# Tries of one step that did not come to any end, because whoever worked on it was gone.
MOST_DEATHS = 5
DEATHS_KEPT_S = 86_400


class PipelineRequest(Request):
    """Celery 5.7 takes a stored success for "all done" and then forgets the chord part; the memo does it better."""

    def _success_was_stored(self) -> bool:
        return False


class PipelineTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A step of a run: its first argument is the run's id, a second one numbers a scene or a segment.

    A finished id gives its result again and is not run again; a second copy of a living one comes back later; a run
    that has ended starts nothing more. Errors that a retry can help are retried with growing pauses: those of ours that
    are ``retryable``, and those of a database, broker or result store that is away. What is recorded around the step
    waits for the database instead. A result with a true "reused" tells that nothing had to be made.
    """

    Request = PipelineRequest  # type: ignore[assignment]  # the stubs know it by name only
    abstract = True
    max_retries = 5
    # Longer than a dead worker's claim on a chord (app.queue.result_backend.CLAIM_S).
    default_retry_delay = 6

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request, store = self.request, queue.backend()
        if request.called_directly:
            return self.run(*args, **kwargs)
        run_id = str(args[0])
        known = store.metas([run_id, str(request.id)])
        if run_id != request.id and known[0] and known[0]["status"] in states.READY_STATES:
            raise Ignore()
        if known[1] and known[1]["status"] == states.SUCCESS:
            return known[1]["result"]
        with task_lock(store.client, str(request.id), int(settings().lock_s * 1000)) as mine:
            if not mine:
                self._come_back()
            return self._work(run_id, *args[1:])

    @property
    def deaths(self) -> int:
        """How often a worker has died over this very step."""
        return int(getattr(self.request, "deaths", 0))

    def _come_back(self) -> None:
        again = self.signature_from_request(self.request, countdown=BUSY_AGAIN_S, retries=self.request.retries)
        again.apply_async()
        raise Ignore()

    def _work(self, run_id: str, *numbers: int) -> Any:
        attempt = self._attempt(run_id, numbers)
        client, key = queue.backend().client, f"begun:{self.request.id}"
        self.request.update(deaths=int(client.incr(key)) - 1)
        client.expire(key, DEATHS_KEPT_S)
        with log_context(job=attempt.job_id, run=run_id, scene=attempt.scene_id):
            attempt.started()
            if attempt.step in STATE_OF_STEP:
                run_state.set_state(run_id, STATE_OF_STEP[attempt.step], step=attempt.name)
            try:
                return self._run_and_record(attempt, numbers)
            finally:
                client.delete(key)  # whatever the end was, it came to one

    def _attempt(self, run_id: str, numbers: tuple[int, ...]) -> Attempt:
        return Attempt(
            job_id=retry_transient(lambda: job_id_of_run(run_id)),
            run_id=run_id,
            step=Step(str(self.name)),
            number=numbers[0] if numbers else None,
            worker=str(self.request.hostname),
            count=self.request.retries + 1,
            started_ms=clock_ms(),
        )

    def _run_and_record(self, attempt: Attempt, numbers: tuple[int, ...]) -> Any:
        try:
            self._count_deaths(attempt)
            result = self.run(attempt.run_id, *numbers)
            attempt.finished(result)
            return result
        except Retry as retry:  # asked for by the step itself, or by Celery's autoretry
            attempt.retried(str(_cause(retry.exc or retry, attempt)), _seconds_until(retry.when))
            raise
        except Reject:
            raise
        except Ignore:  # replaced by the canvas it made
            attempt.finished(None)
            raise
        except Exception as error:
            outcome = self._outcome(error, attempt)
            if outcome is error:
                raise
            raise outcome from error

    def _count_deaths(self, attempt: Attempt) -> None:
        """Says that it was begun before; gives up on what ends each worker it is given to."""
        if self.deaths:
            attempt.begun_again(self.deaths)
        if self.deaths > MOST_DEATHS:
            raise WorkersLost(attempt.name, self.deaths)

    def _outcome(self, error: Exception, attempt: Attempt) -> Exception:
        """A retry when that can help, else the run's failure, which is the first cause and stays it."""
        cause = _cause(error, attempt)
        if isinstance(cause, PytoonError) and cause.retryable and self.request.retries < (self.max_retries or 0):
            pause_s = _pause_s(self.request.retries)
            attempt.retried(str(cause), pause_s)
            return self.retry(exc=cause, countdown=pause_s, throw=False)
        spent = retry_transient(lambda: spent_usd(attempt.run_id))
        failed = stage_failure(cause, attempt.name, attempt.scene_id, spent)
        attempt.failed(failed, error)
        run_state.set_failed(attempt.run_id, failed)
        return failed


def _cause(error: Exception, attempt: Attempt) -> Exception:
    """The error in our own tree that says what happened; another error stays as it is."""
    if isinstance(error, SoftTimeLimitExceeded):
        return StepTimedOut(attempt.name)
    return storage_error(error) or outage_error(error) or error


def _seconds_until(when: Real | datetime | None) -> float:
    """How long Celery waits before a retry: it knows seconds, or a moment in UTC."""
    if not isinstance(when, datetime):
        return float(when) if when else 0.0
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _pause_s(retries: int) -> float:
    """Twice as long each time, and never quite the same: those that were refused together do not come back together."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**retries) * random.uniform(0.75, 1.25))  # noqa: S311
