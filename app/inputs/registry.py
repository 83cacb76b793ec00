"""From a file to a script: each file in ``app/inputs`` and each entry point of the group is one kind of source."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.core.config import Settings, settings
from app.core.errors import BadRequest, TooLarge, UnusableAdapter
from app.core.plugins import Registry, check_name, not_implementing, registry
from schemas.job import MAX_SCRIPT, MAX_TITLE
from schemas.script import Script

PACKAGE = "app.inputs"
GROUP = "pytoon.inputs"
# What is named like nothing that is known is read by this one.
PLAIN = "text"
MAX_SOURCE_BYTES = 32 << 20
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MAX_LANGUAGE = 16


@runtime_checkable
class Input(Protocol):
    """What ``build(settings)`` of an adapter gives. Its ``name`` is that of its file, its ``suffixes`` are in small
    letters, with their dots."""

    @property
    def name(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def read(self, data: bytes, file: str) -> Script:
        """What ``data`` tells; ``file`` is what it is called. Raises ``BadRequest`` when it is not of this kind."""
        ...


def script_of(data: bytes, file: str) -> Script:
    """The script in ``data``, read by the kind that ``file``'s suffix names, else as text.

    It has words, at most ``MAX_SCRIPT`` characters, and a title and a language that a job may have. Raises
    ``BadRequest`` and ``TooLarge``.
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise TooLarge("from", f"{MAX_SOURCE_BYTES >> 20} MiB")
    inputs = build_inputs(settings())
    reader = input_for(file, inputs)
    return check_script(reader.read(data, file) if reader else _as_text(inputs, data, file), file)


def input_for(file: str, inputs: Registry[Input]) -> Input | None:
    """The input for a file called ``file``, by its suffix; the project's own inputs come first."""
    suffix = Path(file).suffix.lower()
    return next((each for each in inputs.present.values() if suffix in each.suffixes), None)


def _as_text(inputs: Registry[Input], data: bytes, file: str) -> Script:
    try:
        return inputs.require(PLAIN).read(data, file)
    except BadRequest as error:
        kinds = list_inputs(inputs)
        raise BadRequest(
            "from", f"{file} cannot be read as text, nor is it of another kind there is: {kinds}"
        ) from error


def list_inputs(inputs: Registry[Input]) -> str:
    """ "markdown (.md, .markdown), text (.txt)", then each missing input with its reason."""
    present = ", ".join(f"{name} ({', '.join(each.suffixes)})" for name, each in sorted(inputs.present.items()))
    missing = "; ".join(f"{name} is missing: {reason}" for name, reason in sorted(inputs.missing.items()))
    return "; ".join(filter(None, (present, missing)))


def check_script(script: Script, file: str) -> Script:
    """``script`` as a job takes it: a title of one line, a language that is a code. Raises ``BadRequest``."""
    if not any(char.isalnum() for char in script.text):
        raise BadRequest("from", f"there are no words in {file}")
    if len(script.text) > MAX_SCRIPT:
        raise BadRequest(
            "from", f"{file} has {len(script.text):,} characters to speak; {MAX_SCRIPT:,} are the most for one film"
        )
    title = " ".join((script.title or "").split())
    title = title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1].rstrip()}…"
    language = (script.language or "").strip().replace("_", "-")
    known = LANGUAGE.fullmatch(language) and len(language) <= MAX_LANGUAGE
    return replace(script, title=title or None, language=language if known else None)


@lru_cache(maxsize=1)
def build_inputs(chosen: Settings) -> Registry[Input]:
    """Every input that can be built here, the project's own first, and the reason for each that cannot."""
    return registry(PACKAGE, GROUP, chosen, _input)


def _input(name: str, adapter: object) -> Input:
    if not isinstance(adapter, Input):
        raise not_implementing("an Input", name, adapter)
    check_name(name, adapter.name)
    if not isinstance(adapter.suffixes, tuple):
        raise UnusableAdapter(name, "its suffixes are not a tuple")
    return adapter
