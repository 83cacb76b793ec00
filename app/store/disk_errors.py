"""Recognises errors that a full or read-only disk causes."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import MiB, settings
from app.core.disk_space import free_if_known, full
from app.core.errors import PytoonError, StorageFull, StorageReadOnly

FULL = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (errno.EROFS, errno.EACCES)
# How NumPy says that the disk was full, without its number.
CUT_SHORT = re.compile(r"\d+ requested and \d+ written")
# libsndfile's "system error": it says no more.
SYSTEM_ERROR = 2


def storage_trouble(error: BaseException) -> PytoonError | None:
    """``StorageFull`` or ``StorageReadOnly`` where that is what lies behind ``error``, however deep; else ``None``."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        if isinstance(cause, StorageFull | StorageReadOnly):
            return cause
        if _says_full(cause):
            return full(over_quota=getattr(cause, "errno", None) == errno.EDQUOT)
        if _says_read_only(cause):
            return StorageReadOnly("storage")
        seen.append(cause)
        cause = cause.__cause__
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raises ``StorageFull`` or ``StorageReadOnly`` in place of an error that such a disk causes.

    Use it while a half-written file still exists: once that is removed the disk is not full any more.
    """
    try:
        yield
    except Exception as error:
        if (trouble := storage_trouble(error)) and trouble is not error:
            raise trouble from error
        raise


def check_space(directory: Path, min_free_bytes: int) -> None:
    """Raises ``StorageFull`` when less is free on the disk of ``directory``."""
    free = shutil.disk_usage(directory).free
    if free < min_free_bytes:
        raise StorageFull("storage", free, min_free_bytes)


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL or (error.errno is None and bool(CUT_SHORT.search(str(error))))
    if type(error).__name__ == "LibsndfileError":
        return getattr(error, "code", None) == SYSTEM_ERROR and free_if_known() < MiB
    return _sqlite(error) == sqlite3.SQLITE_FULL


def _says_read_only(error: BaseException) -> bool:
    if not isinstance(error, OSError):
        return _sqlite(error) == sqlite3.SQLITE_READONLY
    named = [Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    home = settings().home.absolute()
    if any(name.absolute().is_relative_to(home) for name in named):
        return error.errno in READ_ONLY
    return not named and error.errno == errno.EROFS


def _sqlite(error: BaseException) -> int | None:
    """SQLite's code; an extended one has it in its low byte."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
