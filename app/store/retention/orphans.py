"""What killed processes leave on the disk of this machine: drafts, scratch directories, unfinished uploads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.store.backends.folder import every_file
from app.store.keys import PREFIXES
from app.store.scratch import SCRATCH

# Directories of the home with temporary entries, and the pattern of those.
TEMPORARY = {SCRATCH: "*", "incoming": "*", "fonts": ".fonts-*"}
DRAFT = re.compile(r"\.[0-9a-f]{32}(\.[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Orphan:
    """A file or a directory; ``files`` and ``bytes`` are of all that is in it."""

    path: Path
    files: int
    bytes: int
    written_s: float

    def remove(self) -> None:
        """An orphan that does not exist any more is no error."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)


def orphans(home: Path, before_s: float) -> Iterator[Orphan]:
    """Those below ``home`` to which nothing was written since ``before_s`` (seconds since 1970)."""
    temporary = (path for directory, pattern in TEMPORARY.items() for path in (home / directory).glob(pattern))
    for path in [*_drafts(home), *temporary]:
        orphan = _measured(path)
        if orphan and orphan.written_s < before_s:
            yield orphan


def _drafts(home: Path) -> Iterator[Path]:
    """Half-written files of the folder backend."""
    for prefix in PREFIXES:
        yield from (path for path, _ in every_file(home / prefix) if DRAFT.fullmatch(path.name))


def _measured(path: Path) -> Orphan | None:
    try:
        written_s = path.lstat().st_mtime
    except FileNotFoundError:
        return None
    inside = [facts for _, facts in every_file(path)]
    written_s = max([written_s, *(facts.st_mtime for facts in inside)])
    return Orphan(path, len(inside), sum(facts.st_size for facts in inside), written_s)
