"""Runs the WSGI application and sends its response; files and streams are sent without a thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from contextlib import aclosing, suppress
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from app.api.http.streams import AsyncBody, FileBody, chunks
from app.api.server.environ import Environ
from app.api.server.response import Headers, Response

Send = Callable[[dict[str, Any]], Awaitable[None]]


def run_app(app: WSGIApplication, environ: Environ) -> Response:
    """The response of the application; its body is complete unless it is a file or a stream."""
    begun: list[tuple[int, Headers]] = []
    written = io.BytesIO()

    def start_response(status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
        begun[:] = [(int(status.split(maxsplit=1)[0]), headers)]
        return written.write

    body = app(environ, _as_start_response(start_response))
    complete = body if isinstance(body, FileBody | AsyncBody) else written.getvalue() + _joined(body)
    ((status, headers),) = begun
    return Response(status, headers, complete)


def _as_start_response(function: Any) -> StartResponse:
    return function  # type: ignore[no-any-return]


def _joined(body: Iterable[bytes]) -> bytes:
    try:
        return b"".join(body)
    finally:
        if close := getattr(body, "close", None):
            close()


async def send_response(send: Send, response: Response, readers: Executor) -> None:
    """Send a response. Bytes of a file are read by the threads of ``readers``, one chunk at a time."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if isinstance(response.body, bytes):
            await send({"type": "http.response.body", "body": response.body})
        elif isinstance(response.body, FileBody):
            await _send_file(send, response.body, readers)
        else:
            await _send_stream(send, response.body)
    finally:
        if isinstance(response.body, FileBody):
            response.body.close()


async def _send_file(send: Send, file: FileBody, readers: Executor) -> None:
    loop = asyncio.get_running_loop()
    for part in file.parts:
        if isinstance(part, bytes):
            await _send_chunk(send, part)
            continue
        for chunk in chunks(part):
            await _send_chunk(send, await loop.run_in_executor(readers, file.read, chunk))
    await send({"type": "http.response.body", "body": b""})


async def _send_stream(send: Send, stream: AsyncBody) -> None:
    with suppress(StopAsyncIteration):
        async with aclosing(stream.make_chunks()) as made:
            async for chunk in made:
                await _send_chunk(send, chunk)
    await send({"type": "http.response.body", "body": b""})


async def _send_chunk(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})
