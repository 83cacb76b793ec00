"""Amounts of a text: prices, percentages and counts, and no other numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.amounts import amounts, value_of
from app.planning.text.emphasis import emphasised, stressed_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Meet the $249 grinder.", ["$249"]),
        ("It was $249, now $189!", ["$249", "$189"]),
        ("Statt 1.299,00 € nur 999 Euro", ["1.299,00 €", "999 Euro"]),
        ("Only £12.50, €2.4bn or US$4.5 million", ["£12.50", "€2.4bn", "US$4.5 million"]),
        ("这个30元", []),
        ("10–20 % off, then 5% more", ["10–20 %", "5%"]),
        ("It found 3,000 galaxies in 40 seconds.", ["3,000 galaxies", "40 seconds"]),
    ],
)
def test_amounts_are_found_as_they_are_written(text: str, expected: list[str]) -> None:
    assert [amount.text for amount in amounts(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "In 1995 a telescope looked.",
        "On 12 May at 11 am",
        "Step 12 is next, No. 14 too, Day 30 was fun",
        "COVID-19 and 24/7 and v2.1.0 and (555) 010-7788",
        "The 21st of 7 days",
        "Three things, 2 of them",
    ],
)
def test_years_times_names_and_small_counts_are_no_amounts(text: str) -> None:
    assert amounts(text) == ()


@pytest.mark.parametrize(
    ("number", "value"),
    [("1,299.00", 1299), ("1.299,50", 1299.5), ("3,000", 3000), ("1.2", 1.2), ("12'000", 12000), ("1,05", 1.05)],
)
def test_value_of_a_written_number(number: str, value: float) -> None:
    assert value_of(number) == pytest.approx(value)


@given(st.text(alphabet="0123456789.,$€% abckmin-–", max_size=60))
def test_amounts_are_parts_of_the_text_in_order(text: str) -> None:
    found = amounts(text)
    assert all(text[amount.start : amount.end] == amount.text for amount in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_stressed_words_of_the_author() -> None:
    text = (
        "Patience is *an ingredient*. **Never** skip _it_. 2 * 3 * 4 snake_case_name and *a whole long sentence here*."
    )
    assert emphasised(text) == ("an ingredient", "Never", "it")
    assert stressed_in("Patience is an ingredient.", emphasised(text)) == ("an ingredient",)
    assert stressed_in("Bread wants time.", emphasised(text)) is None
    tagged = 'Bread is <b>old</b>, <em class="x">not new</em> and <emphasis level="strong">good</emphasis>.'
    assert emphasised(tagged) == ("old", "not new", "good")
