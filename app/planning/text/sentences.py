"""Sentences of a text, its key words, and short forms for captions and titles."""

from __future__ import annotations

import re

from app.planning.text.graphemes import characters, line_units, parts_within
from app.planning.text.items import item_starts
from app.planning.text.language import language_of, primary_subtag
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, ELLIPSIS, END_MARKS, has_end_mark, has_words
from app.planning.text.sentence_ends import ends_sentence
from app.planning.text.tight_ends import ends_thai_phrase, split_at_ends
from schemas.text_width import is_unspaced, one_line, width

CAPTION_COLUMNS = 60


def sentences(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the sentences of ``text`` in order, each with a letter or a digit.

    A line break also ends a sentence. White space inside a sentence becomes single spaces.
    """
    code = primary_subtag(language or language_of(text))
    parts: list[str] = []
    for line in text.splitlines():
        for sentence in _segment(line, code):
            if parts and not has_words(sentence):
                parts[-1] += sentence
            else:
                parts.append(sentence)
    return _join_mute_start(parts)


def _segment(line: str, code: str) -> list[str]:
    """Return the sentences of ``line``, each with the space after it; a space for the line break follows the last."""
    words = [f"{word} " for word in line.split()]
    pieces = [piece for word in words for piece in split_at_ends(word, code)]
    items = item_starts(pieces)
    parts = [""]
    for index, piece in enumerate(pieces):
        is_end = index > 0 and index - 1 not in items and (index in items or ends_sentence(pieces, index - 1, code))
        if is_end or ends_thai_phrase(parts[-1], piece):
            parts.append("")
        parts[-1] += piece
    return [part for part in parts if part]


def _join_mute_start(parts: list[str]) -> tuple[str, ...]:
    if len(parts) > 1 and not has_words(parts[0]):
        parts = [parts[0] + parts[1], *parts[2:]]
    return tuple(sentence.strip() for sentence in parts)


def ends_a_sentence(text: str) -> bool:
    """Return whether ``text`` ends with an end mark, ignoring closing quotes and brackets after it."""
    return has_end_mark(text)


def ends_a_clause(text: str) -> bool:
    """Return whether ``text`` ends with the mark of a clause, such as a comma, after which a voice pauses."""
    return text.rstrip().rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS)


def keywords(text: str, language: str | None = None, count: int = 5) -> tuple[str, ...]:
    """Return the ``count`` most relevant phrases of one or two words, best first, as ``text`` writes them."""
    from yake import KeywordExtractor

    code = primary_subtag(language or language_of(text))
    scored = KeywordExtractor(lan=code, n=2, top=count * 3, dedupLim=0.6).extract_keywords(text)
    ranked = sorted(scored, key=lambda pair: (round(float(pair[1]), 9), text.find(pair[0]), pair[0]))
    return tuple(_spaced_as_in(text, phrase) for phrase, _ in ranked)[:count]


def _spaced_as_in(text: str, phrase: str) -> str:
    """Return ``phrase`` as ``text`` writes it: yake puts spaces between words of scripts without spaces."""
    if phrase in text or not any(is_unspaced(char) for char in phrase):
        return phrase
    match = re.search(r"\s*".join(map(re.escape, phrase.split())), text, re.IGNORECASE)
    return one_line(match[0]) if match else phrase


def shorten(text: str, max_columns: int) -> str:
    """Return ``text`` in at most ``max_columns`` columns: whole, or cut after a word with an ellipsis."""
    line = one_line(text)
    if width(line) <= max_columns:
        return line
    start = _longest_start(line, max_columns - 1)
    return start.rstrip(CLAUSE_MARKS + END_MARKS + " -") + ELLIPSIS


def _longest_start(text: str, max_columns: int) -> str:
    """Return the longest start that fits: up to a possible line break, or a part of a word that is too long."""
    return "".join(parts_within(line_units(text), max_columns)) or "".join(parts_within(characters(text), max_columns))


def caption_of(line: str) -> str:
    """Return the short caption of a spoken line: at most ``CAPTION_COLUMNS`` columns."""
    return shorten(line, CAPTION_COLUMNS)
