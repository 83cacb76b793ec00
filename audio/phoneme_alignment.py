"""Word times from a model's phoneme durations.

A voice reads "$9.99" as five words and "Jan. 3rd" as "January third". The times of the words that it read are known;
this module matches them to the words as they are written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.words import Seconds

PAUSE_MARKS = frozenset(' ;:,.!?—…"“”()')


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as it is read aloud; its phonemes are ``[start, end)`` of the sentence's phoneme string."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The written words of a sentence, the words read for them, and their phonemes."""

    written_words: tuple[str, ...]
    read_words: tuple[ReadWord, ...]
    phonemes: str

    def chunks(self, max_length: int) -> list[tuple[int, int]]:
        """Return ``[start, end)`` of pieces of at most ``max_length`` phonemes, cut after a clause where possible."""
        chunks: list[tuple[int, int]] = []
        start = 0
        while len(self.phonemes) - start > max_length:
            word_ends = [word.end for word in self.read_words if start < word.end <= start + max_length]
            clause_ends = [end for end in word_ends if self.phonemes[end - 1 : end] in set(",;:—")]
            end = (clause_ends or word_ends or [start + max_length])[-1]
            chunks.append((start, end))
            start = end
        return [*chunks, (start, len(self.phonemes))]


def word_spans(sentence: Sentence, edges: Sequence[float | None]) -> list[Seconds | None]:
    """Return when each written word sounds; ``None`` for a word without a sound of its own (a dash).

    ``edges[n]`` is the start of phoneme n, or ``None`` for a phoneme that the model does not know. ``edges`` has one
    value more than there are phonemes.
    """
    read_spans = [_read_word_span(sentence.phonemes, word, edges) for word in sentence.read_words]
    spans: list[Seconds | None] = []
    for indices in match_read_words(sentence.written_words, [word.text for word in sentence.read_words]):
        times = [span for index in indices if (span := read_spans[index])]
        spans.append((times[0][0], times[-1][1]) if times else None)
    return spans


def _read_word_span(phonemes: str, word: ReadWord, edges: Sequence[float | None]) -> Seconds | None:
    """Return the time from the word's first sound to the end of its last; a comma's pause is not part of a word."""
    sounds = [n for n in range(word.start, word.end) if phonemes[n] not in PAUSE_MARKS and edges[n] is not None]
    if not sounds:
        return None
    start = edges[sounds[0]]
    end = next(edge for edge in edges[sounds[-1] + 1 :] if edge is not None)
    assert start is not None
    return start, end


def phoneme_edges(
    phonemes: str, vocabulary: Mapping[str, int], durations: NDArray[np.float32], frame_s: float
) -> list[float | None]:
    """Return the start of each phoneme in seconds, and the end of the last one.

    ``durations`` are frame counts of the phonemes in ``vocabulary``, between those of two pads.
    """
    edges: list[float | None] = []
    frame = float(durations[0])
    known_durations = iter(durations[1:-1])
    for phoneme in phonemes:
        edges.append(frame * frame_s if phoneme in vocabulary else None)
        frame += float(next(known_durations)) if phoneme in vocabulary else 0.0
    return [*edges, frame * frame_s]


def match_read_words(written_words: Sequence[str], read_words: Sequence[str]) -> list[list[int]]:
    """Return for each written word the indices of the ``read_words`` that say it, in order.

    Equal words anchor the comparison. Between two anchors the read words are distributed in proportion ("7:30", "pm"
    are read as "seven", "thirty", "P.M."); a read word without a written one ("yen" of "¥5") belongs to the word before
    it.
    """
    matches: list[list[int]] = [[] for _ in written_words]
    written_letters = [_letters_and_digits(word) for word in written_words]
    read_letters = [_letters_and_digits(word) for word in read_words]
    matcher = difflib.SequenceMatcher(None, written_letters, read_letters, autojunk=False)
    for _, start, end, read_start, read_end in matcher.get_opcodes():
        for index in range(read_start, read_end):
            offset = (index - read_start) * (end - start) // max(1, read_end - read_start)
            written_index = start + offset if end > start else max(0, start - 1)
            if matches:
                matches[written_index].append(index)
    return matches


def _letters_and_digits(word: str) -> str:
    return re.sub(r"[\W_]", "", word).lower()
