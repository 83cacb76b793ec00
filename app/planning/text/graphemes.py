"""Where a text may be split: grapheme clusters, and runs between which a line may break."""

from __future__ import annotations

import unicodedata

import regex

from schemas.text_width import is_unspaced, width

CLUSTER = regex.compile(r"\X")
# Thai and Lao vowels written before the consonant they follow, and vowels written after it. Unicode's extended grapheme
# clusters (UAX #29) leave both alone; a reader sees them as one with their consonant.
PREFIXED = "เแโใไເແໂໃໄ"
SUFFIXED = "ะาำๅະາຳ"
OPENERS = "([{（［｛「『【《〈“‘"
# Thai words are not found without a dictionary, but a vowel written before its consonant always begins a syllable.
ABUGIDA_RUN = (3, 10)
KANA_RUN = 6


def characters(text: str) -> list[str]:
    """Return ``text`` in characters as a reader counts them: marks, joiners and modifiers stay with their base."""
    merged: list[str] = []
    for cluster in CLUSTER.findall(text):
        if merged and _belongs_to(cluster[0], merged[-1]):
            merged[-1] += cluster
        else:
            merged.append(cluster)
    return merged


def _belongs_to(first: str, before: str) -> bool:
    return before[-1] in PREFIXED or first in SUFFIXED or unicodedata.category(first) == "Mc"


def runs(text: str) -> list[str]:
    """Return ``text`` (without spaces) in runs between which a line may break; one run for scripts with spaces."""
    if not any(is_unspaced(char) and char.isalpha() for char in text):
        return [text]
    has_kana = any(_kind(char) in ("hiragana", "katakana") for char in text)
    found: list[str] = []
    for char in characters(text):
        if found and _continues(found[-1], char, has_kana):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(run: str, char: str, has_kana: bool) -> bool:
    """Return whether ``char`` continues the run before it: closing marks do, and what is likely to be one word."""
    last, first = run[-1], char[0]
    if last in OPENERS:
        return True
    if first in OPENERS:
        return False
    if not first.isalnum() and not unicodedata.category(first).startswith(("L", "M", "N")):
        return True
    if not last.isalnum() and not unicodedata.category(last).startswith("M"):
        return False
    kinds = (_kind(last), _kind(first))
    if kinds == ("spaced", "spaced"):
        return True
    if has_kana:
        return len(run) < KANA_RUN and kinds in JAPANESE
    return kinds == ("abugida", "abugida") and _is_one_run(run, first)


def _is_one_run(run: str, first: str) -> bool:
    least, most = ABUGIDA_RUN
    return len(characters(run)) < (least if first in PREFIXED else most)


JAPANESE = {("han", "hiragana"), ("hiragana", "hiragana"), ("katakana", "katakana"), ("han", "han")}


def _kind(char: str) -> str:
    if "\u3040" <= char <= "\u309f":
        return "hiragana"
    if "\u30a0" <= char <= "\u30ff" or "\u31f0" <= char <= "\u31ff" or "\uff66" <= char <= "\uff9f":
        return "katakana"
    # Full-width Latin letters and digits are words of a script with spaces, set wide.
    if not is_unspaced(char) or unicodedata.normalize("NFKC", char).isascii():
        return "spaced"
    return "han" if ord(char) >= 0x2E80 and not "\ua9e0" <= char <= "\uaa7f" else "abugida"


def pieces(text: str, longest: int) -> list[str]:
    """Return ``text`` in pieces of at most ``longest`` columns, split between characters."""
    found: list[str] = []
    for char in characters(text):
        if found and width(found[-1] + char) <= longest:
            found[-1] += char
        else:
            found.append(char)
    return found
