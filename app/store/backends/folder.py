"""Storage in a folder of this machine, or of a file system that machines share."""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import Settings
from app.core.errors import NotFound
from app.store.base import Storage, StoredFile
from app.store.disk_errors import require_space, storage_errors
from app.store.keys import JOBS, RUNS, checked_key, checked_prefix


def build(chosen: Settings) -> Folder:
    chosen.home.mkdir(parents=True, exist_ok=True)
    return Folder(chosen.home, chosen.min_free_bytes)


class Folder(Storage):
    """One file for each key. Writes go to a hidden file in the same directory, which is then renamed."""

    def __init__(self, root: Path, min_free_bytes: int = 0) -> None:
        self.root = root.absolute()
        self.min_free_bytes = min_free_bytes

    def path_of(self, key: str) -> Path:
        """Where ``key`` is or would be; raises ``ValueError`` when it is not a key."""
        return self.root / checked_key(key)

    def local(self, key: str) -> Path:
        path = self.path_of(key)
        if not path.is_file():
            raise NotFound("file", key)
        return path

    def has(self, key: str) -> bool:
        return self.path_of(key).is_file()

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        target = self.path_of(key)
        with storage_errors(), _draft_of(target) as draft, storage_errors():
            require_space(shutil.disk_usage(self.root).free, self.min_free_bytes)
            yield draft
            flush(draft)
            draft.replace(target)

    def copy(self, key: str, to: str) -> None:
        """A hard link where the file system has them: the copy takes no space."""
        source, target = self.local(key), self.path_of(to)
        with storage_errors(), _draft_of(target) as draft, storage_errors():
            try:
                os.link(source, draft)
            except FileNotFoundError as error:
                raise NotFound("file", key) from error
            except OSError:  # another file system, or one without links
                shutil.copyfile(source, draft)
                flush(draft)
            draft.replace(target)

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            path = self.path_of(key)
            path.unlink(missing_ok=True)
            # No process writes into the directory of a run or a job from which files are deleted. The directories of
            # cache and assets are shared: removing an empty one would take it from a process that is about to write.
            if key.startswith((RUNS, JOBS)):
                self._remove_empty(path.parent)

    def _remove_empty(self, directory: Path) -> None:
        while directory.parent != self.root:
            try:
                directory.rmdir()
            except OSError:  # not empty, or removed by another process
                return
            directory = directory.parent

    def list(self, prefix: str) -> Iterator[StoredFile]:
        above = checked_prefix(prefix).rpartition("/")[0]
        for path, facts in every_file(self.root / above):
            key = path.relative_to(self.root)
            if key.as_posix().startswith(prefix) and not any(part.startswith(".") for part in key.parts):
                yield StoredFile(key.as_posix(), facts.st_size, f"{facts.st_dev:x}-{facts.st_ino:x}")


@contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """A name to write to. It ends with the suffix of ``target``: ffmpeg and Pillow choose a format by it."""
    draft = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def every_file(place: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All regular files below ``place``, or itself; symbolic links and files that vanish meanwhile are left out."""
    try:
        facts = place.lstat()
        inside = list(place.iterdir()) if stat.S_ISDIR(facts.st_mode) else []
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISREG(facts.st_mode):
        yield place, facts
    for path in inside:
        yield from every_file(path)


def flush(path: Path) -> None:
    """Waits until the file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
