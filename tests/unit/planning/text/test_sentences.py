"""Sentences, keywords, captions and titles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.sentences import (
    caption_of,
    ends_a_sentence,
    keywords,
    sentences,
    shorten,
)
from schemas.text_width import width

STORY = (
    "Most mornings begin the same way you pour a cup of coffee you answer two letters and by the time you remember "
    "it again it is cold"
)


def test_abbreviations_prices_and_times_do_not_end_a_sentence():
    text = "Dr. Smith pays $9.99 at 7:30 p.m. tomorrow. Really? Yes!"
    assert sentences(text) == ("Dr. Smith pays $9.99 at 7:30 p.m. tomorrow.", "Really?", "Yes!")


def test_line_break_ends_a_sentence():
    assert sentences("A heading\nA line") == ("A heading", "A line")


def test_marks_without_letters_are_joined_to_a_sentence():
    assert sentences("Wow! 🎉 Yes.") == ("Wow!", "🎉 Yes.") or sentences("Wow! 🎉 Yes.") == ("Wow! 🎉", "Yes.")
    assert sentences("…\nYes.") == ("… Yes.",)
    assert sentences("Yes.\n🎉") == ("Yes. 🎉",)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("你好。今天天气很好！我们去吧？", ("你好。", "今天天气很好！", "我们去吧？")),
        ("مرحبا بالعالم. كيف حالك؟", ("مرحبا بالعالم.", "كيف حالك؟")),
        ("मेरा नाम राम है। तुम कौन हो?", ("मेरा नाम राम है।", "तुम कौन हो?")),
    ],
)
def test_end_marks_of_other_scripts_end_a_sentence(text, parts):
    assert sentences(text) == parts
    assert all(ends_a_sentence(part) for part in parts)


def test_unknown_language_is_accepted():
    assert sentences("One. Two.", "xx-YY") == ("One.", "Two.")


@given(
    st.lists(
        st.sampled_from(["One", "two.", "Three!", "…", "\n", "漢字。", "🎉", "$9.99", '"four."', "U.S."]), max_size=30
    )
)
@settings(max_examples=80, deadline=None)
def test_sentences_contain_every_word(words):
    text = " ".join(words)
    assert " ".join(sentences(text)).split() == text.split()


@pytest.mark.parametrize("end", ["Yes.", "Yes!", "Yes?", "Yes…", 'He said "yes."', "(Yes.)", "好。", "نعم؟", "हाँ।"])
def test_text_with_an_end_mark_ends_a_sentence(end):
    assert ends_a_sentence(end)


@pytest.mark.parametrize("end", ["Yes", "yes,", "yes:", "好，", "", "  "])
def test_text_without_an_end_mark_does_not_end_a_sentence(end):
    assert not ends_a_sentence(end)


def test_keywords_are_words_of_the_text_and_deterministic():
    text = "Our new mug keeps coffee hot for six hours. The mug is made of recycled steel and fits any car."
    phrases = keywords(text, "en", 3)
    assert phrases == keywords(text, "en", 3)
    assert len(phrases) == 3
    assert all(word in text for word in phrases)
    assert keywords("Go", "en") == ()
    assert keywords("", "en") == ()


@pytest.mark.parametrize("language", ["xx", "zh", "ar", None])
def test_keywords_never_fail(language):
    keywords("Some words in no language at all, or in one.", language)


def test_short_text_is_unchanged_and_long_text_is_cut_after_a_word():
    assert shorten("Our  new mug", 20) == "Our new mug"
    assert shorten("Our new mug, which keeps coffee hot", 20) == "Our new mug, which…"
    assert shorten("Our new mug, which keeps", 13) == "Our new mug…"


def test_chinese_is_cut_between_characters_of_two_columns():
    assert shorten("我们的新杯子可以让咖啡保温六小时", 13) == "我们的新杯子…"


def test_caption_has_at_most_60_columns():
    assert width(caption_of(STORY)) <= 60
    assert STORY.startswith(caption_of(STORY).rstrip("…"))
    assert caption_of("Hello.") == "Hello."


@given(st.text(st.sampled_from("ab ,.漢字🎉é"), max_size=60), st.integers(2, 40))
@settings(max_examples=150, deadline=None)
def test_shortened_text_is_not_wider_than_the_limit(text, max_columns):
    assert width(shorten(text, max_columns)) <= max_columns
