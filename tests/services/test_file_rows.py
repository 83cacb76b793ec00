"""Rows of stored files on both databases, under processes that claim, write and evict the same files at random."""

from __future__ import annotations

import multiprocessing
import random
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.core import db
from app.core.models import FileReferenceRow, StoredFileRow, now
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
        db.migrate()
        yield url


def identity(number: int) -> str:
    return f"{number:064x}"


def key_of(number: int) -> str:
    return f"cache/x/00/{identity(number)}.bin"


def age(hours: float) -> None:
    with db.session() as session:
        session.execute(update(StoredFileRow).values(used_at=now() - timedelta(hours=hours)))


def evict(root: Path, begun: Event, done: Event, seed: int) -> None:
    store, order = Recorded(Folder(root)), random.Random(seed)
    keys = [key_of(number) for number in range(FILES)]
    begun.set()
    while not done.is_set():
        store.evict(order.sample(keys, 7))


def make(root: Path, results: Queue[tuple[int, bool, bool]], seed: int) -> None:
    """Uses every file once, in an order of its own; says which it had to make, and whether each was there to use."""
    store = Recorded(Folder(root))
    order = list(range(FILES))
    random.Random(seed).shuffle(order)
    for number in order:
        key, reused = get_or_make(store, "x", identity(number), ".bin", lambda path: path.write_bytes(b"again"))
        results.put((number, reused, store.backend.has(key)))


def test_a_file_that_was_claimed_or_made_exists_whatever_is_evicted_meanwhile(database: str, tmp_path: Path) -> None:
    root = tmp_path / "files"
    store = Recorded(Folder(root))
    root.mkdir()
    for number in range(FILES):
        with store.writing(key_of(number)) as path:
            path.write_bytes(b"first")
    age(hours=3)
    results: Queue[tuple[int, bool, bool]] = SPAWN.Queue()
    done, begun = SPAWN.Event(), [SPAWN.Event() for _ in range(EVICTORS)]
    evictors = [SPAWN.Process(target=evict, args=(root, event, done, seed)) for seed, event in enumerate(begun)]
    makers = [SPAWN.Process(target=make, args=(root, results, 100 + seed)) for seed in range(MAKERS)]
    for process in evictors:
        process.start()
    assert all(event.wait(60) for event in begun)
    for process in makers:
        process.start()
    seen = [results.get(timeout=120) for _ in range(MAKERS * FILES)]
    done.set()
    for process in (*makers, *evictors):
        process.join(60)
        assert process.exitcode == 0
    assert [number for number, _, was_there in seen if not was_there] == []
    assert [number for number in range(FILES) if not store.backend.has(key_of(number))] == []
    assert store.claim(key_of(number) for number in range(FILES)) == {key_of(number) for number in range(FILES)}
    assert {reused for _, reused, _ in seen} == {True, False}


def test_all_is_evicted_in_the_end_when_nobody_uses_it(database: str, tmp_path: Path) -> None:
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
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(StoredFileRow)) == 0


def test_documents_are_written_by_many_at_once_and_no_reference_is_lost(database: str, tmp_path: Path) -> None:
    store = Recorded(Folder(tmp_path / "files"))
    store.backend.root.mkdir()
    texts = [identity(number) for number in range(40)]
    writers = [
        threading.Thread(target=write_json, args=(store, "runs/r/a.json", random.Random(seed).sample(texts, 40)))
        for seed in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with db.session() as session:
        assert set(session.scalars(select(FileReferenceRow.identity))) == set(texts)


def test_a_file_that_a_run_names_is_not_marked_for_deletion(database: str, tmp_path: Path) -> None:
    store = Recorded(Folder(tmp_path / "files"))
    store.backend.root.mkdir()
    for number in range(2):
        with store.writing(key_of(number)) as path:
            path.touch()
    write_json(store, "runs/r/a.json", {"clip": key_of(0)})
    age(hours=2)
    assert store.evict([key_of(0), key_of(1)]) == {key_of(1)}


def test_a_lease_is_held_by_one_at_a_time(database: str) -> None:
    inside, most = 0, []

    def enter() -> None:
        nonlocal inside
        for _ in range(5):
            with leased("retention"):
                inside += 1
                most.append(inside)
                sys.setswitchinterval(1e-6)
                inside -= 1

    switching_s = sys.getswitchinterval()
    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    sys.setswitchinterval(switching_s)
    assert most == [1] * 20
