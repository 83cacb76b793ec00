"""Recognise who said a quotation: the words after the dash at its end ("… is old." — Seneca)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.marks import CLOSING_MARKS, END_MARKS

MAX_AUTHOR_WORDS = 8
DASHES = "—–―"
AUTHOR_START = re.compile(rf"[{DASHES}]\s*(?=\S)")


def author_index(words: Sequence[str]) -> int | None:
    """Return the index of the word that begins the author of a quotation, its dash; ``None`` if there is no author.

    A dash begins an author after the end of a sentence or a quotation, before a short name at the end of the words.
    """
    first = max(1, len(words) - MAX_AUTHOR_WORDS - 1)
    for index in range(first, len(words)):
        is_dash = words[index][:1] in tuple(DASHES) and words[index - 1][-1:] in tuple(END_MARKS + CLOSING_MARKS)
        if is_dash and is_author(" ".join(words[index:]).lstrip(f"{DASHES} ")):
            return index
    return None


def is_author(text: str) -> bool:
    """Return whether ``text`` can be the name of an author: short, with a capital and without the end of a sentence."""
    words = text.split()
    if not 0 < len(words) <= MAX_AUTHOR_WORDS or words[-1][-1] in "!?…:;,":
        return False
    first = text.lstrip('"“«(')[:1]
    return first.isalpha() and not first.islower() and not re.search(r"[^\W\d_]{3}[.!?]\s", text)
