"""The web server on each kind of address."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT
from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until
from tests.web_server import GUNICORN, web_server


@pytest.mark.parametrize(("host", "others"), [("::1", []), ("::", ["127.0.0.1", "[::1]"]), ("localhost", [])])
def test_server_answers_at_its_address(tmp_path: Path, host: str, others: list[str]) -> None:
    with web_server(tmp_path, PYTOON_HOST=host) as server:
        for url in (server.url, *(f"http://{other}:{server.port}" for other in others)):
            assert requests.get(f"{url}/api/v2/jobs", timeout=REPLY_S).json()["jobs"] == []


def test_server_answers_at_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    environ = {**os.environ, "PYTOON_HOME": str(tmp_path), "PYTOON_HOST": f"unix:{path}"}
    process = subprocess.Popen(GUNICORN, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _get(path, "/health/live") == 200, "an answer", ignoring=(OSError,))
        assert (_get(path, "/api/v2/jobs"), _get(path, "/none")) == (200, 404)
    finally:
        process.terminate()
        process.wait(HANGS_AFTER_S)


def _get(path: Path, target: str) -> int:
    connection = http.client.HTTPConnection("localhost", timeout=REPLY_S)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", target)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status
