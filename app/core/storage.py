"""Where files live: one interface, a folder now, an object store later. Every key is named here."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import stat
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from app.core.config import settings
from app.core.disk import refuses_writing, require_space, storage_errors
from app.core.errors import NotFound
from app.core.json_items import json_text

KEY = re.compile(r"^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*$")
CACHE = "cache/"
# What was asked for or made so lately is not evicted, and is not noted anew each time it is asked for.
KEPT_AT_LEAST_S = 3600
NOTED_EVERY_S = 600
SCRATCH = "tmp"
# In the folder of a run that has nothing of its own: it names the run whose files are linked there.
LINKED_FROM = "linked_from.json"


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the store. ``inode`` is the same for all names of one file, ``names`` is how many it has everywhere;
    ``used_s`` (seconds since 1970) is when it was written, or last asked for in the cache."""

    key: str
    bytes: int
    used_s: float
    inode: int
    names: int


def piece(path: Path, root: Path, found: os.stat_result) -> Piece:
    key = path.relative_to(root).as_posix()
    return Piece(key, found.st_size, found.st_mtime, found.st_ino, found.st_nlink)


class Storage(Protocol):
    """Keys are lower-case paths. A file is there whole or not at all."""

    def local(self, key: str) -> Path:
        """A local path to read ``key`` from; raises ``NotFound``."""

    def has(self, key: str) -> bool:
        """Whether it is there. Then it stays for most of an hour: nothing asked for so lately is evicted."""

    def writing(self, key: str) -> Any:
        """``with storage.writing(key) as path``: write to ``path``; it becomes ``key`` when the block ends well."""

    def link(self, key: str, to: str) -> None:
        """``to`` holds the same file as ``key``, without a copy where that is possible."""

    def delete(self, key: str) -> None: ...

    def keys(self, under: str) -> Iterator[str]: ...

    def pieces(self, under: str) -> Iterator[Piece]:
        """Every file below ``under``, in no order."""

    def evict(self, key: str) -> bool:
        """Deletes ``key`` unless it is there no more, or was asked for lately; says whether it did."""

    def clear(self, under: str) -> None:
        """Deletes everything below ``under``, at once for whoever looks."""


class Folder:
    """Storage in a local folder. Writes go to a temporary name beside the target and are renamed."""

    def __init__(self, root: Path, min_free_bytes: int = 0) -> None:
        self.root = root.absolute()
        self.min_free_bytes = min_free_bytes

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self.root / key

    def local(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotFound("file", key)
        return path

    def has(self, key: str) -> bool:
        path = self._path(key)
        return self._noted(path) if key.startswith(CACHE) else path.is_file()

    def _noted(self, path: Path) -> bool:
        """Whether it is there, and if so, that it was asked for.

        Noting and evicting an old file exclude each other, so what was noted is not evicted right behind our back,
        and what was evicted is not said to be there. What is young needs neither note nor lock.
        """
        try:
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and found.st_mtime < time.time() - NOTED_EVERY_S:
                with self._one_at_a_time():
                    os.utime(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # where nothing may be written nothing is evicted
            if not refuses_writing(error):
                raise
        return path.is_file()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "evicting").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        target = self._path(key)
        # The suffix stays last: ffmpeg and Pillow choose a format by it.
        draft = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
        try:
            # Inside: what is wrong is asked while the half-written file is there. Without it no disk would be full.
            with storage_errors():
                target.parent.mkdir(parents=True, exist_ok=True)
                self._check_space()
                yield draft
                _flush(draft)
                draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def _check_space(self) -> None:
        require_space(shutil.disk_usage(self.root).free, self.min_free_bytes)

    def link(self, key: str, to: str) -> None:
        source, target = self.local(key), self._path(to)
        draft = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
        try:
            with storage_errors():
                target.parent.mkdir(parents=True, exist_ok=True)
                _link_or_copy(source, draft)
                draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def keys(self, under: str) -> Iterator[str]:
        base = self._path(under)
        for path in sorted(base.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.root).as_posix()

    def pieces(self, under: str) -> Iterator[Piece]:
        for path, found in every_file(self._path(under)):
            if not path.name.startswith("."):
                yield piece(path, self.root, found)

    def evict(self, key: str) -> bool:
        path = self._path(key)
        with self._one_at_a_time():
            try:
                if path.stat().st_mtime > time.time() - KEPT_AT_LEAST_S:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def clear(self, under: str) -> None:
        # Killed in the middle, the rest is found where all scratch is.
        away = self.root / SCRATCH / uuid.uuid4().hex
        away.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path(under).rename(away)
            shutil.rmtree(away)


def every_file(place: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All files below ``place``, or itself if it is one; links are none, what goes meanwhile is passed over."""
    try:
        found = place.lstat()
        inside = list(place.iterdir()) if stat.S_ISDIR(found.st_mode) else []
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode):
        yield place, found
    for each in inside:
        yield from every_file(each)


def _link_or_copy(source: Path, to: Path) -> None:
    try:
        os.link(source, to)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, to)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@lru_cache(maxsize=1)
def storage() -> Storage:
    """This process's storage."""
    chosen = settings()
    chosen.home.mkdir(parents=True, exist_ok=True)
    return Folder(chosen.home, chosen.min_free_bytes)


def read_json(store: Storage, key: str) -> Any:
    return json.loads(store.local(key).read_text(encoding="utf-8"))


def write_json(store: Storage, key: str, plain: Any) -> None:
    with store.writing(key) as path:
        path.write_text(json_text(plain), encoding="utf-8")


# -- keys ------------------------------------------------------------------------------------------------------------


def asset_key(asset_id: str, suffix: str) -> str:
    """An uploaded file; ``suffix`` (".jpg") is ours, chosen by its content."""
    return f"assets/{asset_id[-2:]}/{asset_id}{suffix}"


def cache_key(kind: str, identity: str, suffix: str) -> str:
    """Something made, kept under the hash of all that went into it: ``cache/plate/ab/abcdef….npy``."""
    return f"cache/{kind}/{identity[:2]}/{identity}{suffix}"


def run_key(run_id: str, name: str = "") -> str:
    """A step's result, as the next step reads it: ``runs/{run}/scene_graph.json``; without a name the run's folder."""
    return f"runs/{run_id}/{name}".rstrip("/")


def left_key(run_id: str, name: str) -> str:
    """What one run leaves for its job; it stays when a later revision's film takes its place."""
    return run_key(run_id, f"left/{name}")


def job_key(job_id: str, name: str = "") -> str:
    """What a job leaves: ``jobs/{job}/output.mp4``; without a name the job's folder."""
    return f"jobs/{job_id}/{name}".rstrip("/")


def free_bytes() -> int:
    """Bytes free where new files go."""
    root = settings().home
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


@contextmanager
def scratch() -> Iterator[Path]:
    """``with scratch() as folder``: a folder to work in, gone when the block ends.

    It lies in the home, so that it counts where space is counted and what a killed process left there is found.
    """
    room = settings().home.absolute() / SCRATCH
    room.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        yield Path(folder)
