"""Room is made: what nobody needs goes, the least recently used first, and what a kept revision needs stays.

It is safe beside workers at any time. ``storage().has`` makes a kept file young, ``evict`` takes no young one, and both
exclude each other: whoever was told that a file is there has most of an hour to use it, or to have it named in the
folder of its run, and that needs it as long as it stays. Who is told that it is not there makes it again. Folders of
old revisions go under the lock on their job, under which alone a revision can be taken up again.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.config import MiB, settings
from app.core.errors import NotFound
from app.core.job_lock import alone
from app.core.models import AssetRow, JobRow, RevisionRow, now
from app.core.turns import turn
from app.store.base import KEPT_AT_LEAST_S, Piece
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key
from app.store.retention.limits import Needs, Tally, evicted, needs, outgrown, own, size, texts, without
from app.store.retention.orphans import ROOMS, leftovers
from app.store.retention.rules import Made, called_off, made, prunable, replaced, surplus

LEFT_FOR = timedelta(days=1)
# More than this is no paper of ours.
LONGEST_PAPER = 64 * MiB
ASSET_ID = re.compile(r"ast_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Removed:
    """``files`` names were taken away; ``bytes`` are free, because no other name of them is left."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass did, or would do if ``dry_run``; a file's bytes count once, however many names it has.

    ``cache_bytes`` and ``revisions_bytes`` are what the two limits are for, as they are afterwards; ``needed_bytes`` of
    the cache may not go. ``removed`` is by kind, ``broken`` names what could not be read.
    """

    dry_run: bool
    before_bytes: int
    after_bytes: int
    cache_bytes: int
    needed_bytes: int
    revisions_bytes: int
    removed: dict[str, Removed]
    broken: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "broken": list(self.broken)}


def tidied(dry_run: bool = False) -> Report:
    """Goes through the home once; one at a time on a machine."""
    with turn("attic"):
        return _Pass(dry_run).report()


class _Pass:
    """One walk: ``rooms`` is what there was, ``tally`` what went of it so far."""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.store = storage()
        self.tally = Tally()
        self.broken: set[str] = set()
        self.left = list(leftovers(settings().home.absolute(), time.time() - LEFT_FOR.total_seconds()))
        self.rooms = {room: list(self.store.pieces(room)) for room in ROOMS}
        self.folders = _by_run(self.rooms["runs"])

    def report(self) -> Report:
        places = [*(left.pieces for left in self.left), *self.rooms.values()]
        before = size(piece for pieces in places for piece in pieces)
        self.clear_leftovers()
        old = self.clear_runs()
        needed = self.needed()
        self.evict(needed)
        self.forget_uploads(needed)
        cache = own(self.rest("cache"))
        return Report(
            dry_run=self.dry_run,
            before_bytes=before,
            after_bytes=before - self.tally.bytes.total(),
            cache_bytes=_bytes(cache),
            needed_bytes=_bytes([names for names in cache if any(piece.key in needed for piece in names)]),
            revisions_bytes=_bytes(own(self.rest_of(old), self.rest("cache"))),
            removed={kind: Removed(count, self.tally.bytes[kind]) for kind, count in self.tally.files.items()},
            broken=tuple(sorted(self.broken)),
        )

    def rest(self, room: str) -> list[Piece]:
        return without(self.rooms[room], self.tally.gone)

    def rest_of(self, runs: Iterable[Made]) -> list[Piece]:
        wanted = {run.id for run in runs}
        return [piece for piece in self.rest("runs") if _run_of(piece) in wanted]

    def clear_leftovers(self) -> None:
        for left in self.left:
            if not self.dry_run:
                left.remove()
            self.tally.add("leftovers", left.pieces)

    # -- runs --------------------------------------------------------------------------------------------------------

    def clear_runs(self) -> list[Made]:
        """Clears what is over; returns the runs of all old revisions, cleared or not."""
        with db.session() as session:
            runs = made(session)
        cancelled = called_off(runs, now()) if not settings().keep_cancelled else []
        for run in dict.fromkeys((*replaced(runs, now()), *cancelled)):
            self.clear(run, "runs")
        old = prunable(runs, now())
        gone = surplus(runs, old, settings().keep_revisions)
        self.prune(gone, old)
        if limit := settings().revisions_mb * MiB:
            rest = {revision: self.rest_of(same) for revision, same in old.items() if revision not in gone}
            self.prune(outgrown(rest, self.rest("cache"), limit), old)
        return [run for same in old.values() for run in same]

    def prune(self, revisions: Iterable[int], old: Mapping[int, Sequence[Made]]) -> None:
        for revision in revisions:
            runs = [run for run in old[revision] if run.id in self.folders]
            if self.dry_run:
                self.clear_all(runs)
            elif runs:
                with alone(runs[0].job_id) as session:
                    # It may have been taken up again since.
                    if revision in prunable(made(session, runs[0].job_id), now()):
                        session.get_one(RevisionRow, revision).pruned_at = now()
                        self.clear_all(runs)

    def clear_all(self, runs: Iterable[Made]) -> None:
        for run in runs:
            self.clear(run, "revisions")

    def clear(self, run: Made, kind: str) -> None:
        if not self.dry_run:
            self.store.clear(run_key(run.id))
        self.tally.add(kind, self.folders.pop(run.id, []))

    # -- the cache ---------------------------------------------------------------------------------------------------

    def needed(self) -> Needs:
        """What the folders name that are left. A later run's are not read: what it asked for is young."""
        papers = [piece for piece in self.rest("runs") if piece.key.endswith(".json")]
        return needs(text for piece in papers for text in self.texts(piece))

    def texts(self, piece: Piece) -> list[str]:
        try:
            if piece.bytes > LONGEST_PAPER:
                raise ValueError("too long")
            return texts(read_json(self.store, piece.key))
        except NotFound:  # it went meanwhile
            return []
        except (OSError, ValueError, RecursionError):
            self.broken.add(piece.key)
            return []

    def evict(self, needed: Needs) -> None:
        young_s = time.time() - KEPT_AT_LEAST_S

        def stays(piece: Piece) -> bool:
            if piece.used_s > young_s or piece.key in needed:
                return True
            # Without the paper that names it, what is needed would not be found again.
            return piece.key.endswith(".json") and not needed.keys.isdisjoint(self.texts(piece))

        if limit := settings().cache_mb * MiB:
            for piece in evicted(self.rest("cache"), limit, stays):
                if self.dry_run or self.store.evict(piece.key):
                    self.tally.add("cache", [piece])

    # -- uploads -----------------------------------------------------------------------------------------------------

    def forget_uploads(self, needed: Needs) -> None:
        """Those of long ago that no job names, and files of which nobody knows."""
        if not settings().asset_days:
            return
        before = now() - timedelta(days=settings().asset_days)
        with db.session() as session:
            rows = {row.key: row for row in session.scalars(select(AssetRow))}
            # Read last: a job that names one of them from now on would have had to find it just before.
            named = _named_assets(session)
        pieces = {piece.key: piece for piece in self.rooms["assets"]}
        for key in sorted((pieces.keys() | rows.keys()) - needed.keys):
            row, piece = rows.get(key), pieces.get(key)
            if _is_old(row, piece, before) and not (row and row.id in named):
                self.forget(key, row)
                self.tally.add("assets", [piece] if piece else [])

    def forget(self, key: str, row: AssetRow | None) -> None:
        if self.dry_run:
            return
        if row:
            _forget_asset(row.id)
        else:
            self.store.delete(key)


def _forget_asset(asset_id: str) -> None:
    with db.session() as session:
        row = session.get(AssetRow, asset_id)
        if row is None:
            return
        session.delete(row)
        key = row.key
    storage().delete(key)


def _is_old(row: AssetRow | None, piece: Piece | None, before: datetime) -> bool:
    return row.created_at < before if row else piece is not None and piece.used_s < before.timestamp()


def _named_assets(session: Session) -> set[str]:
    """Every asset id that stands anywhere in what was asked for, or in any revision of it."""
    found: set[str] = set()
    for column in (JobRow.request, RevisionRow.scene_graph, RevisionRow.changes):
        for text in session.scalars(select(cast(column, Text)).execution_options(yield_per=500)):
            found.update(ASSET_ID.findall(text or ""))
    return found


def _by_run(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    found: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[_run_of(piece)].append(piece)
    return dict(found)


def _run_of(piece: Piece) -> str:
    return piece.key.split("/")[1]


def _bytes(files: Iterable[Sequence[Piece]]) -> int:
    return sum(names[0].bytes for names in files)
