"""Split a text into grapheme clusters, and into runs between which a line may break."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

import regex

from app.planning.text.marks import CLAUSE_MARKS, END_MARKS
from app.planning.text.unbreakable import bound_runs
from schemas.text_width import is_unspaced, width

# Thai and Lao vowels that are written before the consonant they follow in speech, and vowels written after it.
# Unicode's extended grapheme clusters (UAX #29) separate both from the consonant; readers see one character.
PREFIXED = "เแโใไເແໂໃໄ"
SUFFIXED = "ะาำๅະາຳ"
# Signs that stack the next consonant below the previous one: Khmer coeng, Myanmar virama.
STACKERS = "\u17d2\u1039"
CLUSTER = regex.compile(rf"[{PREFIXED}]*\X(?:(?<=[{STACKERS}])\X|[{SUFFIXED}\p{{M}}])*")
HIRAGANA = regex.compile(r"[\u3040-\u309f]")
HALF_WIDTH_KANA = regex.compile(r"[\uff66-\uff9f]")
FULL_WIDTH_LATIN = regex.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
# A number in full-width characters, with its marks, and a range of numbers.
NUMBER = regex.compile(r"[\d０-９](?:[.,:：．，～~–-]?[\d０-９])+")
# Marks that neither begin nor end a line.
MIDDLE_MARKS = "／/"
# Marks that begin no line, and marks that end none, where a word is too wide for a line.
ENDING_MARKS = frozenset(
    (END_MARKS + CLAUSE_MARKS + ")]}」』）】》〉〕］｝｣”’›»々ーゝゞっゃゅょッャュョ%％").replace("–—", "")
)
BEGINNING_MARKS = frozenset("([{¿¡「『（【《〈〔［｛｢“‘„‚«‹$€£¥")
MAX_MARKED_LENGTH = 5
# ICU's locales: the first breaks between words of Chinese and phrases of Japanese, the second as UAX #14 says, which
# lets no line begin with small kana or a closing mark, with quotation marks as in Chinese.
WORDS, MARKS = "ja-u-lw-phrase", "zh"


def characters(text: str) -> list[str]:
    """Return the characters of ``text`` as a reader counts them: marks, joiners and modifiers stay with their base."""
    return [match[0] for match in CLUSTER.finditer(text)]


def break_runs(text: str) -> list[str]:
    """Return ``text`` (without spaces) in runs between which a line may break; one run for scripts with spaces.

    The runs are words of Thai, Lao, Khmer, Burmese and Chinese and phrases of Japanese (ICU's word lists), each with
    the marks that may not begin or end a line (UAX #14).
    """
    if not any(is_unspaced(char) and char.isalpha() for char in text):
        return [text]
    break_offsets = _break_offsets(text) - {
        offset for match in NUMBER.finditer(text) for offset in range(match.start() + 1, match.end())
    }
    runs = [""]
    offset = 0
    for char in characters(text):
        if offset and _breaks(runs[-1][-1], char[0], offset in break_offsets):
            runs.append("")
        runs[-1] += char
        offset += len(char)
    return runs


def _break_offsets(text: str) -> set[int]:
    from icu4py.breakers import LineBreaker

    plain = SURROGATE.sub("\ufffd", text)
    words, marks = (set(accumulate(map(len, LineBreaker(plain, locale)))) for locale in (WORDS, MARKS))
    return words & marks


def _breaks(before: str, after: str, allowed: bool) -> bool:
    """Return whether a line may break; ``allowed`` is the answer of ICU.

    UAX #14 treats Thai beside Latin as one word, and breaks inside half-width kana and wide Latin; both are corrected.
    """
    if _is_letter(before) and _is_letter(after) and is_unspaced(before) != is_unspaced(after):
        return True
    if HALF_WIDTH_KANA.match(before) and HIRAGANA.match(after):
        return True  # ICU's word list has no half-width kana, so it finds no phrase that begins with them.
    same_class = any(chars.match(before) and chars.match(after) for chars in (HALF_WIDTH_KANA, FULL_WIDTH_LATIN))
    return allowed and not same_class and not {before, after} & {*MIDDLE_MARKS}


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def line_units(text: str, language: str | None = None) -> list[str]:
    """Return ``text`` in units between which a line may break, each with the space that is written after it.

    Joined, they are ``text`` with each white space replaced by a single space. Words that stay together, such as a
    number and its unit, are one unit.
    """
    units: list[str] = []
    for word in text.split():
        units += break_runs(word)
        units[-1] += " "
    if units and not text[-1].isspace():
        units[-1] = units[-1][:-1]
    return bound_runs(units, language)


def parts_within(parts: Sequence[str], columns: int) -> Iterator[str]:
    """Yield the first of ``parts`` that together take at most ``columns`` columns; a space at the end takes none."""
    line = ""
    for part in parts:
        line += part
        if width(line.rstrip()) > columns:
            return
        yield part


def split_to_width(text: str, max_columns: int) -> list[str]:
    """Return ``text`` in pieces of at most ``max_columns`` columns, split between characters."""
    pieces: list[str] = []
    for part in characters_with_marks(text):
        for char in [part] if width(part) <= max_columns else characters(part):
            if pieces and width(pieces[-1] + char) <= max_columns:
                pieces[-1] += char
            else:
                pieces.append(char)
    return pieces


def characters_with_marks(text: str) -> list[str]:
    """Return the characters of ``text``, each with the marks that may not begin or end a line without it."""
    parts: list[str] = []
    for char in characters(text):
        belongs = parts and (char in ENDING_MARKS or parts[-1][-1] in BEGINNING_MARKS)
        if belongs and len(parts[-1]) < MAX_MARKED_LENGTH:
            parts[-1] += char
        else:
            parts.append(char)
    return parts
