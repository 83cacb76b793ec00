"""Limits on the size of requests."""

from __future__ import annotations

import time
from typing import IO, Any, cast

from flask import Flask, Request, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import LimitedStream

from app.api.http.form_parser import StrictFormParser
from app.api.http.spool import Spool
from app.core.config import Settings
from app.core.errors import TooLarge
from app.store.disk_errors import require_space
from app.store.disk_space import free_bytes

MAX_TEXT_BYTES = 8 << 20  # of a JSON body, or of all text parts of a form
MAX_PARTS = 500
# While a form is taken in, the bytes of its files are on the disk as the body, as a part and as the new asset.
COPIES = 3
FILE_MEMORY_BYTES = 1 << 19  # of a file in a form; a larger one is on the disk
MAX_DRAIN_BYTES = 256 << 20
MAX_DRAIN_S = 10.0
CHUNK_BYTES = 1 << 16


class SpoolingRequest(Request):
    """A request whose files are spooled to the home, and whose forms are parsed strictly."""

    form_data_parser_class = StrictFormParser

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return cast(IO[bytes], Spool(FILE_MEMORY_BYTES))


def register_limits(app: Flask, app_settings: Settings) -> None:
    app.request_class = SpoolingRequest
    app.config["MAX_CONTENT_LENGTH"] = app_settings.max_request_mb << 20
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_TEXT_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_PARTS
    app.before_request(_limit_body_without_files)


def max_body_bytes(content_type: str, max_request_mb: int) -> int:
    """The largest body with this content type: only a form can have files."""
    max_bytes = max_request_mb << 20
    return max_bytes if content_type.lower().startswith("multipart/form-data") else min(MAX_TEXT_BYTES, max_bytes)


def check_length() -> None:
    """Raises ``TooLarge`` or ``StorageFull`` for a body whose length says that it is too large."""
    max_bytes = max_body_bytes(request.mimetype, current_app.config["MAX_CONTENT_LENGTH"] >> 20)
    length_bytes = request.content_length or 0
    if length_bytes > max_bytes:
        raise TooLarge("the request", f"{max_bytes >> 20} MB")
    if length_bytes > MAX_TEXT_BYTES:
        require_space(free_bytes(), length_bytes * COPIES)


def too_large_message() -> str:
    """What a request may have at most, for an error of the form parser, which does not say which limit it means."""
    max_mb = current_app.config["MAX_CONTENT_LENGTH"] >> 20
    return (
        f"The request is too large. Its limits: {max_mb} MB in all, {MAX_TEXT_BYTES >> 20} MB of JSON or text fields, "
        f"{MAX_PARTS} parts of a form."
    )


def _limit_body_without_files() -> None:
    request.max_content_length = max_body_bytes(request.mimetype, current_app.config["MAX_CONTENT_LENGTH"] >> 20)


def read_body() -> bytes:
    """Return the whole body of a request without files; raises 413."""
    content = request.get_data()
    # Werkzeug silently truncates a chunked body without a Content-Length at the limit.
    if request.content_length is None and len(content) >= (request.max_content_length or MAX_TEXT_BYTES):
        raise RequestEntityTooLarge
    return content


def drain_body() -> None:
    """Drain the body before replying, within limits, or the client sees a connection reset instead of the 413.

    The server of this application has received the body already; other WSGI servers have not.
    """
    deadline, remaining = time.monotonic() + MAX_DRAIN_S, MAX_DRAIN_BYTES
    try:
        stream = _unread_body()
        while remaining > 0 and time.monotonic() < deadline and (chunk := stream.read(min(remaining, CHUNK_BYTES))):
            remaining -= len(chunk)
    except (OSError, HTTPException):
        return  # the client has disconnected


def _unread_body() -> IO[bytes] | LimitedStream:
    """Return a stream of the unread part of the body that ends with the body; reading past the end would block."""
    stream: IO[bytes] = request.environ["wsgi.input"]
    if request.environ.get("wsgi.input_terminated"):
        return stream
    try:
        return request.stream
    except RequestEntityTooLarge:  # refused because of its Content-Length: nothing has been read
        return LimitedStream(stream, request.content_length or 0)
