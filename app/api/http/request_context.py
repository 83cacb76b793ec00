"""Around every request: its id, its line in the log, and headers that keep a browser from guessing."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import ExitStack

from flask import Flask, Response, g, request

from app.core.log import log_context, logger

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A view that serves a page brings its own; nothing else here may load or run anything.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
log = logger("pytoon.access")


def register_request_context(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_answered)
    app.teardown_request(_end)


def set_job(job_id: str) -> None:
    """The request turned out to concern this job."""
    g.facts.enter_context(log_context(job=job_id))


def request_id() -> str:
    """The caller's own id where it is a sane one, or one of ours."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
    known: str = g.request_id
    return known


def _begin() -> None:
    g.begun = time.perf_counter()
    g.facts = ExitStack()
    g.facts.enter_context(log_context(request=request_id(), job=(request.view_args or {}).get("job_id")))


def _answered(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    ms = round((time.perf_counter() - g.begun) * 1000)
    log.info("request", method=request.method, path=request.path, status=response.status_code, ms=ms)
    return response


def _end(_error: BaseException | None) -> None:
    if "facts" in g:  # not in a context without a request of its own
        g.facts.close()
