"""Queries of stock footage for the text of a scene."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.stock_footage.query import search_terms, shot_types


@pytest.mark.parametrize(
    ("text", "shots"),
    [
        ("Aerial view of a harbour", ("aerial",)),
        ("A drone flies along the coast", ("aerial",)),
        ("The city, seen from above", ("aerial",)),
        ("Close-up of a hand", ("close-up",)),
        ("An extreme close up of an eye", ("close-up",)),
        ("A macro of a bee", ("macro",)),
        ("Milk splashes in slow motion", ("slow motion",)),
        ("Slow-mo of a dog", ("slow motion",)),
        ("Timelapse of clouds", ("time lapse",)),
        ("A hyper-lapse through the streets", ("time lapse",)),
        ("An underwater reef", ("underwater",)),
        ("Fish beneath the waves", ("underwater",)),
        ("Traffic at night in slow motion", ("night", "slow motion")),
        ("A wide shot of the desert", ("wide shot",)),
        ("A POV of a ride", ("pov",)),
        ("A cup of coffee", ()),
        ("A knight in armour", ()),
    ],
)
def test_shot_types_are_recognised_in_the_order_of_the_text(text, shots):
    assert shot_types(text) == shots


def test_queries_go_from_specific_to_general():
    queries = search_terms("A close-up of coffee being poured into a white cup in slow motion.").queries
    assert queries == (
        "close-up slow motion coffee poured white cup",
        "close-up coffee poured white cup",
        "close-up white cup",
        "white cup",
        "cup",
    )


def test_specific_query_has_names_and_general_ones_do_not():
    queries = search_terms("Cars drive over the Golden Gate Bridge").queries
    assert queries[0] == "cars drive golden gate bridge"
    assert all(name not in query for query in queries[1:] for name in ("golden", "gate", "bridge"))


def test_name_at_the_start_of_a_sentence_is_a_name():
    queries = search_terms("Marie Curie discovered radium in 1898 in Paris.").queries
    assert "marie curie" in queries[0]
    assert queries[-1] == "radium"
    assert not any("curie" in query or "paris" in query for query in queries[1:])


def test_possessive_of_a_name_is_a_name():
    assert search_terms("A drone shot of Iceland's waterfalls").queries[1:] == ("aerial waterfalls", "waterfalls")


def test_title_case_is_no_sign_of_names():
    assert search_terms("Sunset Over Mountain Lake").queries == ("sunset mountain lake", "mountain lake", "lake")


def test_numbers_and_amounts_are_not_in_general_queries():
    queries = search_terms("In 1969, 37 million people watched the moon landing on 2 channels").queries
    assert not any(char.isdigit() for query in queries[1:] for char in query)
    assert not any("million" in query or "37" in query for query in queries)


def test_words_about_the_film_are_not_searched():
    assert search_terms("Stock footage: camera shows a video of a dog").queries == ("dog",)


def test_text_of_a_kind_of_shot_alone_is_searched_as_it():
    assert search_terms("Night.").queries == ("night",)


@pytest.mark.parametrize("text", ["", "  ", "the of and", "…", "42"])
def test_text_that_tells_nothing_has_no_queries(text):
    assert search_terms(text).queries == ()


def test_german_nouns_are_not_names():
    terms = search_terms("Ein Wal taucht im Ozean auf und atmet")
    assert terms.language == "de"
    assert terms.queries[0].startswith("wal taucht ozean")
    assert all(set(query.split()) <= {"wal", "taucht", "ozean", "atmet"} for query in terms.queries)


def test_text_without_spaces_is_divided_into_words():
    assert search_terms("海の夕日").queries[0] == "海 夕日"


@given(st.text(max_size=80))
def test_queries_are_deterministic_distinct_and_short(text):
    queries = search_terms(text).queries
    assert queries == search_terms(text).queries
    assert len(set(queries)) == len(queries) <= 5
    assert all(query == query.lower() and query.strip() == query != "" for query in queries)
