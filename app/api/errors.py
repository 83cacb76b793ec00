"""Error handlers: convert every exception into an error body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, Response, jsonify, request
from kombu.exceptions import OperationalError as BrokerError
from marshmallow import ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from app.api.http import limits
from app.api.http.error_facts import INTERNAL_MESSAGE, challenge_headers, facts_of_status, retry_headers
from app.api.http.known_errors import known_error
from app.api.http.request_context import request_id
from app.core.errors import BadRequest, PytoonError, Unavailable
from app.core.log import logger
from app.core.redaction import public_text

log = logger("pytoon.api")


def register_error_handlers(app: Flask) -> None:
    """Give every response with a status of 400 or above the body ``{"error": {…}, "request_id": …}``."""
    app.register_error_handler(PytoonError, _handle_pytoon_error)
    app.register_error_handler(ValidationError, _handle_validation_error)
    app.register_error_handler(HTTPException, _handle_http_exception)
    app.register_error_handler(DBAPIError, _handle_database_error)
    app.register_error_handler(PoolTimeout, _handle_database_error)
    app.register_error_handler(OverflowError, _handle_overflow)
    app.register_error_handler(BrokerError, _handle_broker_error)
    app.register_error_handler(RedisError, _handle_broker_error)
    app.register_error_handler(Exception, _handle_unexpected_error)


def flatten_messages(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield ("scenes.3.duration_ms", reasons) for every leaf of marshmallow's nested messages."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            inner_path = path if name == "_schema" else f"{path}.{name}".lstrip(".")
            yield from flatten_messages(inner, inner_path)
    else:
        yield path or "body", [str(reason) for reason in (messages if isinstance(messages, list) else [messages])]


def _handle_pytoon_error(error: PytoonError) -> Response:
    if error.status == 500:
        return _handle_unexpected_error(error)
    if error.status > 500:
        log.warning("request refused", code=error.code, exc_info=error)
    facts = error.as_dict()
    if isinstance(error, BadRequest):
        facts |= {"field": error.field, "reason": public_text(str(error.reason))}
    return _error_response(error.status, facts)


def _handle_validation_error(error: ValidationError) -> Response:
    return _invalid_fields_response(dict(flatten_messages(error.messages)))


def _invalid_fields_response(reasons_by_field: dict[str, list[str]]) -> Response:
    field, reasons = next(iter(reasons_by_field.items()))
    facts = BadRequest(field, " ".join(reasons)).as_dict()
    return _error_response(422, facts | {"field": field, "reason": " ".join(reasons), "errors": reasons_by_field})


def _handle_http_exception(error: HTTPException) -> HTTPException | Response:
    status = error.code or 500
    if status < 400:
        return error  # a redirect
    if status == 500:
        return _handle_unexpected_error(
            error.original_exception or error if isinstance(error, InternalServerError) else error
        )
    message = error.description or error.name
    if status == 413:
        limits.drain_body()
        message = limits.too_large_message()
    data = getattr(error, "data", None) or {}
    if status == 422 and "messages" in data:  # webargs groups messages by location: query, json, …
        by_location = data["messages"].values()
        return _invalid_fields_response(dict(item for messages in by_location for item in flatten_messages(messages)))
    return _error_response(status, facts_of_status(status, message), error)


def _handle_database_error(error: Exception) -> Response:
    api_error = known_error(error)
    if isinstance(error, DataError | IntegrityError) and not api_error:
        api_error = BadRequest(_field_of_value(error), "the database cannot store or compare this value")
    return _handle_pytoon_error(_with_cause(api_error, error)) if api_error else _handle_unexpected_error(error)


def _field_of_value(error: DBAPIError) -> str:
    """The field of the request whose value the failed statement had; "request" when it had none of them."""
    statements = error.params if isinstance(error.params, list) else [error.params]
    values = {str(value) for one in statements for value in (one.values() if isinstance(one, Mapping) else one or ())}
    given = {**(request.view_args or {}), **request.args.to_dict(), **request.form.to_dict()}
    body = request.get_json(silent=True)
    given |= dict(_leaves(body)) if isinstance(body, Mapping | list) else {}
    return next((name for name, value in given.items() if str(value) in values), "request")


def _leaves(plain: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ("scenes.3.duration_ms", value) for every value of a JSON body that is no object and no list."""
    if not isinstance(plain, Mapping | list):
        yield path, plain
        return
    for name, inner in plain.items() if isinstance(plain, Mapping) else enumerate(plain):
        yield from _leaves(inner, f"{path}.{name}".lstrip("."))


def _handle_overflow(error: OverflowError) -> Response:
    """SQLite's driver raises this for a whole number of more than 64 bits, before there is a statement."""
    if "SQLite" not in str(error):
        return _handle_unexpected_error(error)
    return _handle_pytoon_error(_with_cause(BadRequest("request", "a number has more than 64 bits"), error))


def _handle_broker_error(error: Exception) -> Response:
    api_error = known_error(error) or Unavailable("broker", type(error).__name__)
    return _handle_pytoon_error(_with_cause(api_error, error))


def _with_cause(error: PytoonError, cause: Exception) -> PytoonError:
    error.__cause__ = cause  # only for the log: the message of the cause may contain a password
    return error


def _handle_unexpected_error(error: BaseException) -> Response:
    if api_error := known_error(error):
        log.warning("request refused", code=api_error.code, exc_info=error)
        return _error_response(api_error.status, api_error.as_dict())
    log.error("request failed", exc_info=error)
    return _error_response(500, facts_of_status(500, INTERNAL_MESSAGE))


def _error_response(status: int, facts: dict[str, Any], http_error: HTTPException | None = None) -> Response:
    response = jsonify(error=facts, request_id=request_id())
    response.status_code = status
    response.headers.update(retry_headers(status, facts) | challenge_headers(status))
    for name, value in http_error.get_headers() if http_error else ():
        if name in ("Allow", "Content-Range", "Retry-After"):
            response.headers[name] = value
    return response
