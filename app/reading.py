"""From a file to a script: each file in ``app/inputs`` and each entry point of the group is one kind of source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.core.config import Settings, settings
from app.core.errors import BadRequest, TooLarge, Unconfigured
from app.core.plugins import scan
from schemas.job import MAX_SCRIPT, MAX_TITLE
from schemas.script import Script

PACKAGE = "app.inputs"
GROUP = "pytoon.inputs"
# What is named like nothing that is known is read by this one.
PLAIN = "text"
MAX_SOURCE_BYTES = 32 << 20
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MAX_LANGUAGE = 16


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


@dataclass(frozen=True, slots=True)
class Kinds:
    """``present`` inputs by name, and why the ``missing`` ones are not among them."""

    present: Mapping[str, Input]
    missing: Mapping[str, str]

    def of(self, file: str) -> Input | None:
        """The input for a file called ``file``, by its suffix."""
        suffix = Path(file).suffix.lower()
        return next((each for each in self.present.values() if suffix in each.suffixes), None)

    def __str__(self) -> str:
        """ "markdown (.md, .markdown), text (.txt)", and what is missing."""
        here = ", ".join(f"{name} ({', '.join(kind.suffixes)})" for name, kind in sorted(self.present.items()))
        away = "; ".join(f"{name} is missing: {why}" for name, why in sorted(self.missing.items()))
        return "; ".join(filter(None, (here, away)))


def script_of(data: bytes, file: str) -> Script:
    """The script in ``data``, read by the kind that ``file``'s suffix names, else as text.

    It has words, at most ``MAX_SCRIPT`` characters, and a title and a language that a job may have. Raises
    ``BadRequest`` and ``TooLarge``.
    """
    if len(data) > MAX_SOURCE_BYTES:
        raise TooLarge("from", f"{MAX_SOURCE_BYTES >> 20} MiB")
    kinds = built(settings())
    kind = kinds.of(file)
    return fitting(kind.read(data, file) if kind else _unnamed(kinds, data, file), file)


def _unnamed(kinds: Kinds, data: bytes, file: str) -> Script:
    try:
        return kinds.present[PLAIN].read(data, file)
    except BadRequest as error:
        raise BadRequest(
            "from", f"{file} cannot be read as text, nor is it of another kind there is: {kinds}"
        ) from error


def fitting(script: Script, file: str) -> Script:
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


def built(chosen: Settings) -> Kinds:
    """Builds every adapter, the house's own first; one that lacks something is missing, with the reason."""
    present: dict[str, Input] = {}
    missing: dict[str, str] = {}
    for name, load in scan(PACKAGE, GROUP).items():
        try:
            module = load()
            kind: Input = module.build(chosen)
        except Unconfigured as error:
            missing[name] = str(error)
        except ImportError as error:
            missing[name] = f"{name} cannot be imported: {error}"
        else:
            # A guest never takes a suffix of our own.
            own = module.__name__.startswith(f"{PACKAGE}.")
            present = {name: kind, **present} if own else {**present, name: kind}
    return Kinds(present, missing)
