"""Recognises errors that a full, limited or read-only disk causes; no other module looks at its numbers and words."""

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
from app.core.errors import FileSizeLimit, PytoonError, StorageFull, StorageReadOnly, causes

FULL = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (errno.EROFS, errno.EACCES)
# ffmpeg's exit code is the error's number counted down from 256; an old one says it in its last words only.
FFMPEG_FULL = {256 - errno.ENOSPC: "No space left on device", 256 - errno.EDQUOT: "Disk quota exceeded"}
FFMPEG_READ_ONLY = {256 - errno.EROFS: "Read-only file system"}
# How NumPy says that the disk was full, without its number.
CUT_SHORT = re.compile(r"\d+ requested and \d+ written")
# libsndfile's "system error": it says no more.
SYSTEM_ERROR = 2


def storage_error(error: BaseException) -> PytoonError | None:
    """``StorageFull``, ``FileSizeLimit`` or ``StorageReadOnly`` where that lies behind ``error``, however deep."""
    for cause in causes(error):
        if isinstance(cause, StorageFull | StorageReadOnly):
            return cause
        if isinstance(cause, OSError) and cause.errno == errno.EFBIG:
            return FileSizeLimit("storage")
        if _says_full(cause):
            return _full(over_quota=getattr(cause, "errno", None) == errno.EDQUOT)
        if _says_read_only(cause):
            return StorageReadOnly("storage")
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raises ``StorageFull`` or ``StorageReadOnly`` in place of an error that such a disk causes.

    Use it while a half-written file still exists: once that is removed the disk is not full any more.
    """
    try:
        yield
    except Exception as error:
        if (trouble := storage_error(error)) and trouble is not error:
            raise trouble from error
        raise


def trouble_of_ffmpeg(exit_code: int, last_lines: str) -> PytoonError | None:
    """``StorageFull`` or ``StorageReadOnly`` where that is why an ffmpeg process ended; else ``None``."""
    if exit_code in FFMPEG_FULL or any(words in last_lines for words in FFMPEG_FULL.values()):
        return _full()
    if exit_code in FFMPEG_READ_ONLY or any(words in last_lines for words in FFMPEG_READ_ONLY.values()):
        return StorageReadOnly("storage")
    return None


def require_space(free_bytes: int, wanted_bytes: int) -> None:
    """Raises ``StorageFull`` when less is free than is wanted."""
    if free_bytes < wanted_bytes:
        raise StorageFull("storage", free_bytes, wanted_bytes)


def _full(over_quota: bool = False) -> StorageFull:
    """More was wanted than there is: that is all that a full disk says of how much was to be written."""
    free = 0 if over_quota else _free_bytes()
    return StorageFull("storage", free, max(settings().min_free_bytes, free + MiB))


def _free_bytes() -> int:
    try:
        return shutil.disk_usage(settings().home).free
    except OSError:
        return 0


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL or (error.errno is None and bool(CUT_SHORT.search(str(error))))
    if type(error).__name__ == "LibsndfileError":
        return getattr(error, "code", None) == SYSTEM_ERROR and _free_bytes() < MiB
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
