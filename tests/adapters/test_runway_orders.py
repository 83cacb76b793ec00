"""Progress, costs and cancellation of orders at an emulator of Runway's API."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.errors import ProviderBusy, ProviderClosed
from engines.base import OrderProgress
from schemas.engine import Cost
from tests.adapters.hosted import Provider, built, decoded, model_named, order_of
from tests.emulators.base import Reply
from tests.emulators.runway import Runway


@pytest.fixture
def runway(tmp_path):
    with Runway(work_s=0.0) as emulator:
        yield Provider(emulator, built(emulator), tmp_path)


@pytest.fixture
def held(runway):
    """Runway with orders that do not end by themselves."""
    runway.emulator.hold()
    return runway


def order(runway, name, **changes):
    return order_of(model_named(runway.engine, name), **changes)


# -- progress and costs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "units"), [("gen4_turbo", 50), ("gen4.5", 120), ("gen4.5_text", 120), ("veo3.1", 160), ("veo3.1_fast", 80)]
)
def test_costs_are_those_that_runway_states_in_credits(runway, name, units):
    model = model_named(runway.engine, name)
    submission = runway.submit(order(runway, name, seconds=model.seconds[-1]))
    cost = Cost(Decimal(units) / 100, Decimal(units), "credits")
    assert submission.cost == cost
    assert runway.ended(submission).cost == cost
    (price,) = model.prices
    assert price.usd * model.seconds[-1] == cost.usd


def test_account_without_credits_is_closed(runway):
    runway.emulator.credits = 9
    with pytest.raises(ProviderClosed, match="You do not have enough credits"):
        runway.submit()
    assert not runway.emulator.jobs


def test_states_of_a_task_are_told_apart(held):
    submission = held.submit()
    assert held.engine.poll(submission).state == OrderProgress.WAITING
    held.emulator.throttled = True
    assert held.engine.poll(submission).state == OrderProgress.WAITING
    held.emulator.throttled = False
    held.emulator.advance(held.job, 0.5)
    running = held.engine.poll(submission)
    assert running.state == OrderProgress.RUNNING
    assert running.share == pytest.approx(0.5)
    held.emulator.finish(held.job)
    assert held.engine.poll(submission).state == OrderProgress.DONE


def test_task_that_runway_cancels_is_cancelled(held):
    submission = held.submit()
    held.job.cancelled_at = held.job.started_at
    assert held.engine.poll(submission).state == OrderProgress.CANCELLED


def test_state_that_is_new_counts_as_running(held):
    submission = held.submit()
    held.emulator.fail("GET", "/v1/tasks/", Reply(200, {"id": submission.id, "status": "PREPARING"}))
    assert held.engine.poll(submission).state == OrderProgress.RUNNING


@pytest.mark.parametrize(
    ("code", "can_retry", "usd"),
    [
        ("INTERNAL", True, "0"),
        ("INTERNAL.BAD_OUTPUT.CODE01", True, "0"),
        ("ASSET.INVALID", False, "0"),
        ("SAFETY.INPUT.TEXT", False, "0.1"),
        ("SAFETY.OUTPUT.VIDEO", False, "0.1"),
        ("SOMETHING.NEW", False, "0"),
    ],
)
def test_failure_code_decides_whether_the_order_can_be_placed_again(held, code, can_retry, usd):
    submission = held.submit()
    held.emulator.finish(held.job, code)
    ended = held.engine.poll(submission)
    assert (ended.state, ended.can_retry) == (OrderProgress.FAILED, can_retry)
    assert ended.reason == f"The task could not be completed. ({code})"
    assert ended.cost == Cost(Decimal(usd), Decimal(usd) * 100, "credits")


def test_failure_without_a_code_and_words_has_a_reason(held):
    submission = held.submit()
    held.emulator.fail("GET", "/v1/tasks/", Reply(200, {"status": "FAILED", "failureCode": None}))
    ended = held.engine.poll(submission)
    assert (ended.state, ended.reason, ended.can_retry) == (OrderProgress.FAILED, "it gives no reason", False)


def test_task_that_ends_without_a_clip_has_failed(held):
    submission = held.submit()
    held.emulator.fail("GET", "/v1/tasks/", Reply(200, {"status": "SUCCEEDED", "output": []}))
    assert held.engine.poll(submission).state == OrderProgress.FAILED


def test_each_poll_gives_a_new_link(runway):
    submission = runway.submit()
    first, second = runway.engine.poll(submission), runway.engine.poll(submission)
    assert first.data != second.data
    assert decoded(runway.fetch(replace(submission, data=second.data))).seconds == pytest.approx(2, abs=0.1)


def test_clip_without_a_link_is_busy(runway):
    with pytest.raises(ProviderBusy, match="no link"):
        runway.fetch(runway.submit())


# -- cancellation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("throttled", [True, False])
def test_task_that_waits_is_cancelled_without_charge(held, throttled):
    held.emulator.throttled = throttled
    submission = held.submit()
    result = held.engine.cancel(submission)
    assert result.cancelled
    assert result.charged == Cost(Decimal(0), Decimal(0), "credits")
    assert held.job.cancelled_at is not None


def test_task_that_runs_is_cancelled_without_a_refund(held):
    submission = held.submit()
    held.emulator.advance(held.job, 0.5)
    result = held.engine.cancel(submission)
    assert result.cancelled
    assert result.charged == submission.cost == Cost(Decimal("0.1"), Decimal(10), "credits")
    assert "refunds nothing" in result.reason


def test_task_that_was_deleted_is_cancelled(held):
    submission = held.submit()
    assert held.engine.cancel(submission).cancelled
    assert held.engine.poll(submission).state == OrderProgress.CANCELLED
    assert held.engine.cancel(submission).cancelled


def test_task_that_has_ended_is_not_deleted_by_a_cancellation(runway):
    submission = runway.done()
    result = runway.engine.cancel(submission)
    assert result.charged == submission.cost
    assert not runway.emulator.calls_to("DELETE", "/v1/tasks/")
    assert decoded(runway.fetch(submission))
