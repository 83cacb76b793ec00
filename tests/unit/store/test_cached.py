"""The local cache of an object store: downloaded once, bounded, and never older than the object."""

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
def cache(objects: SqliteObjects, tmp_path: Path) -> Cached:
    return Cached(objects, tmp_path / "local", max_bytes=100 * KB)


@pytest.fixture
def other_cache(objects: SqliteObjects, tmp_path: Path) -> Cached:
    """The cache of another machine."""
    return Cached(objects, tmp_path / "other", max_bytes=100 * KB)


def put(store: Cached, key: str, data: bytes = b"data") -> None:
    with store.writing(key) as path:
        path.write_bytes(data)


def age(path: Path, hours: float) -> None:
    used_at = time.time() - hours * 3600
    os.utime(path, (used_at, used_at))


def local_bytes(store: Cached) -> int:
    return sum(path.stat().st_size for path in store.directory.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", ["cache/x/a.npy", "runs/r/a.json"])
def test_object_is_downloaded_once(cache: Cached, other_cache: Cached, objects: SqliteObjects, key: str) -> None:
    put(other_cache, key)
    for _ in range(3):
        assert cache.local(key).read_bytes() == b"data"
    assert objects.downloads == 1


@pytest.mark.parametrize("key", ["cache/x/a.npy", "runs/r/a.json"])
def test_file_written_on_this_machine_is_not_downloaded(cache: Cached, objects: SqliteObjects, key: str) -> None:
    put(cache, key)
    assert cache.local(key).read_bytes() == b"data"
    assert objects.downloads == 0


def test_file_replaced_by_another_machine_is_downloaded_again(cache: Cached, other_cache: Cached) -> None:
    put(cache, "jobs/j/output.mp4", b"old")
    path = cache.local("jobs/j/output.mp4")
    put(other_cache, "jobs/j/output.mp4", b"new")
    assert cache.local("jobs/j/output.mp4").read_bytes() == b"new"
    assert path.read_bytes() == b"old"


def test_file_deleted_by_another_machine_is_not_found(cache: Cached, other_cache: Cached) -> None:
    put(cache, "runs/r/a.json")
    other_cache.delete(["runs/r/a.json"])
    with pytest.raises(NotFound):
        cache.local("runs/r/a.json")


def test_failed_download_leaves_no_file(cache: Cached) -> None:
    with pytest.raises(NotFound):
        cache.local("cache/x/none")
    assert local_bytes(cache) == 0


def test_concurrent_readers_see_the_whole_file(cache: Cached, other_cache: Cached) -> None:
    data = bytes(range(256)) * 100
    put(other_cache, "cache/x/a", data)
    contents: list[bytes] = []
    readers = [
        threading.Thread(target=lambda: contents.append(cache.local("cache/x/a").read_bytes())) for _ in range(8)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert contents == [data] * 8


def test_least_recently_used_local_files_are_removed_above_the_limit(cache: Cached, other_cache: Cached) -> None:
    for number in range(4):
        put(other_cache, f"cache/x/{number}", bytes(30 * KB))
    for number in (0, 1, 2):
        age(cache.local(f"cache/x/{number}"), hours=9 - number)
    cache.local("cache/x/0")
    cache.local("cache/x/3")
    assert [(cache.directory / f"files/cache/x/{n}").exists() for n in range(4)] == [True, False, True, True]
    assert local_bytes(cache) <= cache.max_bytes


def test_local_file_used_within_the_last_hour_is_not_removed(cache: Cached, other_cache: Cached) -> None:
    paths = []
    for number in range(5):
        put(other_cache, f"cache/x/{number}", bytes(30 * KB))
        paths.append(cache.local(f"cache/x/{number}"))
        age(paths[-1], hours=0.9)
    assert all(path.exists() for path in paths)


def test_removed_local_file_is_downloaded_again(cache: Cached, other_cache: Cached, objects: SqliteObjects) -> None:
    put(other_cache, "cache/x/a")
    cache.local("cache/x/a").unlink()
    assert cache.local("cache/x/a").read_bytes() == b"data"
    assert objects.downloads == 2


def test_drafts_of_killed_processes_are_removed_after_a_day(cache: Cached) -> None:
    drafts = cache.directory / "drafts"
    drafts.mkdir(parents=True)
    for name, hours in (("old", 25), ("recent", 23)):
        (drafts / name).touch()
        age(drafts / name, hours)
    put(cache, "cache/x/a", bytes(50 * KB))
    assert [path.name for path in drafts.iterdir()] == ["recent"]
