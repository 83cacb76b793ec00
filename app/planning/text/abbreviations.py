"""Words that end with the dot of an abbreviation ("Dr.", "Ave.", "Jan.", "U.S.") and not with a full stop."""

from __future__ import annotations

from app.planning.text.bond_rules import DOTTED_LETTERS
from app.planning.text.bound_words import MONTHS, NAME_SUFFIXES, STREETS, TITLES
from app.planning.text.marks import OPENING_MARKS


def is_abbreviation(word: str) -> bool:
    """Return whether ``word``, which has no white space, is an abbreviation with its dot."""
    word = word.lstrip(OPENING_MARKS)
    if not word.endswith(".") or word.endswith(".."):
        return False
    is_title = word[:1].isupper() and word[:-1].lower() in TITLES
    is_known = word in MONTHS or word.lower() in STREETS or word.lower() in NAME_SUFFIXES
    return is_title or is_known or bool(DOTTED_LETTERS.fullmatch(word))
