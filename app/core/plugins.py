"""Discovery of adapters: each file of a folder and each entry point of another package is one adapter.

``registry`` builds all adapters of a kind. For every kind, an adapter that cannot be used is listed with the reason,
and the others stay usable.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Generic, TypeVar, cast

from app.core.config import Settings
from app.core.errors import PytoonError, UnusableAdapter

Load = Callable[[], ModuleType]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registry(Generic[T]):
    """The adapters of one kind: the usable ones in ``present``, and the reason for each unusable one in ``missing``.

    The adapters of this project come first, then those of other packages; both groups are sorted by name.
    """

    present: Mapping[str, T]
    missing: Mapping[str, str]

    def require(self, name: str) -> T:
        """The adapter with this name; raises ``UnusableAdapter`` with the reason when it is missing."""
        if name not in self.present:
            raise UnusableAdapter(name, self.missing.get(name, "there is no such adapter"))
        return self.present[name]


def build_registry(package: str, group: str, settings: Settings, checked: Callable[[str, object], T]) -> Registry[T]:
    """Import and build every adapter of ``package`` and of the entry points in ``group``.

    ``checked(name, built)`` returns what ``build(settings)`` returned as the protocol of its kind, or raises
    ``UnusableAdapter``. An adapter is missing, with its reason, when any exception is raised by its import, by
    ``build`` or by ``checked``, or when it has no ``build``.
    """
    present: dict[str, T] = {}
    missing: dict[str, str] = {}
    for name, load in _loaders(package, group).items():
        try:
            present[name] = _adapter(name, load, settings, checked)
        except UnusableAdapter as error:
            missing[name] = str(error.reason)
        except PytoonError as error:
            missing[name] = _first_line(error)
    return Registry(MappingProxyType(present), MappingProxyType(missing))


def adapter(package: str, group: str, name: str, settings: Settings, checked: Callable[[str, object], T]) -> T:
    """Import and build one adapter of a kind of which only one is used; the others are not imported.

    Raises ``UnusableAdapter`` with the reason when it is missing, and other errors of ``app.core.errors`` as they are.
    """
    loads = scan(package, group)
    if name not in loads:
        raise UnusableAdapter(name, f"there is no such adapter; there are {', '.join(loads)}")
    return _adapter(name, loads[name], settings, checked)


def protocol_error(protocol: str, name: str, built: object) -> UnusableAdapter:
    """The error for an adapter whose ``build`` returned an object that does not implement ``protocol``."""
    return UnusableAdapter(name, f"build returned an object of type {type(built).__name__}, which is not {protocol}")


def check_name(name: str, declared_name: str) -> None:
    """Raise ``UnusableAdapter`` when the name that an adapter declares is not that of its file or entry point."""
    if declared_name != name:
        raise UnusableAdapter(name, f"its name is {declared_name!r}, but its file or entry point is called {name!r}")


@cache
def scan(package: str, group: str) -> Mapping[str, Load]:
    """Map each adapter name, sorted, to a function that imports its module; nothing is imported before it is called.

    ``package`` is the folder ("audio.voices"), ``group`` the entry points ("pytoon.voices"), which refer to modules. An
    entry point never replaces a file of the folder; files with a leading underscore are skipped. The result is cached
    because reading the metadata of all installed packages takes some milliseconds.
    """
    return dict(sorted(_loaders(package, group).items()))


def _loaders(package: str, group: str) -> Mapping[str, Load]:
    """The import functions of the adapters, those of this project first."""
    own: dict[str, Load] = {name: partial(import_module, f"{package}.{name}") for name in sorted(_files(package))}
    points = sorted(entry_points(group=group), key=lambda point: point.name)
    others: dict[str, Load] = {point.name: partial(_load, point) for point in points if point.name not in own}
    return own | others


# Modules in the folder of the adapters that are not adapters.
NON_ADAPTER_MODULES = ("base", "registry")


def _files(package: str) -> list[str]:
    # Only the top-level package is looked up: find_spec("engines.adapters") would import "engines".
    top_level, *inner = package.split(".")
    spec = find_spec(top_level)
    folders = [Path(location, *inner) for location in (spec.submodule_search_locations or ())] if spec else []
    if not any(folder.is_dir() for folder in folders):
        raise ModuleNotFoundError(f"no package {package}", name=package)
    modules = pkgutil.iter_modules([str(folder) for folder in folders])
    return [
        module.name for module in modules if not module.name.startswith("_") and module.name not in NON_ADAPTER_MODULES
    ]


def _load(point: EntryPoint) -> ModuleType:
    return cast(ModuleType, point.load())


def _adapter(name: str, load: Load, settings: Settings, checked: Callable[[str, object], T]) -> T:
    with _unusable(name, "it cannot be imported"):
        build = getattr(load(), "build", None)
    if not callable(build):
        raise UnusableAdapter(name, "its module has no build(settings)")
    with _unusable(name, "it cannot be built"):
        return checked(name, build(settings))


@contextmanager
def _unusable(name: str, problem: str) -> Iterator[None]:
    """Convert every exception except those of ``app.core.errors`` to ``UnusableAdapter``; a call of ``exit`` too."""
    try:
        yield
    except PytoonError:
        raise
    except (Exception, SystemExit) as error:
        if _concerns_the_process(error):
            raise
        raise UnusableAdapter(name, f"{problem}: {type(error).__name__}: {_first_line(error)}") from error


def _concerns_the_process(error: BaseException) -> bool:
    """Whether the error is not caused by the adapter that was being loaded when it was raised."""
    from celery.exceptions import SoftTimeLimitExceeded  # imported here: the CLI starts faster without Celery

    return isinstance(error, MemoryError | SoftTimeLimitExceeded)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
