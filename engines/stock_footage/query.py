"""Search queries for the text of a scene, from specific to general. Pure: equal texts give equal queries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.matching.words import words_of
from app.planning.text.language import language_of
from app.planning.text.sentences import keywords

# The words by which a kind of shot is searched, and the expressions of texts that mean it.
SHOT_TYPES = {
    "aerial": r"aerials?|drones?|bird['’]?s[- ]eye|(?:seen |viewed )?from (?:high )?above|overhead",
    "close-up": r"(?:extreme )?close[- ]?ups?|closeups?",
    "macro": r"macros?",
    "slow motion": r"slow[- ]?mo(?:tion)?|slowed down",
    "time lapse": r"(?:time|hyper)[- ]?lapses?",
    "underwater": r"underwater|under water|(?:below|beneath|under) the (?:surface|waves|sea|ocean)",
    "night": r"(?:at |by |in the )?nights?|night[- ]?time|nocturnal|after dark",
    "wide shot": r"(?:extreme )?wide[- ](?:shots?|angles?)|panoram(?:a|as|ic)|establishing shots?",
    "pov": r"pov|point[- ]of[- ]view|first[- ]person",
    "silhouette": r"silhouettes?|silhouetted",
    "black and white": r"black[- ](?:and|&)[- ]white|monochrome",
}
_SHOT = {name: re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE) for name, pattern in SHOT_TYPES.items()}
# Words about a film, and amounts in words, which say nothing of what is to be seen.
_NOT_SHOWN = """
    angle angles b-roll camera cinematic clip clips film films footage frame frames image images photo picture pictures
    roll scene scenes shot shots show showing shows stock video videos view views
    hundred hundreds thousand thousands million millions billion billions percent dozen dozens
    one two three four five six seven eight nine ten
"""
# All nouns of German begin with a capital letter.
_CAPITALISED_NOUNS = ("de", "lb")
_SENTENCE = re.compile(r"[^.!?…\n]+")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_IGNORED = frozenset(_NOT_SHOWN.split())
# Participles say less than nouns: they come last.
_PARTICIPLE = re.compile(r"\w{2,}(?:ed|ing)", re.IGNORECASE)
MAX_SHOTS, MAX_WORDS, FEWER_WORDS = 2, 5, 2


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The queries for a text, the most specific first, and the language of their words."""

    queries: tuple[str, ...]
    language: str


def search_terms(text: str) -> SearchTerms:
    """Return the queries for ``text``; none if it has no letters.

    The first has the kinds of shot and the most relevant words in their order, names and years among them. The
    following ones have fewer words, without names and numbers.
    """
    language = language_of(text)
    shots, rest = shot_types(text), _without_shots(text)
    words = _ranked([word for word in _content(rest, language) if word.casefold() not in _IGNORED], rest, language)
    shown = [word for word in words if not word.isdigit()]
    names = _names(rest, language)
    general = [word for word in shown if word not in names] or shown
    queries = [
        _query(shots[:MAX_SHOTS], words[:MAX_WORDS], rest),
        _query(shots[:1], general[:MAX_WORDS], rest),
        _query(shots[:1], general[:FEWER_WORDS], rest),
        _query((), general[:FEWER_WORDS], rest),
        _query((), general[:1], rest) or _query(shots[:1], (), rest),
    ]
    return SearchTerms(tuple(dict.fromkeys(filter(None, queries))), language)


def shot_types(text: str) -> tuple[str, ...]:
    """Return the kinds of shot that ``text`` asks for, in the order of the text."""
    places = {name: match.start() for name, pattern in _SHOT.items() if (match := pattern.search(text))}
    return tuple(sorted(places, key=lambda name: places[name]))


def _without_shots(text: str) -> str:
    for pattern in _SHOT.values():
        text = pattern.sub(" ", text)
    return text


def _content(text: str, language: str) -> list[str]:
    return [word.written for word in words_of(text, language)]


def _ranked(words: Sequence[str], text: str, language: str) -> list[str]:
    """Return the words, those of the most relevant phrases first; of a phrase, the last word first."""
    phrases = [phrase.casefold().split() for phrase in keywords(text, language)] if words else []

    def rank(word: str) -> tuple[bool, int, int]:
        is_participle = language == "en" and bool(_PARTICIPLE.fullmatch(word))
        for position, phrase in enumerate(phrases):
            if word.casefold() in phrase:
                return is_participle, position, -phrase.index(word.casefold())
        return is_participle, len(phrases), words.index(word)

    return sorted(words, key=rank)


def _query(shots: Sequence[str], words: Sequence[str], text: str) -> str:
    """Return a query of kinds of shot and of words in the order of the text."""
    return " ".join((*shots, *sorted(words, key=text.find))).lower()


def _names(text: str, language: str) -> frozenset[str]:
    """Return the words that are written as names: with a capital letter that is not that of a sentence."""
    if language in _CAPITALISED_NOUNS:
        return frozenset()
    return frozenset(name for sentence in _SENTENCE.findall(text) for name in _names_of_sentence(sentence))


def _names_of_sentence(sentence: str) -> list[str]:
    tokens = _TOKEN.findall(sentence)
    capitals = [token[0].isupper() for token in tokens]
    starts_with_name = capitals[:2] == [True, True]
    return [
        part
        for index, token in enumerate(tokens)
        if capitals[index] and (index or starts_with_name)
        for part in (token, token.partition("'")[0].partition("’")[0])
    ]
