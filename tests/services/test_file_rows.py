"""Rows of stored files on both databases, while processes claim, write and evict the same files at random."""

from __future__ import annotations

import multiprocessing
import random
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.database.models import FileReferenceRow, StoredFileRow, now
from app.database.session import migrate, transaction
from app.store import file_rows
from app.store.backends.folder import Folder
from app.store.cache import get_or_make
from app.store.json_files import write_json
from app.store.recorded import Recorded
from app.store.retention.lease import leased
from tests.databases import DATABASES, use

FILES = 300
MAKERS, EVICTORS = 3, 2
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for url in use(request.param, tmp_path, monkeypatch):
        migrate()
        yield url


def identity(number: int) -> str:
    return f"{number:064x}"


def key_of(number: int) -> str:
    return f"cache/x/00/{identity(number)}.bin"


def age(hours: float) -> None:
    with transaction() as session:
        session.execute(update(StoredFileRow).values(used_at=now() - timedelta(hours=hours)))


class SlowFolder(Folder):
    """A backend that deletes slowly and reports when it begins to delete each file."""

    def __init__(self, root: Path, deletions: Queue[tuple[str, float]], seed: int) -> None:
        super().__init__(root)
        self.deletions = deletions
        self.random = random.Random(seed)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            time.sleep(self.random.uniform(0, 0.02))
            self.deletions.put((key, time.monotonic()))
            super().delete([key])


def evict(root: Path, deletions: Queue[tuple[str, float]], start: Barrier, done: Event, seed: int) -> None:
    store, rng = Recorded(SlowFolder(root, deletions, seed)), random.Random(seed)
    keys = [key_of(number) for number in range(FILES)]
    start.wait(60)
    while not done.is_set():
        store.evict(rng.sample(keys, 7))


def make(root: Path, results: Queue[tuple[str, bool, float]], start: Barrier, seed: int) -> None:
    """Use or replace every file once in random order; report whether it existed and when it was usable."""
    store, rng = Recorded(Folder(root)), random.Random(seed)
    order = rng.sample(range(FILES), FILES)
    start.wait(60)
    for number in order:
        key, reused = key_of(number), False
        if rng.random() < 0.5:
            key, reused = get_or_make(store, "x", identity(number), ".bin", lambda path: path.write_bytes(b"again"))
        else:
            with store.writing(key) as path:
                path.write_bytes(b"replaced")
        results.put((key, reused, time.monotonic()))


def stored(root: Path) -> Recorded:
    """Store all files, last used three hours ago."""
    root.mkdir()
    store = Recorded(Folder(root))
    for number in range(FILES):
        with store.writing(key_of(number)) as path:
            path.write_bytes(b"first")
    age(hours=3)
    return store


def last_times(queue: Queue[tuple[str, float]]) -> dict[str, float]:
    """The last time reported for each key."""
    queue.put(("end", 0.0))
    return dict(iter(queue.get, ("end", 0.0)))


@pytest.mark.slow
def test_claimed_or_written_file_is_not_deleted_by_concurrent_eviction(database: str, tmp_path: Path) -> None:
    root = tmp_path / "files"
    store = stored(root)
    results: Queue[tuple[str, bool, float]] = SPAWN.Queue()
    deletions: Queue[tuple[str, float]] = SPAWN.Queue()
    done, start = SPAWN.Event(), SPAWN.Barrier(MAKERS + EVICTORS)
    evictors = [SPAWN.Process(target=evict, args=(root, deletions, start, done, seed)) for seed in range(EVICTORS)]
    makers = [SPAWN.Process(target=make, args=(root, results, start, 100 + seed)) for seed in range(MAKERS)]
    for process in (*evictors, *makers):
        process.start()
    uses = [results.get(timeout=120) for _ in range(MAKERS * FILES)]
    done.set()
    deleted = last_times(deletions)
    for process in (*makers, *evictors):
        process.join(60)
        assert process.exitcode == 0
    assert [key for key, _, usable_at in uses if deleted.get(key, 0.0) > usable_at] == []
    assert {file.key for file in store.list("cache/")} == {key_of(number) for number in range(FILES)}
    assert store.claim(key_of(number) for number in range(FILES)) == {key_of(number) for number in range(FILES)}
    assert {reused for _, reused, _ in uses} == {True, False}
    assert deleted


def test_unused_files_are_evicted_once_by_concurrent_evictions(database: str, tmp_path: Path) -> None:
    store = Recorded(Folder(tmp_path / "files"))
    store.backend.root.mkdir()
    keys = {key_of(number) for number in range(2 * file_rows.BATCH + 5)}
    for key in keys:
        with store.writing(key) as path:
            path.touch()
    age(hours=2)
    evicted: list[set[str]] = []
    threads = [threading.Thread(target=lambda: evicted.append(store.evict(keys))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert set().union(*evicted) == keys
    assert sum(map(len, evicted)) == len(keys)
    assert list(store.list("cache/")) == []
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(StoredFileRow)) == 0


def test_concurrent_writes_of_a_document_lose_no_reference(database: str, tmp_path: Path) -> None:
    store = Recorded(Folder(tmp_path / "files"))
    store.backend.root.mkdir()
    identities = [identity(number) for number in range(40)]
    writers = [
        threading.Thread(target=write_json, args=(store, "runs/r/a.json", random.Random(seed).sample(identities, 40)))
        for seed in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with transaction() as session:
        assert set(session.scalars(select(FileReferenceRow.identity))) == set(identities)


def test_file_that_a_document_of_a_run_refers_to_is_not_evicted(database: str, tmp_path: Path) -> None:
    store = Recorded(Folder(tmp_path / "files"))
    store.backend.root.mkdir()
    for number in range(2):
        with store.writing(key_of(number)) as path:
            path.touch()
    write_json(store, "runs/r/a.json", {"clip": key_of(0)})
    age(hours=2)
    assert store.evict([key_of(0), key_of(1)]) == {key_of(1)}


def test_lease_has_one_holder_at_a_time(database: str) -> None:
    holders, observed = 0, []

    def hold_lease() -> None:
        nonlocal holders
        for _ in range(5):
            with leased("retention"):
                holders += 1
                observed.append(holders)
                sys.setswitchinterval(1e-6)
                holders -= 1

    switching_s = sys.getswitchinterval()
    threads = [threading.Thread(target=hold_lease) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    sys.setswitchinterval(switching_s)
    assert observed == [1] * 20
