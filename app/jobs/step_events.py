"""What the events of a run's finished tasks say: how long each step took, and what existed already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.models import EventRow

Facts = dict[str, Any]


def finished_tasks(session: Session, job_id: str, run_id: str) -> list[Facts]:
    """The facts of each task of the run that has ended well, in the order they ended."""
    chosen = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.run_id == run_id)
    return list(session.scalars(chosen.where(EventRow.kind == "step.finished").order_by(EventRow.id)))


def durations_ms(finished: Iterable[Facts]) -> dict[str, int]:
    """Milliseconds by step; the many tasks of one step count from the first start to the last end."""
    spans: dict[str, tuple[int, int]] = {}
    for facts in finished:
        step, first, last = facts["step"], facts["started_ms"], facts["ended_ms"]
        known = spans.get(step, (first, last))
        spans[step] = (min(known[0], first), max(known[1], last))
    return {step: last - first for step, (first, last) in spans.items()}


def reused(finished: Iterable[Facts]) -> dict[str, Any]:
    """By step: true, or the numbers of those scenes and segments that existed already, in order."""
    numbers: dict[str, set[int]] = {}
    for facts in finished:
        if facts.get("reused"):
            numbers.setdefault(facts["step"], set()).update({facts["number"]} if "number" in facts else ())
    return {step: sorted(own) or True for step, own in numbers.items()}
