"""The web process of the product in its own process, with its own home folder and port."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.conftest import ROOT
from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until

GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:app.api.gunicorn_conf")


@dataclass(frozen=True)
class WebServer:
    url: str
    port: int
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = (self.home / "log").read_text().splitlines()
        return [json.loads(line) for line in lines]


@contextmanager
def web_server(home: Path, *options: str, launcher: Sequence[str] = (), **more: str) -> Iterator[WebServer]:
    """A web server with the settings ``more`` and the ``options`` of gunicorn; its log is ``log`` in the home.

    ``launcher`` is a command that becomes the server by executing the arguments after it.
    """
    host = more.get("PYTOON_HOST", "127.0.0.1")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "PYTOON_HOME": str(home), "PYTOON_PORT": str(port), "PYTOON_LOG_FORMAT": "json", **more}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([*launcher, *GUNICORN, *options], cwd=ROOT, env=environ, stdout=log, stderr=log)
    address = f"[{host}]" if ":" in host else host
    server = WebServer(f"http://{address}:{port}", port, home, process)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(HANGS_AFTER_S)


def _wait(server: WebServer) -> None:
    def has_answered_or_ended() -> bool:
        return server.process.poll() is not None or requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok

    log = server.home / "log"
    wait_until(has_answered_or_ended, lambda: log.read_text()[-3000:], ignoring=(requests.ConnectionError,))
    assert server.process.poll() is None, log.read_text()[-3000:]
