"""How German, French and Spanish are spoken: money, units, ranges, ordinals, dates and abbreviations."""

from __future__ import annotations

from app.planning.text.spoken_forms.european import french, german, spanish
from app.planning.text.spoken_forms.phrases import Rule

RULES: dict[str, tuple[Rule, ...]] = {"de": german.RULES, "fr": french.RULES, "es": spanish.RULES}
