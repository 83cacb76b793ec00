"""One live copy of a task: a lock in the result store, held by a process and renewed while that process works."""

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
# A lock that ran out while the server was away is taken again, unless another has it.
RENEW = """
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if not owner then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1 end
return 0
"""
FREE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@contextmanager
def task_lock(client: Any, name: str, lock_ms: int) -> Iterator[bool]:
    """``with held(client, id, 15_000) as mine:`` false when a living process has it.

    A lock of a process of this machine that is gone is taken over at once, without waiting for it to run out.
    """
    key, me = f"lock:{name}", f"{HOST}|{os.getpid()}|{uuid.uuid4().hex}"
    if not (client.set(key, me, nx=True, px=lock_ms) or _taken_over(client, key, me, lock_ms)):
        yield False
        return
    done = threading.Event()
    renewal = threading.Thread(target=_renew, args=(client, key, me, lock_ms, done), daemon=True)
    renewal.start()
    try:
        yield True
    finally:
        done.set()
        renewal.join()  # or it takes again what is about to be freed
        client.eval(FREE, 1, key, me)


def held_by_living(client: Any, names: Sequence[str]) -> set[str]:
    """Those of ``names`` that somebody holds who, as far as can be told from here, lives."""
    if not names:
        return set()
    owners = client.mget([f"lock:{name}" for name in names])
    return {name for name, owner in zip(names, owners, strict=True) if owner and not _is_dead(owner.decode())}


def _taken_over(client: Any, key: str, me: str, lock_ms: int) -> bool:
    owner = client.get(key)
    if owner == me.encode():  # taken, but the server went away before it could say so, and was asked again
        return True
    return bool(owner and _is_dead(owner.decode()) and client.eval(TAKE_OVER, 1, key, owner, me, lock_ms))


def _is_dead(owner: str) -> bool:
    host, pid, _ = owner.split("|")
    return host == HOST and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists()


def _renew(client: Any, key: str, me: str, lock_ms: int, done: threading.Event) -> None:
    import redis

    while not done.wait(lock_ms / 1000 / RENEWALS_PER_LOCK):
        try:
            client.eval(RENEW, 1, key, me, lock_ms)
        except redis.RedisError:
            continue  # it is tried again before the lock runs out
