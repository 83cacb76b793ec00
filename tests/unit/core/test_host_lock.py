"""A host lock is held by one process of the machine at a time."""

from __future__ import annotations

from app.core.host_lock import host_lock
from tests.lock_holders import acquire_in_thread, start_holder
from tests.waiting import HANGS_AFTER_S


def test_lock_waits_until_the_holder_releases_it() -> None:
    holder = start_holder(host_lock, "encoder")
    acquired = acquire_in_thread(host_lock, "encoder")
    assert not acquired.wait(0.3)
    holder.communicate("")
    assert acquired.wait(HANGS_AFTER_S)


def test_lock_of_a_killed_process_is_released() -> None:
    holder = start_holder(host_lock, "encoder")
    acquired = acquire_in_thread(host_lock, "encoder")
    holder.kill()
    holder.wait()
    assert acquired.wait(HANGS_AFTER_S)


def test_lock_of_another_name_does_not_wait() -> None:
    holder = start_holder(host_lock, "encoder")
    assert acquire_in_thread(host_lock, "download").wait(HANGS_AFTER_S)
    holder.communicate("")
