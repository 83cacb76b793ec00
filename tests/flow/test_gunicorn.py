"""The API under gunicorn in a process of its own, also when the broker is away."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import ROOT
from tests.flow.serving import picture
from tests.waiting import HANGS_AFTER_S, REPLY_S, bound_s, seconds_of, wait_until

SCRIPT = {"script": "Bread takes time."}


@dataclass(frozen=True)
class Served:
    url: str
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = (self.home / "log").read_text().splitlines()
        return [json.loads(line) for line in lines]


@contextmanager
def gunicorn(home: Path, **more: str) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "PYTOON_HOME": str(home), "PYTOON_PORT": str(port), "PYTOON_LOG_FORMAT": "json", **more}
    with (home / "log").open("wb") as log:
        argv = [sys.executable, "-m", "gunicorn", "-c", "python:app.api.gunicorn_conf"]
        process = subprocess.Popen(argv, cwd=ROOT, env=environ, stdout=log, stderr=log)
    served = Served(f"http://127.0.0.1:{port}", home, process)
    try:
        _wait(served)
        yield served
    finally:
        process.terminate()
        process.wait(HANGS_AFTER_S)


def _wait(served: Served) -> None:
    def has_answered_or_ended() -> bool:
        return served.process.poll() is not None or requests.get(f"{served.url}/health/live", timeout=REPLY_S).ok

    log = served.home / "log"
    wait_until(has_answered_or_ended, lambda: log.read_text()[-3000:], ignoring=(requests.ConnectionError,))
    assert served.process.poll() is None, log.read_text()[-3000:]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose home is new and where no broker runs."""
    with gunicorn(tmp_path_factory.mktemp("alone")) as served:
        yield served


def test_without_a_broker_it_lives_but_is_not_ready(alone: Served) -> None:
    assert requests.get(f"{alone.url}/health/live", timeout=REPLY_S).json() == {"live": True}
    reply = requests.get(f"{alone.url}/health", timeout=REPLY_S)
    checks = reply.json()["checks"]
    assert reply.status_code == 503 and not reply.json()["ready"]
    assert {name for name, check in checks.items() if not check["ok"]} == {"broker"}
    assert checks["database"] == {"ok": True, "detail": "sqlite"}


def test_without_a_broker_a_job_is_stored_at_once_and_sent_later(alone: Served) -> None:
    usual_s = seconds_of(lambda: uploaded(alone, "#00ff00"))
    begun = time.monotonic()
    files = [("script", (None, "Bread.")), ("media", ("a.png", picture()))]
    reply = requests.post(f"{alone.url}/api/v2/jobs", files=files, timeout=REPLY_S)
    assert reply.status_code == 202 and time.monotonic() - begun < bound_s(5, usual_s)
    stored = [path for path in (alone.home / "assets").rglob("*") if path.is_file()]
    assert picture() in [path.read_bytes() for path in stored] and {path.suffix for path in stored} == {".png"}
    assert any(
        line["event"] == "the run is stored but not sent yet" and line["job"] == reply.json()["job_id"]
        for line in alone.log
    )


def test_without_a_broker_a_state_cannot_be_told_and_that_is_said(alone: Served) -> None:
    job = requests.post(f"{alone.url}/api/v2/jobs", json=SCRIPT, timeout=REPLY_S).json()
    usual_s = seconds_of(lambda: requests.get(f"{alone.url}/api/v2/jobs/none", timeout=REPLY_S))
    begun = time.monotonic()
    reply = requests.get(f"{alone.url}{job['links']['self']}", timeout=REPLY_S)
    assert reply.status_code == 503 and time.monotonic() - begun < bound_s(10, usual_s)
    error = reply.json()["error"]
    assert error["code"] == "unavailable" and error["retryable"] and "/health" in error["advice"]
    assert str(alone.home) not in reply.text


def test_a_caller_who_sends_far_too_much_still_reads_why(alone: Served) -> None:
    text = b'{"script": "' + b"word " * (20 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    reply = requests.post(f"{alone.url}/api/v2/jobs", data=text, headers=headers, timeout=REPLY_S)
    assert reply.status_code == 413 and reply.json()["error"]["code"] == "too_large"

    def in_pieces() -> Iterator[bytes]:
        yield from (text[place : place + 65536] for place in range(0, 20 << 20, 65536))

    chunked = requests.post(f"{alone.url}/api/v2/jobs", data=in_pieces(), headers=headers, timeout=REPLY_S)
    assert chunked.status_code == 413


def test_many_uploads_at_once_are_all_kept(alone: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda number: uploaded(alone, f"#0000{number:02x}"), range(16)))) == 16


def uploaded(served: Served, colour: str) -> str:
    file = {"file": ("a.png", picture(colour=colour))}
    reply = requests.post(f"{served.url}/api/v1/assets/upload", files=file, timeout=REPLY_S)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["asset_id"])


def test_every_request_is_one_line_in_the_log_with_its_job(alone: Served) -> None:
    requests.get(f"{alone.url}/api/v2/jobs/job_x?secret=1", headers={"X-Request-Id": "look-here"}, timeout=REPLY_S)
    (line,) = [line for line in alone.log if line.get("request") == "look-here"]
    assert (line["method"], line["path"], line["status"], line["job"]) == ("GET", "/api/v2/jobs/job_x", 404, "job_x")
    assert isinstance(line["ms"], int) and line["process"] == "web"
    submitted = requests.post(f"{alone.url}/api/v2/jobs", json=SCRIPT, timeout=REPLY_S)
    mine = [line for line in alone.log if line.get("request") == submitted.headers["X-Request-Id"]]
    assert {line["job"] for line in mine} == {submitted.json()["job_id"]}


def test_it_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as served:
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(HANGS_AFTER_S) == 0


def test_a_broker_that_takes_calls_and_says_nothing_does_not_hang_the_health_page(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        broker = f"redis://:geheim@127.0.0.1:{silent.getsockname()[1]}/0"
        with gunicorn(tmp_path, PYTOON_BROKER_URL=broker) as served:
            usual_s = seconds_of(lambda: requests.get(f"{served.url}/health/live", timeout=REPLY_S))
            begun = time.monotonic()
            reply = requests.get(f"{served.url}/health", timeout=REPLY_S)
            assert time.monotonic() - begun < bound_s(5, usual_s)
            assert reply.status_code == 503 and not reply.json()["checks"]["broker"]["ok"]
            assert "geheim" not in reply.text
            assert requests.get(f"{served.url}/health/live", timeout=REPLY_S).ok


def test_tables_of_another_version_are_reported(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as served:
        with sqlite3.connect(tmp_path / "pytoon.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '0000'")
        check = requests.get(f"{served.url}/health", timeout=REPLY_S).json()["checks"]["database"]
        assert not check["ok"] and "version" in check["detail"]
