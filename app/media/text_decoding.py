"""Bytes that should be text, as text."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from app.core.errors import BadRequest

# The mark of UTF-16 begins that of UTF-32, so the longer ones come first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
# In Western European words hardly more than three letters in a row have accents; a word in Cyrillic or Chinese of an
# old encoding has nothing else, and would be spoken as gibberish.
FOREIGN = re.compile(rb"[\x80-\xff]{4}")
# Share of letter frequencies that agree with a language. Texts too short to tell have 0 and are refused.
LEAST_COHERENCE = 0.1


def decoded(data: bytes, file: str) -> str:
    """The text of ``data`` with "\\n" at line ends: by its byte order mark, else UTF-8, else Windows-1252 or detected.

    ``file`` is what the text is called when it is none. Windows-1252 holds Latin-1 and the quotes and dashes of word
    processors. Raises ``BadRequest``.
    """
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        raise _no_text(file) from error
    if CONTROLS.search(text):
        raise _no_text(file)
    return "\n".join(text.splitlines())


def _decoded(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _detected(data) if FOREIGN.search(data) else data.decode("cp1252")


def _detected(data: bytes) -> str:
    """Return ``data`` in the encoding whose text reads like a language; raise ``UnicodeDecodeError`` if none does."""
    match = charset_normalizer.from_bytes(data).best()
    if match is None or match.coherence < LEAST_COHERENCE:
        raise UnicodeDecodeError("utf-8", data, 0, len(data), "the encoding cannot be detected")
    return str(match)


def _no_text(file: str) -> BadRequest:
    return BadRequest("from", f"{file} cannot be read as text; text is best kept as UTF-8")
