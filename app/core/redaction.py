"""What must not be shown: passwords and tokens in any text, paths of this machine in what a caller reads."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core.config import settings

REDACTED = "***"
SECRET_NAME = re.compile(r"key|secret|token|passw|passphrase|authorization|credential|cookie|signature", re.IGNORECASE)
# A storage key is also named "key"; it is not a secret, and helps to find the file.
STORAGE_KEY = re.compile(r"(assets|cache|jobs|runs)/[a-z0-9_./-]*")
SECRET_TEXT = (
    # A password may have signs that should have been encoded: it ends at the last "@". In a web address they are
    # part of its path, unless a colon that begins no port comes before.
    (re.compile(r"(?i)(?<!http)(?<!https)(://)[^\s'\"<>]*@"), rf"\1{REDACTED}@"),
    (re.compile(r"(?i)(\bhttps?://)(?:[^\s/?#]*|[^\s/?#:@]*:(?!\d{1,5}[/?#])[^\s'\"<>]*)@"), rf"\1{REDACTED}@"),
    (re.compile(r"\b(bearer\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{REDACTED}"),
    # A token of this application; see ``app.accounts.keys``.
    (re.compile(r"pyt_[A-Za-z0-9_-]{16,}"), f"pyt_{REDACTED}"),
    (
        re.compile(
            # The lookbehind and "++" try each name once: the time would grow with the square of the length of a name.
            r"((?<![\w-])(?=[\w-]*(?:api[_-]?key|secret|token|passw(?:or)?d|authorization|signature))[\w-]++"
            r"[\"']?\s*[=:]\s*[\"']?)"
            r"(?:(?:basic|bearer|digest)\s+)?[^\s\"'&,;)}]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)
SHORTEST_PASSWORD = 4  # a shorter one would also be replaced inside ordinary words


def redact(value: Any, name: str = "") -> Any:
    """``value`` with ``***`` in place of everything that is named like a secret or looks like one."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if SECRET_NAME.search(name) and not (isinstance(value, str) and STORAGE_KEY.fullmatch(value)):
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return redact_text(value if isinstance(value, str) else str(value))


def redact_text(text: str) -> str:
    """``text`` without passwords in URLs, the passwords of the settings, bearer tokens and values named as secrets."""
    for pattern, replacement in SECRET_TEXT:
        text = pattern.sub(replacement, text)
    for password in settings().secrets:
        if len(password) >= SHORTEST_PASSWORD:
            text = text.replace(password, REDACTED)
    return text


def public_text(text: str) -> str:
    """``text`` as a caller may read it: without secrets, and with file names in place of this machine's paths."""
    return _paths(settings().home).sub(lambda path: Path(path[0]).name, redact_text(text))


def public_cause(error: BaseException) -> str:
    """What a caller may read of an unexpected exception: its class. Its words are in the log."""
    return f"an unexpected error ({type(error).__name__})"


@lru_cache(maxsize=4)
def _paths(home: Path) -> re.Pattern[str]:
    """A path in the home, in the directory of temporary files, or in that of a program."""
    places = (home.absolute(), home.resolve(), tempfile.gettempdir(), sys.prefix, Path(__file__).parents[2])
    roots = sorted({os.fspath(place).rstrip("/") for place in places}, key=len, reverse=True)
    known = "|".join(re.escape(root) for root in roots if root)
    return re.compile(rf"(?<![\w./-])(?:{known})(?:/[^\s'\"<>:;,()\[\]]+)*")
