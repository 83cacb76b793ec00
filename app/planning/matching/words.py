"""Words of lines and of pictures, and how far two words are the same one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from app.planning.text.language import primary_subtag
from schemas.text_width import is_unspaced

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|(?<!\d)(?:1\d{3}|20\d{2})(?!\d)")
OWNER = re.compile(r"['’]s?$", re.IGNORECASE)
# French and Italian articles before a vowel ("l'océan").
ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|dell|nell|all|sull|un)['’](?=\w)", re.IGNORECASE)
# A word that is part of another one: "Kaffee" of "Kaffeetasse".
PARTIAL = 0.5
# Two words of a language without a stemmer that differ in their endings.
INFLECTED = 0.8
MIN_PART, MIN_PART_OF_COMPOUND, MIN_REST = 5, 4, 3
# Languages that write compounds as one word.
COMPOUNDING = ("da", "de", "et", "fi", "hu", "is", "nb", "nl", "nn", "no", "sv")
# Two words that begin alike are forms of one word if they share so many letters, and this part of the longer one.
MIN_SHARED, SHARED_SHARE = 6, 0.75
# The same for languages without a stemmer, whose endings have at most three letters.
MIN_STEM, STEM_SHARE, MAX_ENDING = 3, 0.6, 3
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# The file of yake's stop words, where it is not the language code.
STOP_WORD_LISTS = {"cs": "cz", "nb": "no"}
IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "men": "man",
    "mice": "mouse",
    "people": "person",
    "shelves": "shelf",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
}
# Particles that Korean writes after a noun, without a space.
PARTICLES = re.compile(
    r"(?:은|는|이|가|을|를|의|에|에서|에게|도|와|과|로|으로|만|랑|이랑|까지|부터|처럼|들|들이|들은|들을)?"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is ``written``, and the ``forms`` that two forms of the word have in common.

    ``letters`` are in lower case and without accents.
    """

    written: str
    letters: str
    forms: frozenset[str]


def words_of(text: str, language: str) -> tuple[Word, ...]:
    """Return the words of ``text`` that tell something, each once, in order; stop words and numbers do not.

    Years count. Text without spaces between words is divided at the words that ICU finds.
    """
    ignored = stop_words(language)
    written = (OWNER.sub("", ELIDED.sub("", match[0])) for match in WORD.finditer(unicodedata.normalize("NFC", text)))
    parts = (part for word in written for part in _parts(word))
    unique = {part.casefold(): part for part in reversed([*parts])}
    return tuple(word_of(unique[key], language) for key in reversed(unique) if key not in ignored and _tells(key))


def _parts(word: str) -> list[str]:
    """Return the words of a run of letters, which is one word unless its script has no spaces."""
    if not any(map(is_unspaced, word)):
        return [word]
    from icu4py.breakers import WordBreaker

    return [str(part) for part in WordBreaker(word, "ja")]


def _tells(word: str) -> bool:
    """Return whether a word is long enough: two letters, a Han character, or two signs of kana."""
    if any(map(is_unspaced, word)):
        return len(word) > 1 or "CJK" in unicodedata.name(word, "")
    return len(word) > 1 or "HANGUL" in unicodedata.name(word, "")


@lru_cache(maxsize=10_000)
def word_of(written: str, language: str) -> Word:
    lower = written.casefold()
    letters = folded(lower)
    digraphs = folded(lower.translate(DIGRAPHS))
    stems = {folded(stem(form, language)) for form in (lower, letters, digraphs)}
    regular = {IRREGULAR[letters]} if letters in IRREGULAR else set()
    return Word(written, letters, frozenset({letters, digraphs, *stems, *regular}))


def folded(text: str) -> str:
    """Return lower-case ``text`` without accents; signs of other scripts keep their marks."""
    marked = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return unicodedata.normalize("NFC", "".join(char for char in marked if not "\u0300" <= char <= "\u036f"))


def stem(word: str, language: str) -> str:
    """Return the stem of a lower-case word; the word itself if the language has no stemmer."""
    stemmer = _stemmer(STEMMERS.get(primary_subtag(language), ""))
    return str(stemmer.stemWord(word)) if stemmer else word


@cache
def _stemmer(algorithm: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(algorithm) if algorithm else None


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the words of ``language`` and of English that tell nothing, in lower case."""
    from yake import KeywordExtractor

    code = primary_subtag(language)
    names = {"en", STOP_WORD_LISTS.get(code, code)}
    return frozenset(word.casefold() for name in names for word in KeywordExtractor(lan=name).stopword_set)


def similarity(of_picture: Word, of_line: Word, language: str) -> float:
    """Return 1 for the same word, less if one is part of the other or they begin alike, else 0."""
    if of_picture.forms & of_line.forms or _is_followed_by_particle(of_picture.letters, of_line.letters):
        return 1.0
    code = primary_subtag(language)
    shorter, longer = sorted((of_picture.letters, of_line.letters), key=len)
    if any(map(is_unspaced, shorter)):
        return PARTIAL if len(shorter) > 1 and shorter in longer else 0.0
    if code not in STEMMERS and _is_inflected(shorter, longer):
        return INFLECTED
    return PARTIAL if _is_part(shorter, longer, code) or _begin_alike(shorter, longer) else 0.0


def _is_followed_by_particle(noun: str, word: str) -> bool:
    return "\uac00" <= word[:1] <= "\ud7a3" and word.startswith(noun) and bool(PARTICLES.fullmatch(word[len(noun) :]))


def _is_part(shorter: str, longer: str, code: str) -> bool:
    min_part = MIN_PART_OF_COMPOUND if code in COMPOUNDING else MIN_PART
    is_long = len(shorter) >= min_part and len(longer) - len(shorter) >= MIN_REST
    return is_long and (longer.startswith(shorter) or longer.endswith(shorter))


def _is_inflected(shorter: str, longer: str) -> bool:
    shared = _shared_start(shorter, longer)
    return len(longer) - shared <= MAX_ENDING and shared >= max(MIN_STEM, STEM_SHARE * len(longer))


def _begin_alike(shorter: str, longer: str) -> bool:
    return _shared_start(shorter, longer) >= max(MIN_SHARED, SHARED_SHARE * len(longer))


def _shared_start(shorter: str, longer: str) -> int:
    """Return how many letters two words have in common at their beginning."""
    differs = (index for index, char in enumerate(shorter) if char != longer[index])
    return next(differs, len(shorter))
