"""Choose the key word of each sentence, which captions show larger: an amount, or the longest rare word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from app.planning.text.amount_words import SYMBOLS
from app.planning.text.amounts import PERCENT
from app.planning.text.language import primary_subtag
from app.planning.text.sentence_ends import sentence_starts
from schemas.timeline import Cue

# A sentence or cue of fewer words has no key word: all of it is short.
MIN_SENTENCE_WORDS, MIN_CUE_WORDS = 3, 2
MIN_LETTERS = 4
MAX_UNIT_LETTERS = 2
PRICE_SCORE, PERCENT_SCORE, NUMBER_SCORE = 3, 2, 1
# Years, and numbers of one digit such as times, are not more important than words.
MIN_DIGITS = 2
YEAR = re.compile(r"(?<![\d.,])(?:1[1-9]|20)\d\d(?![\d,]|\.\d)")
# Longer words are not more important; of two such words the later one is chosen.
MAX_COUNTED_LETTERS = 7


@dataclass(frozen=True, slots=True)
class _Token:
    """A written word: its text and the places of its parts, as (cue, line, index)."""

    text: str
    places: tuple[tuple[int, int, int], ...]


def with_key_words(cues: Sequence[Cue], language: str, stressed: Sequence[str] | None = None) -> tuple[Cue, ...]:
    """Return ``cues`` with the key words of their sentences marked.

    ``stressed`` are the words to mark instead of a choice; ``None`` chooses one in each sentence.
    """
    tokens = _tokens(cues)
    if stressed is None:
        chosen = [token for sentence in _sentences(tokens, language) for token in _chosen(sentence, cues, language)]
    else:
        chosen = [token for phrase in stressed for token in _occurrences(phrase, tokens)]
    places = {place for token in chosen for place in token.places}
    return tuple(_marked(cue, index, places) for index, cue in enumerate(cues))


def key_word(words: Sequence[str], language: str) -> int | None:
    """Return the index of the key word of a headline; ``None`` if it is short or has none."""
    scored = [(score(word, language), index) for index, word in enumerate(words)]
    best, index = max(scored, default=((0, 0), 0))
    return index if len(words) >= MIN_SENTENCE_WORDS and best > (0, 0) else None


def score(text: str, language: str) -> tuple[int, int]:
    """Return the importance of a word; (0, 0) for a word that cannot be a key word.

    Prices are before percentages, then numbers and other words by their length.
    """
    word = text.strip("\"'“”‘’«»()[].,;:!?…¿¡—–-")
    if any(char.isdigit() for char in word):
        return _amount_score(text), sum(char.isdigit() for char in word)
    base = word.replace("’", "'").split("'")[0]
    stop_words = _stop_words(primary_subtag(language))
    is_common = not stop_words or {base.casefold(), word.replace("’", "'").casefold()} & stop_words
    if is_common or len(base) < MIN_LETTERS or not all(char.isalpha() or char == "-" for char in base):
        return 0, 0
    return 0, min(len(base), MAX_COUNTED_LETTERS)


def _amount_score(text: str) -> int:
    if any(char in SYMBOLS for char in text):
        return PRICE_SCORE
    if PERCENT.search(text):
        return PERCENT_SCORE
    digits = sum(char.isdigit() for char in text)
    return NUMBER_SCORE if digits >= MIN_DIGITS and not YEAR.search(text) else 0


@lru_cache(maxsize=32)
def _stop_words(code: str) -> frozenset[str]:
    """Return the frequent words of a language; empty for a language without a list."""
    from yake import KeywordExtractor

    words: set[str] = KeywordExtractor(lan=code).stopword_set
    return frozenset(word for word in words if word)


def _tokens(cues: Sequence[Cue]) -> list[_Token]:
    """Return the written words of ``cues``; the parts of a word that was split are one."""
    tokens: list[_Token] = []
    for number, cue in enumerate(cues):
        for line_number, line in enumerate(cue.lines):
            for index, word in enumerate(line):
                place = (number, line_number, index)
                if tokens and word.tight:
                    last = tokens[-1]
                    tokens[-1] = _Token(last.text + word.text, (*last.places, place))
                else:
                    tokens.append(_Token(word.text, (place,)))
    return tokens


def _sentences(tokens: Sequence[_Token], language: str) -> list[Sequence[_Token]]:
    starts = sorted(sentence_starts([f"{token.text} " for token in tokens], language))
    return [tokens[start:end] for start, end in pairwise([0, *starts, len(tokens)]) if end > start]


def _chosen(sentence: Sequence[_Token], cues: Sequence[Cue], language: str) -> list[_Token]:
    if len(sentence) < MIN_SENTENCE_WORDS:
        return []
    scored = [(score(text, language), index) for index, text in enumerate(_texts_with_signs(sentence))]
    scored = [
        (value, index)
        for value, index in scored
        if value[0] or sum(map(len, cues[sentence[index].places[0][0]].lines)) >= MIN_CUE_WORDS
    ]
    best, index = max(scored, default=((0, 0), 0))
    return _with_unit(sentence, index, language) if best > (0, 0) else []


def _texts_with_signs(sentence: Sequence[_Token]) -> list[str]:
    """Return the texts of the words, a number with the sign that is written apart after it."""
    following = [*(token.text for token in sentence[1:]), ""]
    return [
        token.text + sign if _is_sign(sign) and token.text[-1:].isdigit() else token.text
        for token, sign in zip(sentence, following, strict=True)
    ]


def _with_unit(sentence: Sequence[_Token], index: int, language: str) -> list[_Token]:
    """Return the word at ``index`` and, beside a number, the sign or the short unit that is written apart."""
    if not any(char.isdigit() for char in sentence[index].text):
        return [sentence[index]]
    first = index - 1 if index and sentence[index - 1].text in SYMBOLS else index
    is_unit = index + 1 < len(sentence) and _is_unit(sentence[index + 1].text, language)
    return list(sentence[first : index + 1 + is_unit])


def _is_unit(text: str, language: str) -> bool:
    letters = _comparable(text)
    is_short = letters.isalpha() and len(letters) <= MAX_UNIT_LETTERS
    return _is_sign(text) or (is_short and letters not in _stop_words(primary_subtag(language)))


def _is_sign(text: str) -> bool:
    return not any(char.isalnum() for char in text) and any(char in SYMBOLS + "%٪" for char in text)


def _occurrences(phrase: str, tokens: Sequence[_Token]) -> list[_Token]:
    """Return the words of ``tokens`` that together are ``phrase``, wherever it occurs."""
    wanted = [_comparable(word) for word in phrase.split()]
    texts = [_comparable(token.text) for token in tokens]
    starts = [k for k in range(len(tokens) - len(wanted) + 1) if texts[k : k + len(wanted)] == wanted]
    return [token for start in starts for token in tokens[start : start + len(wanted)]]


def _comparable(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text


def _marked(cue: Cue, number: int, places: set[tuple[int, int, int]]) -> Cue:
    lines = tuple(
        tuple(
            replace(word, key=True) if (number, line_number, index) in places else word
            for index, word in enumerate(line)
        )
        for line_number, line in enumerate(cue.lines)
    )
    return replace(cue, lines=lines)
