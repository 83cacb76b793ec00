"""The emulators in this folder, found by their files."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from tests.emulators.base import Emulator


def emulator_classes() -> dict[str, type[Emulator]]:
    """The emulators by the names of their classes; a class that others extend is none."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = [import_module(f"tests.emulators.{name}") for name in names]
    members = {member for module in modules for member in vars(module).values() if inspect.isclass(member)}
    classes = {member for member in members if issubclass(member, Emulator)}
    extended = {base for member in classes for base in member.__mro__[1:]}
    return {member.__name__: member for member in sorted(classes - extended, key=lambda member: member.__name__)}
