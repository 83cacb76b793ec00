"""Scores of pictures for lines: how well the words of a picture's name and description fit what a line says.

A score matrix has a row for each line and a column for each picture. Scores of another kind can be added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from app.planning.matching.file_names import text_of
from app.planning.matching.words import INFLECTED, Word, similarity, words_of
from app.planning.text.sentences import ends_a_sentence
from schemas.asset import Asset

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
# The part of a score that does not depend on how many of the picture's words the line has.
BASE = 0.6
# The weights of what is said before and after a line, and of the heading or the beginning of the sentence above it.
BEFORE, AFTER, ABOVE, SILENT = 0.3, 0.15, 0.4, 0.6
# The number of lines after a heading, or after the beginning of a sentence, that it counts for.
ABOVE_LINES = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of a picture, and how far a line has it: 1 for the word itself, less for a part of it."""

    word: Word
    share: float


@dataclass(frozen=True, slots=True)
class WordScores:
    """The scores of pictures by the words of their names and descriptions.

    ``own`` has the scores of each line for itself, from 0 to the number of a picture's words. ``words`` are those of
    each picture, and ``shares`` say how far each line has them: one matrix of words × lines for each picture.
    """

    own: Matrix
    words: tuple[tuple[Word, ...], ...]
    shares: tuple[Matrix, ...]

    def hits(self, line: int, picture: int) -> tuple[Hit, ...]:
        """Return the words of a picture that a line has."""
        shares = self.shares[picture][:, line]
        return tuple(Hit(word, float(share)) for word, share in zip(self.words[picture], shares, strict=True) if share)


def word_scores(lines: Sequence[str], pictures: Sequence[Asset], language: str) -> WordScores:
    """Return the scores of ``pictures`` for ``lines`` in ``language``; a silent line is an empty one."""
    names = tuple(words_of(text_of(picture), language) for picture in pictures)
    vocabulary = list(dict.fromkeys(word for words in names for word in words))
    in_lines = _shares(vocabulary, [words_of(line, language) for line in lines], language)
    weights = _rarity(in_lines) * _rarity(_shares(vocabulary, names, language))
    rows = {word: row for row, word in enumerate(vocabulary)}
    ids = [[rows[word] for word in words] for words in names]
    own = np.column_stack([_scores(in_lines[words], weights[words]) for words in ids])
    return WordScores(own, names, tuple(in_lines[words] for words in ids))


def _shares(vocabulary: Sequence[Word], texts: Sequence[Sequence[Word]], language: str) -> Matrix:
    """Return how far each text (column) has each word of the vocabulary (row)."""
    words = list(dict.fromkeys(word for text in texts for word in text))
    columns = {word: column for column, word in enumerate(words)}
    similar = np.array([[similarity(word, other, language) for other in words] for word in vocabulary], float)
    shares = np.zeros((len(vocabulary), len(texts)))
    for index, text in enumerate(texts):
        if text and vocabulary:
            shares[:, index] = similar[:, [columns[word] for word in text]].max(axis=1)
    return shares


def _rarity(shares: Matrix) -> Vector:
    """Return how much each word tells: 1 if one text has it, the less the more of many texts do (IDF)."""
    texts = shares.shape[1]
    found = np.maximum(1, (shares >= INFLECTED).sum(axis=1))
    return np.asarray(np.log1p(texts / found) / np.log1p(texts))


def _scores(shares: Matrix, weights: Vector) -> Vector:
    """Return the score of a picture for each line: of two pictures, that with fewer other words fits better."""
    sums = weights @ shares
    return np.asarray(sums * (BASE + (1 - BASE) * sums / max(float(weights.sum()), 1e-9)))


def with_context(own: Matrix, lines: Sequence[str]) -> Matrix:
    """Return scores that also count what is said around each line, with less weight.

    A line goes on about what the line before it or its heading names; a silent line belongs to the last spoken one.
    """
    context = np.zeros_like(own)
    for index, line in enumerate(lines):
        for other, weight in _around(lines, index, bool(line)).items():
            context[index] = np.maximum(context[index], weight * own[other])
    return own + context


def _around(lines: Sequence[str], index: int, is_spoken: bool) -> dict[int, float]:
    """Return the lines around a line with their weights."""
    before = next((other for other in range(index - 1, -1, -1) if lines[other]), None)
    if before is None or not is_spoken:
        return {} if before is None else {before: SILENT}
    after = {index + 1: AFTER} if index + 1 < len(lines) else {}
    return {**after, before: BEFORE, **dict.fromkeys(_above(lines, index), ABOVE)}


def _above(lines: Sequence[str], index: int) -> list[int]:
    """Return the parts of the same sentence before a line, and the heading above it: lines without an end mark."""
    near = range(index - 1, max(-1, index - 1 - ABOVE_LINES), -1)
    open_lines = [other for other in near if lines[other] and not ends_a_sentence(lines[other])]
    parts = takewhile(lambda other: other in open_lines, near)
    return [*parts, *open_lines[:1]]
