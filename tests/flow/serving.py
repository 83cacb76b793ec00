"""A real HTTP server for tests, what it left behind, and files to send to it."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from PIL import Image
from sqlalchemy import func, select, update
from werkzeug.serving import make_server

from app.api.factory import create_app
from app.core.config import settings
from app.database.models import AssetRow, EventRow, JobRow, RevisionRow, RunRow, now
from app.database.session import transaction
from app.media import ffmpeg
from app.queue.application import celery
from schemas.job import State
from schemas.steps import WORKER_QUEUES
from tests.conftest import running_worker

KEPT = ("assets", "jobs", "runs", "cache", "uploads", "incoming")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a server that serves ``app`` from threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def filming() -> Iterator[str]:
    """The address of a server with workers behind it."""
    forget_jobs()
    with serving(create_app()) as address, running_worker(WORKER_QUEUES["gpu"]), running_worker(WORKER_QUEUES["cpu"]):
        yield address


def forget_jobs() -> None:
    """Jobs that other tests stored or submitted, and that no worker took, are neither made nor recovered."""
    celery.control.purge()
    with transaction() as session:
        session.execute(update(RunRow).where(RunRow.ended_at.is_(None)).values(ended_at=now(), state=State.CANCELLED))


@dataclass(frozen=True)
class Left:
    """Everything that a request could have left: rows by table, and files."""

    rows: dict[str, int]
    files: frozenset[str]


def left() -> Left:
    with transaction() as session:
        tables = (AssetRow, JobRow, RevisionRow, RunRow, EventRow)
        rows = {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    home = settings().home
    own = [path for path in home.rglob("*") if path.is_file() and path.parts[len(home.parts)] != "broker"]
    return Left(rows, frozenset(str(path) for path in own if not path.name.startswith("pytoon.db")))


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: str = "#208040") -> bytes:
    into = io.BytesIO()
    Image.new("RGB", size, colour).save(into, kind)
    return into.getvalue()


def noise(width: int, height: int) -> bytes:
    """A picture that cannot be made smaller."""
    into = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3)).save(into, "PNG")
    return into.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A whole, small file that claims to be enormous: one bit a pixel, all of one colour."""
    into = io.BytesIO()
    Image.new("1", (width, height)).save(into, "PNG", optimize=False)
    return into.getvalue()


@lru_cache(maxsize=1)
def clip() -> bytes:
    return _made("testsrc=size=64x48:rate=10:duration=1", "clip.mp4", "-pix_fmt", "yuv420p")


@lru_cache(maxsize=1)
def tone() -> bytes:
    return _made("sine=frequency=440:duration=1", "tone.wav")


def _made(source: str, name: str, *options: str) -> bytes:
    with TemporaryDirectory() as folder:
        into = Path(folder) / name
        ffmpeg.run(ffmpeg.command("a file for a test", "-f", "lavfi", "-i", source, *options, into))
        return into.read_bytes()
