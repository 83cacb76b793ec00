"""API keys at the web server of the product, in its own process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.api.gunicorn_conf import OPEN_WARNING
from tests.conftest import ROOT
from tests.waiting import REPLY_S, wait_until
from tests.web_server import WebServer, web_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that other machines can reach, without a key at its start."""
    with web_server(tmp_path_factory.mktemp("home"), PYTOON_HOST="0.0.0.0") as running:
        yield running


@pytest.fixture(scope="module")
def token(server: WebServer) -> str:
    """A key that another process has added; the server needs one from now on."""
    token = keys(server, "add", "studio").strip()
    wait_until(lambda: status(server) == 401, "a key that is needed")
    return token


def keys(server: WebServer, *args: str) -> str:
    environ = {**os.environ, "PYTOON_HOME": str(server.home)}
    argv = [sys.executable, "-m", "app.cli.main", "keys", *args]
    return subprocess.run(argv, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout


def status(server: WebServer, **headers: str) -> int:
    return requests.get(f"{server.url}/api/v1/presets", headers=headers, timeout=REPLY_S).status_code


def test_server_that_others_can_reach_without_a_key_warns_once_at_its_start(server: WebServer) -> None:
    warnings = [line for line in server.log if line["event"] == OPEN_WARNING]
    assert [line["level"] for line in warnings] == ["warning"]


def test_request_without_a_key_is_refused_before_its_body_is_sent(server: WebServer, token: str) -> None:
    head = (
        f"POST /api/v2/jobs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), REPLY_S) as connection:
        connection.sendall(head.encode())
        reply = connection.recv(65_536).decode()
    assert reply.startswith("HTTP/1.1 401") and "www-authenticate: bearer" in reply.lower()


def test_revoked_key_is_refused_within_seconds_and_no_token_is_in_the_log(server: WebServer, token: str) -> None:
    assert status(server, Authorization=f"Bearer {token}") == 200
    assert requests.get(f"{server.url}/health/live", timeout=REPLY_S).status_code == 200
    assert requests.get(f"{server.url}/api/openapi.json", timeout=REPLY_S).status_code == 200
    keys(server, "add", "other")
    keys(server, "revoke", "studio")
    wait_until(lambda: status(server, Authorization=f"Bearer {token}") == 401, "a key that is refused")
    files = [path for path in Path(server.home).rglob("*") if path.is_file()]
    assert files and not any(token[4:].encode() in path.read_bytes() for path in files)
