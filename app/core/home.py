"""The home folder: private to its user, writable, and used by one server at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.core.config import Settings
from app.core.errors import BadConfiguration
from app.core.log import logger

# What this application writes in its home. Other files there are left alone.
CONTENT = (
    *("assets", "broker", "cache", "fonts", "incoming", "jobs", "locks", "logs", "runs", "stock-searches", "tmp"),
    "uploads",
)
# SQLite opens no file whose path is longer than 512 bytes.
MOST_BYTES = 400
FILES = ("pytoon.db*", "beat.db*", "*.lock", "deployment.json")


def open_home(chosen: Settings) -> Path:
    """The home folder, made if there is none, with the access that ``PYTOON_UMASK`` allows.

    From now on this process and its children make all files with this access. Raises ``BadConfiguration`` when the
    folder cannot be made or written.
    """
    os.umask(chosen.mask)
    home = chosen.home.absolute()
    _check_writable(home)
    if tightened := _tighten(home, chosen.mask):
        logger(__name__).warning("access to the home was restricted", home=str(home), files=tightened)
    return home


def current_umask() -> int:
    """The umask of this process, which can only be read by setting another one for a moment."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Make files with this umask in the block, such as a user's downloads, which are not private to the home."""
    previous = os.umask(mask)
    try:
        yield
    finally:
        os.umask(previous)


def _check_writable(home: Path) -> None:
    if len(os.fsencode(home)) > MOST_BYTES:
        raise BadConfiguration("PYTOON_HOME", f"the path of the home is longer than {MOST_BYTES} bytes: {home}")
    probe = home / f".probe-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # the CLI reports a full disk with what is free
        is_file = error.errno in (errno.EEXIST, errno.ENOTDIR)
        reason = "a file is in its place" if is_file else os.strerror(error.errno or 0)
        raise BadConfiguration("PYTOON_HOME", f"{home} cannot be used as the home folder: {reason}") from error


def _tighten(home: Path, mask: int) -> int:
    """Take from the home and its files the access that ``mask`` denies; return how many of them had it.

    The files in folders are examined only if the home itself was open to other users; else they cannot reach them.
    """
    was_open = _restrict(home.resolve(), mask)
    found = [path for pattern in FILES for path in home.glob(pattern)] + [home / name for name in CONTENT]
    inside = [path for name in CONTENT for path in (home / name).rglob("*")] if was_open else []
    return was_open + sum(_restrict(path, mask) for path in (*found, *inside))


def _restrict(path: Path, mask: int) -> bool:
    """Whether the access to the file had to be restricted; a link or another user's file is left alone."""
    try:
        facts = path.lstat()
        excess = stat.S_IMODE(facts.st_mode) & mask
        if not excess or stat.S_ISLNK(facts.st_mode) or facts.st_uid != os.getuid():
            return False
        path.chmod(stat.S_IMODE(facts.st_mode) & ~mask)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    return True


@contextmanager
def only_one(home: Path, name: str, command: str) -> Iterator[None]:
    """Hold the lock ``name`` of the home, for a program of which one may run on all machines.

    Raises ``BadConfiguration`` with the process that holds it. The kernel releases the lock of a process that dies.
    """
    with (home / f"{name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            reason = f"{command} runs already on {home}: {_holder(lock)}. Stop it, or set another home"
            raise BadConfiguration("PYTOON_HOME", reason) from error
        except OSError as error:  # a file system without locks
            logger(__name__).warning("the home cannot be locked", home=str(home), cause=os.strerror(error.errno or 0))
        lock.seek(0)
        lock.truncate()
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        yield


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read(200).strip() or "another process"
