"""Durations and reused results of a run's steps, from the events of its finished tasks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.models import EventRow

Facts = dict[str, Any]


def finished_tasks(session: Session, job_id: str, run_id: str) -> list[Facts]:
    """Return the facts of each task of the run that has succeeded, in the order in which they ended."""
    chosen = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.run_id == run_id)
    return list(session.scalars(chosen.where(EventRow.kind == "step.finished").order_by(EventRow.id)))


def durations_ms(finished: Iterable[Facts]) -> dict[str, int]:
    """Return the duration of each step in milliseconds.

    A step of several tasks lasts from the first start to the last end.
    """
    spans: dict[str, tuple[int, int]] = {}
    for facts in finished:
        step, first, last = facts["step"], facts["started_ms"], facts["ended_ms"]
        earliest, latest = spans.get(step, (first, last))
        spans[step] = (min(earliest, first), max(latest, last))
    return {step: last - first for step, (first, last) in spans.items()}


def reused(finished: Iterable[Facts]) -> dict[str, Any]:
    """Return the steps whose results existed already: the sorted numbers of scenes or segments, else true."""
    numbers: dict[str, set[int]] = {}
    for facts in finished:
        if facts.get("reused"):
            numbers.setdefault(facts["step"], set()).update({facts["number"]} if "number" in facts else ())
    return {step: sorted(step_numbers) or True for step, step_numbers in numbers.items()}
