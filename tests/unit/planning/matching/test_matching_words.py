"""Words that tell something, and how far two words are the same."""

from __future__ import annotations

import pytest

from app.planning.matching.words import similarity, word_of, words_of

SAME = [
    ("en", "loaf", "loaves"),
    ("en", "children", "child"),
    ("en", "boat", "boats"),
    ("de", "kaesekuchen", "Käsekuchen"),
    ("de", "bruecke", "Brücken"),
    ("de", "apfel", "Äpfel"),
    ("fr", "cafe", "cafés"),
    ("es", "montana", "montañas"),
    ("ru", "море", "моря"),
    ("pl", "kot", "koty"),
    ("cs", "káva", "kávu"),
    ("sv", "alg", "Älgen"),
    ("ko", "커피", "커피를"),
    ("ar", "قهوة", "القهوة"),
    ("ja", "猫", "猫"),
]
ALIKE = [
    ("de", "Kaffee", "Kaffeetasse"),
    ("de", "tasse", "Kaffeetasse"),
    ("en", "forest", "rainforest"),
    ("en", "photographer", "photography"),
    ("uk", "яблука", "яблук"),
    ("zh", "熊猫", "大熊猫"),
]
OTHER = [
    ("en", "rain", "train"),
    ("en", "star", "start"),
    ("en", "corn", "corner"),
    ("en", "car", "carpet"),
    ("en", "house", "horse"),
    ("en", "port", "portrait"),
    ("en", "plane", "planet"),
    ("de", "Haus", "Hase"),
]


@pytest.mark.parametrize(("language", "first", "second"), SAME)
def test_forms_of_a_word_are_the_same(language, first, second):
    assert similarity(word_of(first, language), word_of(second, language), language) == 1


@pytest.mark.parametrize(("language", "first", "second"), ALIKE)
def test_parts_of_a_compound_count_less(language, first, second):
    assert 0 < similarity(word_of(first, language), word_of(second, language), language) < 1


@pytest.mark.parametrize(("language", "first", "second"), OTHER)
def test_words_that_look_alike_are_not_the_same(language, first, second):
    assert similarity(word_of(first, language), word_of(second, language), language) == 0


def test_stop_words_numbers_and_letters_are_left_out():
    words = words_of("The cat's 3 kittens sat on a mat, in 1969 — at 7 p.m.", "en")
    assert [word.written for word in words] == ["cat", "kittens", "sat", "mat", "1969"]


def test_articles_before_a_vowel_are_left_out():
    assert [word.written for word in words_of("L'océan et l'île d'Oléron", "fr")] == ["océan", "île", "Oléron"]


def test_text_without_spaces_is_divided_into_words():
    assert {"猫", "ソファ"} <= {word.written for word in words_of("猫がソファで寝ている。", "ja")}
