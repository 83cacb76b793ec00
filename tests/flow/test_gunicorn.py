"""The API under gunicorn, with and without a broker."""

from __future__ import annotations

import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.flow.serving import image_bytes
from tests.waiting import HANGS_AFTER_S, REPLY_S, bound_s, seconds_of
from tests.web_server import WebServer, web_server

SCRIPT = {"script": "Bread takes time."}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with an empty home directory and no running broker."""
    with web_server(tmp_path_factory.mktemp("home")) as server:
        yield server


def test_server_without_broker_is_live_but_not_ready(server: WebServer) -> None:
    assert requests.get(f"{server.url}/health/live", timeout=REPLY_S).json() == {"live": True}
    response = requests.get(f"{server.url}/health", timeout=REPLY_S)
    checks = response.json()["checks"]
    assert response.status_code == 503 and not response.json()["ready"]
    assert {name for name, check in checks.items() if not check["ok"]} == {"broker"}
    assert checks["database"] == {"ok": True, "detail": "sqlite"}


def test_job_is_stored_without_a_broker_and_sent_later(server: WebServer) -> None:
    usual_s = seconds_of(lambda: upload_image(server, "#00ff00"))
    started = time.monotonic()
    files = [("script", (None, "Bread.")), ("media", ("a.png", image_bytes()))]
    response = requests.post(f"{server.url}/api/v2/jobs", files=files, timeout=REPLY_S)
    assert response.status_code == 202 and time.monotonic() - started < bound_s(5, usual_s)
    stored = [path for path in (server.home / "assets").rglob("*") if path.is_file()]
    assert image_bytes() in [path.read_bytes() for path in stored] and {path.suffix for path in stored} == {".png"}
    assert any(
        line["event"] == "the run is stored but not sent yet" and line["job"] == response.json()["job_id"]
        for line in server.log
    )


def test_job_state_without_a_broker_returns_503(server: WebServer) -> None:
    job = requests.post(f"{server.url}/api/v2/jobs", json=SCRIPT, timeout=REPLY_S).json()
    usual_s = seconds_of(lambda: requests.get(f"{server.url}/api/v2/jobs/none", timeout=REPLY_S))
    started = time.monotonic()
    response = requests.get(f"{server.url}{job['links']['self']}", timeout=REPLY_S)
    assert response.status_code == 503 and time.monotonic() - started < bound_s(10, usual_s)
    error = response.json()["error"]
    assert error["code"] == "unavailable" and error["retryable"] and "/health" in error["advice"]
    assert str(server.home) not in response.text


def test_client_that_sends_a_much_too_large_body_receives_the_413(server: WebServer) -> None:
    text = b'{"script": "' + b"word " * (20 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    response = requests.post(f"{server.url}/api/v2/jobs", data=text, headers=headers, timeout=REPLY_S)
    assert response.status_code == 413 and response.json()["error"]["code"] == "too_large"

    def chunks() -> Iterator[bytes]:
        yield from (text[offset : offset + 65536] for offset in range(0, 20 << 20, 65536))

    chunked = requests.post(f"{server.url}/api/v2/jobs", data=chunks(), headers=headers, timeout=REPLY_S)
    assert chunked.status_code == 413


def test_concurrent_uploads_are_all_stored(server: WebServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda number: upload_image(server, f"#0000{number:02x}"), range(16)))) == 16


def upload_image(server: WebServer, colour: str) -> str:
    file = {"file": ("a.png", image_bytes(colour=colour))}
    response = requests.post(f"{server.url}/api/v1/assets/upload", files=file, timeout=REPLY_S)
    assert response.status_code == 201, response.text
    return str(response.json()["asset_id"])


def test_every_request_is_one_log_record_with_its_job(server: WebServer) -> None:
    requests.get(
        f"{server.url}/api/v2/jobs/job_x?secret=1",
        headers={"X-Request-Id": "look-here"},
        timeout=REPLY_S,
    )
    (line,) = [line for line in server.log if line.get("request") == "look-here"]
    assert (line["method"], line["path"], line["status"], line["job"]) == ("GET", "/api/v2/jobs/job_x", 422, "job_x")
    assert isinstance(line["ms"], int) and line["process"] == "web"
    submitted = requests.post(f"{server.url}/api/v2/jobs", json=SCRIPT, timeout=REPLY_S)
    records = [line for line in server.log if line.get("request") == submitted.headers["X-Request-Id"]]
    assert {line["job"] for line in records} == {submitted.json()["job_id"]}


def test_silent_broker_does_not_block_the_health_endpoint(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        broker = f"redis://:geheim@127.0.0.1:{silent.getsockname()[1]}/0"
        with web_server(tmp_path, PYTOON_BROKER_URL=broker) as server:
            usual_s = seconds_of(lambda: requests.get(f"{server.url}/health/live", timeout=REPLY_S))
            started = time.monotonic()
            response = requests.get(f"{server.url}/health", timeout=REPLY_S)
            assert time.monotonic() - started < bound_s(5, usual_s)
            assert response.status_code == 503 and not response.json()["checks"]["broker"]["ok"]
            assert "geheim" not in response.text
            assert requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok


def test_database_with_another_schema_version_is_reported(server: WebServer) -> None:
    with sqlite3.connect(server.home / "pytoon.db") as database:
        (newest,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    try:
        check = requests.get(f"{server.url}/health", timeout=REPLY_S).json()["checks"]["database"]
    finally:
        with sqlite3.connect(server.home / "pytoon.db") as database:
            database.execute("UPDATE alembic_version SET version_num = ?", (newest,))
    assert not check["ok"] and "version" in check["detail"]


def test_server_exits_on_sigterm(server: WebServer) -> None:
    """The last test of ``server``, because it ends it."""
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(HANGS_AFTER_S) == 0
