"""Detect the language of a text: by its script if one language uses the script, else by letter statistics."""

from __future__ import annotations

import string
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

DEFAULT_LANGUAGE = "en"
# Statistics on fewer letters are unreliable.
MIN_LETTERS = 12
MIN_CONFIDENCE = 0.5
# A text of fewer words of Latin script is English unless the statistics are surer than this, or name a language of
# which it has two common words. They are wrong for short English texts with foreign names ("Our trip to Rio de
# Janeiro").
FEW_WORDS, SURE = 8, 0.9
COMMON_WORDS = {
    "de": "der die das den dem ein eine und ist wir ich nicht im zu mit für über von auf es sind so",
    "fr": "le la les un une des et est en de du nous pour sur avec dans ce que qui il elle",
    "es": "el la los las un una de del y es en con para sobre por que lo se su",
    "it": "il lo la gli le un una di del della e è per con su che non si",
    "pt": "o a os as um uma de do da e é em com para sobre que não se",
    "nl": "de het een van en is in op met voor over dat wij niet te",
}
# Verbs that order a film, which prompts begin with.
ORDER_WORDS = {
    "de": "mach mache erstelle erkläre gib nenne",
    "fr": "fais faites crée créez donne explique",
    "es": "haz hazme dame crea quiero explica",
    "it": "fammi fai crea",
    "pt": "crie faça",
    "nl": "maak",
}
# Candidates per script: frequent languages only, because a rare language is a worse guess for a short text.
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
# A letter of these scripts counts as DENSE_WEIGHT Latin letters.
DENSE_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
DENSE_WEIGHT = 3
# Script (the first word of a letter's Unicode name) to language.
LANGUAGE_OF_SCRIPT = {
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
# Script to candidate languages and the language of a text that is too short or ambiguous.
CANDIDATES_OF_SCRIPT = {"LATIN": (LATIN, "en"), "CYRILLIC": (CYRILLIC, "ru"), "ARABIC": (ARABIC, "ar")}


def language_of(text: str) -> str:
    """Return the two-letter code of the language of ``text``; if the text is too short, the default of its script."""
    weights = _script_weights(text)
    if not weights:
        return DEFAULT_LANGUAGE
    kana = weights["HIRAGANA"] + weights["KATAKANA"]
    if kana and kana + weights["CJK"] > weights.total() / 2:
        return "ja"
    script = weights.most_common(1)[0][0]
    if script in LANGUAGE_OF_SCRIPT:
        return LANGUAGE_OF_SCRIPT[script]
    candidates, default = CANDIDATES_OF_SCRIPT.get(script, (LATIN, DEFAULT_LANGUAGE))
    return _classify(text, tuple(candidates), default, weights[script])


def primary_subtag(language: str) -> str:
    """Return the primary subtag of a language tag: ``pt`` of ``pt-BR``."""
    return language.replace("_", "-").split("-")[0].lower()


def _script_weights(text: str) -> Counter[str]:
    """Return the weighted number of letters of each script."""
    letters = (char for char in text if char.isalpha())
    counts = Counter(unicodedata.name(char, "UNKNOWN").replace("-", " ").split()[0] for char in letters)
    return Counter({script: n * DENSE_WEIGHT if script in DENSE_SCRIPTS else n for script, n in counts.items()})


def _classify(text: str, candidates: tuple[str, ...], default: str, letters: int) -> str:
    if letters < MIN_LETTERS:
        return default
    code, confidence = _identifier(candidates).classify(text)
    words = [word.strip(string.punctuation + "¿¡«»„“”…").lower() for word in text.split()]
    is_short = default == DEFAULT_LANGUAGE and len(words) < FEW_WORDS and confidence < SURE
    common_words = f"{COMMON_WORDS.get(code, '')} {ORDER_WORDS.get(code, '')}".split()
    common_count = len({*words} & {*common_words})
    is_unsure = confidence < MIN_CONFIDENCE or (is_short and common_count < 2)
    return default if is_unsure else str(code)


@cache
def _identifier(candidates: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(candidates))
    return identifier
