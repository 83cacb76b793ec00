"""Databases for tests of orders; pytest shows the values of failed assertions in the shared broker tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.database.models import OrderRow, SpendRow, WaitingTaskRow
from app.database.session import migrate, transaction
from tests import databases

pytest.register_assert_rewrite("tests.services.broker_contract")


@pytest.fixture(scope="module", params=databases.DATABASES)
def order_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of each kind for the tests of a file; its URL."""
    with pytest.MonkeyPatch.context() as patch:
        for url in databases.use(request.param, tmp_path_factory.mktemp("database"), patch):
            migrate()
            yield url


@pytest.fixture
def database(order_server: str) -> str:
    """A database of each kind without orders; its URL."""
    with transaction() as session:
        for table in (OrderRow, SpendRow, WaitingTaskRow):
            session.query(table).delete()
    return order_server
