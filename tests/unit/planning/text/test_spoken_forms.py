"""Amounts, units, signs and abbreviations are spoken right, and every written token has a spoken word."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.planning.text.spoken_forms import MODULES, spoken_form, spoken_words

FOLDER = Path(__file__).parent


def table(language):
    """Return the pairs of written and spoken text of a language."""
    groups = yaml.safe_load((FOLDER / f"spoken_forms_{language}.yaml").read_text(encoding="utf-8"))
    return [pair for group in groups.values() for pair in group.items()]


CASES = [(language, *pair) for language in sorted(MODULES) for pair in table(language)]
WRITTEN = [written for _, written, _ in CASES]
WRITTEN_OF = {language: [written for code, written, _ in CASES if code == language] for language in MODULES}
PIECES = [*WRITTEN, *"ab 1259.,!?—–-\"'()\n\t#*_$€%/:°²½×+=<>~&@₂Ⅳ①٣", "\u00a0", "St.", "No.", "p.m.", "🎉", "日", "²³"]
ANY_TEXT = (
    st.text(max_size=40)
    | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)


def _texts_of(language):
    return st.lists(st.sampled_from(WRITTEN_OF[language]), max_size=8).map("; ".join)


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_written_form_is_spoken_in_words(language, written, spoken):
    assert spoken_form(written, language) == spoken


def test_table_of_english_has_the_sixty_items_that_films_need():
    assert len(table("en")) >= 60


@given(ANY_TEXT, st.sampled_from(sorted(MODULES)))
@settings(max_examples=500, deadline=None)
def test_owners_are_sorted_and_inside_the_text(text, language):
    owners = [(word.start, word.end) for word in spoken_words(text, language)]
    assert owners == sorted(owners)
    assert all(0 <= start < end <= len(text.split()) for start, end in owners)
    assert all(word.text.split() == [word.text] for word in spoken_words(text, language))


@given(ANY_TEXT, st.sampled_from(sorted(MODULES)))
@settings(max_examples=500, deadline=None)
def test_every_token_with_a_letter_or_digit_has_a_spoken_word(text, language):
    spoken = {index for word in spoken_words(text, language) for index in range(word.start, word.end)}
    tokens = [index for index, token in enumerate(text.split()) if any(char.isalnum() for char in token)]
    assert set(tokens) <= spoken


@given(ANY_TEXT)
@settings(max_examples=500, deadline=None)
@example("5\n000 $5 1/2/3 ½½ 1.2.3.4.5 v1. 9" + "9" * 60)
def test_english_has_no_digits_and_no_signs_left(text):
    spoken = spoken_form(text, "en")
    assert not any(char.isdecimal() for char in spoken)
    assert not set("$€£¥%°²³½×÷+=<>~^&@/\\|#*_[]{}₂№") & set(spoken)


@given(st.sampled_from(sorted(MODULES)).flatmap(lambda code: st.tuples(st.just(code), _texts_of(code))))
@settings(max_examples=300, deadline=None)
def test_spoken_form_of_a_spoken_form_is_itself(language_and_text):
    language, text = language_and_text
    spoken = spoken_form(text, language)
    assert spoken_form(spoken, language) == spoken


@given(ANY_TEXT)
def test_language_without_rules_keeps_its_tokens(text):
    assert [word.text for word in spoken_words(text, "xx")] == text.split()
    assert spoken_words(text, "en-GB") == spoken_words(text, "en")
