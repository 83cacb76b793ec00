"""The canvas with an external Redis server as broker and as result store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers
from tests.services import isolated_app, noop_scenarios
from tests.services.broker_contract import BrokerContract
from tests.services.isolated_app import IsolatedApp


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IsolatedApp]:
    if reason := servers.missing("Redis", servers.REDIS):
        pytest.skip(reason)
    with servers.redis_databases() as (messages, results):
        urls = {"PYTOON_BROKER_URL": messages, "PYTOON_RESULT_URL": results}
        with isolated_app.running_app(tmp_path_factory.mktemp("redis"), **urls) as app:
            yield app


def test_messages_and_results_are_in_the_configured_databases(app: IsolatedApp) -> None:
    number = app.env["PYTOON_RESULT_URL"].rpartition("/")[2]
    assert app.run(noop_scenarios.servers) == {"messages": "redis", "results": f"{servers.REDIS[0]}/{number}"}


class TestRunsOverRedis(BrokerContract):
    """The runs of the contract with Redis as broker."""
