"""Which runs of a job are over and done with, so that their folders may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import RevisionRow, RunRow
from schemas.job import State

# A failed run that was resumed is looked at for as long as somebody may want to know why.
REPLACED_FOR = timedelta(days=7)
ENDED_FOR = timedelta(hours=1)
STOPPED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Made:
    """A run: of which revision (``number`` within its job), and how it ended, if it has."""

    id: str
    job_id: str
    revision_id: int
    number: int
    state: str
    created_at: datetime
    ended_at: datetime | None


def made(session: Session, job_id: str | None = None) -> list[Made]:
    """The runs of one job, or of all."""
    columns = (RunRow.id, RunRow.job_id, RunRow.revision_id, RevisionRow.number)
    ends = (RunRow.state, RunRow.created_at, RunRow.ended_at)
    chosen = select(*columns, *ends).join(RevisionRow, RunRow.revision_id == RevisionRow.id)
    if job_id is not None:
        chosen = chosen.where(RunRow.job_id == job_id)
    return [Made(*row) for row in session.execute(chosen)]


def replaced(runs: Iterable[Made], now: datetime) -> list[Made]:
    """Those that ended badly and long ago, and of whose revision there is a later run."""
    found = []
    for same in _by(runs, "revision_id").values():
        latest = max(run.created_at for run in same)
        bad = [run for run in same if run.state in (State.FAILED, State.CANCELLED) and run.created_at < latest]
        found += [run for run in bad if run.ended_at and run.ended_at < now - REPLACED_FOR]
    return found


def called_off(runs: Iterable[Made], now: datetime) -> list[Made]:
    """Those that were cancelled, once nobody can be at work on them any more."""
    return [run for run in runs if run.state == State.CANCELLED and run.ended_at and run.ended_at < now - STOPPED_FOR]


def prunable(runs: Iterable[Made], now: datetime) -> dict[int, list[Made]]:
    """The runs of each revision that may go, by the revision's id; the one that ended first comes first.

    Of each job the newest revision and the newest that is done always stay, and what is open or has just ended.
    """
    found: dict[int, list[Made]] = {}
    for own in _by(runs, "job_id").values():
        done = [run.number for run in own if run.state == State.DONE]
        stays = {max(run.number for run in own), max(done, default=0)}
        for revision, same in _by(own, "revision_id").items():
            ended = all(run.ended_at and run.ended_at < now - ENDED_FOR for run in same)
            if ended and same[0].number not in stays:
                found[revision] = same
    return dict(sorted(found.items(), key=lambda item: max(str(run.ended_at) for run in item[1])))


def surplus(runs: Iterable[Made], old: Mapping[int, Sequence[Made]], keep: int) -> list[int]:
    """Those of ``old`` that are not among the newest ``keep`` revisions of their job; 0 keeps all."""
    found = []
    for own in _by(runs, "job_id").values():
        numbers = sorted({run.number for run in own}, reverse=True)[:keep] if keep else []
        found += [run.revision_id for run in own if keep and run.number not in numbers and run.revision_id in old]
    return list(dict.fromkeys(found))


def _by(runs: Iterable[Made], what: str) -> dict[Any, list[Made]]:
    found: dict[Any, list[Made]] = defaultdict(list)
    for run in runs:
        found[getattr(run, what)].append(run)
    return found
