"""Failures that every hosted engine reports alike; see ``test_every_hosted_engine.py`` for its ordinary work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import ProviderBusy, ProviderClosed, ProviderError, ProviderRefused, SubmitUnknown
from engines.base import OrderProgress
from tests.adapters.hosted import decoded, of_those_that, order_of, unknown
from tests.emulators.base import DROP, Reply

NOT_JSON = Reply(200, b"<html>maintenance</html>", {"Content-Type": "text/html"})


@of_those_that("has_key")
def test_wrong_key_closes_the_provider_and_is_in_no_text(provider):
    order, key = order_of(provider.model), provider.emulator.key
    provider.emulator.key = "changed-in-the-console"
    with pytest.raises(ProviderClosed) as refused:
        provider.submit(order)
    assert not provider.emulator.jobs
    assert key not in str(refused.value) + repr(refused.value)
    assert key not in repr(provider.engine) + repr(provider.engine.capabilities)


@of_those_that("has_key", "waits")
def test_key_that_is_withdrawn_closes_the_provider_for_polls(provider):
    submission = provider.submit()
    provider.emulator.key = "changed-in-the-console"
    with pytest.raises(ProviderClosed):
        provider.engine.poll(submission)


@of_those_that("has_key")
def test_key_in_the_words_of_a_provider_is_not_repeated(provider):
    key = provider.emulator.key
    provider.emulator.fail(*provider.emulator.submits, Reply(400, {"error": f"bad request with {key}"}), times=9)
    with pytest.raises(ProviderError) as refused:
        provider.submit()
    assert key not in str(refused.value) + repr(refused.value)


def test_too_many_requests_are_busy_with_the_time_to_wait(provider):
    fault = Reply(429, {"error": "too many requests"}, {"Retry-After": "7"})
    provider.emulator.fail(*provider.emulator.submits, fault, times=9)
    with pytest.raises(ProviderBusy) as busy:
        provider.submit()
    assert busy.value.wait_s == 7
    assert not provider.emulator.jobs


def test_overloaded_provider_is_busy(provider):
    provider.emulator.fail(*provider.emulator.submits, Reply(503, b"overloaded"), times=9)
    with pytest.raises(ProviderBusy):
        provider.submit()
    assert not provider.emulator.jobs


def test_invalid_order_is_refused_with_the_words_of_the_provider(provider):
    fault = Reply(400, {"error": "the order is not valid", "detail": "the order is not valid"})
    provider.emulator.fail(*provider.emulator.submits, fault, times=9)
    with pytest.raises(ProviderRefused) as refused:
        provider.submit()
    assert not isinstance(refused.value, ProviderClosed)
    assert "the order is not valid" in str(refused.value)


def test_unreachable_provider_is_busy(provider):
    order = order_of(provider.model)
    provider.emulator.__exit__()
    with pytest.raises(ProviderBusy):
        provider.submit(order)


@of_those_that("pays")
@pytest.mark.parametrize("is_accepted", [True, False], ids=["accepted", "not accepted"])
def test_lost_reply_leaves_an_order_unknown_until_it_is_found(provider, is_accepted):
    provider.emulator.fail(*provider.emulator.submits, DROP, after=is_accepted)
    # The order was sent some time ago: an engine may refuse to say that it will not arrive right after.
    order, sent_at = order_of(provider.model), datetime.now(UTC) - timedelta(minutes=5)
    with pytest.raises(SubmitUnknown):
        provider.submit(order, key="key-of-the-order")
    assert len(provider.emulator.jobs) == is_accepted
    assert len(provider.emulator.calls_to(*provider.emulator.submits)) == 1
    if provider.engine.finds_orders:
        found = provider.engine.find(order, "key-of-the-order", sent_at)
        assert (found is not None) == is_accepted
        assert found is None or provider.job.id in found.id
        assert found is None or decoded(provider.fetch(provider.polled(found)))


@of_those_that("pays")
@pytest.mark.parametrize(
    "reply",
    [Reply(502, b"bad gateway"), Reply(500, {"error": "internal"}), NOT_JSON, Reply(200, [1]), Reply(200, {})],
    ids=["502", "500", "not JSON", "a list", "without an id"],
)
def test_reply_that_says_nothing_of_the_order_leaves_it_unknown(provider, reply):
    provider.emulator.fail(*provider.emulator.submits, reply, after=True)
    with pytest.raises(SubmitUnknown):
        provider.submit()


@of_those_that("waits")
@pytest.mark.parametrize(
    "reply",
    [NOT_JSON, Reply(500, b"error"), Reply(502, b"bad gateway"), Reply(503, b""), DROP],
    ids=["not JSON", "500", "502", "503", "no reply"],
)
def test_poll_without_an_answer_is_busy(provider, reply):
    submission = provider.submit()
    provider.emulator.fail(*provider.emulator.polls, reply)
    with pytest.raises(ProviderBusy):
        provider.engine.poll(submission)
    assert provider.ended(submission).state == OrderProgress.DONE


@of_those_that("waits")
def test_poll_that_comes_too_early_is_busy_with_the_time_to_wait(provider):
    submission = provider.submit()
    provider.emulator.fail(*provider.emulator.polls, Reply(429, {"error": "slow down"}, {"Retry-After": "3"}))
    with pytest.raises(ProviderBusy) as busy:
        provider.engine.poll(submission)
    assert busy.value.wait_s == 3


@of_those_that("waits")
def test_order_that_the_provider_does_not_know_is_not_done(provider):
    try:
        assert provider.engine.poll(unknown(provider.submit())).state != OrderProgress.DONE
    except ProviderError as error:
        assert not isinstance(error, ProviderClosed)


def test_download_that_is_cut_off_is_busy_and_works_again(provider):
    submission = provider.done()
    provider.emulator.change(*provider.emulator.downloads, cut_after=100)
    with pytest.raises(ProviderBusy):
        provider.fetch(submission)
    assert decoded(provider.fetch(submission))


@of_those_that("expires")
def test_expired_link_is_busy_and_the_next_poll_gives_a_new_one(provider):
    provider.emulator.link_s = -1.0
    submission = provider.done()
    with pytest.raises(ProviderBusy):
        provider.fetch(submission)
    provider.emulator.link_s = 3600.0
    assert decoded(provider.fetch(provider.polled(submission)))


def test_download_larger_than_a_clip_can_be_is_refused(provider):
    submission = provider.done()
    provider.emulator.change(*provider.emulator.downloads, headers={"Content-Length": str(10**12)})
    with pytest.raises(ProviderRefused):
        provider.fetch(submission)
