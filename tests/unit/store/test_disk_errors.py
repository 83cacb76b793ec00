"""A disk that is full or read-only is recognised by whatever failed because of it."""

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
from app.core.errors import MediaError, NotFound, PytoonError, StorageFull, StorageReadOnly
from app.store.backends.folder import Folder
from app.store.disk_errors import storage_error


def failed(do: Callable[[], object]) -> Exception:
    try:
        do()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    raise AssertionError("nothing failed")


def wrapped(error: Exception) -> Exception:
    """As a caller higher up raises it."""

    def fail() -> None:
        try:
            raise error
        except Exception as cause:
            raise MediaError("join", [], 1, "it failed") from cause

    return failed(fail)


def write(what: Callable[[IO[bytes]], object]) -> Callable[[], object]:
    def do() -> None:
        with Path("/dev/full").open("wb") as file:
            what(file)

    return do


WRITERS: dict[str, Callable[[], object]] = {
    "bytes": write(lambda file: file.write(bytes(1 << 20))),
    "text": lambda: Path("/dev/full").write_text("x" * 100_000),
    "a plate": write(lambda file: np.save(file, np.zeros((2000, 2000), np.uint8))),
    "samples": write(lambda file: np.zeros((2000, 2000), np.uint8).tofile(file)),
    "a picture": lambda: Image.new("RGB", (2000, 2000)).save("/dev/full", format="PNG"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_known_by_each_writer_of_the_house(writer: str) -> None:
    error = failed(WRITERS[writer])
    for each in (error, wrapped(error), wrapped(wrapped(error))):
        trouble = storage_error(each)
        assert isinstance(trouble, StorageFull)
        assert trouble.wanted_bytes > trouble.free_bytes > 0


def test_who_has_used_up_his_share_has_nothing_free() -> None:
    trouble = storage_error(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert isinstance(trouble, StorageFull)
    assert trouble.free_bytes == 0


def test_a_full_database_is_a_full_disk(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")

    def fill() -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (x)"))
            connection.execute(text("PRAGMA max_page_count = 10"))
            connection.execute(text("INSERT INTO t VALUES (:x)"), {"x": "x" * 500_000})

    error = failed(fill)
    assert isinstance(storage_error(error), StorageFull)
    engine.dispose()


def test_a_database_that_may_not_be_written_is_read_only_storage(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as made:
        made.execute("CREATE TABLE t (x)")
    made.close()
    opened = sqlite3.connect(f"file:{tmp_path / 'x.db'}?mode=ro", uri=True)
    error = failed(lambda: opened.execute("INSERT INTO t VALUES (1)"))
    assert isinstance(storage_error(wrapped(error)), StorageReadOnly)
    opened.close()


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
def test_what_may_not_be_written_in_the_home_is_read_only_storage(error: OSError) -> None:
    for each in (error, wrapped(error)):
        trouble = storage_error(each)
        assert isinstance(trouble, StorageReadOnly)
        assert trouble.where == "storage"


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
def test_other_trouble_is_none_of_the_disk(error: Exception) -> None:
    assert storage_error(error) is None
    assert storage_error(wrapped(error)) is None


def test_what_was_recognised_already_stays_what_it_is() -> None:
    error = StorageFull("storage", 1, 2)
    assert storage_error(error) is error
    assert storage_error(wrapped(error)) is error


def test_a_circle_of_causes_has_an_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert storage_error(one) is None


def test_writing_to_the_store_tells_a_full_disk_from_other_errors(tmp_path: Path) -> None:
    def fill(error: Callable[[], object]) -> Callable[[], object]:
        def do() -> None:
            with Folder(tmp_path).writing("runs/a.npy") as path:
                path.touch()
                error()

        return do

    found = failed(fill(WRITERS["a plate"]))
    assert isinstance(found, StorageFull)
    assert isinstance(found.__cause__, OSError)
    assert isinstance(failed(fill(lambda: {}["none"])), KeyError)
    own = StorageFull("storage", 1, 2)

    def again() -> PytoonError:
        raise own

    assert failed(fill(again)) is own
    assert list(tmp_path.rglob("*.npy")) == []
