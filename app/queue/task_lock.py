"""A lock in the result store that lets one copy of a task run; its holder renews it while the task runs."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOST = socket.gethostname()
RENEWALS_PER_LOCK = 3
TAKE_OVER = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end
return 0
"""
# A lock that expired while the server was unreachable is acquired again, unless another process holds it.
RENEW = """
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if not owner then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1 end
return 0
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@contextmanager
def task_lock(client: Any, name: str, lock_ms: int) -> Iterator[bool]:
    """Hold the lock in the block: ``with task_lock(client, task_id, 15_000) as acquired``.

    ``acquired`` is false when a live process holds the lock. The lock of a dead process of this machine is taken over
    at once; that of a dead process of another machine expires after ``lock_ms``.
    """
    key, owner = f"lock:{name}", f"{HOST}|{os.getpid()}|{uuid.uuid4().hex}"
    if not (client.set(key, owner, nx=True, px=lock_ms) or _take_over(client, key, owner, lock_ms)):
        yield False
        return
    done = threading.Event()
    renewal = threading.Thread(target=_renew, args=(client, key, owner, lock_ms, done), daemon=True)
    renewal.start()
    try:
        yield True
    finally:
        done.set()
        renewal.join()  # before the release, because a renewal would acquire the lock again
        client.eval(RELEASE, 1, key, owner)


def held_by_live_process(client: Any, names: Sequence[str]) -> set[str]:
    """Those of ``names`` whose holder is not known to be dead; only processes of this machine can be checked."""
    if not names:
        return set()
    holders = client.mget([f"lock:{name}" for name in names])
    return {name for name, holder in zip(names, holders, strict=True) if holder and not _is_dead(holder.decode())}


def _take_over(client: Any, key: str, owner: str, lock_ms: int) -> bool:
    holder = client.get(key)
    if holder == owner.encode():  # SET succeeded, but its reply was lost and the client repeated it
        return True
    return bool(holder and _is_dead(holder.decode()) and client.eval(TAKE_OVER, 1, key, holder, owner, lock_ms))


def _is_dead(holder: str) -> bool:
    """Whether the holder is a process of this machine that has ended."""
    host, pid, _ = holder.split("|")
    return host == HOST and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists()


def _renew(client: Any, key: str, owner: str, lock_ms: int, done: threading.Event) -> None:
    import redis

    while not done.wait(lock_ms / 1000 / RENEWALS_PER_LOCK):
        try:
            client.eval(RENEW, 1, key, owner, lock_ms)
        except redis.RedisError:
            continue  # the next renewal comes before the lock expires
