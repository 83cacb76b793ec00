"""The database, the file of SQLite or the broker is away for seconds while a real film is made: the job is done."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.faults.tcp_proxy import TcpProxy
from tests.stacks import ENDED, Stack, running_stack
from tests.waiting import HANGS_AFTER_S

OUTAGE_S = 5.0
SCRIPT = "The river is quiet today. The bridge is older than the town. The boats come back in the evening."
STEPS = {"plan", "timeline", "render", "scene", "voice", "music", "settle", "compose", "segment", "mux", "deliver"}

Outage = Callable[[], AbstractContextManager[None]]


def job_with_outages(stack: Stack, script: str, outage: Outage) -> tuple[dict[str, Any], set[str]]:
    """The end of a job, and the steps during which there was an outage: one each time that another step begins."""
    earlier = Counter(stack.started_steps())
    job_id = stack.submit(script, voice={"provider": "none"})
    interrupted: set[str] = set()
    deadline = time.monotonic() + 2 * HANGS_AFTER_S
    while not (job := stack.job(job_id)) or job["state"] not in ENDED:
        assert time.monotonic() < deadline, job
        if new := set(Counter(stack.started_steps()) - earlier) - interrupted:
            with outage():
                time.sleep(OUTAGE_S)  # the duration of the outage
            interrupted |= new
    return job, interrupted


@dataclass(frozen=True)
class Services:
    """A stack that reaches PostgreSQL and Redis through proxies."""

    stack: Stack
    database: TcpProxy
    redis: TcpProxy

    def check_job_with_outages(self, script: str, proxy: TcpProxy) -> None:
        job, interrupted = job_with_outages(self.stack, script, proxy.outage)
        events = json.dumps(self.stack.events(job["job_id"]))
        assert job["state"] == "DONE", job["error"]
        assert interrupted == STEPS
        assert "step.failed" not in events
        assert not any(words in events for words in (str(proxy.port), "127.0.0.1", "SELECT", "INSERT", "psycopg"))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    for name, address in (("PostgreSQL", servers.postgres_address()), ("Redis", servers.REDIS)):
        if reason := servers.missing(name, address):
            pytest.skip(reason)
    with (
        closing(TcpProxy(*servers.postgres_address())) as database,
        closing(TcpProxy(*servers.REDIS)) as redis,
        servers.postgres_database() as url,
        servers.redis_databases() as urls,
    ):
        broker, results = (url.replace(f":{servers.REDIS[1]}", f":{redis.port}") for url in urls)
        env = {
            "PYTOON_DATABASE_URL": url.set(host="127.0.0.1", port=database.port).render_as_string(hide_password=False),
            "PYTOON_BROKER_URL": broker,
            "PYTOON_RESULT_URL": results,
        }
        with running_stack(tmp_path_factory.mktemp("outage") / "home", env) as stack:
            yield Services(stack, database, redis)


def test_job_is_done_although_the_database_is_away_at_every_step(services: Services) -> None:
    services.check_job_with_outages(SCRIPT, services.database)


def test_job_is_done_although_redis_is_away_at_every_step(services: Services) -> None:
    # Another script, so that nothing comes from the cache.
    script = "The market opens at six. The bakers have been awake for hours. The first bread is sold by seven."
    services.check_job_with_outages(script, services.redis)


def test_job_is_done_although_the_sqlite_file_is_locked_for_twenty_seconds(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home") as stack:
        job_id = stack.submit(SCRIPT, voice={"provider": "none"})
        stack.wait_for_step("segment")
        with locked(tmp_path / "home" / "pytoon.db"):
            time.sleep(20)  # longer than SQLite itself waits
        job = stack.wait_for_end(job_id)
    assert job["state"] == "DONE", job["error"]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    connection = sqlite3.connect(file, timeout=60, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()
