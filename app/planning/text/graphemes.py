"""Text in pieces that may be parted: whole characters as readers see them, and runs of scripts without spaces."""

from __future__ import annotations

import unicodedata

from schemas.text_width import is_unspaced, width

JOINER = "\u200d"
# Thai and Lao vowels that are written before the consonant they follow, and those written after it.
PREFIXED = "เแโใไເແໂໃໄ"
SUFFIXED = "ะาำๅະາຳ"
OPENERS = "([{（［｛「『【《〈“‘"
# Thai words are not found without a dictionary, but a vowel written before its consonant always begins a syllable.
ABUGIDA_RUN = (3, 10)
KANA_RUN = 6


def characters(text: str) -> list[str]:
    """``text`` in characters as a reader counts them: marks, joiners and modifiers stay with their base."""
    found: list[str] = []
    for char in text:
        if found and _clings(char, found[-1]):
            found[-1] += char
        else:
            found.append(char)
    return found


def _clings(char: str, before: str) -> bool:
    if unicodedata.category(char) in ("Mn", "Mc", "Me") or char in SUFFIXED or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if char == JOINER or before[-1] == JOINER or before[-1] in PREFIXED:
        return True
    return _is_flag(char) and len(before) == 1 and _is_flag(before)


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def runs(text: str) -> list[str]:
    """``text`` (no spaces in it) in the runs at which a line may break; one run where the script has spaces."""
    if not any(is_unspaced(char) and char.isalpha() for char in text):
        return [text]
    kana = any("\u3040" <= char <= "\u30ff" for char in text)
    found: list[str] = []
    for char in characters(text):
        if found and _stays(found[-1], char, kana):
            found[-1] += char
        else:
            found.append(char)
    return found


def _stays(run: str, char: str, kana: bool) -> bool:
    """Whether ``char`` belongs to the run before it: closing marks do, and what one word is likely to be made of."""
    last, first = run[-1], char[0]
    if run[-1] in OPENERS:
        return True
    if first in OPENERS:
        return False
    if not first.isalnum() and not unicodedata.category(first).startswith(("L", "M", "N")):
        return True
    if not last.isalnum() and not unicodedata.category(last).startswith("M"):
        return False
    if not is_unspaced(first) and not is_unspaced(last):
        return True
    if kana:
        return len(run) < KANA_RUN and (_kind(last), _kind(first)) in JAPANESE
    return _kind(last) == _kind(first) == "abugida" and _is_one_run(run, first)


def _is_one_run(run: str, first: str) -> bool:
    least, most = ABUGIDA_RUN
    return len(characters(run)) < (least if first in PREFIXED else most)


JAPANESE = {("han", "hiragana"), ("hiragana", "hiragana"), ("katakana", "katakana"), ("han", "han")}


def _kind(char: str) -> str:
    if "\u3040" <= char <= "\u309f":
        return "hiragana"
    if "\u30a0" <= char <= "\u30ff":
        return "katakana"
    if not is_unspaced(char):
        return "spaced"
    return "han" if ord(char) >= 0x2E80 else "abugida"


def pieces(text: str, longest: int) -> list[str]:
    """``text`` in pieces of at most ``longest`` columns, cut between characters."""
    found: list[str] = []
    for char in characters(text):
        if found and width(found[-1] + char) <= longest:
            found[-1] += char
        else:
            found.append(char)
    return found
