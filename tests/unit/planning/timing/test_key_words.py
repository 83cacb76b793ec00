"""The key word of each sentence of a caption."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.cues import cues, spread
from app.planning.timing.key_words import key_word, with_key_words
from schemas.preset import CaptionStyle
from schemas.timeline import Cue
from schemas.timing import Span

STYLE = CaptionStyle(max_chars=16, max_words=4)


def cues_of(text: str, style: CaptionStyle = STYLE) -> tuple[Cue, ...]:
    span = Span(0, 400 * (len(text.split()) + 1))
    return cues(1, spread(text.split(), span), span, style)


def keys(text: str, language: str = "en", stressed: tuple[str, ...] | None = None) -> list[str]:
    marked = with_key_words(cues_of(text), language, stressed)
    return [word.text for cue in marked for line in cue.lines for word in line if word.key]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("It was $249, now it is only $189.", "en", ["$189."]),
        ("Meet the $249 grinder in 30 days.", "en", ["$249"]),
        ("Order today and save 20 %.", "en", ["20", "%."]),
        ("It found 3,000 galaxies.", "en", ["3,000"]),
        ("It weighs 12 kg and fits.", "en", ["12", "kg"]),
        ("In 1995 a telescope looked at nothing.", "en", ["telescope"]),
        ("You were watching the toaster.", "en", ["toaster."]),
        ("Das Frühstück war wunderbar.", "de", ["wunderbar."]),
        ("Le matin était lumineux.", "fr", ["lumineux."]),
        ("La mañana era preciosa.", "es", ["preciosa."]),
    ],
)
def test_an_amount_or_the_longest_rare_word_is_the_key_word(text: str, language: str, expected: list[str]) -> None:
    assert keys(text, language) == expected


def test_each_sentence_has_its_own_key_word() -> None:
    assert keys("The rocket stood on the pad. The wind fell asleep there.") == ["rocket", "asleep"]


@pytest.mark.parametrize("text", ["No regrets.", "Monday. Again.", "And so it was."])
def test_short_sentences_and_sentences_of_frequent_words_have_none(text: str) -> None:
    assert keys(text) == []


def test_language_without_a_list_of_frequent_words_has_numbers_only() -> None:
    assert keys("pretium est 249 nummi magnifici", "la") == ["249"]
    assert keys("omnia vincit amor magnificus", "la") == []


def test_words_that_the_author_stresses_replace_the_choice() -> None:
    text = "Patience is an ingredient of good bread."
    assert keys(text, stressed=("good bread", "Patience")) == ["Patience", "good", "bread."]
    assert keys(text, stressed=()) == []


def test_key_words_change_nothing_else() -> None:
    plain = cues_of("It found 3,000 galaxies in the dark. Then it slept.")
    marked = with_key_words(plain, "en")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in marked] == [
        (cue.start_ms, cue.end_ms, cue.text) for cue in plain
    ]


PARTS = ["the", "a", "rocket", "Kaffee", "12", "$5", "20", "%", "wait.", "你好", "magnificent,", "3.5", "no!", "is"]


@given(st.lists(st.sampled_from(PARTS), max_size=30))
def test_a_sentence_has_at_most_one_stressed_phrase(words: list[str]) -> None:
    marked = with_key_words(cues_of(" ".join(words)) if words else (), "en")
    flat = [word for cue in marked for line in cue.lines for word in line]
    ends = [word.text.endswith((".", "!")) for word in flat]
    begins = [word.key and (k == 0 or ends[k - 1] or not flat[k - 1].key) for k, word in enumerate(flat)]
    assert sum(begins) <= sum(ends) + 1


@pytest.mark.parametrize(
    ("text", "expected"), [("Never cold again", 1), ("From coffee to galaxies", 3), ("Hello", None)]
)
def test_headline_has_a_key_word_if_it_is_long_enough(text: str, expected: int | None) -> None:
    assert key_word(text.split(), "en") == expected


def test_cue_has_at_most_the_words_of_its_style() -> None:
    text = "a few words of one and the same line that is long enough for many cues"
    for most in (1, 2, 3, 4):
        found = cues_of(text, CaptionStyle(max_words=most, max_chars=40))
        assert max(sum(map(len, cue.lines)) for cue in found) <= most


def test_parts_of_unspaced_text_do_not_count_as_words() -> None:
    (cue,) = cues_of("每一个伟大的故事", CaptionStyle(max_words=2, max_chars=40))
    assert sum(map(len, cue.lines)) > 2
