"""The limits of requests to libraries of stock footage, which workers share in the result store."""

from __future__ import annotations

import uuid

import pytest

from engines.stock_footage.limits import KEY, SharedLimits, result_store


@pytest.fixture
def account(broker):
    return f"pexels:{uuid.uuid4().hex}"


def test_all_workers_obey_what_one_of_them_was_told(account):
    first, second = SharedLimits(result_store), SharedLimits(result_store)
    first.note(account, 1, 60)
    assert second.take(account) == 0
    assert 0 < first.take(account) <= 60


def test_all_workers_pause(account):
    first, second = SharedLimits(result_store), SharedLimits(result_store)
    first.pause(account, 60)
    second.note(account, 100, 60)
    assert 0 < second.take(account) <= 60


def test_entries_expire(account):
    SharedLimits(result_store).note(account, 5, 60)
    assert 0 < result_store().pttl(KEY.format(account)) <= 60_000


def test_unknown_account_does_not_wait(account):
    assert SharedLimits(result_store).take(account) == 0
    assert result_store().exists(KEY.format(account)) == 0
