"""The engine of Luma by its older API, Dream Machine, and an emulator of it, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown
from engines.adapters.luma import build
from engines.base import OrderProgress
from schemas.engine import Cost
from tests.adapters.hosted import PROMPT, Provider, built, decoded, order_of
from tests.emulators.base import DROP, Reply
from tests.emulators.luma import LumaDreamMachine

ORDERS = "/generations/video$"
LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def luma(tmp_path):
    with LumaDreamMachine(work_s=0.0) as emulator:
        yield Provider(emulator, built(emulator), tmp_path)


@pytest.fixture
def held(luma):
    """Luma with orders that do not end by themselves."""
    luma.emulator.hold()
    return luma


def find(luma, order=None, sent_at=None):
    return luma.engine.find(order or order_of(luma.model), "key", sent_at or datetime.now(UTC) - LONG_AGO)


def accept_others(luma, number):
    for _ in range(number):
        luma.emulator.accept({"model": "ray-2", "prompt": "other"}, created=datetime.now(UTC).isoformat())


def set_clock(luma, now):
    luma.emulator.change("GET", "/generations$", headers={"Date": format_datetime(now, usegmt=True)})


# -- requests and progress -----------------------------------------------------------------------------------------


def test_models_take_no_pictures_because_luma_takes_public_addresses_only():
    engine = build(Settings(luma_api_key="a-key", luma_api="dream_machine"))
    assert [model.name for model in engine.capabilities.models] == ["ray-2", "ray-flash-2"]
    assert engine.capabilities.media == ("generated",)
    assert engine.finds_orders


@pytest.mark.parametrize("name", ["ray-2", "ray-flash-2"])
def test_clip_is_ordered_with_these_fields(luma, name):
    luma.submit(replace(order_of(luma.model, seconds=9, resolution="4k", aspect="9:21"), model=name))
    call = luma.emulator.calls_to("POST", ORDERS)[-1]
    assert call.json == {
        "generation_type": "video",
        "model": name,
        "prompt": PROMPT,
        "aspect_ratio": "9:21",
        "duration": "9s",
        "resolution": "4k",
    }
    assert call.headers["Authorization"] == f"Bearer {luma.emulator.key}"


def test_order_that_luma_does_not_accept_is_refused_with_its_words(luma):
    with pytest.raises(ProviderRefused, match="400 prompt: must have 3 to 5000"):
        luma.submit(order_of(luma.model, prompt="x" * 5001))


def test_states_of_a_generation_are_told_apart(held):
    submission = held.submit()
    assert held.engine.poll(submission).state == OrderProgress.WAITING
    held.emulator.advance(held.job, 0.5)
    assert held.engine.poll(submission).state == OrderProgress.RUNNING
    held.emulator.finish(held.job)
    done = held.engine.poll(submission)
    assert done.state == OrderProgress.DONE
    assert decoded(held.fetch(replace(submission, data=done.data)))


@pytest.mark.parametrize(
    ("words", "can_retry"),
    [
        ("Job error", True),
        ("Prompt processing failed", True),
        ("Advanced prompt moderation failed", False),
        ("Contains blacklisted words", False),
    ],
)
def test_words_of_a_failure_decide_whether_the_order_can_be_placed_again(held, words, can_retry):
    submission = held.submit()
    held.emulator.finish(held.job, words)
    ended = held.engine.poll(submission)
    assert (ended.state, ended.reason, ended.can_retry) == (OrderProgress.FAILED, words, can_retry)
    assert ended.cost == Cost()


def test_account_without_credits_is_closed(luma):
    luma.emulator.has_balance = False
    with pytest.raises(ProviderClosed, match="Insufficient credits"):
        luma.submit()


def test_generation_that_ends_without_a_clip_has_failed(held):
    submission = held.submit()
    held.emulator.fail("GET", "/generations/", Reply(200, {"state": "completed", "assets": None}))
    assert held.engine.poll(submission).state == OrderProgress.FAILED


def test_cancellation_deletes_nothing(held):
    submission = held.submit()
    assert not held.engine.cancel(submission).cancelled
    assert not held.emulator.calls_to("DELETE", ".")
    held.emulator.finish(held.job)
    assert held.ended(submission).state == OrderProgress.DONE


# -- orders whose reply was lost -----------------------------------------------------------------------------------


def test_lost_order_is_found_among_others(luma):
    others = [order_of(luma.model, prompt=f"Another prompt {number}") for number in range(3)]
    for order in others:
        luma.submit(order)
    luma.emulator.fail("POST", ORDERS, DROP, after=True)
    with pytest.raises(SubmitUnknown):
        luma.submit()
    lost = next(job for job in luma.emulator.jobs.values() if job.request["prompt"] == PROMPT)
    found = find(luma)
    assert found
    assert found.id == lost.id
    assert luma.ended(found).state == OrderProgress.DONE


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "Another prompt"},
        {"seconds": 9},
        {"aspect": "16:9"},
        {"resolution": "720p"},
        {"model": "ray-flash-2"},
    ],
)
def test_order_with_another_request_is_not_the_lost_one(luma, changes):
    luma.submit(order_of(luma.model))
    assert find(luma, replace(order_of(luma.model), **changes)) is None


def test_order_from_before_is_not_the_lost_one(luma):
    luma.submit()
    created = (datetime.now(UTC) - 3 * LONG_AGO).isoformat().replace("+00:00", "Z")
    luma.job.facts["created"] = created
    assert find(luma) is None


def test_order_whose_time_cannot_be_read_may_be_the_lost_one(luma):
    submission = luma.submit()
    luma.job.facts["created"] = "yesterday"
    assert find(luma).id == submission.id


@pytest.mark.parametrize("ahead", [timedelta(hours=1), -timedelta(hours=1)], ids=["ahead", "behind"])
def test_order_is_found_although_the_clock_of_luma_is_wrong(luma, ahead):
    submission = luma.submit()
    there = datetime.now(UTC) + ahead
    luma.job.facts["created"] = there.isoformat()
    set_clock(luma, there)
    assert find(luma).id == submission.id
    luma.job.facts["created"] = (there - 2 * LONG_AGO).isoformat()
    set_clock(luma, there)
    assert find(luma) is None


def test_order_that_may_still_arrive_is_not_reported_as_absent(luma):
    with pytest.raises(ProviderBusy, match="may still arrive") as busy:
        find(luma, sent_at=datetime.now(UTC))
    assert 0 < busy.value.wait_s <= 30


def test_all_pages_of_the_list_are_read(luma):
    submission = luma.submit()
    accept_others(luma, 120)
    assert find(luma).id == submission.id
    assert [call.query["offset"] for call in luma.emulator.calls_to("GET", "/generations$")] == ["0", "100"]


def test_order_beyond_a_very_long_list_stays_unknown(luma):
    accept_others(luma, 1001)
    with pytest.raises(SubmitUnknown, match="1000"):
        find(luma)


@pytest.mark.parametrize("reply", [Reply(200, {}), Reply(200, {"generations": None}), Reply(500, b"error")])
def test_list_that_cannot_be_read_is_busy(luma, reply):
    luma.emulator.fail("GET", "/generations$", reply)
    with pytest.raises(ProviderBusy):
        find(luma)
