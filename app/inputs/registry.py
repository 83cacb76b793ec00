"""Inputs, which read a file as a script: each file in ``app/inputs`` and each entry point of the group is one input."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.core.config import Settings, settings
from app.core.errors import BadRequest, TooLarge, UnusableAdapter
from app.core.plugins import Registry, build_registry, check_name, protocol_error
from app.media.document_type import document_type
from schemas.job import MAX_SCRIPT, MAX_TITLE
from schemas.script import Script
from schemas.visible_text import is_visible

PACKAGE = "app.inputs"
GROUP = "pytoon.inputs"
# The input for files whose suffix belongs to no input.
DEFAULT_INPUT = "text"
MAX_SOURCE_BYTES = 32 << 20
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MAX_LANGUAGE = 16


@runtime_checkable
class Input(Protocol):
    """The protocol of what ``build(settings)`` of an adapter returns.

    ``name`` is the name of its file or entry point; ``suffixes`` are lower-case and start with a dot.
    """

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def read(self, data: bytes, file: str) -> Script:
        """Return the script in ``data``; ``file`` is its file name. Raises ``BadRequest`` when it cannot be read."""
        ...


def read_script(data: bytes, file: str) -> Script:
    """Return the script in ``data``, read by the input for the suffix of ``file``, or else as text.

    The script is valid for a job (``check_script``). Raises ``BadRequest`` and ``TooLarge``.
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise TooLarge("from", f"{MAX_SOURCE_BYTES >> 20} MiB")
    inputs = build_inputs(settings())
    if kind := document_type(data):
        raise BadRequest(
            "from",
            f"{file} cannot be read as text: it {kind}; save its words as text or Markdown; "
            f"inputs: {list_inputs(inputs)}",
        )
    reader = input_for(file, inputs)
    return check_script(reader.read(data, file) if reader else _read_as_text(inputs, data, file), file)


def input_for(file: str, inputs: Registry[Input]) -> Input | None:
    """Return the input for the suffix of ``file``; the project's own inputs come first."""
    suffix = Path(file).suffix.lower()
    return next((reader for reader in inputs.present.values() if suffix in reader.suffixes), None)


def _read_as_text(inputs: Registry[Input], data: bytes, file: str) -> Script:
    try:
        return inputs.require(DEFAULT_INPUT).read(data, file)
    except BadRequest as error:
        supported = list_inputs(inputs)
        raise BadRequest(
            "from", f"{file} cannot be read as text, and its type is not supported; inputs: {supported}"
        ) from error


def list_inputs(inputs: Registry[Input]) -> str:
    """Return "markdown (.md, .markdown), text (.txt)", then each missing input with its reason."""
    present = ", ".join(f"{name} ({', '.join(reader.suffixes)})" for name, reader in sorted(inputs.present.items()))
    missing = "; ".join(f"{name} is missing: {reason}" for name, reason in sorted(inputs.missing.items()))
    return "; ".join(filter(None, (present, missing)))


def check_script(script: Script, file: str) -> Script:
    """Return the script as a job accepts it: a title on one line, and a language only if it is a language code.

    Raises ``BadRequest`` when the script has no words or more than ``MAX_SCRIPT`` characters. A longer title than
    ``MAX_TITLE`` is truncated.
    """
    if not any(char.isalnum() for char in script.text):
        raise BadRequest("from", f"there are no words in {file}")
    if len(script.text) > MAX_SCRIPT:
        raise BadRequest(
            "from", f"{file} has {len(script.text):,} characters to speak; the limit is {MAX_SCRIPT:,} per film"
        )
    title = " ".join((script.title or "").split())
    title = title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"
    language = (script.language or "").strip().replace("_", "-")
    is_code = LANGUAGE.fullmatch(language) and len(language) <= MAX_LANGUAGE
    return replace(script, title=title if is_visible(title) else None, language=language if is_code else None)


@lru_cache(maxsize=1)
def build_inputs(chosen: Settings) -> Registry[Input]:
    """Return all inputs that can be built, the project's own first, and the reason for each that cannot."""
    return build_registry(PACKAGE, GROUP, chosen, _input)


def _input(name: str, adapter: object) -> Input:
    if not isinstance(adapter, Input):
        raise protocol_error("an Input", name, adapter)
    check_name(name, adapter.name)
    if not isinstance(adapter.suffixes, tuple):
        raise UnusableAdapter(name, "its suffixes are not a tuple")
    return adapter
