"""Which files a JSON document needs: those it names by key or by identity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.store.keys import ASSETS, CACHE, KEY, RUNS, identity_of

IDENTITY = re.compile(r"[0-9a-f]{64}")
# The longest identity that Pytoon makes, and the size of the database column.
MAX_LENGTH = 255


def is_document(key: str) -> bool:
    """Whether the file's references count: documents of runs and cached documents."""
    return key.startswith((RUNS, CACHE)) and key.endswith(".json")


def identities_in(plain: Any) -> frozenset[str]:
    """The identities of all cache and asset keys in JSON data, and all identities (SHA-256) that stand by themselves.

    A file is needed when its own identity is one of them: what was made from the same inputs belongs together.
    """
    return frozenset(identity for text in texts(plain) if (identity := _identity_in(text)))


def _identity_in(text: str) -> str | None:
    if len(text) > MAX_LENGTH:
        return None
    if text.startswith((CACHE, ASSETS)) and KEY.fullmatch(text):
        return identity_of(text)
    return text if IDENTITY.fullmatch(text) else None


def texts(plain: Any) -> Iterator[str]:
    """Every string in JSON data, names of fields included."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, Mapping):
        for name, value in plain.items():
            yield from texts(name)
            yield from texts(value)
    elif isinstance(plain, Sequence):
        for value in plain:
            yield from texts(value)
