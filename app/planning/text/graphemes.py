"""Where a text may be split: grapheme clusters, and runs between which a line may break."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

import regex

from schemas.text_width import is_unspaced, width

# Thai and Lao vowels written before the consonant they follow, and vowels written after it. Unicode's extended grapheme
# clusters (UAX #29) leave both alone; a reader sees them as one with their consonant.
PREFIXED = "เแโใไເແໂໃໄ"
SUFFIXED = "ะาำๅະາຳ"
# Signs that set the next consonant below the one before: Khmer coeng, Myanmar virama.
STACKERS = "\u17d2\u1039"
CLUSTER = regex.compile(rf"[{PREFIXED}]*\X(?:(?<=[{STACKERS}])\X|[{SUFFIXED}\p{{M}}])*")
KANA = regex.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
HIRAGANA = regex.compile(r"[\u3040-\u309f]")
HALF_WIDTH_KANA = regex.compile(r"[\uff66-\uff9f]")
FULL_WIDTH_LATIN = regex.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
# ICU's locales: Japanese breaks between phrases, all other text as UAX #14 says, with quotation marks as in Chinese.
JAPANESE, OTHER = "ja-u-lw-phrase", "zh"


def characters(text: str) -> list[str]:
    """Return ``text`` in characters as a reader counts them: marks, joiners and modifiers stay with their base."""
    return [match[0] for match in CLUSTER.finditer(text)]


def break_runs(text: str) -> list[str]:
    """Return ``text`` (without spaces) in runs between which a line may break; one run for scripts with spaces.

    Words of Thai, Lao, Khmer and Burmese (ICU's word lists), phrases of Japanese, characters of Chinese, each with the
    marks that may not begin or end a line (UAX #14).
    """
    if not any(is_unspaced(char) and char.isalpha() for char in text):
        return [text]
    places = _break_places(text)
    found = [""]
    offset = 0
    for char in characters(text):
        if offset and _breaks(found[-1][-1], char[0], offset in places):
            found.append("")
        found[-1] += char
        offset += len(char)
    return found


def _break_places(text: str) -> set[int]:
    from icu4py.breakers import LineBreaker

    plain = SURROGATE.sub("\ufffd", text)
    return set(accumulate(map(len, LineBreaker(plain, JAPANESE if KANA.search(plain) else OTHER))))


def _breaks(before: str, after: str, allowed: bool) -> bool:
    """Correct UAX #14, which takes Thai beside Latin for one word and breaks inside half-width kana and wide Latin."""
    if _is_letter(before) and _is_letter(after) and is_unspaced(before) != is_unspaced(after):
        return True
    if HALF_WIDTH_KANA.match(before) and HIRAGANA.match(after):
        return True  # ICU's word list does not have half-width kana, so it knows no phrase that begins with them.
    alike = any(kind.match(before) and kind.match(after) for kind in (HALF_WIDTH_KANA, FULL_WIDTH_LATIN))
    return allowed and not alike


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def line_units(text: str) -> list[str]:
    """Return ``text`` in parts between which a line may break, each with the space that is written after it.

    Joined they are ``text`` with its white space as single spaces.
    """
    units: list[str] = []
    for word in text.split():
        units += break_runs(word)
        units[-1] += " "
    if units and not text[-1].isspace():
        units[-1] = units[-1][:-1]
    return units


def fitting(parts: Sequence[str], columns: int) -> Iterator[str]:
    """Yield the first of ``parts`` that together take at most ``columns`` columns; a space at the end takes none."""
    line = ""
    for part in parts:
        line += part
        if width(line.rstrip()) > columns:
            return
        yield part


def pieces(text: str, longest: int) -> list[str]:
    """Return ``text`` in pieces of at most ``longest`` columns, split between characters."""
    found: list[str] = []
    for char in characters(text):
        if found and width(found[-1] + char) <= longest:
            found[-1] += char
        else:
            found.append(char)
    return found
