"""``pytoon serve`` and its parts: the whole stack on one machine."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from threading import Event
from typing import Any

import click
from rich.console import Console

from app.cli import programs as processes
from app.cli.create import local_url
from app.cli.supervise import Child, Process, Supervisor
from app.client import Client
from app.core.config import Settings, settings
from app.core.errors import Unavailable, Unconfigured
from app.queue.embedded_broker import Broker
from schemas.steps import WORKER_QUEUES

Say = Callable[[str, str], None]


def stack(chosen: Settings, say: Say, with_flower: bool = False) -> Supervisor:
    """A supervisor for everything, ready to run; the tables are migrated.

    Raises ``Unavailable`` when somebody else has the port.
    """

    refuse_taken(chosen.host, chosen.port, "PYTOON_PORT")
    if with_flower:
        refuse_taken("127.0.0.1", chosen.flower_port, "PYTOON_FLOWER_PORT")
    chosen.home.mkdir(parents=True, exist_ok=True)
    from app.database.session import migrate

    migrate()
    logs = chosen.home.absolute() / "logs"
    broker: list[Child] = [Broker(chosen)] if chosen.own_server else []
    programs = [Process(program, logs / f"{program.name}.log") for program in processes.stack(with_flower)]
    return Supervisor([broker, programs], say)


def refuse_taken(host: str, port: int, setting: str) -> None:
    """Better one sentence now than a child that dies for it again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(f"{host}:{port}", f"{error.strerror}; choose another one by {setting}") from error


@click.command()
@click.option("--flower/--no-flower", default=True, help="Flower on loopback, to watch the workers.")
@click.pass_context
def serve(ctx: click.Context, flower: bool) -> None:
    """Start everything on this machine; Ctrl-C stops everything."""
    chosen, console, stop = settings(), Console(), Event()

    def say(name: str, words: str) -> None:
        if words != "started":
            console.print(
                f"{name} {words}; its log is {logs / name}.log", style="yellow", highlight=False, soft_wrap=True
            )

    logs = chosen.home.absolute() / "logs"
    supervisor = stack(chosen, say, flower)
    run_supervised(supervisor, stop, console)
    console.print(
        f"Pytoon starts at {local_url(chosen)} (documentation: {local_url(chosen)}/api/docs)", highlight=False
    )
    if flower:
        console.print(f"Flower: http://127.0.0.1:{chosen.flower_port}", highlight=False, soft_wrap=True)
    console.print(f"Logs: {logs}. Ctrl-C stops everything.", highlight=False, soft_wrap=True)
    failed = supervisor.run(stop)
    if failed:
        console.print(
            f"{failed} would not stay up; its log is {logs / failed}.log", style="red", highlight=False, soft_wrap=True
        )
    console.print("Stopped.")
    ctx.exit(1 if failed else 0)


def run_supervised(supervisor: Supervisor, stop: Event, console: Console) -> None:
    """The first signal asks everything to end, the second does not ask."""

    def heard(_number: int, _frame: Any) -> None:
        if stop.is_set():
            supervisor.kill()
        else:
            stop.set()
            console.print("Stopping; once more ends it at once.")

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, heard)


def wait_ready(client: Client, ended: Callable[[], bool], tries: Event, within_s: float) -> None:
    """Returns when the server and all it needs is there. Raises ``Unavailable``."""
    waited_s = 0.0
    while not client.is_ready():
        if ended() or waited_s > within_s:
            raise Unavailable(client.url, f"it did not get ready; see {settings().home.absolute() / 'logs'}")
        tries.wait(0.2)
        waited_s += 0.2


# -- the parts, one at a time ----------------------------------------------------------------------------------------


@click.command()
@click.argument("kind", type=click.Choice(list(WORKER_QUEUES)))
def worker(kind: str) -> None:
    """Start one worker: gpu for scenes, cpu for everything else."""
    need_broker()
    processes.become(processes.worker(kind))


@click.command()
def beat() -> None:
    """Start the clock that calls for housekeeping; one is enough."""
    need_broker()
    processes.become(processes.beat())


@click.command()
def api() -> None:
    """Start the API alone."""
    processes.become(processes.web())


@click.command()
def flower() -> None:
    """Watch the workers in a browser."""
    need_broker()
    click.echo(f"Flower: http://127.0.0.1:{settings().flower_port}")
    processes.become(processes.flower())


def need_broker() -> None:
    """A part alone has no server of its own. Raises ``Unconfigured`` when there is none to talk to."""
    chosen = settings()
    if not chosen.own_server or Broker(chosen).alive():
        return
    if chosen.embedded:
        cure = "set PYTOON_BROKER_URL to a Redis, Valkey or RabbitMQ"
        raise Unconfigured("the broker", f"run `pytoon serve` on this machine, or {cure}")
    raise Unconfigured(
        "the results", "run `pytoon serve` on this machine, or set PYTOON_RESULT_URL to a Redis or Valkey"
    )
