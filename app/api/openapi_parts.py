"""Parts of the OpenAPI document that no schema describes: errors, headers, parameters in paths, and files."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from app.api import examples
from app.api.http.error_facts import RETRYABLE
from app.api.query_fields import ID_PATTERN
from app.revisions.queries import MAX_NUMBER

JsonObject = dict[str, Any]
MAX_FILE_NAME = 255

# Status -> when it is the response. Every status has the same body.
ERRORS = {
    400: "The request cannot be parsed as HTTP, as a form or as JSON.",
    401: "The server has API keys, and the request has none, or one that is not valid or was revoked.",
    403: "A page of another site sent the request; list its origin in PYTOON_ALLOWED_ORIGINS to allow it.",
    404: "There is no such job, revision, file or engine.",
    408: "The body came too slowly.",
    409: "The state of the job does not allow it, or the idempotency key was used with another request.",
    412: "A precondition, such as If-Match, does not hold: the file has changed.",
    413: "The request or a file is larger than the limit that the message names.",
    415: "The content type is none of those listed for the request body.",
    416: "The requested range is outside the file.",
    421: "The Host header names another server; list it in PYTOON_ALLOWED_HOSTS to allow it.",
    422: "A field or parameter is not valid, or a file cannot be used; the message names it and says why.",
    500: "An error inside the server; the log has it under the id of the request.",
    503: "The server is overloaded, or a service that it needs does not answer.",
    507: "The disk is full or read-only, or takes no files of this size.",
}
EVERYWHERE = (400, 421, 500, 503)
OF_CHANGES = (403,)
WITH_KEY = (401,)
# The paths that need an API key as soon as the server has one.
KEY_PREFIX = "/api/"
SECURITY_SCHEMES: dict[str, JsonObject] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`pyt_…`) in the header `Authorization`. Needed as soon as the server has a key.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "An API key (`pyt_…`) in a header of its own, for clients that cannot set `Authorization`.",
    },
}
# One of the schemes, or none while the server has no key.
SECURITY: list[JsonObject] = [{"bearer": []}, {"api_key": []}, {}]
# flask-smorest names components after HTTPStatus; some names differ between Python versions.
ERROR_NAME = {status: HTTPStatus(status).name for status in ERRORS}


def header(description: str, **schema: Any) -> JsonObject:
    return {"description": description, "schema": {"type": "string", **schema}}


REQUEST_ID = header(
    "Id of the request, also in the log: that of the request's own X-Request-Id header if it is valid.",
    pattern="^[A-Za-z0-9._-]{1,64}$",
)
RETRY_AFTER = header("Seconds to wait before the request is sent again, if that is known.", pattern="^[0-9]+$")
CONTENT_RANGE = header("The range in the body and the size of the file.", examples=["bytes 0-1023/1843220"])
ACCEPT_RANGES = header("Ranges are in bytes.", enum=["bytes"])
ETAG = header("SHA-256 of the file, in quotes.", examples=[f'"{examples.SHA256}"'])
LAST_MODIFIED = header("Time of the last change of the file.", examples=["Fri, 02 Jan 2026 03:04:41 GMT"])
DISPOSITION = header("`inline` or `attachment`, with the name of the file.")
LOCATION = header("URL of the job.", format="uri-reference")
REPLAYED = header(
    "`true` if an earlier request with the same idempotency key submitted the job; otherwise absent.", enum=["true"]
)
SUBMIT_HEADERS = {"Location": LOCATION, "Idempotency-Replayed": REPLAYED}

_ERROR_HEADERS: dict[int, JsonObject] = {
    401: {"WWW-Authenticate": header("How to send a key.", examples=['Bearer realm="pytoon"'])},
    416: {"Content-Range": header("The size of the file.", examples=["bytes */1843220"])},
    503: {"Retry-After": RETRY_AFTER},
}


def error_response(status: int, schema: Any) -> JsonObject:
    """Return the component for the response with this status."""
    return {
        "description": ERRORS[status],
        "headers": {"X-Request-Id": REQUEST_ID, **_ERROR_HEADERS.get(status, {})},
        "content": {"application/json": {"schema": schema, "example": _error_example(status)}},
    }


def default_error(schema: Any) -> JsonObject:
    """Return the component for every status that an operation does not list, such as 414 or 431."""
    return {
        "description": "Another error.",
        "headers": {"X-Request-Id": REQUEST_ID},
        "content": {"application/json": {"schema": schema, "example": _error_example(500)}},
    }


def _error_example(status: int) -> JsonObject:
    if status == 422:
        return examples.ERROR
    facts = {
        "code": HTTPStatus(status).name.lower(),
        "message": ERRORS[status],
        "retryable": status in RETRYABLE,
        "advice": "See the message.",
    }
    return {**examples.ERROR, "error": facts}


PATH_PARAMETERS: dict[str, JsonObject] = {
    "job_id": {"description": "Id of the job.", "schema": {"type": "string", "pattern": ID_PATTERN}},
    "number": {
        "description": "Number of the revision, counted from 1 in each job.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER},
    },
    "scene_id": {
        "description": "Number of the scene.",
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
    },
    "engine": {
        "description": "Name of the engine.",
        "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"},
        "examples": {"runway": {"value": "runway"}},
    },
    "name": {
        "description": "Name of the artifact, as in the list of artifacts; a slash in it may be sent as `%2F`.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_FILE_NAME},
        "examples": {"film": {"value": "output.mp4"}},
    },
}

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": (
        "Makes a retry safe: the same key and body return the same job; the same key with another body is refused "
        "with 409. A key can be used for another job after 24 hours."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]{1,255}$"},
}


def _condition(name: str, description: str) -> JsonObject:
    return {"in": "header", "name": name, "required": False, "description": description, "schema": {"type": "string"}}


FILE_PARAMETERS = [
    _condition("Range", "The wanted ranges in bytes, such as `bytes=0-1023`; any other unit is ignored."),
    _condition("If-Range", "ETag or time of the file to which the range belongs; if it has changed, it is sent whole."),
    _condition("If-None-Match", "ETags; the response is 304 if one of them is that of the file."),
    _condition("If-Modified-Since", "A time; the response is 304 if the file has not changed since."),
    _condition("If-Match", "ETags; the response is 412 if none of them is that of the file."),
    _condition("If-Unmodified-Since", "A time; the response is 412 if the file has changed since."),
]
# The content types of artifacts: film, thumbnail, subtitles, documents.
FILE_TYPES = ("video/mp4", "image/jpeg", "application/x-subrip", "text/vtt", "application/json")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE_HEADERS = {
    "Accept-Ranges": ACCEPT_RANGES,
    "Content-Disposition": DISPOSITION,
    "ETag": ETAG,
    "Last-Modified": LAST_MODIFIED,
}


def _file(description: str, *types: str, **headers: JsonObject) -> JsonObject:
    return {
        "description": description,
        "headers": {**_FILE_HEADERS, **headers},
        "content": dict.fromkeys(types, _BINARY),
    }


FILE_RESPONSES = {
    "200": _file("The whole file.", *FILE_TYPES),
    "206": _file("The requested ranges.", *FILE_TYPES, "multipart/byteranges", **{"Content-Range": CONTENT_RANGE}),
    "304": {
        "description": "The file has not changed; the response has no body.",
        "headers": {"ETag": ETAG, "X-Request-Id": REQUEST_ID},
    },
}
