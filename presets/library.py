"""The library of presets: one YAML file each in this package, and those of other installed packages.

Another package provides presets by an entry point in the group ``pytoon.presets`` that names a package with YAML files.
A package that cannot be read is listed with its reason and provides no presets; all others stay usable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points

from presets.yaml_files import BadFile, parse, yaml_files
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
    try:
        package_files = yaml_files(package)
    except ModuleNotFoundError as error:
        raise BadPreset(package, "entry point", str(error)) from error
    for file in package_files:
        preset = parse_preset(file.name, file.read_bytes())
        if preset.id in present or preset.id in loaded:
            raise BadPreset(f"{package}/{file.name}", "id", f"there is already a preset {preset.id!r}")
        loaded[preset.id] = preset
    return loaded


def parse_preset(file: str, text: str | bytes) -> Preset:
    """Parse the preset in ``text`` (YAML, UTF-8); its id must be the name of ``file`` without the suffix.

    Raises ``BadPreset`` with file, field and reason.
    """
    try:
        return parse(file, text, PresetSchema)
    except BadFile as error:
        raise BadPreset(*error.args) from error
