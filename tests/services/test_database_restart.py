"""PostgreSQL restarts while jobs run: they end as if nothing had happened, and nothing is done or recorded twice."""

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
from tests.faults.line import Cable
from tests.services import isolated_app, noop_scenarios
from tests.services.isolated_app import Studio
from tests.services.noop_runs import SCENES, SEGMENTS, STEPS
from tests.services.noop_scenarios import Story

FINISHED_ONCE = sorted(
    [(step, None) for step in ("compose", "deliver", "mux", "music", "plan", "render", "settle", "timeline", "voice")]
    + [("scene", number) for number in SCENES]
    + [("segment", index) for index in SEGMENTS],
    key=str,
)


@dataclass(frozen=True)
class Database:
    """A studio whose database is a PostgreSQL at the other end of ``cable``."""

    studio: Studio
    cable: Cable
    name: str

    @property
    def home(self) -> Path:
        return Path(self.studio.env["PYTOON_HOME"])

    def start(self, story: Story) -> Future[dict[str, Any]]:
        """Plays a story in the background."""
        pool = ThreadPoolExecutor(1)
        playing = pool.submit(self.studio.play, story)
        pool.shutdown(wait=False)
        return playing

    def terminate(self, where: str = "TRUE") -> int:
        """Ends the sessions of the studio as a restarting server does; returns how many there were."""
        chosen = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND {where}"
        with servers.postgres_admin() as admin:
            return len(admin.execute(sa.text(chosen), {"name": self.name}).all())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if why := servers.missing("PostgreSQL", servers.postgres_address()):
        pytest.skip(why)
    home = tmp_path_factory.mktemp("restart")
    keeper, cable = Broker(Settings(home=home)), Cable(*servers.postgres_address())
    with servers.postgres_database() as url:
        through = url.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
        keeper.start()
        try:
            with isolated_app.studio(home, PYTOON_DATABASE_URL=through) as studio:
                yield Database(studio, cable, str(url.database))
        finally:
            keeper.stop()
            cable.close()


def until(reached: Callable[[], object], playing: Future[Any]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert not playing.done(), playing.result()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def finished(log: list[Any]) -> list[tuple[str, int | None]]:
    return sorted(((step, number) for kind, step, number in log if kind == "step.finished"), key=str)


def test_a_job_is_done_although_the_database_restarts_again_and_again(database: Database) -> None:
    playing = database.start(noop_scenarios.slowly)
    until(lambda: "SCENE" in "".join(file.read_text() for file in database.home.glob("*.count")), playing)
    outages = 0
    while not playing.done():
        with database.cable.down():
            database.terminate()
            time.sleep(1)  # how long the server is away
        outages += 1
        time.sleep(0.5)
    told = playing.result()
    assert outages >= 3
    assert told["states"] == ["DONE", "DONE"]
    assert sorted(told["steps"]) == STEPS
    assert finished(told["events"]) == FINISHED_ONCE
    assert Counter(kind for kind, _, _ in told["events"])["step.failed"] == 0


def test_a_step_whose_transaction_is_broken_is_tried_again_and_no_other_step(database: Database) -> None:
    playing = database.start(noop_scenarios.asking)
    until(lambda: database.terminate("query LIKE 'SELECT pg_sleep%' AND state = 'active'"), playing)
    told = playing.result()
    assert told["states"] == ["DONE", "DONE"]
    assert sorted(told["steps"]) == sorted([*STEPS, "SCENE 5"])
    assert finished(told["events"]) == FINISHED_ONCE
    retries = [[step, number] for kind, step, number in told["events"] if kind == "step.retried"]
    assert retries == [["scene", 5]]
