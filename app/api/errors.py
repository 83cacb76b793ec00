"""The one place where an exception becomes a reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, jsonify
from kombu.exceptions import OperationalError as BrokerAway
from marshmallow import ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, InternalServerError

from app.api.http import limits
from app.api.http.request_context import request_id
from app.core.errors import BadRequest, PytoonError, Unavailable
from app.core.log import logger
from app.store.disk_errors import storage_error

log = logger("pytoon.api")
CODES = {
    400: ("malformed", "Correct the request: it could not be read."),
    404: ("not_found", "Check the address; /api/docs lists them all."),
    405: ("method_not_allowed", "The Allow header names the methods there are."),
    413: ("too_large", "Send less, or ask the operator to raise the limit."),
    415: ("unsupported_media_type", "Send application/json or multipart/form-data."),
    416: ("range_not_satisfiable", "Ask for a range inside the file; Content-Range has its length."),
}
INTERNAL = "Something went wrong here; it is in the log under this request id."
AGAIN = "Send the request again; if it fails again, report the request id."


def register_error_handlers(app: Flask) -> None:
    """Every reply above 399 has the same body: ``{"error": {…}, "request_id": …}``."""
    app.register_error_handler(PytoonError, _known)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database_away)
    app.register_error_handler(PoolExhausted, _database_away)
    app.register_error_handler(BrokerAway, _broker_away)
    app.register_error_handler(RedisError, _broker_away)
    app.register_error_handler(Exception, _unexpected)


def flat(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """("scenes.3.duration_ms", reasons) for every leaf of marshmallow's nested messages."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            here = path if name == "_schema" else f"{path}.{name}".lstrip(".")
            yield from flat(inner, here)
    else:
        yield path or "body", [str(each) for each in (messages if isinstance(messages, list) else [messages])]


def _known(error: PytoonError) -> Response:
    if error.status == 500:
        return _unexpected(error)
    if error.status > 500:
        log.warning("refused", code=error.code, exc_info=error)
    facts = error.as_dict()
    if isinstance(error, BadRequest):
        facts |= {"field": error.field, "reason": error.reason}
    return _reply(error.status, facts)


def _invalid(error: ValidationError) -> Response:
    return _named(dict(flat(error.messages)))


def _named(wrong: dict[str, list[str]]) -> Response:
    field, reasons = next(iter(wrong.items()))
    facts = BadRequest(field, " ".join(reasons)).as_dict()
    return _reply(422, facts | {"field": field, "reason": " ".join(reasons), "errors": wrong})


def _http(error: HTTPException) -> HTTPException | Response:
    status = error.code or 500
    if status < 400:
        return error  # a redirect
    if status == 500:
        return _unexpected(error.original_exception or error if isinstance(error, InternalServerError) else error)
    if status == 413:
        limits.drain()
    data = getattr(error, "data", None) or {}
    if status == 422 and "messages" in data:  # webargs puts them under the place they came from
        return _named(dict(found for place in data["messages"].values() for found in flat(place)))
    code, advice = CODES.get(status, (error.name.lower().replace(" ", "_"), "Correct the request."))
    facts = {"code": code, "message": error.description or error.name, "retryable": False, "advice": advice}
    return _reply(status, facts, error)


def _database_away(error: Exception) -> Response:
    # SQLite fails like this as well where its disk is full or may not be written to.
    shown = storage_error(error) or Unavailable("database", type(error).__name__)
    return _known(_because(shown, error))


def _broker_away(error: Exception) -> Response:
    return _known(_because(Unavailable("broker", type(error).__name__), error))


def _because(shown: PytoonError, cause: Exception) -> PytoonError:
    shown.__cause__ = cause  # for the log alone: its words may have a password
    return shown


def _unexpected(error: BaseException) -> Response:
    if trouble := storage_error(error):
        log.warning("refused", code=trouble.code, exc_info=error)
        return _reply(trouble.status, trouble.as_dict())
    log.error("failed", exc_info=error)
    return _reply(500, {"code": "internal", "message": INTERNAL, "retryable": True, "advice": AGAIN})


def _reply(status: int, facts: dict[str, Any], like: HTTPException | None = None) -> Response:
    response = jsonify(error=facts, request_id=request_id())
    response.status_code = status
    for name, value in like.get_headers() if like else ():
        if name in ("Allow", "Content-Range", "Retry-After"):
            response.headers[name] = value
    return response
