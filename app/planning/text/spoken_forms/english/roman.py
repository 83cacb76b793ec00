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
_CENTURY = re.compile(r"[ \u00a0-](?:century|centuries)\b", re.IGNORECASE)
_VERB = re.compile(r"[ \u00a0][a-z]")


def _numeral(match: re.Match[str]) -> Sequence[Said] | None:
    before, after, text = word_before(text_before(match)), text_after(match), match["roman"]
    number = roman_value(text)
    if _CENTURY.match(after) and number > 1:
        return [Said(ordinal(number), match.start())]
    # The pronoun "I" goes on with a verb.
    if text == "I" and (_VERB.match(after) or not (before in _RULERS or before.lower() in _LABELS)):
        return None
    if before in _RULERS and number:
        return [Said(f"the {ordinal(number)}", match.start())]
    is_numbered = before.lower() in _LABELS or (before[:1].isupper() and is_clear(text))
    return [Said(cardinal(number), match.start())] if is_numbered and number else None


RULES = (Rule(re.compile(ROMAN), _numeral),)
