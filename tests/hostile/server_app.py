"""The application of the product with more routes, for tests of its server: ``tests.hostile.server_app:create()``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, request, send_file

from app.api.factory import create_app
from app.api.http.streams import AsyncBody
from app.api.server.bridge import Bridge
from app.core.config import settings
from tests.waiting import wait_until

LARGE_BYTES = 64 << 20


def create() -> Bridge:
    return Bridge(create_wsgi(), settings())


def create_wsgi() -> Flask:
    app = create_app()
    app.add_url_rule("/test/hold", view_func=hold, methods=["GET", "POST"])
    app.add_url_rule("/test/stream", view_func=stream)
    app.add_url_rule("/test/large", view_func=large)
    app.add_url_rule("/test/echo", view_func=echo, methods=["POST"])
    app.add_url_rule("/test/broken", view_func=broken)
    app.add_url_rule("/test/discard", view_func=discard, methods=["POST"])
    return app


def _file(name: str) -> Path:
    return settings().home / name


def hold() -> str:
    """Keep the thread until the file ``released`` exists; ``held`` counts the threads."""
    with _file("held").open("a") as held:
        held.write("x")
    wait_until(_file("released").exists, "the file")
    return "done"


def stream() -> Response:
    """An event every 50 ms, without an end."""
    return Response(AsyncBody(_events), mimetype="text/event-stream", direct_passthrough=True)


async def _events() -> AsyncGenerator[bytes, None]:
    number = 0
    while True:
        yield f"data: {number}\n\n".encode()
        number += 1
        await asyncio.sleep(0.05)


def large() -> Response:
    """A file larger than all buffers between server and client."""
    path = _file("large")
    if not path.exists():
        with path.open("wb") as file:
            file.truncate(LARGE_BYTES)
    return send_file(path)


def echo() -> Response:
    return send_file(BytesIO(request.get_data()), mimetype="application/octet-stream")


def discard() -> str:
    """Parse a form with files."""
    return str(len(request.files))


def broken() -> Flask:
    raise RuntimeError("a defect with a secret in its message")
