"""How English is spoken: the rules in the order in which they apply."""

from __future__ import annotations

from app.planning.text.spoken_forms.amounts import amount_rules
from app.planning.text.spoken_forms.english import abbreviations, addresses, codes, dates, roman, signs, times
from app.planning.text.spoken_forms.english.vocabulary import VOCABULARY
from app.planning.text.spoken_forms.phrases import Rule

RULES: tuple[Rule, ...] = (
    *addresses.RULES,
    *dates.RULES,
    *times.RULES,
    *roman.RULES,
    signs.SPACED_RANGE,
    *codes.BEFORE_AMOUNTS,
    signs.PLUS,
    signs.MINUS,
    signs.INCHES,
    signs.FEET,
    *amount_rules(VOCABULARY),
    *codes.AFTER_AMOUNTS,
    *abbreviations.RULES,
    codes.POWER,
    *signs.RULES,
)
