"""The ASGI application: an event loop receives requests and sends responses, threads run the WSGI application.

A thread runs only while the body of its request is complete and until the response is made. Slow clients therefore take
a connection and no thread. Requests with a body may not take all threads. The event loop itself answers liveness.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import Any

from flask import Flask

from app.api.http.before_body import refuses
from app.api.http.limits import max_body_bytes
from app.api.http.streams import AsyncBody
from app.api.server.environ import Environ, with_body, wsgi_environ
from app.api.server.lanes import Lane
from app.api.server.receiving import BodyFile, BodyLimits, Disconnected, Receive, receive_body
from app.api.server.refusals import refusal_of, refusal_of_status
from app.api.server.response import Response
from app.api.server.sending import Send, run_app, send_response
from app.core.config import Settings, settings

LIVENESS_PATH = "/health/live"
# Requests that wait for a thread; more are refused. An upload that waits keeps its body on the disk.
WAITING_REQUESTS = 200
WAITING_UPLOADS = 32
# Threads that read and write files for the event loop.
FILE_THREADS = 4


class Bridge:
    """Runs ``app`` for an ASGI server."""

    def __init__(self, app: Flask, chosen: Settings) -> None:
        self._app = app
        self._settings = chosen
        threads = max(2, chosen.threads)
        pool = ThreadPoolExecutor(threads, "request")
        self._files = ThreadPoolExecutor(FILE_THREADS, "file")
        # A body takes long to read, check or plan: a quarter of the threads stays free for other requests.
        self._requests = Lane(pool, threads, WAITING_REQUESTS)
        self._uploads = Lane(pool, threads // 2, WAITING_UPLOADS)
        self._bodies = Lane(pool, max(1, threads // 4), WAITING_REQUESTS)
        self._streams: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            response = await self._respond(scope, receive)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - every error has a response
            response = refusal_of(error, scope)
            if _has_body(scope):
                response = response.closing()
        await self._send(send, response)

    async def _respond(self, scope: dict[str, Any], receive: Receive) -> Response:
        environ = wsgi_environ(scope, BytesIO())
        if not _has_body(scope):
            return await self._respond_without_body(environ)
        if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":
            return refusal_of_status(501, "only the transfer coding chunked is known", scope).closing()
        if _is_liveness(environ) or await self._requests.run(partial(refuses, self._app, environ)):
            return (await self._respond_without_body(environ)).closing()
        return await self._respond_to_body(environ, receive)

    async def _respond_without_body(self, environ: Environ) -> Response:
        """The response of the application to the header; a body is not received."""
        if _is_liveness(environ):
            return run_app(self._app, environ)
        return await self._requests.run(partial(run_app, self._app, environ))

    async def _respond_to_body(self, environ: Environ, receive: Receive) -> Response:
        content_type, chosen = environ.get("CONTENT_TYPE", ""), self._settings
        limits = BodyLimits(max_body_bytes(content_type, chosen.max_request_mb), chosen.min_bytes_per_s, chosen.slow_s)
        body = BodyFile(self._files)
        try:
            await receive_body(receive, body, limits)
            complete = with_body(environ, await body.complete(), body.size_bytes)
        except BaseException:
            body.close()
            raise
        lane = self._uploads if content_type.startswith("multipart/") else self._bodies
        return await lane.run(partial(_run_and_close, self._app, complete, body))

    async def _send(self, send: Send, response: Response) -> None:
        task = asyncio.current_task()
        if task and isinstance(response.body, AsyncBody):
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        await send_response(send, response, self._files)

    def end_streams(self) -> None:
        """End the streams, which have no end of their own; their clients connect again."""
        for task in self._streams:
            task.cancel()


def _run_and_close(app: Flask, environ: Environ, body: BodyFile) -> Response:
    """Run the application; the file is closed by its thread, which may outlive the connection."""
    try:
        return run_app(app, environ)
    finally:
        body.close()


def _is_liveness(environ: Environ) -> bool:
    return bool(environ["PATH_INFO"] == LIVENESS_PATH)


def _has_body(scope: dict[str, Any]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0") != b"")
        for name, value in scope["headers"]
    )


def create_bridge() -> Bridge:
    """The ASGI application with the settings of this process."""
    from app.api.factory import create_app

    return Bridge(create_app(), settings())
