"""Results that a provider sends as base64 inside a JSON reply, written to a file without loading them.

The reply is on disk. Its long strings are replaced by marks, what remains is parsed, and the string of the result is
decoded part by part.
"""

from __future__ import annotations

import base64
import binascii
import json
import mmap
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONG = 4096
PART = 1 << 20
# Possessive, so that a string of many megabytes is matched in one pass and constant memory.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
LONGEST_ESCAPE = 6


class NotBase64(ValueError):
    """The text of a result is not base64."""


@dataclass(frozen=True, slots=True)
class LongStrings:
    """A JSON document in a file, ``plain`` without its long strings: in their place are marks, keys of ``spans``."""

    plain: Any
    spans: dict[str, tuple[int, int]]


def read_without_long_strings(path: Path) -> LongStrings:
    """Return the JSON document in ``path``. Raises ``ValueError`` if it is not JSON."""
    spans: dict[str, tuple[int, int]] = {}
    parts: list[bytes] = []
    end, mark = 0, uuid.uuid4().hex
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in STRING.finditer(data):
            start, stop = match.span()
            if stop - start <= LONG:
                continue
            name = f"{mark}-{len(spans)}"
            spans[name] = (start + 1, stop - 1)
            parts += [data[end:start], json.dumps(name).encode()]
            end = stop
        parts.append(data[end:])
    return LongStrings(json.loads(b"".join(parts)), spans)


def write_decoded(source: Path, document: LongStrings, text: str, path: Path) -> None:
    """Decode a base64 ``text`` of ``document``, a mark or a short string, to ``path``. Raises ``NotBase64``."""
    parts = _parts(source, *document.spans[text]) if text in document.spans else iter([text.encode()])
    with path.open("wb") as out:
        rest = b""
        for part in parts:
            rest += part
            whole = len(rest) // 4 * 4
            out.write(_decoded(rest[:whole]))
            rest = rest[whole:]
        out.write(_decoded(rest + b"=" * (-len(rest) % 4)))


def _parts(source: Path, start: int, stop: int) -> Iterator[bytes]:
    """Yield the text of a JSON string part by part, with its escapes replaced: "/" and "=" may be escaped."""
    rest = b""
    with source.open("rb") as file:
        file.seek(start)
        while start < stop:
            read = file.read(min(PART, stop - start))
            start += len(read)
            part = rest + read
            # An escape that is cut off at the end of the part waits for the next one.
            cut = part.rfind(b"\\", -LONGEST_ESCAPE) if start < stop else -1
            part, rest = (part, b"") if cut < 0 else (part[:cut], part[cut:])
            yield ESCAPE.sub(_unescaped, part)


def _unescaped(match: re.Match[bytes]) -> bytes:
    code, character = match.groups()
    if code:
        return chr(int(code, 16)).encode()
    return b"" if character in b"nrt" else character


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_" if b"-" in text or b"_" in text else None, validate=True)
    except binascii.Error as error:
        raise NotBase64("the result is not base64") from error
