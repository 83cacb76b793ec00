"""A second connection that writes to the SQLite database while other work is in progress."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.database.session import engine


def writes_during(work: Callable[[], object], goes_on: Callable[[], bool]) -> tuple[int, int]:
    """How many transactions of another connection succeeded and failed during ``work``.

    Only those count that began while ``goes_on()`` was true.
    """
    assert engine().url.database
    writer = sqlite3.connect(engine().url.database, timeout=0, isolation_level=None)
    free = blocked = 0
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not working.done():
            if not goes_on():
                continue
            try:
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("ROLLBACK")
                free += 1
            except sqlite3.OperationalError:
                blocked += goes_on()
        working.result()
    writer.close()
    return free, blocked
