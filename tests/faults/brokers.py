"""The servers between the processes of a fleet: how each is started, and how each is hurt."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from amqp.exceptions import NotFound
from kombu import Connection

from app.cli.supervise import Child, Process, Program
from app.core.broker import PING, Broker
from app.core.config import Settings
from app.core.errors import Unavailable
from tests.faults.line import Cable

NAMES = ("embedded", "redis", "rabbitmq")
RABBIT = ("127.0.0.1", 5672)
QUEUES = ("orch", "gpu", "gpu-later", "cpu", "cpu-later", "api")
ROOM = "pytoon-faults-"
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
    if name == "rabbitmq":
        try:
            socket.create_connection(RABBIT, timeout=2).close()
        except OSError:
            return "there is no RabbitMQ at 127.0.0.1:5672"
    return None


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
    cable = Cable(*RABBIT)
    try:
        _sweep_rooms()
        with _room(f"{ROOM}{os.getpid()}") as vhost:
            url = f"amqp://guest:guest@127.0.0.1:{cable.port}/{vhost}"
            yield Carrier("rabbitmq", (Broker(Settings(home=home)),), {"PYTOON_BROKER_URL": url}, cable)
    finally:
        cable.close()


@contextmanager
def _room(name: str) -> Iterator[str]:
    """A virtual host of its own where that is allowed; else the common one, in which nobody may be at work."""
    made = _ctl("add_vhost", name), _ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    if None not in made:
        try:
            yield name
        finally:
            _ctl("delete_vhost", name)
        return
    _free()
    try:
        yield "/"
    finally:
        _free()


def _sweep_rooms() -> None:
    """Those whose owner was killed before he could clean up."""
    for name in (_ctl("list_vhosts") or "").split():
        if name.startswith(ROOM) and not Path(f"/proc/{name.removeprefix(ROOM)}").exists():
            _ctl("delete_vhost", name)


def _ctl(*words: str) -> str | None:
    """What rabbitmqctl said; ``None`` where it may not be used."""
    program = shutil.which("rabbitmqctl")
    if program is None:
        return None
    ended = subprocess.run((program, "-q", *words), capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else None


def _free() -> None:
    with Connection("amqp://guest:guest@127.0.0.1:5672//") as line:
        for queue in QUEUES:
            with contextlib.suppress(NotFound):
                channel = line.channel()
                assert channel.queue_declare(queue, passive=True).consumer_count == 0, f"{queue} is being worked on"
                channel.queue_delete(queue)
