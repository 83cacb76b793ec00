"""Which language a text is in: by its script where the script says it, by its letters otherwise."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from typing import Any

FALLBACK = "en"
# Fewer letters than these say too little for statistics.
ENOUGH_LETTERS = 12
SURE = 0.5
# Where nothing is known, a rare language is a worse guess than a common one.
LATIN = [
    "ca",
    "cs",
    "da",
    "de",
    "en",
    "es",
    "fi",
    "fr",
    "hr",
    "hu",
    "id",
    "it",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "sv",
    "tr",
    "vi",
]
CYRILLIC = ["be", "bg", "kk", "mk", "ru", "sr", "uk"]
ARABIC = ["ar", "fa", "ur"]
# One letter of these says as much as a few Latin letters do.
DENSE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
DENSITY = 3
# The first word of a letter's Unicode name, and the language that this script stands for.
SCRIPTS = {
    "GREEK": "el",
    "HEBREW": "he",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
    "SINHALA": "si",
    "ETHIOPIC": "am",
}
STATISTICAL = {"LATIN": (LATIN, "en"), "CYRILLIC": (CYRILLIC, "ru"), "ARABIC": (ARABIC, "ar")}


def language_of(text: str) -> str:
    """The two-letter code of ``text``'s language; English when too little is said to tell."""
    scripts = _scripts(text)
    if not scripts:
        return FALLBACK
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana and kana + scripts["CJK"] > scripts.total() / 2:
        return "ja"
    script = scripts.most_common(1)[0][0]
    if script in SCRIPTS:
        return SCRIPTS[script]
    candidates, usual = STATISTICAL.get(script, (LATIN, FALLBACK))
    return _by_letters(text, tuple(candidates), usual, scripts[script])


def primary(language: str) -> str:
    """``pt`` of ``pt-BR``."""
    return language.replace("_", "-").split("-")[0].lower()


def _scripts(text: str) -> Counter[str]:
    letters = (char for char in text if char.isalpha())
    counts = Counter(unicodedata.name(char, "UNKNOWN").replace("-", " ").split()[0] for char in letters)
    return Counter({script: n * DENSITY if script in DENSE else n for script, n in counts.items()})


def _by_letters(text: str, candidates: tuple[str, ...], usual: str, letters: int) -> str:
    if letters < ENOUGH_LETTERS:
        return usual
    code, sure = _identifier(candidates).classify(text)
    return str(code) if sure >= SURE else usual


@cache
def _identifier(candidates: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(candidates))
    return identifier
