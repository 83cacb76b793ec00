"""English Roman numerals: "Henry VIII" is "Henry the eighth", "Chapter IV" is "Chapter four"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.spoken_forms.english.numerals import cardinal, ordinal
from app.planning.text.spoken_forms.phrases import Rule, Said, text_after, text_before
from app.planning.text.spoken_forms.roman import ROMAN, is_clear, roman_value, word_before

# Words before a number, in lower case, and names of rulers.
_LABEL_WORDS = """
chapter chapters ch part parts act scene volume vol book episode section phase type level season stage class
title article war bowl round step mark mk grade category factor schedule apollo
"""
_RULER_NAMES = """
Henry Louis Elizabeth Charles George Edward Richard James William Mary John Paul Pius Benedict Leo Philip
Ferdinand Frederick Wilhelm Alexander Catherine Nicholas Peter Napoleon Ramses Ramesses Ptolemy Thutmose Otto
Ivan Gregory Innocent Clement Urban Sixtus Julius Victor Carl Gustav Christian Margaret Felipe Harald Abdullah
Mohammed Murad Selim Mehmed Robert Francis Joseph Leopold Albert Rainier Haakon Olav Darius Xerxes Amenhotep
Seti Baldwin
"""
_LABELS, _RULERS = frozenset(_LABEL_WORDS.split()), frozenset(_RULER_NAMES.split())
# Of the labels, those that letters follow too ("a class X licence"), and nouns that follow them with a numeral.
_LETTERED = frozenset(("class", "type", "grade", "category", "factor", "level", "mark", "mk", "phase", "step"))
_KINDS = re.compile(
    r"[ \u00a0](?:errors?|diabetes|listed|trials?|stud(?:y|ies)|collagen|civili[sz]ations?|supernovae?|"
    r"restaurants?|reactions?)\b"
)
_CENTURY = re.compile(r"[ \u00a0-](?:century|centuries)\b", re.IGNORECASE)
_VERB = re.compile(r"[ \u00a0][a-z]")
# After the pronoun "I" there is no such verb and no such word ("Part I is", "Part I of the film").
_AFTER_NUMERAL = re.compile(
    r"[ \u00a0](?:is|has|of|the|a|an|we|you|they|he|she|it|and|or|to|in|on|with|from|for|at|by|are|"
    r"[a-z]+[^\W\d_aisu]s)\b"
)
# "The part I like", "every step I took".
_DETERMINER = re.compile(
    r"\b(?:the|a|an|this|that|which|what|every|each|any|no|some|my|your|his|her|its|our|their|only|first|last|best|"
    r"worst|favou?rite)[ \u00a0]+\w+[ \u00a0]$",
    re.IGNORECASE,
)


def _numeral(match: re.Match[str]) -> Sequence[Said] | None:
    line, after, text = text_before(match), text_after(match), match["roman"]
    before, number = word_before(line), roman_value(text)
    if _CENTURY.match(after) and number > 1:
        return [Said(ordinal(number), match.start())]
    if text == "I" and _is_pronoun(line, before, after):
        return None
    if before in _RULERS and number:
        return [Said(f"the {ordinal(number)}", match.start())]
    is_numbered = _is_label(before, text) or (before[:1].isupper() and is_clear(text))
    return [Said(cardinal(number), match.start())] if is_numbered and number else None


def _is_label(word: str, numeral: str) -> bool:
    """Return whether ``word`` stands before a number; X and L after a kind of things are letters ("class X")."""
    label = word.lower()
    is_letter = (numeral == "L" and label != "bowl") or (numeral == "X" and label in _LETTERED)
    return label in _LABELS and not is_letter


def _is_pronoun(line: str, before: str, after: str) -> bool:
    """Return whether an "I" after the word ``before`` is the pronoun, as before a verb or after "the part"."""
    label = before.lower()
    if line.endswith(("World War ", "World War\u00a0")) or (label in _LETTERED and _KINDS.match(after)):
        return False
    is_numeral_place = before in _RULERS or label in _LABELS
    is_after_determiner = label in _LABELS and _DETERMINER.search(line) is not None
    goes_on = _VERB.match(after) is not None and not _AFTER_NUMERAL.match(after)
    return not is_numeral_place or is_after_determiner or goes_on


RULES = (Rule(re.compile(ROMAN), _numeral),)
