"""Responses of the server itself: the same error body as the application's, and the same line in the access log."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.api.http.request_context import HEADERS, log
from app.core.errors import RETRY_AFTER_S, Overloaded, PytoonError

# Status -> code and advice, for the errors that gunicorn finds when it parses a request.
PARSE_ERRORS = {
    400: ("malformed", "Correct the request: it cannot be parsed."),
    408: ("too_slow", "Send the request again over a faster connection."),
    414: ("url_too_long", "Send a shorter URL; long values belong into the body."),
    431: ("header_too_large", "Send fewer or shorter headers."),
    500: ("internal", "Send the request again; if it fails again, report the request id."),
    501: ("not_implemented", "Send the body without a transfer coding, or with chunked alone."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def as_bytes(self) -> bytes:
        """The whole response as it is sent; the connection ends after it."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join((*lines, "", "")).encode("latin-1") + self.body


def refusal_of(error: PytoonError, method: str | None = None, path: str | None = None) -> Refusal:
    """The response for an error of this application."""
    extra = (("Retry-After", str(RETRY_AFTER_S)),) if isinstance(error, Overloaded) else ()
    return _refusal(error.status, error.as_dict(), extra, method, path)


def parse_refusal(status: int, message: str) -> Refusal:
    """The response for a request that cannot be parsed, so that its method and path are not known."""
    code, advice = PARSE_ERRORS.get(status, PARSE_ERRORS[400])
    facts = {"code": code, "message": message or HTTPStatus(status).phrase, "retryable": status in (408, 500)}
    return _refusal(status, {**facts, "advice": advice}, (), None, None)


def _refusal(
    status: int, facts: dict[str, Any], extra: tuple[tuple[str, str], ...], method: str | None, path: str | None
) -> Refusal:
    request_id = uuid.uuid4().hex
    body = json.dumps({"error": facts, "request_id": request_id}).encode() + b"\n"
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Request-Id": request_id,
        **HEADERS,
    }
    log.info("request", method=method, path=path, status=status, code=facts["code"], request=request_id)
    return Refusal(status, (*headers.items(), *extra), body)
