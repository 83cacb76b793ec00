"""Words as read are matched to the words as written."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.phoneme_alignment import ReadWord, Sentence, match_read_words, phoneme_edges, word_spans


def read_for(written: str, read: str) -> list[str]:
    read_words = read.split()
    return [" ".join(read_words[n] for n in indices) for indices in match_read_words(written.split(), read_words)]


@pytest.mark.parametrize(
    ("written", "read", "expected"),
    [
        ("at 7:30 pm sharp", "at seven thirty P.M. sharp", ["at", "seven thirty", "P.M.", "sharp"]),
        ("on Jan. 3rd, he", "on January third, he", ["on", "January", "third,", "he"]),
        ("Dr. Smith", "doctor Smith", ["doctor", "Smith"]),
        ("cost ¥5 here", "cost 5 yen here", ["cost", "5 yen", "here"]),
        ("well — then", "well — then", ["well", "—", "then"]),
        ("“Stop,” he", "“Stop,” he", ["“Stop,”", "he"]),
        ("10-12 days", "10 to 12 days", ["10 to 12", "days"]),
        ("3 km", "3 kilometers", ["3", "kilometers"]),
        ("the end", "the", ["the", ""]),
        ("", "loose words", []),
    ],
)
def test_read_words_are_matched_to_written_words(written, read, expected):
    assert read_for(written, read) == expected


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcxy"), max_size=12))
@settings(max_examples=200, deadline=None)
def test_every_read_word_is_matched_once_and_in_order(written, read):
    matches = match_read_words(written, read)
    indices = [index for match in matches for index in match]
    assert indices == (list(range(len(read))) if written else [])


def test_edges_count_only_known_phonemes():
    """Two frames of padding, then a (1 frame), an unknown phoneme, b (3 frames)."""
    edges = phoneme_edges("a?b", {"a": 1, "b": 2}, np.asarray([2, 1, 3, 9]), 0.5)
    assert edges == [1.0, None, 1.5, 3.0]


def test_word_ends_with_its_last_sound_and_not_with_its_pause():
    sentence = Sentence(("ab,", "—", "c"), (ReadWord("ab,", 0, 3), ReadWord("—", 4, 5), ReadWord("c", 6, 7)), "ab, — c")
    edges = [float(n) for n in range(8)]
    assert word_spans(sentence, edges) == [(0.0, 2.0), None, (6.0, 7.0)]


def test_phoneme_unknown_to_the_model_takes_no_time():
    sentence = Sentence(("a?b",), (ReadWord("a?b", 0, 3),), "aßb")
    assert word_spans(sentence, [0.0, None, 1.0, 2.0]) == [(0.0, 2.0)]


def test_long_sentence_is_cut_after_a_clause():
    phonemes = "aaa aaa, bbb bbb"
    read_words = (ReadWord("a", 0, 3), ReadWord("a,", 4, 8), ReadWord("b", 9, 12), ReadWord("b", 13, 16))
    assert Sentence((), read_words, phonemes).chunks(13) == [(0, 8), (8, 16)]
    assert Sentence((), read_words, phonemes).chunks(16) == [(0, 16)]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(5, 25))
@settings(max_examples=100, deadline=None)
def test_chunks_cover_the_sentence_within_the_maximum_length(lengths, max_length):
    phonemes, read_words = "", []
    for length in lengths:
        read_words.append(ReadWord("w", len(phonemes), len(phonemes) + length))
        phonemes += "a" * length + " "
    chunks = Sentence((), tuple(read_words), phonemes).chunks(max_length)
    assert chunks[0][0] == 0
    assert chunks[-1][1] == len(phonemes)
    assert all(chunk[1] == following[0] for chunk, following in itertools.pairwise(chunks))
    assert all(0 < end - start <= max_length for start, end in chunks)
