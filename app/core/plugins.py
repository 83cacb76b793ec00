"""Adapters are found by name: one file in a folder, or one entry point of another package, is one adapter."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import cast

Load = Callable[[], ModuleType]


@cache
def scan(package: str, group: str) -> Mapping[str, Load]:
    """Adapter names, sorted, each with the call that imports its module; nothing is imported before that.

    ``package`` is the folder ("audio.voices"), ``group`` the entry points ("pytoon.voices"), which name modules. A name
    of the house's own folder is never taken over by another package, and names with a leading underscore are private.
    Looking through all that is installed takes some milliseconds, so it is done once a process.
    """
    guests: dict[str, Load] = {point.name: partial(_load, point) for point in entry_points(group=group)}
    own: dict[str, Load] = {name: partial(import_module, f"{package}.{name}") for name in _files(package)}
    return dict(sorted((guests | own).items()))


def _files(package: str) -> list[str]:
    # Only the top is looked up: finding "engines.adapters" itself would import "engines".
    top, *inner = package.split(".")
    spec = find_spec(top)
    folders = [Path(place, *inner) for place in (spec.submodule_search_locations or ())] if spec else []
    if not any(folder.is_dir() for folder in folders):
        raise ModuleNotFoundError(f"no package {package}", name=package)
    found = pkgutil.iter_modules([str(folder) for folder in folders])
    return [module.name for module in found if not module.name.startswith("_")]


def _load(point: EntryPoint) -> ModuleType:
    return cast(ModuleType, point.load())
