"""Request hooks: request ids, the access log and security headers."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import ExitStack

from flask import Flask, Response, g, request

from app.core.log import log_context, logger

VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A view that serves a page sets its own policy; other responses may not load or run anything.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
log = logger("pytoon.access")


def register_request_context(app: Flask) -> None:
    app.before_request(_begin_request)
    app.after_request(_finish_response)
    app.teardown_request(_end_request)


def set_job(job_id: str) -> None:
    """Add the job to the log context of the current request."""
    g.log_contexts.enter_context(log_context(job=job_id))


def request_id() -> str:
    """Return the ``X-Request-Id`` of the client if it is valid, otherwise a generated id."""
    if "request_id" not in g:
        g.request_id = valid_request_id(request.headers.get("X-Request-Id", ""))
    current_id: str = g.request_id
    return current_id


def valid_request_id(client_id: str) -> str:
    """Return the id that a client has chosen if it is valid, otherwise a generated one."""
    return client_id if VALID_REQUEST_ID.fullmatch(client_id) else uuid.uuid4().hex


def _begin_request() -> None:
    g.started_at = time.perf_counter()
    g.log_contexts = ExitStack()
    g.log_contexts.enter_context(log_context(request=request_id(), job=(request.view_args or {}).get("job_id")))


def _finish_response(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    ms = round((time.perf_counter() - g.started_at) * 1000)
    log.info("request", method=request.method, path=request.path, status=response.status_code, ms=ms)
    return response


def _end_request(_error: BaseException | None) -> None:
    if "log_contexts" in g:  # absent when no request was dispatched in this context
        g.log_contexts.close()
