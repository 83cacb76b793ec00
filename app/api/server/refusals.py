"""Error responses of the server itself: the same body as the application's, and the same line in the access log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.api.http.error_facts import INTERNAL_MESSAGE, facts_of_status, retry_headers
from app.api.http.known_errors import known_error
from app.api.http.request_context import HEADERS, log, valid_request_id
from app.api.server.response import Refusal
from app.core.log import logger

Scope = Mapping[str, Any]
# Of a request whose header is not complete.
UNKNOWN: Scope = {"method": None, "path": None, "headers": ()}


def refusal_of(error: Exception, scope: Scope = UNKNOWN) -> Refusal:
    """The response for an error; one that is unexpected is logged."""
    if known := known_error(error):
        return _refusal(known.status, known.as_dict(), scope)
    refusal = refusal_of_status(500, INTERNAL_MESSAGE, scope)
    logger("pytoon.server").error("request failed", exc_info=error, request=dict(refusal.headers)["X-Request-Id"])
    return refusal


def refusal_of_status(status: int, message: str, scope: Scope = UNKNOWN) -> Refusal:
    """The response for an error that is known only by its status, as those of the parser."""
    return _refusal(status, facts_of_status(status, message), scope)


def _refusal(status: int, facts: dict[str, Any], scope: Scope) -> Refusal:
    client_id = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    request_id = valid_request_id(client_id)
    body = json.dumps({"error": facts, "request_id": request_id}).encode() + b"\n"
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Request-Id": request_id,
        **HEADERS,
        **retry_headers(status, facts),
    }
    log.info(
        "request", method=scope["method"], path=scope["path"], status=status, code=facts["code"], request=request_id
    )
    return Refusal(status, list(headers.items()), body)
