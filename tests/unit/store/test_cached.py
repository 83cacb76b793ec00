"""Files of this machine in front of an object store: downloaded once, bounded, and never older than the object."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.config import settings
from app.core.errors import NotFound
from app.store.cached import Cached
from tests.object_store import SqliteObjects

KB = 1024


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def objects(tmp_path: Path) -> SqliteObjects:
    return SqliteObjects(tmp_path / "objects.db")


@pytest.fixture
def here(objects: SqliteObjects, tmp_path: Path) -> Cached:
    return Cached(objects, tmp_path / "here", max_bytes=100 * KB)


@pytest.fixture
def elsewhere(objects: SqliteObjects, tmp_path: Path) -> Cached:
    """Another machine's."""
    return Cached(objects, tmp_path / "elsewhere", max_bytes=100 * KB)


def put(store: Cached, key: str, data: bytes = b"data") -> None:
    with store.writing(key) as path:
        path.write_bytes(data)


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def local_bytes(store: Cached) -> int:
    return sum(path.stat().st_size for path in store.directory.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", ["cache/x/a.npy", "runs/r/a.json"])
def test_an_object_is_downloaded_once(here: Cached, elsewhere: Cached, objects: SqliteObjects, key: str) -> None:
    put(elsewhere, key)
    for _ in range(3):
        assert here.local(key).read_bytes() == b"data"
    assert objects.downloads == 1


@pytest.mark.parametrize("key", ["cache/x/a.npy", "runs/r/a.json"])
def test_a_file_that_was_written_here_is_not_downloaded(here: Cached, objects: SqliteObjects, key: str) -> None:
    put(here, key)
    assert here.local(key).read_bytes() == b"data"
    assert objects.downloads == 0


def test_a_file_that_another_machine_replaced_is_downloaded_again(here: Cached, elsewhere: Cached) -> None:
    put(here, "jobs/j/output.mp4", b"old")
    path = here.local("jobs/j/output.mp4")
    put(elsewhere, "jobs/j/output.mp4", b"new")
    assert here.local("jobs/j/output.mp4").read_bytes() == b"new"
    assert path.read_bytes() == b"old"


def test_a_file_that_another_machine_deleted_is_not_found(here: Cached, elsewhere: Cached) -> None:
    put(here, "runs/r/a.json")
    elsewhere.delete(["runs/r/a.json"])
    with pytest.raises(NotFound):
        here.local("runs/r/a.json")


def test_a_failed_download_leaves_no_file(here: Cached) -> None:
    with pytest.raises(NotFound):
        here.local("cache/x/none")
    assert local_bytes(here) == 0


def test_concurrent_readers_see_the_whole_file(here: Cached, elsewhere: Cached) -> None:
    data = bytes(range(256)) * 100
    put(elsewhere, "cache/x/a", data)
    seen: list[bytes] = []
    readers = [threading.Thread(target=lambda: seen.append(here.local("cache/x/a").read_bytes())) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert seen == [data] * 8


def test_the_least_recently_used_local_files_are_removed_above_the_limit(here: Cached, elsewhere: Cached) -> None:
    for number in range(4):
        put(elsewhere, f"cache/x/{number}", bytes(30 * KB))
    for number in (0, 1, 2):
        age(here.local(f"cache/x/{number}"), hours=9 - number)
    here.local("cache/x/0")
    here.local("cache/x/3")
    assert [(here.directory / f"files/cache/x/{n}").exists() for n in range(4)] == [True, False, True, True]
    assert local_bytes(here) <= here.max_bytes


def test_a_local_file_that_was_used_within_the_hour_stays_above_the_limit(here: Cached, elsewhere: Cached) -> None:
    paths = []
    for number in range(5):
        put(elsewhere, f"cache/x/{number}", bytes(30 * KB))
        paths.append(here.local(f"cache/x/{number}"))
        age(paths[-1], hours=0.9)
    assert all(path.exists() for path in paths)


def test_a_removed_local_file_is_downloaded_again(here: Cached, elsewhere: Cached, objects: SqliteObjects) -> None:
    put(elsewhere, "cache/x/a")
    here.local("cache/x/a").unlink()
    assert here.local("cache/x/a").read_bytes() == b"data"
    assert objects.downloads == 2


def test_drafts_of_killed_processes_are_removed_after_a_day(here: Cached) -> None:
    drafts = here.directory / "drafts"
    drafts.mkdir(parents=True)
    for name, hours in (("old", 25), ("young", 23)):
        (drafts / name).touch()
        age(drafts / name, hours)
    put(here, "cache/x/a", bytes(50 * KB))
    assert [path.name for path in drafts.iterdir()] == ["young"]
