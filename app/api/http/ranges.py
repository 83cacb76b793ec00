"""Byte ranges (RFC 9110, section 14).

A single range gives its bytes, several give ``multipart/byteranges`` in the order of the request. The whole file is
sent instead, as the RFC allows, for what is no valid set of byte ranges, for more than ``MAX_RANGES``, and for ranges
that overlap: a small request would otherwise ask for many times the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.api.http.streams import Span

MAX_RANGES = 16
# A range further than this from the beginning is outside every file.
MAX_DIGITS = 18
BYTES_UNIT = re.compile(r"bytes=(.*)", re.IGNORECASE | re.DOTALL)
FIRST_LAST = re.compile(r"([0-9]+)-([0-9]*)")
SUFFIX = re.compile(r"-([0-9]+)")


class NotSatisfiable(Exception):
    """No range begins inside the file."""


def requested_spans(header: str, size: int) -> tuple[Span, ...] | None:
    """The spans of a ``Range`` header in a file of ``size`` bytes; ``None`` for the whole file.

    Raises ``NotSatisfiable``.
    """
    matched = BYTES_UNIT.fullmatch(header.strip(" \t"))
    parsed = [_parse(spec, size) for spec in _list_items(matched[1])] if matched else []
    if not parsed or None in parsed:
        return None
    spans = [span for span in parsed if span]
    if not spans:
        if size == 0 and "=-" in header:
            return None  # the end of an empty file is the whole file
        raise NotSatisfiable
    return tuple(spans) if len(parsed) <= MAX_RANGES and not _overlap(spans) else None


def _list_items(text: str) -> list[str]:
    """The items of a list; empty ones do not count (RFC 9110, 5.6.1)."""
    return [item for part in text.split(",") if (item := part.strip(" \t"))]


def _parse(spec: str, size: int) -> Span | None:
    """An empty span if the range begins outside the file; ``None`` if it is not valid."""
    if matched := SUFFIX.fullmatch(spec):
        return Span(max(0, size - _number(matched[1])), size)
    matched = FIRST_LAST.fullmatch(spec)
    if not matched:
        return None
    first, last = _number(matched[1]), _number(matched[2]) if matched[2] else size
    if matched[2] and last < first:
        return None
    return Span(min(first, size), min(last + 1, size))


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= MAX_DIGITS else 10**MAX_DIGITS


def _overlap(spans: Sequence[Span]) -> bool:
    return any(earlier.end > later.start for earlier, later in pairwise(sorted(spans, key=lambda span: span.start)))


def multipart_parts(spans: Sequence[Span], size: int, content_type: str, boundary: str) -> tuple[Span | bytes, ...]:
    """The body of ``multipart/byteranges``."""
    parts: list[Span | bytes] = []
    for span in spans:
        head = f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {content_range(span, size)}\r\n\r\n"
        parts += (head.encode("latin-1"), span, b"\r\n")
    return (*parts, f"--{boundary}--\r\n".encode("latin-1"))


def content_range(span: Span, size: int) -> str:
    return f"bytes {span.start}-{span.end - 1}/{size}"
