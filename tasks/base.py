"""What every task of the house shares: one live copy, no second time, states shown, failures told in one way."""

from __future__ import annotations

import random
import time
from typing import Any, ClassVar

import redis
import structlog
from celery import Task, states
from celery.exceptions import Ignore, Reject, Retry, SoftTimeLimitExceeded
from celery.worker.request import Request
from kombu.exceptions import OperationalError

from app import events
from app.canvas import SHOWS, Step
from app.core import celery as queue
from app.core.config import settings
from app.core.errors import KilledWorkers, PytoonError, TookTooLong
from app.core.locks import held
from app.core.log import bound
from app.runs import job_of, spent_usd
from app.store.disk_errors import storage_trouble
from app.views import failure

log = structlog.get_logger(__name__)

Facts = dict[str, Any]

BUSY_AGAIN_S = 3
FIRST_PAUSE_S = 2
LONGEST_PAUSE_S = 60
# Tries of one step that did not come to any end, because whoever worked on it was gone.
MOST_DEATHS = 5
DEATHS_KEPT_S = 86_400


class StudioRequest(Request):
    """Celery 5.7 takes a stored success for "all done" and then forgets the chord part; the memo does it better."""

    def _success_was_stored(self) -> bool:
        return False


class StudioTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A step of a run: its first argument is the run's id, a second one numbers a scene or a segment.

    A finished id gives its result again and is not run again; a second copy of a living one comes back later; a run
    that has ended starts nothing more. Errors that a retry can help are retried with growing pauses. A result with a
    true "reused" tells that nothing had to be made.
    """

    Request = StudioRequest  # type: ignore[assignment]  # the stubs know it by name only
    abstract = True
    max_retries = 5
    # Longer than a dead worker's claim on a chord (app.core.results.CLAIM_S).
    default_retry_delay = 6
    autoretry_for: ClassVar[tuple[type[Exception], ...]] = (redis.ConnectionError, redis.TimeoutError, OperationalError)

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
        with held(store.client, str(request.id), int(settings().lock_s * 1000)) as mine:
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
        step = Step(str(self.name))
        scene = numbers[0] if numbers and step is Step.SCENE else None
        job_id = job_of(run_id)
        about: Facts = {"step": step.name.lower(), **({"number": numbers[0]} if numbers else {})}
        about |= {"worker": str(self.request.hostname), "attempt": self.request.retries + 1, "started_ms": _clock_ms()}
        client, key = queue.backend().client, f"begun:{self.request.id}"
        self.request.update(deaths=int(client.incr(key)) - 1)
        client.expire(key, DEATHS_KEPT_S)
        with bound(job=job_id, run=run_id, scene=scene):
            log.info("step started", step=about["step"], number=about.get("number"))
            if step in SHOWS:
                queue.show(run_id, SHOWS[step], step=about["step"])
            try:
                self._count_deaths(job_id, run_id, about)
                result = self.run(run_id, *numbers)
            except (Ignore, Reject, Retry):
                _finished(job_id, run_id, about, None)  # replaced by the canvas it made
                raise
            except Exception as error:
                raise self._told(error, job_id, run_id, about, scene) from error
            finally:
                client.delete(key)  # whatever the end was, it came to one
            _finished(job_id, run_id, about, result)
            return result

    def _count_deaths(self, job_id: str, run_id: str, about: Facts) -> None:
        """Says that it was begun before; gives up on what ends each worker it is given to."""
        if self.deaths:
            events.record(job_id, "step.begun_again", run_id, deaths=self.deaths, **about)
        if self.deaths > MOST_DEATHS:
            raise KilledWorkers(about["step"], self.deaths)

    def _told(self, error: Exception, job_id: str, run_id: str, about: Facts, scene: int | None) -> Exception:
        """A retry when that can help, else the run's failure, which is the first cause and stays it."""
        if isinstance(error, self.autoretry_for):
            return error
        error = storage_trouble(error) or error
        if isinstance(error, SoftTimeLimitExceeded):
            error = TookTooLong(about["step"])
        retryable = isinstance(error, PytoonError) and error.retryable
        if retryable and self.request.retries < (self.max_retries or 0):
            pause_s = _pause_s(self.request.retries)
            log.warning("step is tried again", step=about["step"], cause=str(error), in_s=round(pause_s, 1))
            events.record(job_id, "step.retried", run_id, cause=str(error), in_s=round(pause_s, 1), **about)
            try:
                self.retry(exc=error, countdown=pause_s)
            except Retry as retry:
                return retry
        failed = failure(error, about["step"], scene, spent_usd(run_id))
        log.error("step failed", **failed.as_dict(), exc_info=error)
        events.record(job_id, "step.failed", run_id, **{**about, **failed.as_dict()})
        queue.fail(run_id, failed)
        return failed


def _finished(job_id: str, run_id: str, about: Facts, result: Any) -> None:
    told = {"reused": result["reused"]} if isinstance(result, dict) and "reused" in result else {}
    ended_ms = _clock_ms()
    events.record(job_id, "step.finished", run_id, ended_ms=ended_ms, **about, **told)
    log.info("step finished", step=about["step"], ms=ended_ms - about["started_ms"])


def _pause_s(retries: int) -> float:
    """Twice as long each time, and never quite the same: those that were refused together do not come back together."""
    return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**retries) * random.uniform(0.75, 1.25))  # noqa: S311


def _clock_ms() -> int:
    return int(time.time() * 1000)
