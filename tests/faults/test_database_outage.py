"""The database, the file of SQLite or the broker is away for seconds while a real film is made: the job is done."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


def job_with_outages(stack: Stack, outage: Outage) -> tuple[dict[str, Any], set[str]]:
    """The end of a job, and the steps during which there was an outage: one each time that another step begins."""
    job_id = stack.submit(SCRIPT, voice={"provider": "none"})
    interrupted: set[str] = set()
    deadline = time.monotonic() + 2 * HANGS_AFTER_S
    while not (job := stack.job(job_id)) or job["state"] not in ENDED:
        assert time.monotonic() < deadline, job
        if new := set(stack.started_steps()) - interrupted:
            with outage():
                time.sleep(OUTAGE_S)  # the duration of the outage
            interrupted |= new
    return job, interrupted


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    if reason := servers.missing("PostgreSQL", servers.postgres_address()):
        pytest.skip(reason)
    proxy = TcpProxy(*servers.postgres_address())
    yield proxy
    proxy.close()


def test_job_is_done_although_the_database_is_away_at_every_step(tmp_path: Path, proxy: TcpProxy) -> None:
    with servers.postgres_database() as url:
        proxied = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        with running_stack(tmp_path / "home", {"PYTOON_DATABASE_URL": proxied}) as stack:
            job, interrupted = job_with_outages(stack, proxy.outage)
            events = json.dumps(stack.events(job["job_id"]))
    assert job["state"] == "DONE", job["error"]
    assert interrupted == STEPS
    assert "step.failed" not in events
    assert not any(words in events for words in (str(proxy.port), "127.0.0.1", "SELECT", "INSERT", "psycopg"))


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


def test_job_is_done_although_redis_is_away_at_every_step(tmp_path: Path) -> None:
    if reason := servers.missing("Redis", servers.REDIS):
        pytest.skip(reason)
    proxy = TcpProxy(*servers.REDIS)
    try:
        with servers.redis_databases() as urls:
            broker, results = (url.replace(f":{servers.REDIS[1]}", f":{proxy.port}") for url in urls)
            env = {"PYTOON_BROKER_URL": broker, "PYTOON_RESULT_URL": results}
            with running_stack(tmp_path / "home", env) as stack:
                job, interrupted = job_with_outages(stack, proxy.outage)
                events = json.dumps(stack.events(job["job_id"]))
    finally:
        proxy.close()
    assert job["state"] == "DONE", job["error"]
    assert interrupted == STEPS
    assert not any(words in events for words in (str(proxy.port), "127.0.0.1"))
