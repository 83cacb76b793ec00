"""Which files exceed a limit: decided from sizes, times and contents alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as its row describes it. ``content`` is the same for copies; ``copies`` is how many keys have it."""

    key: str
    bytes: int
    content: str
    copies: int
    identity: str
    created_at: datetime
    used_at: datetime


# -- sizes -----------------------------------------------------------------------------------------------------------


def by_content(files: Iterable[KnownFile]) -> list[list[KnownFile]]:
    """The files in groups of copies."""
    groups: dict[str, list[KnownFile]] = defaultdict(list)
    for file in files:
        groups[file.content].append(file)
    return list(groups.values())


def size(files: Iterable[KnownFile]) -> int:
    """Bytes of all contents; copies count once."""
    return sum(copies[0].bytes for copies in by_content(files))


def exclusive(files: Iterable[KnownFile], others: Iterable[KnownFile] = ()) -> list[list[KnownFile]]:
    """The contents that would be gone with ``files`` (and ``others``): no key outside has them."""
    along = Counter(file.content for file in others)
    return [copies for copies in by_content(files) if len(copies) + along[copies[0].content] >= copies[0].copies]


def without(files: Iterable[KnownFile], removed: Iterable[KnownFile]) -> list[KnownFile]:
    """``files`` after ``removed`` are deleted: those are not among them, and the rest has fewer copies."""
    removed = list(removed)
    keys, lost = {file.key for file in removed}, Counter(file.content for file in removed)
    return [replace(file, copies=file.copies - lost[file.content]) for file in files if file.key not in keys]


@dataclass(slots=True)
class Tally:
    """Adds up what is removed, by kind. The bytes of a content are free when its last copy is removed."""

    copies: dict[str, int] = field(default_factory=dict)
    removed: list[KnownFile] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, files: Iterable[KnownFile]) -> None:
        for file in files:
            left = self.copies.get(file.content, file.copies) - 1
            self.copies[file.content] = left
            self.removed.append(file)
            self.files[kind] += 1
            self.bytes[kind] += 0 if left else file.bytes

    def add_other(self, kind: str, files: int, size: int) -> None:
        """Files that have no row."""
        self.files[kind] += files
        self.bytes[kind] += size


# -- limits ----------------------------------------------------------------------------------------------------------


def to_evict(files: Sequence[KnownFile], limit: int, stays: Callable[[KnownFile], bool]) -> list[KnownFile]:
    """What to evict from a cache so that at most ``limit`` bytes are exclusively its own, least recently used first.

    A file that has a copy elsewhere costs the cache nothing, and evicting it would free nothing.
    """
    candidates = sorted(exclusive(files), key=lambda copies: max(file.used_at for file in copies))
    over = sum(copies[0].bytes for copies in candidates) - limit
    evicted: list[KnownFile] = []
    for copies in candidates:
        if over <= 0:
            break
        if not any(stays(file) for file in copies):
            evicted += copies
            over -= copies[0].bytes
    return evicted


def to_prune(groups: Mapping[Name, Sequence[KnownFile]], along: Iterable[KnownFile], limit: int) -> list[Name]:
    """Which ``groups`` to delete, in their order, so that at most ``limit`` bytes are exclusively theirs.

    A copy in the cache (``along``) does not make a content another's: it may be evicted once nothing needs it.
    """
    files = [file for group in groups.values() for file in group]
    own = {copies[0].content: copies[0].bytes for copies in exclusive(files, along)}
    left = Counter(file.content for file in files)
    total = sum(own.values())
    pruned: list[Name] = []
    for name, group in groups.items():
        if total <= limit:
            break
        pruned.append(name)
        for file in group:
            left[file.content] -= 1
            total -= 0 if left[file.content] else own.get(file.content, 0)
    return pruned
