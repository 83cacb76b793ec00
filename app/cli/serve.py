"""``pytoon serve``, the whole stack on one machine, and the commands that start one part of it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from app.cli import programs
from app.cli.local_url import local_url
from app.cli.supervise import Child, Process, Supervisor
from app.core import listening
from app.core.addresses import is_loopback
from app.core.config import Settings, settings
from app.core.errors import Unavailable, Unconfigured
from app.core.home import only_one, open_home
from app.media import ffmpeg
from app.queue.embedded_broker import Broker
from schemas.steps import WORKER_QUEUES

if TYPE_CHECKING:
    from app.client import Client

Say = Callable[[str, str], None]
# Options of ``Console.print`` for a line with a path: it is neither wrapped nor read as markup.
PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": True, "markup": False}
OPEN_WARNING = "warning: other machines can use this API without a key; `pytoon keys add NAME` makes one"


def stack(chosen: Settings, say: Say, with_flower: bool = False) -> Supervisor:
    """A supervisor of the whole stack, ready to run. Migrates the database.

    Raises ``Unavailable`` when a port is in use, and ``BadConfiguration`` when the home cannot be used.
    """
    listening.check_free(chosen.host, chosen.port, "PYTOON_PORT")
    if with_flower:
        listening.check_free("127.0.0.1", chosen.flower_port, "PYTOON_FLOWER_PORT")
    home = open_home(chosen)
    ffmpeg.binary()  # raises ``Unconfigured``
    from app.database.session import migrate
    from app.store.deployment import deployment_id

    migrate()
    deployment_id()
    logs = home / "logs"
    broker: list[Child] = [Broker(chosen)] if chosen.needs_embedded_server else []
    processes = [Process(program, logs / f"{program.name}.log") for program in programs.stack(with_flower)]
    return Supervisor([broker, processes], say)


@click.command()
@click.option("--flower/--no-flower", default=True, help="Also start Flower, the monitor of workers, on loopback.")
@click.pass_context
def serve(ctx: click.Context, flower: bool) -> None:
    """Start everything on this machine; Ctrl-C stops everything."""
    chosen, console = settings(), Console()
    with only_server(chosen):
        failed = _serve(chosen, console, flower)
    ctx.exit(1 if failed else 0)


def only_server(chosen: Settings) -> AbstractContextManager[None]:
    """A block in which no other ``pytoon serve`` uses the home. Raises ``BadConfiguration`` while one does."""
    return only_one(open_home(chosen), "serve", "another `pytoon serve` or `pytoon demo`")


def _serve(chosen: Settings, console: Console, flower: bool) -> str | None:
    """Run the stack until a signal stops it; return the name of the program that kept ending, if any."""

    def say(name: str, words: str) -> None:
        if words != "started":
            console.print(
                f"{name} {words}; its log is {log_of(chosen, name)}",
                style="yellow",
                **PLAIN,
            )

    logs, stop = chosen.home.absolute() / "logs", Event()
    supervisor = stack(chosen, say, flower)
    run_supervised(supervisor, stop, console)
    console.print(
        f"Pytoon starts at {local_url(chosen)} (documentation: {local_url(chosen)}/api/docs)",
        **PLAIN,
    )
    if is_open_to_others(chosen):
        console.print(OPEN_WARNING, style="yellow", **PLAIN)
    if flower:
        console.print(f"Flower: http://127.0.0.1:{chosen.flower_port}", **PLAIN)
    console.print(f"Logs: {logs}. Ctrl-C stops everything.", **PLAIN)
    failed = supervisor.run(stop)
    if failed:
        console.print(
            f"{failed} keeps ending; its log is {log_of(chosen, failed)}",
            style="red",
            **PLAIN,
        )
    console.print("Stopped.")
    return failed


def is_open_to_others(chosen: Settings) -> bool:
    """Whether other machines can reach the API and need no key. The database must be migrated."""
    from app.accounts.owners import active_keys

    return not is_loopback(chosen.host) and not active_keys()


def log_of(chosen: Settings, name: str) -> Path:
    """The log file of a program of the stack."""
    return Broker(chosen).log if name == Broker.name else chosen.home.absolute() / "logs" / f"{name}.log"


def run_supervised(supervisor: Supervisor, stop: Event, console: Console) -> None:
    """Stop all processes on the first signal, and kill them on the second."""

    def on_signal(_number: int, _frame: Any) -> None:
        if stop.is_set():
            supervisor.kill()
        else:
            stop.set()
            console.print("Stopping; press Ctrl-C again to stop at once.")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def wait_ready(client: Client, ended: Callable[[], bool], tries: Event, within_s: float) -> None:
    """Return when the server and all services that it needs answer. Raises ``Unavailable`` after ``within_s``."""
    waited_s = 0.0
    while not client.is_ready():
        if ended() or waited_s > within_s:
            raise Unavailable(client.url, f"it did not become ready; see {settings().home.absolute() / 'logs'}")
        tries.wait(0.2)
        waited_s += 0.2


# -- single programs -------------------------------------------------------------------------------------------------


@click.command()
@click.argument("kind", type=click.Choice(list(WORKER_QUEUES)))
def worker(kind: str) -> None:
    """Start one worker: gpu for scenes, cpu for all other steps."""
    check_broker()
    programs.become(programs.worker(kind))


@click.command()
def beat() -> None:
    """Start Celery beat, which sends the periodic tasks; run exactly one."""
    check_broker()
    programs.become(programs.beat())


@click.command()
def api() -> None:
    """Start the HTTP API alone."""
    programs.become(programs.web())


@click.command()
def flower() -> None:
    """Start Flower, the monitor of workers."""
    check_broker()
    click.echo(f"Flower: http://127.0.0.1:{settings().flower_port}")
    programs.become(programs.flower())


def check_broker() -> None:
    """Raise ``Unconfigured`` when neither an embedded broker runs nor another one is set.

    A single program does not start a broker.
    """
    chosen = settings()
    if not chosen.needs_embedded_server or Broker(chosen).alive():
        return
    if chosen.embedded:
        cure = "set PYTOON_BROKER_URL to a Redis, Valkey or RabbitMQ"
        raise Unconfigured("the broker", f"run `pytoon serve` on this machine, or {cure}")
    raise Unconfigured(
        "the results", "run `pytoon serve` on this machine, or set PYTOON_RESULT_URL to a Redis or Valkey"
    )
