"""``pytoon demo``: start the stack, make a film from photographs, and stop the stack."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any, NoReturn

import click
from PIL import Image
from rich.console import Console

from app.cli import shared_options as shared
from app.cli.create import wait_and_report
from app.cli.local_url import local_url
from app.cli.media_files import MediaFiles, check_media, media_files, upload_media
from app.cli.request_options import script_fields, script_of
from app.cli.serve import only_server, stack, wait_ready
from app.client import Client
from app.core.config import settings
from app.core.errors import PytoonError, Unconfigured
from app.core.home import current_umask, umask
from app.core.listening import resolved
from schemas.omissions import OmissionSchema
from schemas.script import Script

READY_S = 90.0
PHOTOGRAPHS = ("coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png", "moon.png", "hubble_deep_field.jpg")
SAMPLE_TITLE = "From coffee to galaxies"
SAMPLE_SCRIPT = (
    "A good day starts small, with a cup of hot coffee on a wooden table. "
    "The cat looks past you, as if she knew something. "
    "Far away, a rocket stands in the blue light before dawn, ready to go. "
    "One astronaut has waited half her life for this morning, and nothing will make her late. "
    "Tonight she will see the Moon from close enough to count its craters. "
    "And beyond it, in one dark corner of the sky, 10,000 galaxies have been waiting for a very long time."
)
SCRIPT_FOR_OWN_MEDIA = (
    "Every picture keeps a moment that would be gone without it. "
    "Some of them were planned, and most of them just happened. "
    "Look at them one after the other, and they begin to tell a story. "
    "There is light in them, and patience, and a little luck. "
    "Nobody will remember the weather of that day, or what there was for lunch. "
    "But this, somebody will remember. That is what pictures are for."
)


@click.command()
@click.option("--media", type=click.Path(exists=True, path_type=Path), help="A directory of your pictures and clips.")
@click.option("--from", "source", metavar="FILE|-", help="Another narration, as text or Markdown.")
@shared.aspect
@shared.quality
@shared.preset
@shared.out
@click.pass_context
def demo(ctx: click.Context, /, media: Path | None, source: str | None, out: Path | None, **style: str | None) -> None:
    """Start the whole stack, make a film from photographs, and stop the stack."""
    console, users_mask = Console(), current_umask()
    script = script_of(source) or (Script(SCRIPT_FOR_OWN_MEDIA) if media else Script(SAMPLE_SCRIPT, SAMPLE_TITLE))
    with tempfile.TemporaryDirectory(prefix="pytoon-demo-") as folder:
        pictures = media_files([str(media)]) if media else MediaFiles(tuple(photographs(Path(folder))))
        with server(console) as client:
            started = time.monotonic()
            request: dict[str, Any] = {name: value for name, value in style.items() if value}
            request["preset_id"] = request.pop("preset", None) or "documentary"
            asset_ids, omissions = upload_media(client, console, check_media(client, pictures))
            request |= script_fields(script) | {"media": asset_ids}
            request["omissions"] = [OmissionSchema.plain(omission) for omission in omissions]
            with umask(users_mask):
                succeeded = _make_film(client, console, request, out)
            console.print(f"{time.monotonic() - started:.1f} s in all", highlight=False)
    ctx.exit(0 if succeeded else 1)


def _make_film(client: Client, console: Console, request: dict[str, Any], out: Path | None) -> bool:
    job_id = client.submit(request)["job_id"]
    try:
        return wait_and_report(client, console, job_id, out)
    except KeyboardInterrupt:  # else the next demo would first finish this job
        with suppress(PytoonError):
            client.cancel(job_id)
        raise


def photographs(folder: Path) -> list[Path]:
    """Write the photographs that scikit-image includes to ``folder``. Raises ``Unconfigured`` without scikit-image."""
    spec = find_spec("skimage")
    if spec is None or not spec.origin:
        raise Unconfigured("the demo", "its photographs come with scikit-image; give your own by --media DIR")
    sources = [Path(spec.origin).parent / "data" / name for name in PHOTOGRAPHS]
    paths = []
    for number, source in enumerate(sources, 1):
        path = folder / f"{number}-{source.stem}.jpg"
        with Image.open(source) as image:
            image.convert("RGB").save(path, quality=95)
        paths.append(path)
    return paths


@contextmanager
def server(console: Console) -> Iterator[Client]:
    """A client of the server that runs already, or of a stack that runs as long as the block."""
    running = Client(local_url(settings()))
    if running.is_ready():
        yield running
        return
    use_free_port()
    with only_server(settings()), _stack(console) as has_ended:
        client = Client(local_url(settings()))
        with console.status("starting broker, workers and API"):
            wait_ready(client, has_ended, Event(), READY_S)
        yield client


@contextmanager
def _stack(console: Console) -> Iterator[Callable[[], bool]]:
    """The whole stack, supervised in a thread and stopped at the end of the block."""
    stop = Event()

    def say(name: str, words: str) -> None:
        if words != "started" and not stop.is_set():
            console.print(f"{name} {words}", style="yellow", highlight=False)

    supervisor = stack(settings(), say)
    watch = Thread(target=supervisor.run, args=(stop,), name="supervisor")
    previous = signal.signal(signal.SIGTERM, _interrupt)
    watch.start()
    try:
        yield lambda: not watch.is_alive()
    finally:
        stop.set()
        with console.status("stopping the stack"):
            _await_end(watch, supervisor.kill)
        signal.signal(signal.SIGTERM, previous)


def _await_end(watch: Thread, kill: Callable[[], None]) -> None:
    """Wait until the stack has stopped; kill it on another Ctrl-C."""
    while watch.is_alive():
        try:
            watch.join()
        except KeyboardInterrupt:
            kill()


def _interrupt(_number: int, _frame: Any) -> NoReturn:
    raise KeyboardInterrupt


def use_free_port() -> None:
    """Set another port for this process and its children when the one in the settings is in use."""
    chosen = settings()
    family, address = resolved(chosen.host, chosen.port)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            probe.bind((address[0], 0))
            os.environ["PYTOON_PORT"] = str(probe.getsockname()[1])
            settings.cache_clear()
