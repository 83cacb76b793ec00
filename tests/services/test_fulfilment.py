"""What becomes of an order in every situation at its provider, by the engine of Runway and its emulator."""

from __future__ import annotations

import socket
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.config import settings
from app.core.errors import ProviderBusy
from app.database.models import now
from app.providers import changes, ledger, orders
from app.providers.breaker import FAILURES_TO_OPEN, Breakers
from app.providers.fulfilment import MOST_DOWNLOADS, MOST_FAILURES, Fulfilment
from app.queue.application import backend
from app.store.factory import storage
from engines.adapters.runway import Runway as RunwayEngine
from engines.base import OrderProgress, Progress
from schemas.engine import Cost
from schemas.order import OrderState
from tests.emulators.base import DROP, Reply
from tests.emulators.films import film
from tests.emulators.runway import Runway
from tests.placed_orders import (
    PRICE,
    BrokenEngine,
    FindableRunway,
    FindingEngine,
    StubbornEngine,
    as_if_later,
    cancellations_of,
    carried_out,
    change,
    engine_at,
    past,
    reserved,
)

RESERVED, SUBMITTED, SETTLED, FAILED, AMBIGUOUS, CANCELLED = OrderState
SUBMIT, POLL, DOWNLOAD = ("POST", "text_to_video"), ("GET", "/v1/tasks/"), ("GET", "/results/")
FILM = film("an order", 180, 320, 0.5)


@pytest.fixture
def breakers(broker):
    client = backend().client
    for key in client.scan_iter("pytoon:breaker:*"):
        client.delete(key)
    return Breakers(client)


@pytest.fixture
def provider(database):
    with Runway(work_s=0.0) as emulator:
        emulator.film = lambda **_: FILM
        yield emulator


@pytest.fixture
def fulfilment(provider, breakers):
    return using(engine_at(provider.url), breakers)


def using(engine, breakers) -> Fulfilment:
    return Fulfilment({"runway": engine}, storage(), breakers)


def sent(fulfilment: Fulfilment) -> orders.Order:
    """An order that the provider has accepted."""
    order = fulfilment.advance(reserved())
    assert order.state is SUBMITTED
    return order


def seconds_until_due(order: orders.Order) -> float:
    assert order.due_at
    return (order.due_at - now()).total_seconds()


def check_ended(order: orders.Order, state: OrderState, usd: str, emulator: Runway, accepted: int = 1) -> None:
    assert (order.state, order.held_usd, order.is_waiting) == (state, Decimal(usd), False), order
    assert len(emulator.jobs) == accepted
    assert ledger.job_usd("job") == order.held_usd
    assert ledger.differences() == {}


def test_an_order_is_sent_polled_settled_and_downloaded(fulfilment, provider) -> None:
    order = sent(fulfilment)
    assert order.remote_id in provider.jobs
    assert order.held_usd == PRICE.usd
    assert order.sent_at and order.submitted_at and order.sent_at <= order.submitted_at
    assert 4 < seconds_until_due(order) <= 5
    order = fulfilment.advance(as_if_later(order))
    assert (order.state, order.share, order.is_waiting, order.file_key) == (SETTLED, 1.0, True, None)
    order = carried_out(fulfilment, order)
    check_ended(order, SETTLED, "0.24", provider)
    assert storage().local(order.file_key or "").read_bytes() == FILM
    assert len(provider.calls_to(*SUBMIT)) == 1
    assert fulfilment.advance(order) == order


def test_an_order_in_work_is_polled_with_its_share(fulfilment, provider) -> None:
    provider.hold()
    order = sent(fulfilment)
    provider.advance(provider.jobs[order.remote_id], 0.5)
    order = fulfilment.advance(as_if_later(order))
    assert (order.state, round(order.share or 0, 1)) == (SUBMITTED, 0.5)


# -- before it is accepted -------------------------------------------------------------------------------------------


def test_a_request_to_wait_pauses_the_engine_for_all_orders(fulfilment, provider, breakers) -> None:
    provider.fail(*SUBMIT, Reply(429, {"error": "slow down"}, {"Retry-After": "7"}))
    order = fulfilment.advance(reserved())
    assert (order.state, order.sent_at) == (RESERVED, None)
    assert 6 < seconds_until_due(order) <= 7
    other = fulfilment.advance(reserved(2))
    assert other.sent_at is None
    assert 5 < seconds_until_due(other) <= 7
    assert len(provider.calls_to(*SUBMIT)) == 1
    assert breakers.state("runway").name == "closed"
    assert "slow down" in breakers.state("runway").reason
    breakers.succeeded("runway")  # another order's reply arrives late
    assert breakers.wait_s("runway") > 5


def test_an_overloaded_provider_gets_the_order_again(fulfilment, provider) -> None:
    provider.fail(*SUBMIT, Reply(503, {"error": "overloaded"}), times=2)
    check_ended(carried_out(fulfilment, reserved()), SETTLED, "0.24", provider)
    assert len(provider.calls_to(*SUBMIT)) == 3


def test_an_order_that_no_server_has_received_is_sent_again(breakers, database) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    order = using(engine_at(f"http://127.0.0.1:{port}"), breakers).advance(reserved())
    assert (order.state, order.sent_at, order.failures) == (RESERVED, None, 1)
    with Runway(port, work_s=0.0) as emulator:
        emulator.film = lambda **_: FILM
        check_ended(carried_out(using(engine_at(emulator.url), breakers), order), SETTLED, "0.24", emulator)


@pytest.mark.parametrize("reply", [DROP, Reply(200, b"<html>"), Reply(200, {}), Reply(500), Reply(302)], ids=str)
def test_an_order_whose_reply_is_lost_is_never_sent_again_and_its_money_stays_held(fulfilment, provider, reply) -> None:
    provider.fail(*SUBMIT, reply, after=True)
    order = carried_out(fulfilment, reserved())
    check_ended(order, AMBIGUOUS, "0.24", provider)
    assert order.reason
    assert fulfilment.advance(as_if_later(order)).state is AMBIGUOUS
    assert len(provider.calls_to(*SUBMIT)) == 1


def test_an_unexpected_error_after_sending_leaves_the_outcome_unknown(provider, breakers) -> None:
    engine = BrokenEngine(engine_at(provider.url), {"submit": KeyError("id")})
    check_ended(carried_out(using(engine, breakers), reserved()), AMBIGUOUS, "0.24", provider)


def test_an_order_whose_process_died_while_sending_it_is_not_sent_again(fulfilment, provider) -> None:
    order = reserved()
    changes.mark_sent(order.id)
    check_ended(carried_out(fulfilment, orders.get(order.id)), AMBIGUOUS, "0.24", provider, accepted=0)
    assert provider.calls == []


def test_a_result_store_that_fails_does_not_make_the_outcome_unknown(provider) -> None:
    class Unreachable:
        def hgetall(self, _: str) -> dict[bytes, bytes]:
            return {}

        def __getattr__(self, name: str) -> object:
            raise ConnectionError("the result store is gone")

    provider.fail(*SUBMIT, Reply(429))
    order = reserved()
    with pytest.raises(ConnectionError):
        using(engine_at(provider.url), Breakers(Unreachable())).advance(order)
    assert orders.get(order.id).sent_at is None
    provider.fail(*SUBMIT, Reply(400, {"error": "no"}))
    with pytest.raises(ConnectionError):
        using(engine_at(provider.url), Breakers(Unreachable())).advance(order)
    assert orders.get(order.id).state is FAILED


def test_a_lost_order_that_can_be_looked_up_is_found(database, breakers) -> None:
    with FindableRunway(work_s=0.0) as emulator:
        emulator.film = lambda **_: FILM
        fulfilment = using(engine_at(emulator.url, FindingEngine), breakers)
        emulator.fail(*SUBMIT, DROP, after=True)
        order = fulfilment.advance(reserved())
        assert (order.state, order.is_waiting) == (RESERVED, True)
        early = fulfilment.advance(change(order, due_at=past(1)))  # the provider may not list it yet
        assert (early.state, emulator.calls_to("GET", "/v1/orders/")) == (RESERVED, [])
        check_ended(carried_out(fulfilment, early), SETTLED, "0.24", emulator)
        assert len(emulator.calls_to(*SUBMIT)) == 1


def test_an_order_that_was_certainly_not_accepted_is_sent_once_more(database, breakers) -> None:
    with FindableRunway(work_s=0.0) as emulator:
        emulator.film = lambda **_: FILM
        fulfilment = using(engine_at(emulator.url, FindingEngine), breakers)
        emulator.fail(*SUBMIT, DROP)
        emulator.fail("GET", "/v1/orders/", Reply(503))
        check_ended(carried_out(fulfilment, reserved()), SETTLED, "0.24", emulator)
        assert len(emulator.calls_to(*SUBMIT)) == 2
        assert len(emulator.calls_to("GET", "/v1/orders/")) == 2


def test_an_order_that_cannot_be_looked_up_in_time_stays_unknown(database, breakers) -> None:
    with FindableRunway(work_s=0.0) as emulator:
        fulfilment = using(engine_at(emulator.url, FindingEngine), breakers)
        emulator.fail(*SUBMIT, DROP, after=True)
        emulator.fail("GET", "/v1/orders/", Reply(500), times=9)
        order = fulfilment.advance(as_if_later(fulfilment.advance(reserved())))
        assert order.state is RESERVED
        check_ended(carried_out(fulfilment, too_old(order)), AMBIGUOUS, "0.24", emulator)


def too_old(order: orders.Order, waits: int = 1) -> orders.Order:
    return change(order, created_at=now() - timedelta(seconds=settings().clip_wait_s * waits + 1))


def test_a_refused_order_costs_nothing(fulfilment, provider) -> None:
    provider.fail(*SUBMIT, Reply(400, {"error": "promptText: is too long"}))
    order = carried_out(fulfilment, reserved())
    check_ended(order, FAILED, "0", provider, accepted=0)
    assert "promptText: is too long" in order.reason
    assert not order.can_retry


def test_a_refused_key_opens_the_breaker_for_all(fulfilment, provider, breakers) -> None:
    provider.key = "another key"
    check_ended(carried_out(fulfilment, reserved()), FAILED, "0", provider, accepted=0)
    assert breakers.state("runway").name == "open"
    assert seconds_until_due(fulfilment.advance(reserved(2))) > 200
    assert len(provider.calls) == 1


def test_an_order_that_was_not_accepted_in_time_fails_and_costs_nothing(fulfilment, provider) -> None:
    order = carried_out(fulfilment, too_old(reserved()))
    check_ended(order, FAILED, "0", provider, accepted=0)
    assert "was not accepted within" in order.reason


# -- after it is accepted --------------------------------------------------------------------------------------------


def test_failed_polls_are_repeated_with_growing_pauses(fulfilment, provider) -> None:
    provider.hold()
    order = sent(fulfilment)
    provider.fail(*POLL, Reply(500), times=5)
    pauses = []
    for _ in range(5):
        order = fulfilment.advance(as_if_later(order))
        pauses.append(seconds_until_due(order))
    assert (order.state, order.failures) == (SUBMITTED, 5)
    assert pauses[0] >= 4.5 and pauses[4] > 20
    order = fulfilment.advance(as_if_later(order))
    assert (order.state, order.failures) == (SUBMITTED, 0)


def test_an_unexpected_error_of_a_poll_is_repeated(provider, breakers) -> None:
    engine = BrokenEngine(engine_at(provider.url))
    fulfilment = using(engine, breakers)
    order = sent(fulfilment)
    engine.broken["poll"] = TypeError("unexpected")
    order = fulfilment.advance(as_if_later(order))
    assert (order.state, order.failures) == (SUBMITTED, 1)
    engine.broken.clear()
    check_ended(carried_out(fulfilment, order), SETTLED, "0.24", provider)


@pytest.mark.parametrize(
    ("code", "can_retry", "usd"), [("INTERNAL.BAD_OUTPUT", True, "0"), ("SAFETY.OUTPUT", False, "0.24")]
)
def test_a_failed_order_holds_what_was_charged(fulfilment, provider, code, can_retry, usd) -> None:
    provider.hold()
    order = sent(fulfilment)
    provider.finish(provider.jobs[order.remote_id], code)
    order = carried_out(fulfilment, order)
    check_ended(order, FAILED, usd, provider)
    assert order.can_retry == can_retry
    assert code in order.reason


def test_an_order_that_the_provider_has_no_longer_may_have_been_charged(fulfilment, provider) -> None:
    order = sent(fulfilment)
    provider.jobs[order.remote_id].facts["deleted"] = True
    check_ended(carried_out(fulfilment, order), CANCELLED, "0.24", provider)


def test_a_refused_poll_may_have_been_charged(fulfilment, provider) -> None:
    order = sent(fulfilment)
    provider.fail(*POLL, Reply(400, {"error": "no"}))
    check_ended(carried_out(fulfilment, order), FAILED, "0.24", provider)


def test_a_key_that_is_refused_at_a_poll_does_not_end_the_order(fulfilment, provider, breakers) -> None:
    order = sent(fulfilment)
    provider.fail(*POLL, Reply(401))
    order = fulfilment.advance(as_if_later(order))
    assert (order.state, breakers.state("runway").name) == (SUBMITTED, "open")
    check_ended(carried_out(fulfilment, order), SETTLED, "0.24", provider)


# -- its result ------------------------------------------------------------------------------------------------------


def test_an_expired_link_is_replaced_by_a_fresh_one(fulfilment, provider) -> None:
    order = sent(fulfilment)
    provider.link_s = -1.0
    order = fulfilment.advance(as_if_later(order))
    provider.link_s = 60.0
    check_ended(carried_out(fulfilment, order), SETTLED, "0.24", provider)
    assert len(provider.calls_to(*DOWNLOAD)) == 2


def test_a_cut_download_is_repeated_and_nothing_half_is_stored(fulfilment, provider) -> None:
    provider.change(*DOWNLOAD, times=2, cut_after=500)
    order = carried_out(fulfilment, reserved())
    check_ended(order, SETTLED, "0.24", provider)
    assert storage().local(order.file_key or "").read_bytes() == FILM


def test_a_result_that_cannot_be_downloaded_is_rejected_and_stays_paid(fulfilment, provider) -> None:
    provider.fail(*DOWNLOAD, Reply(500), times=99)
    order = carried_out(fulfilment, reserved())
    check_ended(order, SETTLED, "0.24", provider)
    assert "could not be downloaded" in order.rejected
    assert len(provider.calls_to(*DOWNLOAD)) == MOST_DOWNLOADS


def test_a_full_disk_does_not_lose_a_paid_clip(provider, breakers) -> None:
    engine = BrokenEngine(engine_at(provider.url), {"fetch": OSError(28, "No space left on device")})
    fulfilment = using(engine, breakers)
    order = fulfilment.advance(as_if_later(sent(fulfilment)))
    for _ in range(MOST_DOWNLOADS + 2):
        order = fulfilment.advance(as_if_later(order))
    assert (order.state, order.is_waiting, order.rejected) == (SETTLED, True, "")
    engine.broken.clear()
    check_ended(carried_out(fulfilment, order), SETTLED, "0.24", provider)


# -- cancellation ----------------------------------------------------------------------------------------------------


def test_an_order_that_is_cancelled_before_it_is_sent_costs_nothing(fulfilment, provider) -> None:
    order = reserved()
    cancellations_of("run")
    check_ended(carried_out(fulfilment, orders.get(order.id)), CANCELLED, "0", provider, accepted=0)
    assert provider.calls == []


def test_an_order_that_is_cancelled_while_it_waits_costs_what_the_provider_says(fulfilment, provider) -> None:
    provider.hold()
    order = sent(fulfilment)
    cancellations_of("run")
    check_ended(carried_out(fulfilment, orders.get(order.id)), CANCELLED, "0", provider)


def test_an_order_that_is_cancelled_in_work_is_charged_and_says_so(fulfilment, provider) -> None:
    provider.hold()
    order = sent(fulfilment)
    provider.advance(provider.jobs[order.remote_id], 0.5)
    cancellations_of("run")
    order = carried_out(fulfilment, orders.get(order.id))
    check_ended(order, CANCELLED, "0.24", provider)
    assert "refunds nothing" in order.reason


def test_an_order_that_cannot_be_cancelled_is_polled_to_its_end_and_not_downloaded(provider, breakers) -> None:
    fulfilment = using(engine_at(provider.url, StubbornEngine), breakers)
    provider.hold()
    order = sent(fulfilment)
    cancellations_of("run")
    order = fulfilment.advance(orders.get(order.id))
    assert (order.state, order.reason) == (SUBMITTED, "it does not cancel orders")
    order = fulfilment.advance(as_if_later(order))
    assert order.state is SUBMITTED
    provider.finish(provider.jobs[order.remote_id])
    order = carried_out(fulfilment, order)
    check_ended(order, SETTLED, "0.24", provider)
    assert order.rejected == "its job was cancelled"
    assert provider.calls_to(*DOWNLOAD) == []


def test_an_order_that_neither_ends_nor_can_be_cancelled_is_given_up_as_charged(provider, breakers) -> None:
    fulfilment = using(engine_at(provider.url, StubbornEngine), breakers)
    provider.hold()
    order = sent(fulfilment)
    cancellations_of("run")
    order = fulfilment.advance(orders.get(order.id))
    check_ended(carried_out(fulfilment, too_old(order, 2)), CANCELLED, "0.24", provider)


def test_a_provider_that_cannot_be_reached_to_cancel_is_given_up_as_charged(fulfilment, provider) -> None:
    provider.hold()
    order = sent(fulfilment)
    cancellations_of("run")
    provider.fail(*POLL, Reply(500), times=99)
    order = carried_out(fulfilment, orders.get(order.id))
    check_ended(order, CANCELLED, "0.24", provider)
    assert len(provider.calls_to(*POLL)) == MOST_FAILURES


@pytest.mark.parametrize(("engine", "state"), [(RunwayEngine, CANCELLED), (StubbornEngine, FAILED)])
def test_an_order_that_takes_too_long_is_withdrawn_and_counts_as_charged(provider, breakers, engine, state) -> None:
    fulfilment = using(engine_at(provider.url, engine), breakers)
    provider.hold()
    order = sent(fulfilment)
    provider.advance(provider.jobs[order.remote_id], 0.5)
    order = carried_out(fulfilment, too_old(order))
    check_ended(order, state, "0.24", provider)
    assert f"was not finished within {settings().clip_wait_s} s" in order.reason


# -- an engine that this process has not -----------------------------------------------------------------------------


def test_an_engine_that_is_missing_here_may_be_elsewhere_for_a_while(fulfilment, provider, breakers) -> None:
    without = Fulfilment({}, storage(), breakers)
    order = without.advance(reserved())
    assert (order.state, order.is_waiting) == (RESERVED, True)
    check_ended(carried_out(without, too_old(order)), FAILED, "0", provider, accepted=0)
    submitted = sent(fulfilment)
    assert without.advance(submitted).state is SUBMITTED
    check_ended(carried_out(without, too_old(submitted)), FAILED, "0.24", provider)


# -- the breaker -----------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair(breakers):
    """The breakers of two processes, and their clock."""
    clock = Clock()
    return Breakers(breakers.client, clock), Breakers(backend().client, clock), clock


def test_a_breaker_opens_after_five_failures_for_all_processes(pair) -> None:
    one, other, _ = pair
    for count in range(FAILURES_TO_OPEN):
        assert one.state("x").name == other.state("x").name == "closed", count
        (one, other)[count % 2].failed("x", "it is down")
    assert (one.state("x").name, other.state("x").open_s, other.state("x").reason) == ("open", 30, "it is down")
    assert other.wait_s("x") == 30
    assert other.wait_s("y") == 0


def test_a_breaker_lets_one_trial_pass_and_doubles_its_time_when_it_fails(pair) -> None:
    one, other, clock = pair
    for _ in range(FAILURES_TO_OPEN + 20):  # requests that were under way when it opened count once
        one.failed("x", "it is down")
    for seconds in (30, 60, 120, 240, 480, 600, 600):
        assert one.wait_s("x") == seconds
        clock.now += seconds
        assert one.state("x").name == "half-open"
        assert one.wait_s("x") == 0
        assert other.wait_s("x") == 2
        other.failed("x", "it is still down")


def test_a_breaker_closes_after_a_trial_that_succeeds(pair) -> None:
    one, other, clock = pair
    for _ in range(FAILURES_TO_OPEN):
        one.failed("x", "it is down")
    clock.now += 31
    assert one.wait_s("x") == 0
    one.succeeded("x")
    assert [other.wait_s("x") for _ in range(3)] == [0, 0, 0]
    assert (other.state("x").name, other.state("x").failures) == ("closed", 0)
    one.failed("x", "once")
    assert other.state("x").name == "closed"


def test_failures_of_polls_open_the_breaker_unless_a_poll_is_answered_between_them(pair) -> None:
    one, other, _ = pair
    for _ in range(3 * FAILURES_TO_OPEN):
        one.failed("x", "500", "polls")
        other.answered("x")
    assert one.state("x").name == "closed"
    for _ in range(FAILURES_TO_OPEN):
        one.failed("x", "500", "polls")
    assert other.state("x").name == "open"


def test_polls_that_are_answered_do_not_close_the_breaker_of_orders(pair) -> None:
    one, other, _ = pair
    for _ in range(FAILURES_TO_OPEN):
        one.failed("x", "500")
        other.answered("x")
    assert other.state("x").name == "open"


def test_a_pause_ends_by_itself_and_counts_no_failure(pair) -> None:
    one, other, clock = pair
    one.pause("x", 12, "slow down")
    assert (other.wait_s("x"), other.state("x").failures) == (12, 0)
    clock.now += 12
    assert other.wait_s("x") == 0


def test_a_refused_account_is_tried_again_after_minutes(pair) -> None:
    one, other, clock = pair
    one.account_refused("x", "no balance")
    assert (other.wait_s("x"), other.state("x").name) == (300, "open")
    clock.now += 300
    assert (one.wait_s("x"), other.wait_s("x")) == (0, 2)


# -- what engines report ---------------------------------------------------------------------------------------------


def test_a_busy_link_keeps_the_time_that_the_provider_asks_for(provider, breakers) -> None:
    engine = BrokenEngine(engine_at(provider.url))
    fulfilment = using(engine, breakers)
    order = fulfilment.advance(as_if_later(sent(fulfilment)))
    engine.broken["fetch"] = ProviderBusy("runway", "later", 42.0)
    assert 40 < seconds_until_due(fulfilment.advance(as_if_later(order))) <= 42


def test_a_charge_above_the_estimate_is_recorded(provider, breakers) -> None:
    class Dear(RunwayEngine):
        def poll(self, submission) -> Progress:
            return Progress(OrderProgress.DONE, cost=Cost(Decimal("0.90")), data=super().poll(submission).data)

    order = carried_out(using(engine_at(provider.url, Dear), breakers), reserved())
    check_ended(order, SETTLED, "0.9", provider)
    assert order.estimate_usd == PRICE.usd
