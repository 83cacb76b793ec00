"""Written words are kept unchanged and get times in order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audio.words import UNSPOKEN_MS, distribute_time, duration_weight, order_words, speakable_text, time_written_words
from schemas.alias import Alias
from schemas.speech import Word

SIGNS = [*"ab 1é.,!?—\"'\n\t#*_", "🎉", "👍🏽", "\u200d", "\ufe0f", "日", "ا", "\u0301"]
NO_RULES = "it"  # a language without rules of spoken forms
ANY_TEXT = st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)
SPAN = st.none() | st.tuples(st.floats(-1, 20), st.floats(-1, 20)).map(lambda pair: (min(pair), max(pair)))


@given(ANY_TEXT, st.sampled_from(["en", "de", NO_RULES]))
@settings(max_examples=300, deadline=None)
@example("*a* 🎉", NO_RULES)
@example("€ 5 1 000 000", "en")
def test_every_written_word_is_kept_and_every_spoken_word_belongs_to_one(text, language):
    script = speakable_text(text, language)
    assert script.written_words == tuple(text.split())
    assert len(script.owners) == len(script.text.split())
    assert list(script.owners) == sorted(script.owners)
    assert all(0 <= start < end <= len(script.written_words) for start, end in script.owners)


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉 👍🏽", "... — !?", "*** ___", "\u200d\ufe0f", "“”"])
def test_text_without_letter_and_digit_is_not_speakable(text):
    assert speakable_text(text, NO_RULES).text == ""


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("great🎉 day", "great day"),
        ("wow🎉wow", "wow wow"),
        ("*bold* _it_ `code`", "bold it code"),
        ("#travel is #1", "travel is #1"),
        ("20°C and Café®", "20°C and Café®"),
        ("cafe\u0301", "café"),
        ("1️⃣ one", "1 one"),
        ("🇩🇪 Berlin", "Berlin"),
        ("a → b", "a b"),
        ("Title\nBody  text", "Title\nBody text"),
        ("Title 🎉\n🎉 Body", "Title\nBody"),
        ("می‌خواهم", "می‌خواهم"),
        ("👨‍👩‍👧 family", "family"),
        ("❤️‍🔥 hot", "hot"),
        ("👁️‍🗨️ look", "look"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 ‼️ ℹ️ 〰️ England", "England"),
        ("© 2026", "© 2026"),
        ("$9.99 — it's 3rd-rate!", "$9.99 — it's 3rd-rate!"),
    ],
)
def test_emoji_and_mark_up_are_not_spoken(written, spoken):
    assert speakable_text(written, NO_RULES).text == spoken


def test_amounts_and_signs_are_spoken_in_words():
    script = speakable_text("Only *€ 5*\nfor #1 🎉 1️⃣ & café®", "en")
    assert script.text == "Only five euros\nfor number one one and café"
    assert script.owners == ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (4, 5), (6, 7), (7, 8), (8, 9))


def test_every_written_word_of_an_amount_has_a_time_of_its_own():
    script = speakable_text("€ 5 or 1 000 000", "en")
    spoken = [Word(text, n * 100, n * 100 + 100) for n, text in enumerate(script.text.split())]
    times = {word.text: (word.start_ms, word.end_ms) for word in time_written_words(script, spoken, 500)}
    assert script.text == "five euros or one million"
    assert times == {"€": (0, 100), "5": (100, 200), "or": (200, 300), "1": (300, 400), "000": (450, 500)}


def test_emoji_inside_a_word_has_the_time_of_the_word():
    script = speakable_text("great🎉 day 🎉 wow🎉wow", NO_RULES)
    spoken = [Word("great", 0, 100), Word("day", 150, 300), Word("wow", 700, 800), Word("wow", 850, 900)]
    assert time_written_words(script, spoken, 1000) == (
        Word("great🎉", 0, 100),
        Word("day", 150, 300),
        Word("🎉", 300, 300 + UNSPOKEN_MS),
        Word("wow🎉wow", 700, 900),
    )


def test_unspoken_words_share_their_pause():
    words = order_words(("a", "—", "🎉", "b"), [(0.0, 0.5), None, None, (0.6, 0.9)], 900)
    assert [(w.start_ms, w.end_ms) for w in words] == [(0, 500), (500, 550), (550, 600), (600, 900)]


def test_unspoken_word_without_a_pause_has_one_millisecond():
    words = order_words(("a", "—", "b"), [(0.0, 0.5), None, (0.5, 0.9)], 900)
    assert [(w.start_ms, w.end_ms) for w in words] == [(0, 500), (500, 501), (501, 900)]


def test_first_word_may_be_unspoken():
    assert order_words(("—", "b"), [None, (0.1, 0.4)], 400)[0] == Word("—", 0, 100)


@given(st.lists(SPAN, max_size=30), st.integers(40, 20_000))
@settings(max_examples=200, deadline=None)
def test_words_of_any_spans_are_in_order_and_inside_the_line(spans, length_ms):
    words = order_words(["w"] * len(spans), spans, length_ms)
    edges = [edge for word in words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert all(0 <= word.start_ms < word.end_ms <= length_ms for word in words)


def test_more_words_than_milliseconds_are_in_order():
    words = order_words(["w"] * 10, [None] * 10, 3)
    assert all(0 <= word.start_ms <= word.end_ms <= 3 for word in words)


@given(st.lists(st.text("ab1,.", min_size=1, max_size=8), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_distributed_spans_fill_the_time_without_a_gap(texts):
    spans = distribute_time(texts, 1.0, 4.0)
    assert spans[0][0] == 1.0
    assert spans[-1][1] == pytest.approx(4.0)
    assert all(span[1] == following[0] for span, following in itertools.pairwise(spans))


def test_long_words_numbers_and_ends_of_clauses_weigh_more():
    assert duration_weight("harbour") > duration_weight("sea")
    assert duration_weight("2024") > duration_weight("year")
    assert duration_weight("sea,") > duration_weight("sea")


def test_alias_is_spoken_and_its_written_words_are_kept() -> None:
    script = speakable_text("The W3C (W3C) rules.", "en", [Alias("W3C", "World Wide Web Consortium 2")])
    said = "World Wide Web Consortium two"
    assert script.text == f"The {said} ({said}) rules."
    assert script.written_words == ("The", "W3C", "(W3C)", "rules.")
    assert script.owners == ((0, 1), *[(1, 2)] * 5, *[(2, 3)] * 5, (3, 4))
