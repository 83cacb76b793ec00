"""YAML files of a package, each with one value of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from marshmallow import ValidationError

from schemas.contract import Contract

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml is ten times as fast
except ImportError:  # PyYAML was built without it
    from yaml import SafeLoader  # type: ignore[assignment]

T = TypeVar("T")


class BadFile(ValueError):
    """``BadFile(file, field, reason)``: a YAML file cannot be used."""

    def __str__(self) -> str:
        return f"{self.args[0]}, {self.args[1]}: {self.args[2]}"


def yaml_files(package: str) -> tuple[Traversable, ...]:
    """Return the YAML files of an importable package by name. Raises ``ModuleNotFoundError``."""
    entries = sorted(files(package).iterdir(), key=lambda file: file.name)
    return tuple(file for file in entries if file.name.endswith((".yaml", ".yml")))


def parse(file: str, text: str | bytes, contract: type[Contract[T]], named: str = "id") -> T:
    """Parse the value in ``text`` (YAML, UTF-8); its field ``named`` must be the name of ``file`` without the suffix.

    Raises ``BadFile`` with file, field and reason.
    """
    plain = _parse_yaml(file, text)
    try:
        value = contract.read(plain)
    except ValidationError as error:
        raise BadFile(file, *_first_message(error.messages)) from error
    if plain[named] != file.rpartition(".")[0]:
        raise BadFile(file, named, f"{plain[named]!r} is not the name of the file")
    return value


def _parse_yaml(file: str, text: str | bytes) -> Mapping[str, Any]:
    try:
        plain = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses duplicate keys
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile(file, f"line {line}", error.problem or "not YAML") from error
    except (yaml.YAMLError, ValueError) as error:  # forbidden characters, an invalid date
        raise BadFile(file, "line 1", str(error).splitlines()[0]) from error
    if not isinstance(plain, Mapping):
        raise BadFile(file, "line 1", "must be a mapping of fields, id first")
    return plain


class _StrictLoader(SafeLoader):
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
