"""The looks there are: one YAML file each in this folder, and those that installed packages bring.

A package brings looks by an entry point in the group ``pytoon.presets`` that names a package with YAML files in it.
A package that cannot be read is listed with its reason and brings no presets; all others stay usable.
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
    """``UnknownPreset(id, known)``: no look has this id."""

    def __str__(self) -> str:
        return f"there is no preset {self.args[0]!r}; there are: {', '.join(self.args[1])}"


class BadPreset(ValueError):
    """``BadPreset(file, field, reason)``: a look's file cannot be used."""

    def __str__(self) -> str:
        return f"preset {self.args[0]}, {self.args[1]}: {self.args[2]}"


@dataclass(frozen=True, slots=True)
class Library:
    """The presets ``present`` by id, and the reason for each entry point whose package is ``missing``."""

    present: Mapping[str, Preset]
    missing: Mapping[str, str]


def preset(preset_id: str) -> Preset:
    """The look with this id; raises ``UnknownPreset`` (a ``KeyError``) or, for a broken file, ``BadPreset``."""
    try:
        return library().present[preset_id]
    except KeyError:
        raise UnknownPreset(preset_id, tuple(library().present)) from None


def presets() -> tuple[Preset, ...]:
    """Every look, by id; raises ``BadPreset`` when one of the project's own files is wrong."""
    return tuple(library().present.values())


@lru_cache(maxsize=1)
def library() -> Library:
    """What ``collected`` returns, read once in a process."""
    return load_library()


def load_library() -> Library:
    """The project's own presets and those of installed packages; raises ``BadPreset`` for the project's own only."""
    present = load_packages((PACKAGE,))
    missing: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            present |= _load_installed_package(point.module, present)
        except BadPreset as error:
            missing[point.name] = str(error)
    return Library(dict(sorted(present.items())), missing)


def _load_installed_package(package: str, present: Mapping[str, Preset]) -> dict[str, Preset]:
    """The presets of ``package``, none of which may be ``present``; raises ``BadPreset`` for whatever breaks."""
    try:
        return _load_package(package, present)
    except (BadPreset, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        raise BadPreset(package, "entry point", f"{type(error).__name__}: {reason}") from error


def load_packages(packages: tuple[str, ...]) -> dict[str, Preset]:
    """The looks in the YAML files of ``packages`` by id; raises ``BadPreset``, also when two have one id."""
    found: dict[str, Preset] = {}
    for package in packages:
        found |= _load_package(package, found)
    return dict(sorted(found.items()))


def _load_package(package: str, present: Mapping[str, Preset]) -> dict[str, Preset]:
    """The presets of ``package``; raises ``BadPreset``, also when one of them is ``present``."""
    found: dict[str, Preset] = {}
    for file in _yaml_files(package):
        look = parse_preset(file.name, file.read_bytes())
        if look.id in present or look.id in found:
            raise BadPreset(f"{package}/{file.name}", "id", f"there is already a preset {look.id!r}")
        found[look.id] = look
    return found


def _yaml_files(package: str) -> Iterator[Traversable]:
    try:
        folder = files(package)
    except ModuleNotFoundError as error:
        raise BadPreset(package, "entry point", str(error)) from error
    inside = sorted(folder.iterdir(), key=lambda file: file.name)
    return (file for file in inside if file.name.endswith((".yaml", ".yml")))


def parse_preset(file: str, text: str | bytes) -> Preset:
    """The look written in ``text`` (YAML, UTF-8); its id is the file's name.

    Raises ``BadPreset`` naming file, field and reason.
    """
    plain = _parse_yaml(file, text)
    try:
        look = PresetSchema.read(plain)
    except ValidationError as error:
        raise BadPreset(file, *_first_message(error.messages)) from error
    if look.id != file.rpartition(".")[0]:
        raise BadPreset(file, "id", f"{look.id!r} is not the name of the file")
    return look


def _parse_yaml(file: str, text: str | bytes) -> Mapping[str, Any]:
    try:
        plain = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses a key given twice
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadPreset(file, f"line {line}", error.problem or "not YAML") from error
    except (yaml.YAMLError, ValueError) as error:  # letters that YAML forbids, a 99th of May
        raise BadPreset(file, "line 1", str(error).splitlines()[0]) from error
    if not isinstance(plain, Mapping):
        raise BadPreset(file, "line 1", "must be a mapping of fields, id first")
    return plain


class _StrictLoader(yaml.SafeLoader):
    """YAML lets the last of two equal keys win in silence; a look that says two things is a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a field's name must be a word", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _first_message(messages: Any, path: str = "") -> tuple[str, str]:
    """The first complaint of a ``ValidationError`` as ("captions.size_px", reason)."""
    while isinstance(messages, Mapping):
        name, messages = next(iter(messages.items()))
        path = f"{path}.{name}" if path else str(name)
    return path, str(messages[0] if isinstance(messages, list) else messages)
