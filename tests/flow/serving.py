"""An HTTP server for tests, snapshots of what it has stored, and files to upload."""

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

ALL_QUEUES = tuple(queue for queues in WORKER_QUEUES.values() for queue in queues)


@contextmanager
def http_server(app: Flask) -> Iterator[str]:
    """Serve ``app`` from threads of this process; yields its URL."""
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
def rendering_server() -> Iterator[str]:
    """Serve the API with a worker for all queues; yields its URL."""
    cancel_open_runs()
    with http_server(create_app()) as address, running_worker(ALL_QUEUES, children=2):
        yield address


def cancel_open_runs() -> None:
    """Cancel the jobs that other tests left in the queue, so that no worker renders or recovers them."""
    celery.control.purge()
    with transaction() as session:
        session.execute(update(RunRow).where(RunRow.ended_at.is_(None)).values(ended_at=now(), state=State.CANCELLED))


@dataclass(frozen=True)
class StoredState:
    """Everything that a request can store: the number of rows by table, and the paths of files."""

    rows: dict[str, int]
    files: frozenset[str]


def stored_state() -> StoredState:
    with transaction() as session:
        tables = (AssetRow, JobRow, RevisionRow, RunRow, EventRow)
        rows = {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    home = settings().home
    paths = [path for path in home.rglob("*") if path.is_file() and path.parts[len(home.parts)] != "broker"]
    return StoredState(rows, frozenset(str(path) for path in paths if not path.name.startswith("pytoon.db")))


def image_bytes(format_name: str = "PNG", size: tuple[int, int] = (64, 48), colour: str = "#208040") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format_name)
    return buffer.getvalue()


def incompressible_png(width: int, height: int) -> bytes:
    """A PNG that cannot be compressed."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3)).save(buffer, "PNG")
    return buffer.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A valid, small PNG with huge dimensions: one bit per pixel, all of one colour."""
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def video_bytes() -> bytes:
    return _lavfi("testsrc=size=64x48:rate=10:duration=1", "clip.mp4", "-pix_fmt", "yuv420p")


@lru_cache(maxsize=1)
def audio_bytes() -> bytes:
    return _lavfi("sine=frequency=440:duration=1", "tone.wav")


def _lavfi(source: str, name: str, *options: str) -> bytes:
    with TemporaryDirectory() as directory:
        path = Path(directory) / name
        ffmpeg.run(ffmpeg.command("a file for a test", "-f", "lavfi", "-i", source, *options, path))
        return path.read_bytes()
