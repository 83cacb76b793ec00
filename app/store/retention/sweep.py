"""Retention: deletes what exceeds the limits and what nothing needs, least recently used first.

It is safe beside workers at any time. ``claim`` marks a file of the cache as used, and eviction takes none that was
used within the hour (``app.store.file_rows``): a worker that was told that a file exists has most of an hour to use it,
or to write the document of its run that names it, and then the file stays as long as that run. The files of an old
revision are deleted only while no run of its job is open.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete

from app.core.config import MiB, settings
from app.database.job_lock import job_lock
from app.database.models import AssetRow, RevisionRow, now
from app.database.session import transaction
from app.store import file_rows
from app.store.adoption import adopt
from app.store.factory import storage
from app.store.keys import ASSETS, CACHE, PREFIXES, RUNS, identity_of, run_prefix
from app.store.recorded import Recorded
from app.store.retention import rows
from app.store.retention.lease import leased
from app.store.retention.limits import KnownFile, Tally, exclusive, size, to_evict, to_prune, without
from app.store.retention.needs import Needs, needs
from app.store.retention.orphans import orphans
from app.store.retention.report import Removed, Report
from app.store.retention.rules import KnownRun, cancelled, prunable, replaced, surplus
from schemas.job import State

ORPHANED_AFTER = timedelta(days=1)


def delete_old_data(dry_run: bool = False) -> Report:
    """One pass over everything that is stored; one at a time on all machines together."""
    with leased("retention"):
        return _Pass(storage(), dry_run).report()


def reconciled(store: Recorded) -> list[KnownFile]:
    """The files that exist, after rows were written for those without and deleted for those that are lost."""
    listed = {file.key: file for prefix in PREFIXES for file in store.list(prefix)}
    with transaction() as session:
        known = rows.known_keys(session)
    # Asked again: what was deleted since it was listed has no row either.
    adopt(store.backend, [file for key, file in listed.items() if key not in known and store.has(key)])
    file_rows.forget_lost(known - listed.keys())
    with transaction() as session:
        return rows.known_files(session, set(listed))


class _Pass:
    """``tally`` adds up what was removed so far, or would be."""

    def __init__(self, store: Recorded, dry_run: bool) -> None:
        self.store = store
        self.dry_run = dry_run
        self.at = now()
        self.tally = Tally()
        self.orphans = list(orphans(settings().home.absolute(), time.time() - ORPHANED_AFTER.total_seconds()))
        self.files = reconciled(store)
        self.run_files = _by_run(self.files)

    def report(self) -> Report:
        before = size(self.files) + sum(orphan.bytes for orphan in self.orphans)
        self.remove_orphans()
        old_runs = self.clear_runs()
        needed = self.needs()
        self.evict(needed)
        self.delete_uploads(needed)
        cache = exclusive(self.rest(CACHE))
        return Report(
            dry_run=self.dry_run,
            before_bytes=before,
            after_bytes=before - self.tally.bytes.total(),
            cache_bytes=_bytes(cache),
            needed_bytes=_bytes([copies for copies in cache if any(needed.has(file) for file in copies)]),
            revisions_bytes=_bytes(exclusive(self.rest_of(old_runs), self.rest(CACHE))),
            removed={kind: Removed(count, self.tally.bytes[kind]) for kind, count in self.tally.files.items()},
            broken=self.broken(),
        )

    def rest(self, prefix: str) -> list[KnownFile]:
        return without((file for file in self.files if file.key.startswith(prefix)), self.tally.removed)

    def rest_of(self, runs: Iterable[KnownRun]) -> list[KnownFile]:
        ids = {run.id for run in runs}
        return [file for file in self.rest(RUNS) if _run_of(file) in ids]

    def broken(self) -> tuple[str, ...]:
        with transaction() as session:
            unreadable = rows.unreadable(session)
        removed = {file.key for file in self.tally.removed}
        return tuple(sorted(unreadable - removed))

    def remove_orphans(self) -> None:
        for orphan in self.orphans:
            if not self.dry_run:
                orphan.remove()
            self.tally.add_other("leftovers", orphan.files, orphan.bytes)

    # -- runs --------------------------------------------------------------------------------------------------------

    def clear_runs(self) -> list[KnownRun]:
        """Deletes the files of runs and revisions that are over; returns the runs of all old revisions."""
        with transaction() as session:
            runs = rows.known_runs(session)
        stopped = cancelled(runs, self.at) if not settings().keep_cancelled else []
        for run in dict.fromkeys((*replaced(runs, self.at), *stopped)):
            self.clear(run, "cancelled" if run.state == State.CANCELLED else "runs")
        old = prunable(runs, self.at)
        over = surplus(runs, old, settings().keep_revisions)
        self.prune(over, old)
        if limit := settings().revisions_mb * MiB:
            groups = {revision: self.rest_of(same) for revision, same in old.items() if revision not in over}
            self.prune(to_prune(groups, self.rest(CACHE), limit), old)
        return [run for same in old.values() for run in same]

    def prune(self, revisions: Iterable[int], old: Mapping[int, Sequence[KnownRun]]) -> None:
        for revision in revisions:
            runs = [run for run in old[revision] if run.id in self.run_files]
            if runs and (self.dry_run or _marked_as_pruned(revision, runs[0].job_id)):
                for run in runs:
                    self.clear(run, "revisions")

    def clear(self, run: KnownRun, kind: str) -> None:
        files = self.run_files.pop(run.id, [])
        if files and not self.dry_run:
            self.store.delete(file.key for file in files)
            file_rows.forget_references(run_prefix(run.id))
        self.tally.add(kind, files)

    # -- the cache ---------------------------------------------------------------------------------------------------

    def needs(self) -> Needs:
        with transaction() as session:
            return needs(rows.references(session), {file.key for file in self.tally.removed})

    def evict(self, needed: Needs) -> None:
        used_after = self.at - file_rows.KEPT_FOR

        def stays(file: KnownFile) -> bool:
            return file.used_at > used_after or needed.has(file) or needed.is_named_in(file)

        if limit := settings().cache_mb * MiB:
            chosen = to_evict(self.rest(CACHE), limit, stays)
            evicted = {file.key for file in chosen} if self.dry_run else self.store.evict(file.key for file in chosen)
            self.tally.add("cache", (file for file in chosen if file.key in evicted))

    # -- uploads -----------------------------------------------------------------------------------------------------

    def delete_uploads(self, needed: Needs) -> None:
        """Old uploads that no job names, and files of ``assets/`` that belong to none."""
        if not settings().asset_days:
            return
        before = self.at - timedelta(days=settings().asset_days)
        with transaction() as session:
            assets = rows.uploads(session)
            # Read last: a job that names one of them from now on had to find its row just before.
            requested = rows.requested_assets(session)
        files = {file.key: file for file in self.rest(ASSETS)}
        for key in sorted(files.keys() | assets.keys()):
            asset, file = assets.get(key), files.get(key)
            is_requested = asset is not None and asset.id in requested
            if _is_old(asset, file, before) and not is_requested and identity_of(key) not in needed.identities:
                self.delete_upload(key, asset)
                self.tally.add("assets", [file] if file else [])

    def delete_upload(self, key: str, asset: AssetRow | None) -> None:
        if self.dry_run:
            return
        if asset:
            with transaction() as session:
                session.execute(delete(AssetRow).where(AssetRow.id == asset.id))
        self.store.delete([key])


def _marked_as_pruned(revision: int, job_id: str) -> bool:
    """Whether the revision may still be pruned; then it is known to be, before its files are deleted."""
    with job_lock(job_id) as session:
        if revision not in prunable(rows.known_runs(session, job_id), now()):
            return False
        session.get_one(RevisionRow, revision).pruned_at = now()
    return True


def _is_old(asset: AssetRow | None, file: KnownFile | None, before: datetime) -> bool:
    return asset.created_at < before if asset else file is not None and file.created_at < before


def _by_run(files: Iterable[KnownFile]) -> dict[str, list[KnownFile]]:
    by_run: dict[str, list[KnownFile]] = defaultdict(list)
    for file in files:
        if file.key.startswith(RUNS):
            by_run[_run_of(file)].append(file)
    return dict(by_run)


def _run_of(file: KnownFile) -> str:
    return file.key.split("/")[1]


def _bytes(contents: Iterable[Sequence[KnownFile]]) -> int:
    return sum(copies[0].bytes for copies in contents)
