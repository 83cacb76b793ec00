"""The length of what a reader sees of a text; parsing one that is far too long would take minutes."""

from __future__ import annotations

import re

from app.core.errors import BadRequest
from schemas.job import MAX_SCRIPT

# Documents have parts that are seen and not spoken, such as the contents and the installation of a README.
MAX_SEEN = 10 * MAX_SCRIPT
# What is not seen, by its first and its last characters.
SPANS = tuple(
    (re.compile(start, re.IGNORECASE | re.MULTILINE), re.compile(end, re.IGNORECASE | re.MULTILINE))
    for start, end in (
        ("<!--", "-->"),
        (r"<style\b", r"</style\s*>"),
        (r"<script\b", r"</script\s*>"),
        (r"<svg\b", r"</svg\s*>"),
        (r"^`{3}", r"^`{3}"),
        (r"^~{3}", r"^~{3}"),
        (r"\{\\(?:\*\\)?(?:pict|object|objdata|fonttbl|stylesheet)\b", r"\}"),
    )
)
# Tags, addresses, times of subtitles, and commands of RTF and LaTeX.
MARKS = re.compile(
    r"<[^<>]{0,2000}>|\]\([^()\s]{0,2000}\)|^[\d:.,]+[^\n]{0,3}-->[^\n]*|\\[a-z]+-?\d*|\s+", re.MULTILINE
)


def check_length(text: str, file: str) -> None:
    """Raise ``BadRequest`` if a reader sees more than ``MAX_SEEN`` characters of ``text``."""
    if len(text) > MAX_SEEN and (count := seen_length(text)) > MAX_SEEN:
        raise BadRequest(
            "from", f"{file} has about {count:,} characters to speak; the limit is {MAX_SCRIPT:,} per film"
        )


def seen_length(text: str) -> int:
    """Return how many characters of ``text`` are seen, whatever its format is, without white space."""
    for start, end in SPANS:
        text = _without(text, start, end)
    return len(MARKS.sub("", text))


def _without(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """Return ``text`` without what is between matches of ``start`` and of ``end``; the last may have no end."""
    parts, position = [], 0
    while first := start.search(text, position):
        last = end.search(text, first.end())
        if last is None:
            break
        parts.append(text[position : first.start()])
        position = last.end()
    return "".join((*parts, text[position:]))
