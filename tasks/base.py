"""The base class of the tasks of a run: locking, stored results, run states, retries and recorded failures."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from numbers import Real
from typing import Any, NoReturn

from celery import states
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.worker.request import Request

from app.core.config import settings
from app.core.errors import PytoonError, StepTimedOut, WorkersLost, stage_failure
from app.core.log import log_context
from app.database.session import retry_transient
from app.jobs.workspace import job_id_of_run
from app.providers.ordered_engine import OrdersPending
from app.providers.orders import spent_usd
from app.providers.waiting_tasks import wait_for_orders
from app.queue import application as queue
from app.queue import run_state
from app.queue.deployment import DeploymentTask
from app.queue.outage import outage_error
from app.queue.task_lock import task_lock
from app.store.disk_errors import storage_error
from schemas.steps import STATE_OF_STEP, Step
from tasks.attempt import Attempt, clock_ms

# A copy of a task that is running is sent again after this delay.
DUPLICATE_DELAY_S = 3
FIRST_PAUSE_S = 2
MAX_PAUSE_S = 60
# The number of times that a worker may die while it runs the same step.
MAX_DEATHS = 5
DEATHS_EXPIRE_S = 86_400


class NotReady(Exception):
    """``NotReady(seconds)``: raised by a step that needs the result of another one; it is sent again after a time."""


class PipelineRequest(Request):
    """Celery 5.7 skips the chord part of a task with a stored success; ``PipelineTask`` handles stored results."""

    def _success_was_stored(self) -> bool:
        return False


class PipelineTask(DeploymentTask):
    """A step of a run: its first argument is the run id, an optional second one the scene or the segment.

    A task whose id has a result returns it and does not run again; a copy of a running task is sent again later; a
    task of a run that has ended is ignored. Errors are retried with growing pauses when a retry can succeed: those of
    ``app.core.errors`` that are ``retryable``, and those of an unreachable database, broker or result store. Events of
    the step wait for the database instead. "reused" is true in the result of a step that found its work done. A step
    that raises ``OrdersPending`` ends without a result, and is run again when its orders are done; one that raises
    ``NotReady``, after a time.
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
        if self.is_foreign():
            self.leave_to_others()
        run_id = str(args[0])
        run_meta, task_meta = store.metas([run_id, str(request.id)])
        if run_id != request.id and run_meta and run_meta["status"] in states.READY_STATES:
            raise Ignore()
        if task_meta and task_meta["status"] == states.SUCCESS:
            return task_meta["result"]
        with task_lock(store.client, str(request.id), int(settings().lock_s * 1000)) as acquired:
            if not acquired:
                self._send_again_later()
            return self._run_attempt(run_id, *args[1:])

    @property
    def deaths(self) -> int:
        """The number of times that a worker has died while it ran this step."""
        return int(getattr(self.request, "deaths", 0))

    def _send_again_later(self, delay_s: float = DUPLICATE_DELAY_S) -> NoReturn:
        copy = self.signature_from_request(self.request, countdown=delay_s, retries=self.request.retries)
        copy.apply_async()
        raise Ignore()

    def _run_attempt(self, run_id: str, *numbers: int) -> Any:
        attempt = self._attempt(run_id, numbers)
        client, key = queue.backend().client, f"begun:{self.request.id}"
        self.request.update(deaths=int(client.incr(key)) - 1)
        client.expire(key, DEATHS_EXPIRE_S)
        with log_context(job=attempt.job_id, run=run_id, scene=attempt.scene_id):
            attempt.started()
            if attempt.step in STATE_OF_STEP:
                run_state.set_state(run_id, STATE_OF_STEP[attempt.step], step=attempt.name)
            try:
                return self._run_and_record(attempt, numbers)
            finally:
                client.delete(key)  # the worker has survived the attempt

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
            self._check_deaths(attempt)
            result = self.run(attempt.run_id, *numbers)
            attempt.finished(result)
            return result
        except Retry as retry:  # raised by the step itself, or by Celery's autoretry
            attempt.retried(_cause(retry.exc or retry, attempt), _seconds_until(retry.when))
            raise
        except Reject:
            raise
        except OrdersPending:
            self._wait_for_orders(attempt)
        except NotReady as error:
            self._send_again_later(error.args[0])
        except Ignore:  # the task has replaced itself by a canvas
            attempt.finished(None)
            raise
        except Exception as error:
            outcome = self._outcome(error, attempt)
            if outcome is error:
                raise
            raise outcome from error

    def _wait_for_orders(self, attempt: Attempt) -> NoReturn:
        """End this message without a result; the same one is sent again when the orders of the scene are done."""
        message = self.signature_from_request(self.request, countdown=0, retries=self.request.retries)
        plain = json.loads(json.dumps(message))
        retry_transient(
            lambda: wait_for_orders(str(self.request.id), attempt.run_id, attempt.job_id, attempt.number or 0, plain)
        )
        attempt.waiting()
        raise Ignore()

    def _check_deaths(self, attempt: Attempt) -> None:
        """Record that workers have died during this step; raise ``WorkersLost`` when too many have."""
        if self.deaths:
            attempt.restarted(self.deaths)
        if self.deaths > MAX_DEATHS:
            raise WorkersLost(attempt.name, self.deaths)

    def _outcome(self, error: Exception, attempt: Attempt) -> Exception:
        """A retry when it can succeed, else the failure of the run, which keeps its first cause."""
        cause = _cause(error, attempt)
        if isinstance(cause, PytoonError) and cause.retryable and self.request.retries < (self.max_retries or 0):
            pause_s = _pause_s(self.request.retries)
            attempt.retried(cause, pause_s)
            return self.retry(exc=cause, countdown=pause_s, throw=False)
        spent = retry_transient(lambda: spent_usd(attempt.run_id))
        failed = stage_failure(cause, attempt.name, attempt.scene_id, spent)
        attempt.failed(failed, error)
        run_state.set_failed(attempt.run_id, failed)
        return failed


def _cause(error: Exception, attempt: Attempt) -> Exception:
    """The error of ``app.core.errors`` for an error of a library; any other error is returned unchanged."""
    if isinstance(error, SoftTimeLimitExceeded):
        return StepTimedOut(attempt.name)
    return storage_error(error) or outage_error(error) or error


def _seconds_until(when: Real | datetime | None) -> float:
    """Seconds until Celery's retry at ``when``: a number of seconds, or a time in UTC."""
    if not isinstance(when, datetime):
        return float(when) if when else 0.0
    retry_at = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (retry_at - datetime.now(UTC)).total_seconds())


def _pause_s(retries: int) -> float:
    """Exponential backoff with jitter, so that tasks that failed together are not retried together."""
    return float(min(MAX_PAUSE_S, FIRST_PAUSE_S * 2**retries) * random.uniform(0.75, 1.25))  # noqa: S311
