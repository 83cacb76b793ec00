"""Errors caused by a full or read-only disk are recognised, whatever library raised them."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import soundfile
from PIL import Image
from sqlalchemy import create_engine, text

from app.core.config import settings
from app.core.errors import FileSizeLimit, MediaError, NotFound, PytoonError, StorageFull, StorageReadOnly
from app.store.backends.folder import Folder
from app.store.disk_errors import storage_error


def error_of(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:  # noqa: BLE001 - the tests check its type
        return error
    raise AssertionError("no error was raised")


def wrapped(error: Exception) -> Exception:
    """An error of a caller with this error as its cause."""

    def fail() -> None:
        try:
            raise error
        except Exception as cause:
            raise MediaError("join", [], 1, "it failed") from cause

    return error_of(fail)


def to_full_disk(write: Callable[[IO[bytes]], object]) -> Callable[[], object]:
    def write_to_full_disk() -> None:
        with Path("/dev/full").open("wb") as file:
            write(file)

    return write_to_full_disk


WRITERS: dict[str, Callable[[], object]] = {
    "bytes": to_full_disk(lambda file: file.write(bytes(1 << 20))),
    "text": lambda: Path("/dev/full").write_text("x" * 100_000),
    "plate": to_full_disk(lambda file: np.save(file, np.zeros((2000, 2000), np.uint8))),
    "samples": to_full_disk(lambda file: np.zeros((2000, 2000), np.uint8).tofile(file)),
    "image": lambda: Image.new("RGB", (2000, 2000)).save("/dev/full", format="PNG"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_full_disk_is_recognised_for_every_kind_of_writer(writer: str) -> None:
    error = error_of(WRITERS[writer])
    for raised in (error, wrapped(error), wrapped(wrapped(error))):
        disk_error = storage_error(raised)
        assert isinstance(disk_error, StorageFull)
        assert disk_error.wanted_bytes > disk_error.free_bytes > 0


def test_exceeded_disk_quota_is_a_full_disk_without_free_bytes() -> None:
    disk_error = storage_error(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert isinstance(disk_error, StorageFull)
    assert disk_error.free_bytes == 0


def test_file_above_the_limit_of_the_file_system_is_no_matter_of_free_bytes() -> None:
    disk_error = storage_error(wrapped(OSError(errno.EFBIG, "File too large")))
    assert isinstance(disk_error, FileSizeLimit)
    assert str(disk_error) == "storage does not take files of this size"


def test_full_sqlite_database_is_a_full_disk(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")

    def fill() -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (x)"))
            connection.execute(text("PRAGMA max_page_count = 10"))
            connection.execute(text("INSERT INTO t VALUES (:x)"), {"x": "x" * 500_000})

    error = error_of(fill)
    assert isinstance(storage_error(error), StorageFull)
    engine.dispose()


def test_read_only_sqlite_database_is_read_only_storage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    read_only = sqlite3.connect(f"file:{tmp_path / 'x.db'}?mode=ro", uri=True)
    error = error_of(lambda: read_only.execute("INSERT INTO t VALUES (1)"))
    assert isinstance(storage_error(wrapped(error)), StorageReadOnly)
    read_only.close()


def in_home(name: str) -> str:
    return str(settings().home / name)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EROFS, "Read-only file system", in_home("cache/x")),
        OSError(errno.EROFS, "Read-only file system", "/elsewhere", None, in_home("cache/x")),
        OSError(errno.EROFS, "Read-only file system"),
        PermissionError(errno.EACCES, "Permission denied", in_home("cache/x")),
        PermissionError(errno.EACCES, "Permission denied", in_home("cache/x").encode()),
    ],
)
def test_write_refused_in_the_home_directory_is_read_only_storage(error: OSError) -> None:
    for raised in (error, wrapped(error)):
        disk_error = storage_error(raised)
        assert isinstance(disk_error, StorageReadOnly)
        assert disk_error.where == "storage"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EROFS, "Read-only file system", "/usr/share/fonts"),
        PermissionError(errno.EACCES, "Permission denied", "/root/secret"),
        PermissionError(errno.EACCES, "Permission denied"),
        FileNotFoundError(errno.ENOENT, "No such file", in_home("cache/x")),
        OSError("no number"),
        sqlite3.OperationalError("no such table"),
        soundfile.LibsndfileError(2),
        ValueError("a bug"),
        NotFound("file", "x"),
        MediaError("encode", [], 1, "x"),
    ],
)
def test_other_errors_are_not_disk_errors(error: Exception) -> None:
    assert storage_error(error) is None
    assert storage_error(wrapped(error)) is None


def test_recognised_disk_error_is_returned_unchanged() -> None:
    error = StorageFull("storage", 1, 2)
    assert storage_error(error) is error
    assert storage_error(wrapped(error)) is error


def test_cyclic_causes_do_not_loop_forever() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert storage_error(first) is None


def test_write_to_the_store_distinguishes_a_full_disk_from_other_errors(tmp_path: Path) -> None:
    def during_write(fail: Callable[[], object]) -> Callable[[], object]:
        def write() -> None:
            with Folder(tmp_path).writing("runs/a.npy") as path:
                path.touch()
                fail()

        return write

    error = error_of(during_write(WRITERS["plate"]))
    assert isinstance(error, StorageFull)
    assert isinstance(error.__cause__, OSError)
    assert isinstance(error_of(during_write(lambda: {}["none"])), KeyError)
    storage_full = StorageFull("storage", 1, 2)

    def raise_storage_full() -> PytoonError:
        raise storage_full

    assert error_of(during_write(raise_storage_full)) is storage_full
    assert list(tmp_path.rglob("*.npy")) == []
