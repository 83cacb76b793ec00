"""How much a caller may send, and a courtesy to one who sent more."""

from __future__ import annotations

import time
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from flask import Flask, Request, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import LimitedStream

from app.core.config import Settings, settings

MAX_TEXT = 8 << 20  # of a JSON body, or of all text parts of a form
MAX_PARTS = 500
MEMORY_BYTES = 1 << 19  # of one file, before it goes to disk
DRAINED_BYTES = 256 << 20
DRAINED_S = 10.0
CHUNK = 1 << 16


class SpoolingRequest(Request):
    """A file on its way waits where files are kept: a machine's own temporary folder is often small."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        folder = settings().home.absolute() / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cast(IO[bytes], SpooledTemporaryFile(MEMORY_BYTES, "rb+", dir=str(folder)))


def register_limits(app: Flask, chosen: Settings) -> None:
    """More than this is refused with 413 before it is read."""
    app.request_class = SpoolingRequest
    app.config["MAX_CONTENT_LENGTH"] = chosen.max_request_mb << 20
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_TEXT
    app.config["MAX_FORM_PARTS"] = MAX_PARTS
    app.before_request(_only_files_are_large)


def _only_files_are_large() -> None:
    if request.mimetype != "multipart/form-data":
        whole = request.max_content_length or MAX_TEXT
        request.max_content_length = min(MAX_TEXT, whole)


def text() -> bytes:
    """The whole body of a request without files; raises 413."""
    content = request.get_data()
    # A body that comes in pieces without a length is cut off at the limit in silence.
    if request.content_length is None and len(content) >= (request.max_content_length or MAX_TEXT):
        raise RequestEntityTooLarge
    return content


def drain() -> None:
    """Reads what is still coming, within limits: closing on a caller who is still sending loses him the reply."""
    until, left = time.monotonic() + DRAINED_S, DRAINED_BYTES
    try:
        source = _unread()
        while left > 0 and time.monotonic() < until and (chunk := source.read(min(left, CHUNK))):
            left -= len(chunk)
    except (OSError, HTTPException):
        return  # he has gone


def _unread() -> IO[bytes] | LimitedStream:
    """What is left of the body; it ends where the body ends, and reading on would wait for ever."""
    raw: IO[bytes] = request.environ["wsgi.input"]
    if request.environ.get("wsgi.input_terminated"):
        return raw
    try:
        return request.stream
    except RequestEntityTooLarge:  # refused by its length alone: nothing has been read
        return LimitedStream(raw, request.content_length or 0)
