"""The MoviePy compositions of the operator: Python files of a directory, and entry points of other packages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from schemas.contract import fingerprint

GROUP = "pytoon.moviepy"


@dataclass(frozen=True, slots=True)
class Composition:
    """A composition, which defines ``compose(scene)``.

    It is the file ``path``, or what an entry point names as ``value`` ("package.module" or "package.module:compose").
    ``search`` are directories from which it imports modules. ``identity`` changes when its code does.
    """

    name: str
    identity: str
    path: Path | None = None
    value: str = ""
    search: tuple[Path, ...] = ()


def find_compositions(directory: str) -> dict[str, Composition]:
    """Return the compositions by name; a file has precedence over an entry point of the same name.

    A file whose name begins with an underscore is no composition, but compositions can import it.
    """
    files = _files(Path(directory).absolute()) if directory else []
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {composition.name: composition for composition in (*map(_of_entry_point, points), *files)}


def _files(directory: Path) -> list[Composition]:
    paths = sorted(directory.glob("*.py"))
    shared = [path for path in paths if path.name.startswith("_")]
    return [_of_file(path, shared) for path in paths if path not in shared]


def _of_file(path: Path, shared: Iterable[Path]) -> Composition:
    contents = [[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in (path, *shared)]
    return Composition(path.stem, fingerprint("file", contents), path, search=(path.parent,))


def _of_entry_point(point: EntryPoint) -> Composition:
    dist = point.dist
    package = [dist.name, dist.version] if dist else []
    search = (Path(str(dist.locate_file(""))),) if dist else ()
    return Composition(point.name, fingerprint("entry point", package, point.value), value=point.value, search=search)
