"""Numbers in every notation are read with their value, and words of a phrase belong to the tokens that they say."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.spoken_forms.english.numerals import MAX_DIGITS, cardinal, ordinal, year
from app.planning.text.spoken_forms.numbers import Number, parse_number
from app.planning.text.spoken_forms.owners import assign_owners

UNITS = {cardinal(number): number for number in range(100)}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15}
SCALES["quintillion"] = 10**18


def value_of(words):
    """Return the number that a cardinal in words means."""
    total = group = 0
    for word in words.split():
        if word in SCALES:
            total, group = total + group * SCALES[word], 0
        elif word == "hundred":
            group *= 100
        else:
            group += UNITS[word]
    return total + group


@given(st.integers(0, 10**MAX_DIGITS - 1))
def test_cardinal_means_its_number(number):
    assert value_of(cardinal(number)) == number


def test_two_numbers_below_a_hundred_differ_in_words():
    assert len(UNITS) == 100


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (12, "twelfth"), (20, "twentieth"), (23, "twenty-third"), (100, "one hundredth"), (0, "zeroth")],
)
def test_ordinal_changes_only_the_last_word(number, words):
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1066, "ten sixty-six"),
        (1900, "nineteen hundred"),
        (1905, "nineteen oh five"),
        (1984, "nineteen eighty-four"),
        (2000, "two thousand"),
        (2005, "two thousand five"),
        (2024, "twenty twenty-four"),
    ],
)
def test_year_is_read_in_pairs(number, words):
    assert year(number) == words


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,250", ".", Number("1250", is_grouped=True)),
        ("1,250", ",", Number("1", "250")),
        ("1.250", ",", Number("1250", is_grouped=True)),
        ("1.250", ".", Number("1", "250")),
        ("29,99", ".", Number("29", "99")),
        ("1.250,50", ".", Number("1250", "50", is_grouped=True)),
        ("1,250.50", ",", Number("1250", "50", is_grouped=True)),
        ("1.234.567", ".", Number("1234567", is_grouped=True)),
        ("1 234 567,8", ",", Number("1234567", "8", is_grouped=True)),
        ("1\u202f234", ",", Number("1234", is_grouped=True)),
        ("1'234.50", ".", Number("1234", "50", is_grouped=True)),
        (".5", ".", Number("0", "5")),
        ("1½", ".", Number("1", fraction=Fraction(1, 2))),
        ("2 3/4", ".", Number("2", fraction=Fraction(3, 4))),
        ("⅞", ".", Number("", fraction=Fraction(7, 8))),
    ],
)
def test_marks_of_groups_and_decimals_are_told_apart(text, mark, number):
    assert parse_number(text, mark) == number


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.lists(st.integers(0, n - 1), min_size=1), st.just(n))))
def test_owners_are_sorted_and_cover_every_token(preferred_and_count):
    preferred, count = preferred_and_count
    owners = assign_owners(preferred, count)
    assert len(owners) == len(preferred)
    assert list(owners) == sorted(owners)
    assert {token for start, end in owners for token in range(start, end)} == set(range(count))


@given(st.lists(st.integers(0, 5), min_size=1).map(sorted))
def test_preferred_owners_that_are_sorted_and_cover_every_token_are_kept(preferred):
    ranks = {token: rank for rank, token in enumerate(sorted(set(preferred)))}
    owners = [ranks[token] for token in preferred]
    assert assign_owners(owners, len(ranks)) == tuple((owner, owner + 1) for owner in owners)
