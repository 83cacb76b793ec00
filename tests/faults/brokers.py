"""The brokers and result stores of a cluster: how each is started and killed."""

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
from tests.faults.tcp_proxy import TcpProxy

NAMES = ("embedded", "redis", "rabbitmq")
READY_S = 20.0


@dataclass(frozen=True)
class BrokerSetup:
    """The servers that the cluster's supervisor runs, the settings of the other processes, and a proxy, if any."""

    name: str
    servers: tuple[Child, ...]
    env: dict[str, str] = field(default_factory=dict)
    proxy: TcpProxy | None = None

    @property
    def fault_kinds(self) -> tuple[str, ...]:
        """The kinds of faults that apply to a cluster with this broker."""
        kinds = ("child", "main", "worker", "all_workers", "term", "broker", "api", "beat")
        return (*kinds, "connections") if self.proxy else kinds

    def kill(self) -> None:
        """Kill the servers with SIGKILL."""
        for server in self.servers:
            pid = getattr(server, "pid", None)
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def broker_setup(name: str, home: Path) -> Iterator[BrokerSetup]:
    """Set up the embedded server, a ``redis-server`` in ``home``, or a virtual host of this machine's RabbitMQ."""
    if name == "embedded":
        yield BrokerSetup(name, (Broker(Settings(home=home)),))
    elif name == "redis":
        yield _redis(home)
    else:
        with _rabbitmq(home) as setup:
            yield setup


def unavailable_reason(name: str) -> str | None:
    """Return why this broker cannot be used on this machine; ``None`` if it can."""
    if name == "redis" and not shutil.which("redis-server"):
        return "there is no redis-server"
    return servers.missing("RabbitMQ", servers.RABBIT) if name == "rabbitmq" else None


# -- Redis -----------------------------------------------------------------------------------------------------------


class RedisServer(Process):
    """A ``redis-server`` that accepts commands when ``start`` returns."""

    def __init__(self, program: Program, log: Path, port: int) -> None:
        super().__init__(program, log)
        self._port = port

    def start(self) -> None:
        super().start()
        deadline = time.monotonic() + READY_S
        while not self._responds():
            if time.monotonic() > deadline or not self.alive():
                raise Unavailable("redis-server", "it does not respond")
            time.sleep(0.02)

    def _responds(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as connection:
                connection.sendall(PING)
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _redis(home: Path) -> BrokerSetup:
    executable = shutil.which("redis-server")
    if executable is None:
        raise Unavailable("redis-server", "it is not installed")
    (directory := home / "redis").mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "dir": str(directory), "appendonly": "yes", "save": ""}
    argv = (executable, *(arg for name, value in options.items() for arg in (f"--{name}", value)))
    server = RedisServer(Program("broker", argv), home / "logs" / "redis.log", port)
    urls = {"PYTOON_BROKER_URL": f"redis://127.0.0.1:{port}/0", "PYTOON_RESULT_URL": f"redis://127.0.0.1:{port}/1"}
    return BrokerSetup("redis", (server,), urls)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- RabbitMQ --------------------------------------------------------------------------------------------------------


@contextmanager
def _rabbitmq(home: Path) -> Iterator[BrokerSetup]:
    """Connect through a proxy, whose connections can be dropped; the embedded server stores the results."""
    proxy = TcpProxy(*servers.RABBIT)
    try:
        with servers.rabbit_vhost() as vhost:
            url = servers.rabbit_url(vhost, proxy.port)
            yield BrokerSetup("rabbitmq", (Broker(Settings(home=home)),), {"PYTOON_BROKER_URL": url}, proxy)
    finally:
        proxy.close()
