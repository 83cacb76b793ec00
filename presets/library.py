"""The library of presets: one YAML file each in this package, and those of other installed packages.

Another package provides presets by an entry point in the group ``pytoon.presets`` that names a package with YAML files.
A package that cannot be read is listed with its reason and provides no presets; all others stay usable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from marshmallow import ValidationError

from schemas.preset import Preset, PresetSchema

GROUP = "pytoon.presets"
PACKAGE = "presets"


class UnknownPreset(KeyError):
    """``UnknownPreset(id, known_ids)``: no preset has this id."""

    def __str__(self) -> str:
        return f"there is no preset {self.args[0]!r}; presets: {', '.join(self.args[1])}"


class BadPreset(ValueError):
    """``BadPreset(file, field, reason)``: the file of a preset cannot be used."""

    def __str__(self) -> str:
        return f"preset {self.args[0]}, {self.args[1]}: {self.args[2]}"


@dataclass(frozen=True, slots=True)
class Library:
    """The presets ``present`` by id, and the reason for each entry point whose package is ``missing``."""

    present: Mapping[str, Preset]
    missing: Mapping[str, str]


def preset(preset_id: str) -> Preset:
    """Return the preset ``preset_id``; raises ``UnknownPreset`` (a ``KeyError``), or ``BadPreset`` for a bad file."""
    try:
        return library().present[preset_id]
    except KeyError:
        raise UnknownPreset(preset_id, tuple(library().present)) from None


def presets() -> tuple[Preset, ...]:
    """Return all presets, sorted by id; raises ``BadPreset`` if one of the project's own files is bad."""
    return tuple(library().present.values())


@lru_cache(maxsize=1)
def library() -> Library:
    """Return the library, loaded once per process."""
    return load_library()


def load_library() -> Library:
    """Load the project's own presets and those of installed packages; raises ``BadPreset`` for its own only."""
    present = load_packages((PACKAGE,))
    missing: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            present |= _load_installed_package(point.module, present)
        except BadPreset as error:
            missing[point.name] = str(error)
    return Library(dict(sorted(present.items())), missing)


def _load_installed_package(package: str, present: Mapping[str, Preset]) -> dict[str, Preset]:
    """Load the presets of ``package``, none of which may be ``present``; raises ``BadPreset`` for any error."""
    try:
        return _load_package(package, present)
    except (BadPreset, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        raise BadPreset(package, "entry point", f"{type(error).__name__}: {reason}") from error


def load_packages(packages: tuple[str, ...]) -> dict[str, Preset]:
    """Load the presets in the YAML files of ``packages`` by id; raises ``BadPreset``, also if two have the same id."""
    presets_by_id: dict[str, Preset] = {}
    for package in packages:
        presets_by_id |= _load_package(package, presets_by_id)
    return dict(sorted(presets_by_id.items()))


def _load_package(package: str, present: Mapping[str, Preset]) -> dict[str, Preset]:
    """Load the presets of ``package``; raises ``BadPreset``, also if one of them is ``present``."""
    loaded: dict[str, Preset] = {}
    for file in _yaml_files(package):
        preset = parse_preset(file.name, file.read_bytes())
        if preset.id in present or preset.id in loaded:
            raise BadPreset(f"{package}/{file.name}", "id", f"there is already a preset {preset.id!r}")
        loaded[preset.id] = preset
    return loaded


def _yaml_files(package: str) -> Iterator[Traversable]:
    try:
        folder = files(package)
    except ModuleNotFoundError as error:
        raise BadPreset(package, "entry point", str(error)) from error
    entries = sorted(folder.iterdir(), key=lambda file: file.name)
    return (file for file in entries if file.name.endswith((".yaml", ".yml")))


def parse_preset(file: str, text: str | bytes) -> Preset:
    """Parse the preset in ``text`` (YAML, UTF-8); its id must be the name of ``file`` without the suffix.

    Raises ``BadPreset`` with file, field and reason.
    """
    plain = _parse_yaml(file, text)
    try:
        preset = PresetSchema.read(plain)
    except ValidationError as error:
        raise BadPreset(file, *_first_message(error.messages)) from error
    if preset.id != file.rpartition(".")[0]:
        raise BadPreset(file, "id", f"{preset.id!r} is not the name of the file")
    return preset


def _parse_yaml(file: str, text: str | bytes) -> Mapping[str, Any]:
    try:
        plain = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses duplicate keys
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadPreset(file, f"line {line}", error.problem or "not YAML") from error
    except (yaml.YAMLError, ValueError) as error:  # forbidden characters, an invalid date
        raise BadPreset(file, "line 1", str(error).splitlines()[0]) from error
    if not isinstance(plain, Mapping):
        raise BadPreset(file, "line 1", "must be a mapping of fields, id first")
    return plain


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses duplicate keys; otherwise the last one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a field name must be a string", key.start_mark)
            if key.value in names:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            names.add(key.value)
        return super().construct_mapping(node, deep)


def _first_message(messages: Any, path: str = "") -> tuple[str, str]:
    """Return the first message of a ``ValidationError`` as ("captions.size_px", reason)."""
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        path = f"{path}.{name}" if path else str(name)
    return path, str(messages[0] if isinstance(messages, list) else messages)
