"""From a model's phoneme durations back to the words as they were written.

A voice reads "$9.99" as five words and "Jan. 3rd" as "January third"; what it read is known with its times, what was
written has to be found again in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.typing import NDArray

from audio.words import Seconds

PAUSE_MARKS = frozenset(' ;:,.!?—…"“”()')


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as it was read aloud; its phonemes are ``[start, end)`` of the sentence's phoneme string."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the model is given at once: written words, the words read for them, and their phonemes."""

    written_words: tuple[str, ...]
    read_words: tuple[ReadWord, ...]
    phonemes: str

    def chunks(self, most: int) -> list[tuple[int, int]]:
        """``[start, end)`` pieces of the phoneme string of at most ``most``, cut after a clause where there is one."""
        cuts: list[tuple[int, int]] = []
        start = 0
        while len(self.phonemes) - start > most:
            ends = [word.end for word in self.read_words if start < word.end <= start + most]
            clauses = [end for end in ends if self.phonemes[end - 1 : end] in set(",;:—")]
            cut = (clauses or ends or [start + most])[-1]
            cuts.append((start, cut))
            start = cut
        return [*cuts, (start, len(self.phonemes))]


def word_spans(sentence: Sentence, edges: Sequence[float | None]) -> list[Seconds | None]:
    """When each written word sounds. ``edges[n]`` is where phoneme n begins (``None``: the model does not know it).

    ``edges`` is one longer than the phonemes. A word without a sound of its own (a dash) has ``None``.
    """
    heard = [_read_word_span(sentence.phonemes, word, edges) for word in sentence.read_words]
    found: list[Seconds | None] = []
    for places in match_read_words(sentence.written_words, [word.text for word in sentence.read_words]):
        times = [time for place in places if (time := heard[place])]
        found.append((times[0][0], times[-1][1]) if times else None)
    return found


def _read_word_span(phonemes: str, word: ReadWord, edges: Sequence[float | None]) -> Seconds | None:
    """From its first sound to the end of its last; the pause of a comma belongs to nobody."""
    sounds = [n for n in range(word.start, word.end) if phonemes[n] not in PAUSE_MARKS and edges[n] is not None]
    if not sounds:
        return None
    start = edges[sounds[0]]
    end = next(edge for edge in edges[sounds[-1] + 1 :] if edge is not None)
    assert start is not None
    return start, end


def phoneme_edges(
    phonemes: str, vocabulary: Mapping[str, int], durations: NDArray, frame_s: float
) -> list[float | None]:  # type: ignore[type-arg]
    """Start of each phoneme in seconds from the durations of the known ones between two pads, and the end of all."""
    edges: list[float | None] = []
    at = float(durations[0])
    known = iter(durations[1:-1])
    for phoneme in phonemes:
        edges.append(at * frame_s if phoneme in vocabulary else None)
        at += float(next(known)) if phoneme in vocabulary else 0.0
    return [*edges, at * frame_s]


def match_read_words(written: Sequence[str], read: Sequence[str]) -> list[list[int]]:
    """For each written word the places in ``read`` that say it, in order.

    Equal words anchor the comparison; between two anchors the read words are dealt out in proportion ("7:30", "pm" say
    "seven", "thirty", "P.M."); a read word that nothing was written for ("yen" of "¥5") goes to the one before it.
    """
    places: list[list[int]] = [[] for _ in written]
    same = difflib.SequenceMatcher(
        None, [_letters_and_digits(w) for w in written], [_letters_and_digits(r) for r in read], autojunk=False
    )
    for _, start, end, read_start, read_end in same.get_opcodes():
        for place in range(read_start, read_end):
            share = (place - read_start) * (end - start) // max(1, read_end - read_start)
            owner = start + share if end > start else max(0, start - 1)
            if places:
                places[owner].append(place)
    return places


def _letters_and_digits(word: str) -> str:
    return re.sub(r"[\W_]", "", word).lower()
