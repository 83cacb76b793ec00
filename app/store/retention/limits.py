"""What has to go when there is too much of it: decided from sizes, ages and names alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from app.store.base import Piece
from app.store.keys import KEY

Name = TypeVar("Name")

NAMED = ("cache/", "assets/")
IDENTITY = re.compile(r"[0-9a-f]{64}")


# -- what is needed --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Needs:
    """``keys`` that are named by something that is kept, and ``identities``: those of the named keys, and those that
    are named by themselves. All that was made with an identity belongs together: a plate and its motion."""

    keys: frozenset[str]
    identities: frozenset[str]

    def __contains__(self, key: str) -> bool:
        return key in self.keys or PurePosixPath(key).stem in self.identities


def needs(texts: Iterable[str]) -> Needs:
    """What these strings, all that stand in some JSON, name."""
    keys: set[str] = set()
    identities: set[str] = set()
    for text in texts:
        if text.startswith(NAMED) and KEY.fullmatch(text):
            keys.add(text)
            identities.add(PurePosixPath(text).stem)
        elif IDENTITY.fullmatch(text):
            identities.add(text)
    return Needs(frozenset(keys), frozenset(identities))


def texts(plain: Any) -> list[str]:
    """Every string in JSON data, names of fields included."""
    if isinstance(plain, str):
        return [plain]
    if isinstance(plain, Mapping):
        return [text for pair in plain.items() for part in pair for text in texts(part)]
    if isinstance(plain, Sequence):
        return [text for part in plain for text in texts(part)]
    return []


# -- what it costs ---------------------------------------------------------------------------------------------------


def files(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The pieces by file: a file may have several names."""
    found: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[piece.inode].append(piece)
    return list(found.values())


def size(pieces: Iterable[Piece]) -> int:
    """Bytes on the disk; a file counts once, however many names it has."""
    return sum(names[0].bytes for names in files(pieces))


def own(pieces: Iterable[Piece], others: Iterable[Piece] = ()) -> list[list[Piece]]:
    """The files that would be gone with these pieces (and ``others``): no name of theirs is anywhere else."""
    along = Counter(piece.inode for piece in others)
    return [names for names in files(pieces) if len(names) + along[names[0].inode] >= names[0].names]


def without(pieces: Iterable[Piece], gone: Iterable[Piece]) -> list[Piece]:
    """The pieces when those in ``gone`` are no more: they have fewer names, or are not there themselves."""
    gone = list(gone)
    keys, lost = {piece.key for piece in gone}, Counter(piece.inode for piece in gone)
    return [replace(each, names=each.names - lost[each.inode]) for each in pieces if each.key not in keys]


@dataclass(slots=True)
class Tally:
    """Adds up what goes. A file's bytes are free when the last of its names is gone."""

    names: dict[int, int] = field(default_factory=dict)
    gone: list[Piece] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            left = self.names.get(piece.inode, piece.names) - 1
            self.names[piece.inode] = left
            self.gone.append(piece)
            self.files[kind] += 1
            self.bytes[kind] += 0 if left else piece.bytes


# -- what goes -------------------------------------------------------------------------------------------------------


def evicted(pieces: Sequence[Piece], limit: int, kept: Callable[[Piece], bool]) -> list[Piece]:
    """What of a cache goes so that at most ``limit`` bytes are its own: the least recently used first, nothing kept.

    A file that has a name elsewhere costs the cache nothing, and to take it out would free nothing.
    """
    theirs = sorted(own(pieces), key=lambda names: max(piece.used_s for piece in names))
    over = sum(names[0].bytes for names in theirs) - limit
    gone: list[Piece] = []
    for names in theirs:
        if over <= 0:
            break
        if not any(kept(piece) for piece in names):
            gone += names
            over -= names[0].bytes
    return gone


def outgrown(folders: Mapping[Name, Sequence[Piece]], along: Iterable[Piece], limit: int) -> list[Name]:
    """Which of ``folders`` go, in their order, so that at most ``limit`` bytes are theirs.

    What lies in the cache too (``along``) is theirs: it may be evicted once nobody needs it. What has any other name
    costs them nothing.
    """
    pieces = [piece for own_pieces in folders.values() for piece in own_pieces]
    theirs = {names[0].inode: names[0].bytes for names in own(pieces, along)}
    left = Counter(piece.inode for piece in pieces)
    total = sum(theirs.values())
    gone: list[Name] = []
    for name, own_pieces in folders.items():
        if total <= limit:
            break
        gone.append(name)
        for piece in own_pieces:
            left[piece.inode] -= 1
            total -= 0 if left[piece.inode] else theirs.get(piece.inode, 0)
    return gone
