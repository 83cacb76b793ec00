"""Errors of the system and of libraries that have an error of this application."""

from __future__ import annotations

import errno

from app.core.errors import Overloaded, PytoonError, causes
from app.queue.outage import outage_error
from app.store.disk_errors import storage_error

NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


def known_error(error: BaseException) -> PytoonError | None:
    """The error for a disk, a service or a number of open files that does not allow the request; else ``None``."""
    if isinstance(error, PytoonError) and error.status != 500:
        return error
    # SQLite also raises an error of the database when its disk is full or its file is read-only.
    if known := storage_error(error) or outage_error(error):
        return known
    if any(isinstance(cause, OSError) and cause.errno in NO_DESCRIPTOR for cause in causes(error)):
        return Overloaded("too many files are open")
    return None
