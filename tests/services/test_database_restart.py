"""PostgreSQL restarts while jobs run: the jobs are done, and no step is executed or recorded twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.config import Settings
from app.queue.embedded_broker import Broker
from tests import servers
from tests.faults.tcp_proxy import TcpProxy
from tests.services import isolated_app, noop_scenarios
from tests.services.isolated_app import IsolatedApp
from tests.services.noop_runs import SCENES, SEGMENTS, STEPS
from tests.services.noop_scenarios import Scenario

FINISHED_ONCE = sorted(
    [(step, None) for step in ("compose", "deliver", "mux", "music", "plan", "render", "settle", "timeline", "voice")]
    + [("scene", number) for number in SCENES]
    + [("segment", index) for index in SEGMENTS],
    key=str,
)


@dataclass(frozen=True)
class Database:
    """An application with a PostgreSQL database behind ``proxy``."""

    app: IsolatedApp
    proxy: TcpProxy
    name: str

    @property
    def home(self) -> Path:
        return Path(self.app.env["PYTOON_HOME"])

    def start(self, scenario: Scenario) -> Future[dict[str, Any]]:
        """Run a scenario in the background."""
        executor = ThreadPoolExecutor(1)
        future = executor.submit(self.app.run, scenario)
        executor.shutdown(wait=False)
        return future

    def terminate_sessions(self, condition: str = "TRUE") -> int:
        """End the sessions of the application as a restart of the server does; return their number."""
        statement = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND {condition}"
        with servers.postgres_admin() as admin:
            return len(admin.execute(sa.text(statement), {"name": self.name}).all())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if reason := servers.missing("PostgreSQL", servers.postgres_address()):
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("restart")
    broker, proxy = Broker(Settings(home=home)), TcpProxy(*servers.postgres_address())
    with servers.postgres_database() as url:
        proxy_url = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        broker.start()
        try:
            with isolated_app.running_app(home, PYTOON_DATABASE_URL=proxy_url) as app:
                yield Database(app, proxy, str(url.database))
        finally:
            broker.stop()
            proxy.close()


def wait_for(condition: Callable[[], object], future: Future[Any]) -> None:
    """Wait until the condition is true; fail when the scenario ends before."""
    deadline = time.monotonic() + 60
    while not condition():
        assert not future.done(), future.result()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def finished_steps(log: list[Any]) -> list[tuple[str, int | None]]:
    return sorted(((step, number) for kind, step, number in log if kind == "step.finished"), key=str)


def test_job_is_done_when_the_database_restarts_repeatedly(database: Database) -> None:
    future = database.start(noop_scenarios.slow_run)
    wait_for(lambda: "SCENE" in "".join(path.read_text() for path in database.home.glob("*.steps")), future)
    outages = 0
    while not future.done():
        with database.proxy.outage():
            database.terminate_sessions()
            time.sleep(1)  # the duration of the outage
        outages += 1
        # Longer after every five: on a loaded machine, half a second may be too short for any step.
        time.sleep(0.5 * (1 + outages // 5))
    outcome = future.result()
    assert outages >= 3
    assert outcome["states"] == ["DONE", "DONE"]
    assert sorted(outcome["steps"]) == STEPS
    assert finished_steps(outcome["events"]) == FINISHED_ONCE
    assert Counter(kind for kind, _, _ in outcome["events"])["step.failed"] == 0


def test_only_the_step_whose_transaction_is_broken_is_retried(database: Database) -> None:
    future = database.start(noop_scenarios.interrupted_query)
    wait_for(lambda: database.terminate_sessions("query LIKE 'SELECT pg_sleep%' AND state = 'active'"), future)
    outcome = future.result()
    assert outcome["states"] == ["DONE", "DONE"]
    assert sorted(outcome["steps"]) == sorted([*STEPS, "SCENE 5"])
    assert finished_steps(outcome["events"]) == FINISHED_ONCE
    retries = [[step, number] for kind, step, number in outcome["events"] if kind == "step.retried"]
    assert retries == [["scene", 5]]
