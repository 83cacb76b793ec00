"""One attempt at a step of a run, with its entries in the event log of the job and in the process log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import structlog

from app.core.errors import StageFailed, shown_cause
from app.jobs import events
from schemas.steps import Step

log = structlog.get_logger(__name__)

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """``number`` is the scene or the segment, ``count`` is 1 for the first attempt, ``started_ms`` is Unix time.

    The methods that record an event wait while the database is unreachable, and record it once.
    """

    job_id: str
    run_id: str
    step: Step
    number: int | None
    worker: str
    count: int
    started_ms: int

    @property
    def name(self) -> str:
        return self.step.label

    @property
    def scene_id(self) -> int | None:
        return self.number if self.step is Step.SCENE else None

    def started(self) -> None:
        log.info("step started", step=self.name, number=self.number)

    def restarted(self, deaths: int) -> None:
        self._record("step.begun_again", deaths=deaths)

    def finished(self, result: Any) -> None:
        reused = {"reused": result["reused"]} if isinstance(result, dict) and "reused" in result else {}
        ended_ms = clock_ms()
        self._record("step.finished", ended_ms=ended_ms, **reused)
        log.info("step finished", step=self.name, ms=ended_ms - self.started_ms)

    def waiting(self) -> None:
        log.info("step waits for orders", step=self.name, number=self.number)

    def retried(self, cause: Exception, in_s: float) -> None:
        log.warning("step retried", step=self.name, cause=str(cause), in_s=round(in_s, 1))
        self._record("step.retried", cause=shown_cause(cause), in_s=round(in_s, 1))

    def failed(self, failure: StageFailed, error: Exception) -> None:
        log.error("step failed", **failure.as_dict(), exc_info=error)
        self._record("step.failed", **failure.as_dict())

    def _record(self, kind: str, **facts: Any) -> None:
        numbered = {} if self.number is None else {"number": self.number}
        attempt: Facts = {"step": self.name, **numbered, "worker": self.worker, "attempt": self.count}
        events.record_once(self.job_id, kind, self.run_id, **{**attempt, "started_ms": self.started_ms, **facts})


def clock_ms() -> int:
    """The current Unix time in milliseconds."""
    return int(time.time() * 1000)
