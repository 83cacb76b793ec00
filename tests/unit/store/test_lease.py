"""A lease is held by one process at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.database.models import LeaseRow, now
from app.database.session import transaction
from app.store.retention.lease import leased
from tests.lock_holders import acquire_in_thread, start_holder

pytestmark = pytest.mark.usefixtures("migrated_home")


def test_second_holder_waits_until_the_first_releases_the_lease() -> None:
    holder = start_holder(leased, "retention")
    acquired = acquire_in_thread(leased, "retention")
    assert not acquired.wait(0.3)
    holder.communicate("")
    assert acquired.wait(30)


def test_lease_of_a_killed_process_expires() -> None:
    holder = start_holder(leased, "retention")
    acquired = acquire_in_thread(leased, "retention")
    holder.kill()
    holder.wait()
    assert not acquired.wait(0.3)
    with transaction() as session:
        session.execute(update(LeaseRow).values(expires_at=now() - timedelta(seconds=1)))
    assert acquired.wait(30)


def test_lease_with_another_name_is_independent() -> None:
    holder = start_holder(leased, "retention")
    assert acquire_in_thread(leased, "other").wait(30)
    holder.communicate("")


def test_lease_is_released_when_its_block_raises() -> None:
    with pytest.raises(RuntimeError), leased("retention"):
        raise RuntimeError("no")
    with transaction() as session:
        assert session.scalars(select(LeaseRow)).all() == []
