"""Decoding of text files whose encoding is unknown."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from app.core.errors import BadRequest

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

# The mark of UTF-32-LE begins with that of UTF-16-LE, so UTF-32 comes first.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
# Words of Western European languages have at most about three accented letters in a row; words in old encodings of
# Cyrillic or Chinese consist of bytes above 0x7F only, and decoded as Windows-1252 they would be spoken as gibberish.
NON_ASCII_RUN = re.compile(rb"[\x80-\xff]{4}")
WESTERN = "cp1252"
# Encodings with one byte per character and with several, which charset-normalizer can distinguish.
SINGLE_BYTE = ("cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256")
MULTI_BYTE = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
# With fewer bytes outside ASCII the guess is wrong too often, measured on parts of sentences in twelve languages.
MIN_NON_ASCII_BYTES = 100
# The highest share of implausible characters, as charset-normalizer measures it, 0 … 1.
MAX_CHAOS = 0.05
# The lowest similarity of the letter frequencies to those of a known language, 0 … 1.
MIN_COHERENCE = {WESTERN: 0.3} | dict.fromkeys(SINGLE_BYTE, 0.2) | dict.fromkeys(MULTI_BYTE, 0.1)


def decode_text(data: bytes, file: str) -> str:
    """Return the text of ``data`` with "\\n" as line ends, decoded by its byte order mark, as UTF-8, or by a guess.

    The guess is Windows-1252 (Latin-1 with the quotes and dashes of word processors) or, if there is enough text to be
    certain, another older encoding. ``file`` is the name of the text in errors. Raises ``BadRequest``.
    """
    try:
        text = _decode(data)
    except UnicodeDecodeError as error:
        raise _not_text(file) from error
    # Editors of DOS end a text with ^Z.
    text = text.rstrip("\x1a")
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
    """Decode with the likely encoding; ``None`` if there is too little text or no likely encoding."""
    is_enough = sum(byte > 0x7F for byte in data) >= MIN_NON_ASCII_BYTES
    return _decode_if_likely(data, *SINGLE_BYTE, *MULTI_BYTE) if is_enough else None


def _decode_western(data: bytes) -> str:
    """Decode as Windows-1252, or with another single-byte encoding if only that one gives words of a language."""
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
    return BadRequest("from", f"{file} cannot be read as text; save it as UTF-8")
