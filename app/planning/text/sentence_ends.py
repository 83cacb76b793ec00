"""Where sentences end between words, and questions and openers that belong to the sentence after them."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache

from app.planning.text.abbreviations import (
    DOTTED_LETTERS,
    ELISION,
    LETTER_DOT,
    MAX_PARTS,
    Abbreviations,
    abbreviations_of,
    has_table,
    whole_abbreviation,
)
from app.planning.text.bond_rules import AFTER_WORD, bond
from app.planning.text.bound_words import AFTER_TIMES, HALVES_OF_DAY, MONTHS, NUMBER_WORDS, NUMBERED
from app.planning.text.marks import CLOSING_MARKS, END_MARKS, OPENING_MARKS
from schemas.text_width import is_unspaced, width

# The marks and the greatest width of a question or opener that belongs to the next sentence.
OPENER_MARKS, OPENER_COLUMNS = ("?", ":", "？", "：", "؟"), 32
# So many words on each side say whether a text is written in small letters only.
CONTEXT_WORDS = 12
NUMBER_DOT, YEAR_DOT = re.compile(r"\d+\."), re.compile(r"[12]\d{3}\.")
ELLIPSES = ("…", "..")
# What goes on after the words of a person in Chinese and Japanese, without a space.
SAID = re.compile(r"[^。！？，]{0,3}?[说說道问問喊叫答]|と|って")
# A capital letter that does not begin a sentence after an ellipsis.
PRONOUN = re.compile(r"I(?:['’]\w+)?")
VOWEL = re.compile(r"[aeiouyàâäãåáæèéêëìíîïòóôöõøùúûüýăąęěőűıœаеёиоуыэюяіїєαεηιουωάέήίόύώ]")
# A word with fewer letters and no vowel is an abbreviation.
MAX_SHORT_LETTERS = 4


def ends_sentence(words: Sequence[str], index: int, language: str | None = None) -> bool:
    """Return whether a sentence ends between the word at ``index`` and the one after it.

    ``words`` are those of a text, each with or without the white space after it. A mark does not end a sentence
    inside an abbreviation or a number, nor before a small letter that goes on with the sentence ("Yahoo! is").
    """
    if index < 0 or index + 1 >= len(words):
        return False
    before, after = _closed(words, index), words[index + 1].strip()
    mark = _mark(before)
    if not mark or not after or _closes(after):
        return False
    table = abbreviations_of(language)
    if _is_bound(words, index, table):
        return False
    has_ellipsis = before.rstrip(CLOSING_MARKS).endswith(ELLIPSES)
    if mark == "." and not has_ellipsis:
        return _dot_ends(words, index, table, language)
    if (before[-1] in "”」』" and SAID.match(after)) or (has_ellipsis and PRONOUN.fullmatch(after)):
        return False
    return not _is_small(after) or (before[-1] not in CLOSING_MARKS and _is_small_text(words, index))


def _closed(words: Sequence[str], index: int) -> str:
    """Return the word at ``index``, with the words before it if it consists of marks only ("Attends ! »")."""
    text = words[index].strip()
    while index and len(text) < len(OPENING_MARKS) and not any(char.isalnum() for char in text) and not _opens(text):
        index -= 1
        text = words[index].strip() + text
    return text


def _mark(text: str) -> str:
    """Return the end mark of ``text`` before closing quotes, brackets and pictures; "" if it has none."""
    end = text.rstrip(CLOSING_MARKS)
    while end and not (end[-1].isalnum() or end[-1] in END_MARKS or end[-1] in ";:%°€$£)"):
        end = end[:-1].rstrip(CLOSING_MARKS)
    if end[-1:] == ";" and "\u0370" <= end[-2:-1] <= "\u03ff":
        return ";"
    if end[-1:] == ":" and "\u0530" <= end[-2:-1] <= "\u058f":
        return ":"
    return end[-1:] if end[-1:] in tuple(END_MARKS) else ""


def _closes(word: str) -> bool:
    """Return whether ``word`` has no letter, digit or sign that begins a sentence: it belongs to the one before."""
    return not any(char.isalnum() for char in word) and not _opens(word)


def _opens(word: str) -> bool:
    return word[:1] in tuple("-–—•*#([{¿¡“„‘‚«「『（【《") and word not in ("—", "–")


def _is_bound(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    near = [word.strip() for word in words[max(0, index - CONTEXT_WORDS) : index + CONTEXT_WORDS]]
    is_tight = not words[index][-1:].isspace() and is_unspaced(words[index + 1][:1] or " ")
    return bool(bond(near, min(index, CONTEXT_WORDS), table, is_tight=is_tight))


def _dot_ends(words: Sequence[str], index: int, table: Abbreviations, language: str | None) -> bool:
    # A closing mark alone belongs to the word before it ("1. ” So").
    last, after = words[index].split()[-1], words[index + 1].split()[0]
    before = (last if last.strip(CLOSING_MARKS) else _closed(words, index)).lstrip(OPENING_MARKS)
    is_small = _is_small(after)
    if is_small and before[-1] in CLOSING_MARKS:
        return False
    core = before.rstrip(CLOSING_MARKS)
    if NUMBER_DOT.fullmatch(core):
        return not is_small or (not table.has_ordinals and (len(core) > 3 or bool(YEAR_DOT.fullmatch(core))))
    near = [word.strip() for word in words[max(0, index - MAX_PARTS) : index + 1]]
    kinds = table.kinds_of(whole_abbreviation(near, len(near) - 1, table))
    if is_small:
        return not kinds and not _is_short_form(core)
    if after[0].isdigit() and not kinds and core[0].islower() and _is_short_form(core) and not _counts(words, index):
        return False
    return not _is_abbreviated(core, after, kinds, table) and not _is_known_elsewhere(core, after, language)


def _is_abbreviated(core: str, after: str, kinds: frozenset[str], table: Abbreviations) -> bool:
    """Return whether the dot of ``core`` is that of an abbreviation inside a sentence, before a capital letter."""
    first = after.lstrip(OPENING_MARKS)[:1]
    is_caseless = first.isalpha() and first.lower() == first.upper()
    if is_caseless:
        is_letter = LETTER_DOT.fullmatch(core) or DOTTED_LETTERS.fullmatch(core)
        return bool(kinds & {"names", "numbers", "suffixes"}) or bool(is_letter)
    bare = after.lstrip(OPENING_MARKS).rstrip(AFTER_WORD)
    if core.lower() in HALVES_OF_DAY and (bare in MONTHS or bare in AFTER_TIMES):
        return True
    if "closing" in kinds:
        return False
    if "names" in kinds and "numbers" in table.kinds_of(after):
        return True
    is_starter = table.is_starter(bare)
    return ("suffixes" in kinds or bool(DOTTED_LETTERS.fullmatch(core))) and not is_starter


def _counts(words: Sequence[str], index: int) -> bool:
    """Return whether a number stands before the word at ``index``, so that it is a unit."""
    return index > 0 and words[index - 1].strip()[-1:].isdigit()


def _is_short_form(core: str) -> bool:
    """Return whether a word with a dot before a small letter looks like an abbreviation."""
    letters = core.rstrip(".")
    is_dotted = "." in letters or len(letters) < 2
    return is_dotted or (len(letters) <= MAX_SHORT_LETTERS and letters.isalpha() and not VOWEL.search(letters.lower()))


def _is_known_elsewhere(core: str, after: str, language: str | None) -> bool:
    """Return whether the library knows an abbreviation of a language that has no table here."""
    if not language or has_table(language) or not after[:1].isupper():
        return False
    return _library_knows(ELISION.sub("", core), language)


@lru_cache(maxsize=2048)
def _library_knows(word: str, language: str) -> bool:
    from sentencex import segment

    return len(segment(language, f"Ab {word} Ab ab.")) == 1


def _is_small(word: str) -> bool:
    """Return whether ``word`` begins with a small letter and is no name such as "iPhone"."""
    word = word.lstrip(OPENING_MARKS)
    return word[:1].islower() and not any(char.isupper() for char in word[1:3])


def _is_small_text(words: Sequence[str], index: int) -> bool:
    near = words[max(0, index - CONTEXT_WORDS) : index + CONTEXT_WORDS]
    return not any(char.isupper() for word in near for char in word)


def sentence_starts(words: Sequence[str], language: str | None = None) -> frozenset[int]:
    """Return the indices of the ``words`` before which a sentence ends."""
    return frozenset(k for k in range(1, len(words)) if ends_sentence(words, k - 1, language))


def opens_next(
    words: Sequence[str], index: int, starts: Set[int] | None = None, max_columns: int = OPENER_COLUMNS
) -> bool:
    """Return whether a question or opener ("Ready?", "Here's why:", "Step 1.") ends with the word at ``index``.

    It belongs to the words after it. It is a sentence of at most ``max_columns``. ``starts`` are those of
    ``sentence_starts``, if they are known.
    """
    if index + 1 == len(words) or not _may_open(words, index):
        return False
    columns, start = 0, index
    while columns <= max_columns + 1:
        columns += _columns_of(words[start]) + 1
        if start == 0 or (start in starts if starts is not None else ends_sentence(words, start - 1)):
            break
        start -= 1
    is_question = words[index].strip().rstrip(CLOSING_MARKS)[-1:] in OPENER_MARKS
    return columns <= max_columns + 1 and (is_question or index - start == 1)


@lru_cache(maxsize=4096)
def _columns_of(word: str) -> int:
    return width(word.strip())


def _may_open(words: Sequence[str], index: int) -> bool:
    """Return whether the word at ``index`` has the mark of an opener, or is the number of a step or the like."""
    word = words[index].strip()
    if word.rstrip(CLOSING_MARKS)[-1:] in OPENER_MARKS:
        return True
    return _is_label_number(words, index)


def _is_label_number(words: Sequence[str], index: int) -> bool:
    """Return whether the word at ``index`` is the number of a step or the like, with an end mark."""
    word = words[index].strip()
    is_number = bool(re.fullmatch(r"#?\d{1,3}[.!]|[IVX]+\.", word)) or word[:-1].lower() in NUMBER_WORDS
    return is_number and index > 0 and words[index - 1].strip().lower() in NUMBERED


def is_label(text: str) -> bool:
    """Return whether ``text`` is only the number of a step or the like ("Step 1.", "Tip 2:")."""
    words = text.replace(":", ".").split()
    return len(words) == 2 and _is_label_number(words, 1)


def leads_on(text: str) -> bool:
    """Return whether ``text`` ends with a short question or opener, so that it belongs to the sentence after it."""
    words = [*text.split(), ""]
    return len(words) > 1 and opens_next(words, len(words) - 2)
