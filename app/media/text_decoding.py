"""Bytes that should be text, as text."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from app.core.errors import BadRequest

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

# The mark of UTF-16 begins that of UTF-32, so the longer ones come first.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
# In Western European words hardly more than three letters in a row have accents; a word in Cyrillic or Chinese of an
# old encoding has nothing else, and would be spoken as gibberish.
NON_ASCII_RUN = re.compile(rb"[\x80-\xff]{4}")
WESTERN = "cp1252"
# Encodings of one byte a character and of several that charset-normalizer tells apart.
SINGLE_BYTE = ("cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256")
MULTI_BYTE = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
# Below so many bytes outside ASCII the guess is wrong too often: measured on parts of sentences in twelve languages.
MIN_NON_ASCII_BYTES = 100
MAX_CHAOS = 0.05
# How much the letters have to be distributed as in a known language, 0 … 1.
MIN_COHERENCE = {WESTERN: 0.3} | dict.fromkeys(SINGLE_BYTE, 0.2) | dict.fromkeys(MULTI_BYTE, 0.1)


def decode_text(data: bytes, file: str) -> str:
    """The text of ``data`` with "\\n" at line ends: by its byte order mark, else UTF-8, else an older encoding.

    Windows-1252 (Latin-1 with the quotes and dashes of word processors) unless the bytes say otherwise; another
    encoding only if there is enough text to be sure of it. ``file`` is the text's name in the error. Raises
    ``BadRequest``.
    """
    try:
        text = _decode(data)
    except UnicodeDecodeError as error:
        raise _not_text(file) from error
    if CONTROL_CHARACTERS.search(text):
        raise _not_text(file)
    return "\n".join(text.splitlines())


def _decode(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_non_latin(data) if NON_ASCII_RUN.search(data) else _decode_western(data)
        if text is None:
            raise
        return text


def _decode_non_latin(data: bytes) -> str | None:
    """The text in the encoding that is likely, or ``None`` where that would be a guess."""
    enough = sum(byte > 0x7F for byte in data) >= MIN_NON_ASCII_BYTES
    return _decode_if_likely(data, *SINGLE_BYTE, *MULTI_BYTE) if enough else None


def _decode_western(data: bytes) -> str:
    """Windows-1252, or Windows-1250 and its like where the first would be gibberish and the other is a language."""
    if _guess(data, WESTERN) is None and (text := _decode_if_likely(data, WESTERN, *SINGLE_BYTE)):
        return text
    return data.decode(WESTERN)


def _decode_if_likely(data: bytes, *encodings: str) -> str | None:
    guess = _guess(data, *encodings)
    if guess is None or guess.chaos > MAX_CHAOS:
        return None
    return str(guess) if guess.coherence >= MIN_COHERENCE.get(guess.encoding, 1.0) else None


def _guess(data: bytes, *encodings: str) -> CharsetMatch | None:
    from charset_normalizer import from_bytes

    return from_bytes(data, cp_isolation=[*encodings]).best()


def _not_text(file: str) -> BadRequest:
    return BadRequest("from", f"{file} cannot be read as text; text is best kept as UTF-8")
