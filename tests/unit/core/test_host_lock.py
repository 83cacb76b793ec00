"""A host lock is held by one process of the machine at a time."""

from __future__ import annotations

import subprocess
import sys
import threading

from app.core.host_lock import host_lock
from tests.waiting import HANGS_AFTER_S

HOLDER = """
import sys
from app.core.host_lock import host_lock
with host_lock("encoder"):
    print("locked", flush=True)
    sys.stdin.read()
"""


def start_holder() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "locked\n"
    return process


def acquire_in_thread(name: str) -> threading.Event:
    """An event that is set as soon as a thread of this process holds the lock."""
    acquired = threading.Event()

    def acquire() -> None:
        with host_lock(name):
            acquired.set()

    threading.Thread(target=acquire, daemon=True).start()
    return acquired


def test_lock_waits_until_the_holder_releases_it() -> None:
    holder = start_holder()
    acquired = acquire_in_thread("encoder")
    assert not acquired.wait(0.3)
    holder.communicate("")
    assert acquired.wait(HANGS_AFTER_S)


def test_lock_of_a_killed_process_is_released() -> None:
    holder = start_holder()
    acquired = acquire_in_thread("encoder")
    holder.kill()
    holder.wait()
    assert acquired.wait(HANGS_AFTER_S)


def test_lock_of_another_name_does_not_wait() -> None:
    holder = start_holder()
    assert acquire_in_thread("download").wait(HANGS_AFTER_S)
    holder.communicate("")
