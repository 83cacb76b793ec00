"""Storage in a local folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import NotFound, StorageFull
from app.store.base import KEPT_AT_LEAST_S, NOTED_EVERY_S, Piece, piece
from app.store.disk_errors import READ_ONLY, storage_trouble
from app.store.keys import CACHE, KEY
from app.store.scratch import SCRATCH


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
            if error.errno not in READ_ONLY:
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
            target.parent.mkdir(parents=True, exist_ok=True)
            self._check_space()
            yield draft
            _flush(draft)
            draft.replace(target)
        except Exception as error:
            # Asked while the half-written file is still there: without it the disk would not be full.
            if (trouble := storage_trouble(error)) and trouble is not error:
                raise trouble from error
            raise
        finally:
            draft.unlink(missing_ok=True)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.root).free
        if free < self.min_free_bytes:
            raise StorageFull("storage", free, self.min_free_bytes)

    def link(self, key: str, to: str) -> None:
        source, target = self.local(key), self._path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
        try:
            try:
                os.link(source, draft)
            except OSError:  # another file system, or one without links
                shutil.copyfile(source, draft)
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


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
