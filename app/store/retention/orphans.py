"""What a killed process left half done: drafts beside their targets, scratch folders, uploads that never arrived."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.store.backends.folder import every_file
from app.store.base import Piece, piece
from app.store.scratch import SCRATCH

ROOMS = ("cache", "runs", "jobs", "assets")
# Where things are on their way to somewhere else, and which of them.
PASSING = {SCRATCH: "*", "incoming": "*", "fonts": ".fonts-*"}
DRAFT = re.compile(r"\.[0-9a-f]{32}(\.[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or a folder with all that is in it."""

    path: Path
    pieces: tuple[Piece, ...]

    def remove(self) -> None:
        """One that is gone already is no error."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)


def leftovers(home: Path, before_s: float) -> Iterator[Leftover]:
    """Those below ``home`` to which nothing was written since ``before_s`` (seconds since 1970)."""
    found = [*_drafts(home), *(path for room, names in PASSING.items() for path in (home / room).glob(names))]
    for path in found:
        left = Leftover(path, tuple(piece(each, home, stat) for each, stat in every_file(path)))
        if _written_s(left) < before_s:
            yield left


def _drafts(home: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path, _ in every_file(home / room) if DRAFT.fullmatch(path.name))


def _written_s(left: Leftover) -> float:
    try:
        return max([left.path.lstat().st_mtime, *(piece.used_s for piece in left.pieces)])
    except FileNotFoundError:
        return 0.0
