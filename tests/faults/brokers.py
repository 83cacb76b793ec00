"""The servers between the processes of a fleet: how each is started, and how each is hurt."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.supervise import Child, Process, Program
from app.core.config import Settings
from app.core.errors import Unavailable
from app.queue.embedded_broker import PING, Broker
from tests import servers
from tests.faults.line import Cable

NAMES = ("embedded", "redis", "rabbitmq")
READY_S = 20.0


@dataclass(frozen=True)
class Carrier:
    """What a fleet's supervisor keeps for it, where its processes find it, and its line, if it has one."""

    name: str
    children: tuple[Child, ...]
    env: dict[str, str] = field(default_factory=dict)
    cable: Cable | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The strikes that make sense."""
        every = ("child", "main", "whole", "all", "term", "broker", "api", "beat")
        return (*every, "line") if self.cable else every

    def strike(self) -> None:
        """Ends the server at once, in the middle of whatever it does."""
        for child in self.children:
            pid = getattr(child, "pid", None)
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def carrier(name: str, home: Path) -> Iterator[Carrier]:
    """The embedded server, a ``redis-server`` of its own, or the RabbitMQ of this machine."""
    if name == "embedded":
        yield Carrier(name, (Broker(Settings(home=home)),))
    elif name == "redis":
        yield _redis(home)
    else:
        with _rabbit(home) as made:
            yield made


def missing(name: str) -> str | None:
    """Why this one cannot be had here."""
    if name == "redis" and not shutil.which("redis-server"):
        return "there is no redis-server"
    return servers.missing("RabbitMQ", servers.RABBIT) if name == "rabbitmq" else None


# -- Redis -----------------------------------------------------------------------------------------------------------


class RedisServer(Process):
    """Is there when ``start`` returns."""

    def __init__(self, program: Program, log: Path, port: int) -> None:
        super().__init__(program, log)
        self._port = port

    def start(self) -> None:
        super().start()
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > deadline or not self.alive():
                raise Unavailable("redis-server", "it does not answer")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as line:
                line.sendall(PING)
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _redis(home: Path) -> Carrier:
    server = shutil.which("redis-server")
    if server is None:
        raise Unavailable("redis-server", "it is not installed")
    (folder := home / "redis").mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes", "save": ""}
    argv = (server, *(part for name, value in options.items() for part in (f"--{name}", value)))
    child = RedisServer(Program("broker", argv), home / "logs" / "redis.log", port)
    urls = {"PYTOON_BROKER_URL": f"redis://127.0.0.1:{port}/0", "PYTOON_RESULT_URL": f"redis://127.0.0.1:{port}/1"}
    return Carrier("redis", (child,), urls)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- RabbitMQ --------------------------------------------------------------------------------------------------------


@contextmanager
def _rabbit(home: Path) -> Iterator[Carrier]:
    """Reached by a line of its own that can be cut; the embedded server keeps the results."""
    cable = Cable(*servers.RABBIT)
    try:
        with servers.rabbit_vhost() as vhost:
            url = servers.rabbit_url(vhost, cable.port)
            yield Carrier("rabbitmq", (Broker(Settings(home=home)),), {"PYTOON_BROKER_URL": url}, cable)
    finally:
        cable.close()
