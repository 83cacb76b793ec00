"""The emulators in this folder, found by their files."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

from tests.emulators.base import Emulator


def emulator_classes() -> dict[str, type[Emulator]]:
    """The emulators by the names of their classes."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = [import_module(f"tests.emulators.{name}") for name in names]
    members = [(module, member) for module in modules for _, member in inspect.getmembers(module, inspect.isclass)]
    own = [member for module, member in members if member.__module__ == module.__name__]
    return {
        member.__name__: member
        for member in own
        if issubclass(member, Emulator) and hasattr(member, "engine") and hasattr(member, "polls")
    }
