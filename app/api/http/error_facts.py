"""What an error body says, and its headers: the same in the application and in the server in front of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

# Status -> code and advice, for errors that are no ``PytoonError``.
OF_STATUS = {
    400: ("malformed", "Correct the request: it cannot be parsed."),
    404: ("not_found", "Check the URL; /api/docs lists every endpoint."),
    405: ("method_not_allowed", "Use one of the methods in the Allow header."),
    408: ("too_slow", "Send the request again over a faster connection."),
    412: ("precondition_failed", "Read the current ETag, then decide whether to send the request again."),
    413: ("too_large", "Send less, or ask the operator to raise the limit."),
    414: ("url_too_long", "Send a shorter URL; long values belong into the body."),
    415: ("unsupported_media_type", "Send application/json or multipart/form-data."),
    416: ("range_not_satisfiable", "Request a range inside the file; Content-Range has its length."),
    431: ("header_too_large", "Send fewer or shorter headers."),
    500: ("internal", "Send the request again; if it fails again, report the request id."),
    501: ("not_implemented", "Send the body without a transfer coding, or with chunked alone."),
}
RETRYABLE = (408, 500, 503)
INTERNAL_MESSAGE = "An internal error occurred; the log has its details under this request id."
# The value of ``Retry-After``: an outage that lasts longer than a request waits is usually a restart.
RETRY_AFTER_S = 5


def facts_of_status(status: int, message: str = "") -> dict[str, Any]:
    """The facts of an error that is known only by its status; the message is its name by default."""
    name = HTTPStatus(status).phrase
    code, advice = OF_STATUS.get(status, (name.lower().replace(" ", "_"), "Correct the request."))
    return {"code": code, "message": message or name, "retryable": status in RETRYABLE, "advice": advice}


def challenge_headers(status: int) -> dict[str, str]:
    """``WWW-Authenticate`` of a request without a valid API key (RFC 6750, 3)."""
    return {"WWW-Authenticate": 'Bearer realm="pytoon"'} if status == 401 else {}


def retry_headers(status: int, facts: dict[str, Any]) -> dict[str, str]:
    """``Retry-After`` if the server is overloaded or a service does not answer, and a later request can succeed."""
    return {"Retry-After": str(RETRY_AFTER_S)} if status == 503 and facts["retryable"] else {}
