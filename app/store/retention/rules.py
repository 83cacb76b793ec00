"""Which runs and revisions of a job may be deleted: decided from how and when they ended alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from schemas.job import State

Group = TypeVar("Group")

# The cause of a failure is looked up for some days after the run was resumed.
REPLACED_FOR = timedelta(days=7)
ENDED_FOR = timedelta(hours=1)
STOPPED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run, its revision (``number`` counts within the job) and how it ended, if it has."""

    id: str
    job_id: str
    revision_id: int
    number: int
    state: str
    created_at: datetime
    ended_at: datetime | None


def replaced(runs: Iterable[KnownRun], now: datetime) -> list[KnownRun]:
    """Runs that failed or were cancelled long ago, and whose revision has a later run."""
    over = []
    for same in _grouped(runs, lambda run: run.revision_id).values():
        latest = max(run.created_at for run in same)
        bad = [run for run in same if run.state in (State.FAILED, State.CANCELLED) and run.created_at < latest]
        over += [run for run in bad if run.ended_at and run.ended_at < now - REPLACED_FOR]
    return over


def cancelled(runs: Iterable[KnownRun], now: datetime) -> list[KnownRun]:
    """Runs that were cancelled, once no worker can still be at them."""
    return [run for run in runs if run.state == State.CANCELLED and run.ended_at and run.ended_at < now - STOPPED_FOR]


def prunable(runs: Iterable[KnownRun], now: datetime) -> dict[int, list[KnownRun]]:
    """The runs of each revision that may be deleted, by the revision's id; the one that ended first comes first.

    Of each job the newest revision and the newest that is done always stay. While a run of the job is open, all stay:
    it may be copying the files of an old revision.
    """
    revisions: dict[int, list[KnownRun]] = {}
    for own in _grouped(runs, lambda run: run.job_id).values():
        if any(run.ended_at is None for run in own):
            continue
        done = [run.number for run in own if run.state == State.DONE]
        stays = {max(run.number for run in own), max(done, default=0)}
        for revision, same in _grouped(own, lambda run: run.revision_id).items():
            ended = all(run.ended_at and run.ended_at < now - ENDED_FOR for run in same)
            if ended and same[0].number not in stays:
                revisions[revision] = same
    return dict(sorted(revisions.items(), key=lambda item: max(str(run.ended_at) for run in item[1])))


def surplus(runs: Iterable[KnownRun], old: Mapping[int, Sequence[KnownRun]], keep: int) -> list[int]:
    """Those of ``old`` that are not among the newest ``keep`` revisions of their job; 0 keeps all."""
    revision_ids = []
    for own in _grouped(runs, lambda run: run.job_id).values():
        numbers = sorted({run.number for run in own}, reverse=True)[:keep] if keep else []
        revision_ids += [
            run.revision_id for run in own if keep and run.number not in numbers and run.revision_id in old
        ]
    return list(dict.fromkeys(revision_ids))


def _grouped(runs: Iterable[KnownRun], by: Callable[[KnownRun], Group]) -> dict[Group, list[KnownRun]]:
    groups: dict[Group, list[KnownRun]] = defaultdict(list)
    for run in runs:
        groups[by(run)].append(run)
    return groups
