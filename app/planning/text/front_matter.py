"""The metadata in YAML or TOML at the beginning of a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_FRONT_MATTER = 10_000
FRONT_MATTER = (
    re.compile(r"---[ \t]*\n(?P<yaml>(?:#[^\n]*\n)*[\w.\"'-]+[ \t]*:.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL),
    re.compile(r"\+\+\+[ \t]*\n(?P<toml>.*?\n)??\+\+\+[ \t]*(?:\n|$)", re.DOTALL),
)
LANGUAGE_KEYS = ("lang", "language", "locale")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The ``metadata`` of a text, and the ``body`` after it; ``fault`` says why the metadata cannot be read."""

    body: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def title(self) -> str | None:
        return self._first_value(("title",))

    @property
    def language(self) -> str | None:
        return self._first_value(LANGUAGE_KEYS)

    def _first_value(self, keys: Sequence[str]) -> str | None:
        """Return the first non-blank string or number under ``keys`` as a string."""
        values = (self.metadata.get(key) for key in keys)
        return next(
            (str(value) for value in values if isinstance(value, str | int | float) and str(value).strip()), None
        )


def front_matter(text: str) -> FrontMatter:
    """Return the metadata at the beginning of ``text``, and the text after it.

    A text whose metadata cannot be read has a ``fault``, and is the body as a whole.
    """
    front = next((match for pattern in FRONT_MATTER if (match := pattern.match(text, 0, MAX_FRONT_MATTER))), None)
    if front is None:
        return FrontMatter(text)
    syntax, source = next(iter(front.groupdict(default="").items()))
    try:
        # The base loader reads every value as a string: the language "no" is not false, and a title may be a year.
        metadata = yaml.load(source, yaml.BaseLoader) if syntax == "yaml" else tomllib.loads(source)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError) as error:
        return FrontMatter(text, fault=f"is not valid {syntax.upper()}: {' '.join(str(error).split())}")
    return FrontMatter(text[front.end() :], metadata if isinstance(metadata, dict) else {})
