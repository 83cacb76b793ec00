"""``pytoon demo``: a film from pictures at hand, with nothing set up before."""

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

from app.cli.create import local_url, upload_media, wait_and_report
from app.cli.request_options import media_paths, script_of, told
from app.cli.serve import stack, wait_ready
from app.client import Client
from app.core.config import settings
from app.core.errors import PytoonError, Unconfigured
from schemas.frame import ASPECTS, QUALITIES
from schemas.script import Script

READY_S = 90.0
PHOTOGRAPHS = ("coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png", "moon.png", "hubble_deep_field.jpg")
THEIR_TITLE = "From coffee to galaxies"
THEIR_STORY = (
    "A good day starts small, with a cup of hot coffee on a wooden table. "
    "The cat looks past you, as if she knew something. "
    "Far away, a rocket stands in the blue light before dawn, ready to go. "
    "One astronaut has waited half her life for this morning, and nothing will make her late. "
    "Tonight she will see the Moon from close enough to count its craters. "
    "And beyond it, in one dark corner of the sky, ten thousand galaxies have been waiting for a very long time."
)
YOUR_STORY = (
    "Every picture keeps a moment that would be gone without it. "
    "Some of them were planned, and most of them just happened. "
    "Look at them one after the other, and they begin to tell a story. "
    "There is light in them, and patience, and a little luck. "
    "Nobody will remember the weather of that day, or what there was for lunch. "
    "But this, somebody will remember. That is what pictures are for."
)


@click.command()
@click.option("--media", type=click.Path(exists=True, path_type=Path), help="A folder of your pictures and clips.")
@click.option("--from", "source", metavar="FILE|-", help="Another narration, as text or Markdown.")
@click.option("--aspect", type=click.Choice(list(ASPECTS)), help="The film's shape.")
@click.option("--quality", type=click.Choice(QUALITIES), help="Size and care.")
@click.option("--preset", metavar="NAME", help="The look.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Fetch the files into this folder.")
@click.pass_context
def demo(ctx: click.Context, /, media: Path | None, source: str | None, out: Path | None, **look: str | None) -> None:
    """Start everything, make a film from photographs, and stop everything."""
    console = Console()
    script = script_of(source) or (Script(YOUR_STORY) if media else Script(THEIR_STORY, THEIR_TITLE))
    with tempfile.TemporaryDirectory(prefix="pytoon-demo-") as folder:
        pictures = media_paths([str(media)]) if media else photographs(Path(folder))
        with server(console) as client:
            begun = time.monotonic()
            request: dict[str, Any] = {name: value for name, value in look.items() if value}
            request["preset_id"] = request.pop("preset", None) or "documentary"
            request |= told(script) | {"media": upload_media(client, console, pictures)}
            good = _filmed(client, console, request, out)
            console.print(f"{time.monotonic() - begun:.1f} s in all", highlight=False)
    ctx.exit(0 if good else 1)


def _filmed(client: Client, console: Console, request: dict[str, Any], out: Path | None) -> bool:
    job_id = client.submit(request)["job_id"]
    try:
        return wait_and_report(client, console, job_id, out)
    except KeyboardInterrupt:  # or the next demo would begin with this one's rest
        with suppress(PytoonError):
            client.cancel(job_id)
        raise


def photographs(folder: Path) -> list[Path]:
    """The photographs that come with scikit-image, as files in ``folder``. Raises ``Unconfigured``."""
    spec = find_spec("skimage")
    if spec is None or not spec.origin:
        raise Unconfigured("the demo", "its photographs come with scikit-image; give your own by --media DIR")
    places = [Path(spec.origin).parent / "data" / name for name in PHOTOGRAPHS]
    made = []
    for number, place in enumerate(places, 1):
        path = folder / f"{number}-{place.stem}.jpg"
        with Image.open(place) as image:
            image.convert("RGB").save(path, quality=95)
        made.append(path)
    return made


@contextmanager
def server(console: Console) -> Iterator[Client]:
    """A server to talk to: the one that runs already, or a stack that is there as long as the block."""
    running = Client(local_url(settings()))
    if running.is_ready():
        yield running
        return
    use_free_port()
    with _stack(console) as has_ended:
        client = Client(local_url(settings()))
        with console.status("starting broker, workers and API"):
            wait_ready(client, has_ended, Event(), READY_S)
        yield client


@contextmanager
def _stack(console: Console) -> Iterator[Callable[[], bool]]:
    """The whole stack, supervised in a thread: it ends when the block ends, and so does all that it started."""
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
        with console.status("stopping everything"):
            _await_end(watch, supervisor.kill)
        signal.signal(signal.SIGTERM, previous)


def _await_end(watch: Thread, kill: Callable[[], None]) -> None:
    """A second Ctrl-C while it stops ends it at once."""
    while watch.is_alive():
        try:
            watch.join()
        except KeyboardInterrupt:
            kill()


def _interrupt(_number: int, _frame: Any) -> NoReturn:
    raise KeyboardInterrupt


def use_free_port() -> None:
    """Another port for this process and its children, if somebody else has the one that is set."""
    chosen = settings()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError:
            probe.bind((chosen.host, 0))
            os.environ["PYTOON_PORT"] = str(probe.getsockname()[1])
            settings.cache_clear()
