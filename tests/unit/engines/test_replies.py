"""Facts in the replies of providers, of every form that JSON allows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.hosted.replies import NO_BALANCE, cost_in, share_of, shown, text_of
from schemas.engine import Cost

CENT = Decimal("0.01")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(("value", "units"), [(25, "25"), (0, "0"), (12.5, "12.5"), ("7", "7")])
def test_amount_is_converted_exactly(value, units):
    assert cost_in(value, "credits", CENT) == Cost(Decimal(units) * CENT, Decimal(units), "credits")


@pytest.mark.parametrize("value", [None, True, "many", -1, float("nan"), float("inf"), [], {}])
def test_what_is_no_amount_is_no_cost(value):
    assert cost_in(value, "credits", CENT) is None


@pytest.mark.parametrize(("value", "share"), [(0, 0.0), (0.25, 0.25), (1, 1.0), (7, 1.0), (-1, 0.0)])
def test_progress_is_kept_between_0_and_1(value, share):
    assert share_of(value) == share


@given(JSON)
def test_any_json_is_read_without_an_error(value):
    assert share_of(value) is None or 0 <= share_of(value) <= 1
    assert isinstance(text_of(value, "a", "b"), str)
    cost = cost_in(value, "credits", CENT)
    assert cost is None or cost.usd >= 0


def test_reason_is_one_line_with_its_code():
    assert shown("The clip\n failed.", "INTERNAL") == "The clip failed. (INTERNAL)"
    assert shown("", "INTERNAL") == "INTERNAL"
    assert shown("", "") == "it gives no reason"
    assert len(shown("x" * 1000)) == 300


@pytest.mark.parametrize(
    ("words", "is_closed"),
    [
        ("400 You do not have enough credits to run this task.", True),
        ("400 Insufficient credits", True),
        ("402 insufficient balance", True),
        ("400 the credits of the film are not valid", False),
        ("400 the picture is not large enough", False),
    ],
)
def test_words_for_a_balance_that_is_used_up_are_known(words, is_closed):
    assert bool(NO_BALANCE.search(words)) == is_closed
