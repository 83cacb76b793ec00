"""Amounts of money are exact in Python and numbers in JSON."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from app.core.errors import StageFailed
from app.queue.application import backend
from schemas.clip import Clip, ClipSchema
from schemas.money import Usd, json_usd, parse_usd

AMOUNTS = st.decimals(0, 100_000, places=6)


@given(AMOUNTS)
def test_amount_survives_json(amount: Decimal) -> None:
    assert parse_usd(json.loads(json.dumps(json_usd(amount)))) == amount


@given(st.lists(AMOUNTS, max_size=50))
def test_sum_of_amounts_read_from_json_is_exact(amounts: list[Decimal]) -> None:
    parsed = [parse_usd(number) for number in json.loads(json.dumps([json_usd(amount) for amount in amounts]))]
    assert sum(parsed) == sum(amounts)


def test_arithmetic_with_amounts_has_no_float_error() -> None:
    assert json.dumps(json_usd(3 * parse_usd(0.1))) == "0.3"


@pytest.mark.parametrize("value", ["", "free", "nan", "inf", float("nan"), float("inf"), True, None, [], {}])
def test_value_that_is_not_a_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_usd(value)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Schema.from_dict({"cost": Usd()})().load({"cost": value})


@pytest.mark.parametrize("cost", [Decimal("0.05"), Decimal("1.1"), Decimal(0)])
def test_cost_of_a_clip_is_a_json_number_and_is_read_back_exactly(cost: Decimal) -> None:
    plain = ClipSchema.plain(Clip(1, "video", "clips/1", "v1", "runway", cost_usd=cost))
    assert type(plain["cost_usd"]) is float
    assert ClipSchema.read(json.loads(json.dumps(plain))).cost_usd == cost


def test_failed_stage_keeps_its_exact_cost_in_the_result_backend() -> None:
    failed = StageFailed("scene", 3, "bad_media", "it has no frames", False, "Send another.", Decimal("0.3"))
    stored = json.loads(json.dumps(failed.as_dict()))
    assert stored["spent_usd"] == 0.3
    result = backend().decode(backend().encode(backend().prepare_exception(failed)))
    error = backend().exception_to_python(result)
    assert isinstance(error, StageFailed) and error.spent_usd == Decimal("0.3")
    assert error.as_dict() == failed.as_dict()


def test_failed_stage_stored_by_an_earlier_version_is_readable() -> None:
    assert StageFailed("scene", 3, "bad_media", "no frames", False, "Send another.", 0.3).as_dict()["spent_usd"] == 0.3
