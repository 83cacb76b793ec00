"""Ends of sentences without white space after them: in scripts that have none, and where it was left out."""

from __future__ import annotations

import re
from itertools import pairwise

from app.planning.text.abbreviations import abbreviations_of
from app.planning.text.marks import CLOSING_MARKS, END_MARKS, OPENING_MARKS
from schemas.text_width import width

# Marks that end a sentence before any character: those of scripts without spaces, and of Arabic and Indic ones.
_STRONG = "".join(mark for mark in END_MARKS if mark not in ".!?…．")
_CLOSERS = re.escape(CLOSING_MARKS.replace('"', "").replace("'", "").translate({ord(mark): None for mark in "“‘«‹"}))
_RUN = re.compile(rf"[{re.escape(END_MARKS)}]++[{_CLOSERS}]*+[\"']?+(?=.)")
_ADDRESS = re.compile(r"://|www\.|[@/\\=&_<>]|\(\)", re.IGNORECASE)
_ASCII = re.compile(r"[!-~]+")
# Letters before a stop and after it that make two sentences ("time.Good", "2020.Then") rather than a name ("Node.js").
_BEFORE_STOP = re.compile(r"(?:[^\W\d_]{2}|\b[12]\d{3}|[)\]»”\"])$")
# So many characters on each side decide.
_CONTEXT = 12
# In Thai and Lao a space separates phrases and sentences; a shorter phrase, and one after these words, goes on.
THAI = re.compile(r"[\u0e00-\u0eff]")
_THAI_LINKS = re.compile(r"และ|หรือ|แต่|เพราะ|ที่|ซึ่ง|แล้ว|ก็|โดย|จึง|กับ|เพื่อ|เมื่อ|ถ้า|ๆ|ฯ|ແລະ|ຫຼື|ແຕ່|ທີ່|ເພາະ")
MIN_THAI_COLUMNS = 10


def split_at_ends(word: str, language: str | None = None) -> list[str]:
    """Return ``word``, which has no white space inside, in parts between which a sentence may end."""
    inside = _offsets_in_addresses(word)
    runs = (match for match in _RUN.finditer(word) if match.end() not in inside)
    cuts = [match.end() for match in runs if _may_cut(word, match, language)]
    bounds = [0, *cuts, len(word)]
    return [word[start:end] for start, end in pairwise(bounds)]


def _offsets_in_addresses(word: str) -> set[int]:
    runs = (run for run in _ASCII.finditer(word) if _ADDRESS.search(run[0]))
    return {offset for run in runs for offset in range(run.start() + 1, run.end())}


def _may_cut(word: str, match: re.Match[str], language: str | None) -> bool:
    before, after = word[max(0, match.start() - _CONTEXT) : match.start()], word[match.end() : match.end() + _CONTEXT]
    if not after.strip() or not any(char.isalnum() for char in before[-3:]):
        return False
    mark = match[0].rstrip(CLOSING_MARKS)[-1:]
    if mark in tuple(_STRONG):
        return True
    first = after.lstrip(OPENING_MARKS)[:1]
    is_caseless = first.isalpha() and first.lower() == first.upper()
    if mark in "．…" or not first.isalpha():
        return mark != "…" and is_caseless
    if mark in ("!", "?"):
        return not first.islower()
    return _stop_cuts(before, after, is_caseless=is_caseless, language=language)


def _stop_cuts(before: str, after: str, *, is_caseless: bool, language: str | None) -> bool:
    """Return whether a sentence ends at a stop inside a word: between two words, not in an abbreviation or a name."""
    if not _BEFORE_STOP.search(before):
        return False
    last = before.rstrip(CLOSING_MARKS)[-1:]
    if is_caseless:
        return last.isalpha() and last.lower() == last.upper()
    is_capital = after.lstrip(OPENING_MARKS)[:1].isupper()
    follows = is_capital and not after[1:2].isupper() and (len(after.strip()) > 1 or after[:1] in "IA")
    core = re.split(r"\W", before)[-1]
    return follows and not last.isupper() and not abbreviations_of(language).kinds_of(f"{core}.")


def ends_thai_phrase(sentence: str, after: str) -> bool:
    """Return whether ``sentence``, which a space follows, ends before ``after`` in Thai or Lao, which have no marks."""
    is_thai = sentence[-1:].isspace() and THAI.match(sentence[-2:-1]) and THAI.match(after)
    if not is_thai or _THAI_LINKS.match(after) or sentence[-2] in "ๆฯ":
        return False
    # Of a long sentence the end is enough.
    return min(width(text.strip()) for text in (sentence[-4 * MIN_THAI_COLUMNS :], after)) >= MIN_THAI_COLUMNS
