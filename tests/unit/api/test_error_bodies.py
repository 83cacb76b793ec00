"""Every exception is converted to an error body without secrets, paths or internals."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from kombu.exceptions import OperationalError
from marshmallow import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import OperationalError as DatabaseError

from app.api.errors import flatten_messages
from app.api.factory import create_app
from app.api.http.error_facts import RETRY_AFTER_S
from app.core import config
from app.core.errors import (
    BadMedia,
    BadRequest,
    Conflict,
    MediaError,
    NotFound,
    Overloaded,
    PytoonError,
    StorageFull,
    TooLarge,
    Unavailable,
    Unconfigured,
)
from app.database.session import engine, migrate

SECRET = "redis://:geheim@10.0.0.7/0 /srv/pytoon/storage"


@pytest.fixture(scope="module")
def app() -> Flask:
    """The real application with an additional route that raises an error."""
    app = create_app()
    app.config["errors"] = {}

    def raise_error(name: str) -> None:
        raise app.config["errors"][name]

    app.add_url_rule("/raise/<name>", view_func=raise_error)
    return app


def response_to(app: Flask, error: Exception, query: str = "") -> tuple[int, dict[str, Any], str]:
    app.config["errors"]["it"] = error
    response = app.test_client().get(f"/raise/it{query}")
    assert response.json is not None and set(response.json) == {"error", "request_id"}
    assert response.json["request_id"] == response.headers["X-Request-Id"]
    assert {"code", "message", "retryable", "advice"} <= set(response.json["error"])
    return response.status_code, response.json["error"], response.text


def test_overloaded_server_says_when_to_come_again(app: Flask) -> None:
    app.config["errors"]["it"] = Overloaded("too many files are inspected at the moment")
    assert app.test_client().get("/raise/it").headers["Retry-After"] == str(RETRY_AFTER_S)


def test_bad_media_has_the_advice_that_fits_its_cause(app: Flask) -> None:
    _, facts, _ = response_to(app, BadMedia("file", "the file is a zip archive", "Unpack it."))
    assert (facts["field"], facts["reason"], facts["advice"]) == ("file", "the file is a zip archive", "Unpack it.")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadRequest("media.0", "is empty"), 422, "bad_request"),
        (BadMedia("media.0", "is a zip archive"), 422, "bad_media"),
        (TooLarge("file", "512 MB"), 413, "too_large"),
        (NotFound("job", "job_x"), 404, "not_found"),
        (Conflict("job", "job_x", "it is DONE already"), 409, "conflict"),
        (Unconfigured("ffmpeg", "PYTOON_FFMPEG"), 503, "unconfigured"),
        (Unavailable("storage", "read-only"), 503, "unavailable"),
        (StorageFull("storage", 10, 500), 507, "storage_full"),
        (Overloaded("too many files are inspected at the moment"), 503, "overloaded"),
    ],
)
def test_pytoon_error_keeps_its_status_code_and_message(app: Flask, error: PytoonError, status: int, code: str) -> None:
    response_status, facts, _ = response_to(app, error)
    assert (response_status, facts["code"], facts["message"]) == (status, code, str(error))
    assert (facts["retryable"], facts["advice"]) == (error.retryable, error.advice)


def test_bad_request_has_field_and_reason(app: Flask) -> None:
    _, facts, _ = response_to(app, BadMedia("media.3", "is cut off"))
    assert (facts["field"], facts["reason"]) == ("media.3", "is cut off")


@pytest.mark.parametrize(
    ("error", "service"),
    [
        (OperationalError(SECRET), "broker"),
        (RedisConnectionError(SECRET), "result store"),
        (DatabaseError(SECRET, {}, Exception(SECRET)), "database"),
    ],
)
def test_unavailable_service_is_named_without_its_address(app: Flask, error: Exception, service: str) -> None:
    status, facts, text = response_to(app, error)
    assert (status, facts["code"], facts["retryable"]) == (503, "unavailable", True)
    assert service in facts["message"] and "geheim" not in text and "10.0.0.7" not in text


@pytest.mark.parametrize("kind", [DataError, IntegrityError])
def test_value_that_the_database_refuses_is_the_callers_error_with_its_field(
    app: Flask, kind: type[DBAPIError]
) -> None:
    error = kind(SECRET, {"id_1": "geheim", "limit": 2**70}, Exception(SECRET))
    status, facts, text = response_to(app, error, f"?before=now&after={2**70}")
    assert (status, facts["code"], facts["field"], facts["retryable"]) == (422, "bad_request", "after", False)
    assert "geheim" not in text


def test_number_that_sqlite_cannot_hold_is_the_callers_error(app: Flask) -> None:
    error = OverflowError("Python int too large to convert to SQLite INTEGER")
    assert response_to(app, error)[0] == 422
    assert response_to(app, OverflowError("math range error"))[0] == 500


@pytest.mark.parametrize(
    "error",
    [RuntimeError(SECRET), KeyError(SECRET), MediaError("mux", ["ffmpeg", SECRET], 1, SECRET), MemoryError(SECRET)],
)
def test_unexpected_error_reveals_only_its_request_id(
    app: Flask, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    status, facts, text = response_to(app, error)
    assert (status, facts["code"]) == (500, "internal")
    assert "geheim" not in text and "/srv" not in text and type(error).__name__ not in text


def test_full_disk_returns_507(app: Flask) -> None:
    status, facts, text = response_to(app, OSError(errno.ENOSPC, "No space left on device", "/srv/pytoon"))
    assert (status, facts["code"]) == (507, "storage_full") and "/srv" not in text
    assert response_to(app, OSError(errno.EIO, "Input/output error"))[0] == 500


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_read_only_storage_returns_507(app: Flask, number: int) -> None:
    path = str(config.settings().home / "assets" / "secret.jpg")
    for error in (OSError(number, "refused", path), caused_by(OSError(number, "refused", path))):
        status, facts, text = response_to(app, error)
        assert (status, facts["code"], facts["retryable"]) == (507, "storage_read_only", False)
        assert "secret" not in text
    assert response_to(app, OSError(number, "refused", "/elsewhere"))[0] == 500


def test_full_disk_as_the_cause_of_another_error_returns_507(app: Flask) -> None:
    assert response_to(app, caused_by(OSError(errno.ENOSPC, "No space left on device")))[0] == 507


def caused_by(cause: OSError) -> MediaError:
    error = MediaError("join", ["ffmpeg"], 1, "it failed")
    error.__cause__ = cause
    return error


def test_read_only_database_file_returns_507(app: Flask) -> None:
    migrate()

    def set_read_only(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    engine().dispose()
    event.listen(engine(), "connect", set_read_only)
    try:
        response = app.test_client().post("/api/v2/jobs", json={"script": "Hello there."})
    finally:
        event.remove(engine(), "connect", set_read_only)
        engine().dispose()
    assert (response.status_code, response.get_json()["error"]["code"]) == (507, "storage_read_only")


def test_unexpected_error_is_logged_with_its_traceback(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    response_to(app, RuntimeError("unexpected"))
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert isinstance(record.msg, dict) and isinstance(record.msg["exc_info"], RuntimeError)
    assert len(record.msg["request"]) == 32


def test_every_invalid_field_is_named(app: Flask) -> None:
    error = ValidationError({"scenes": {2: {"media": {"kind": ["Unknown."]}}}, "_schema": ["Odd."]})
    status, facts, _ = response_to(app, error)
    assert status == 422 and facts["field"] == "scenes.2.media.kind"
    assert facts["errors"] == {"scenes.2.media.kind": ["Unknown."], "body": ["Odd."]}


def test_redirect_is_not_converted_to_an_error(app: Flask) -> None:
    response = app.test_client().get("/api/docs")
    assert response.status_code == 308 and response.headers["Location"].endswith("/api/docs/")


LEAVES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3)
NAMES = st.text("abcdefgh", min_size=1, max_size=5) | st.integers(0, 400)
MESSAGES = st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=8)


def leaves(messages: Any) -> list[list[str]]:
    return [leaf for inner in messages.values() for leaf in leaves(inner)] if isinstance(messages, dict) else [messages]


@settings(max_examples=60)
@given(MESSAGES)
def test_flattened_messages_have_every_reason(messages: Any) -> None:
    assert [reasons for _, reasons in flatten_messages(messages)] == leaves(messages)


def test_single_reason_is_flattened_like_a_list() -> None:
    assert list(flatten_messages("Not a job.")) == [("body", ["Not a job."])]
    assert list(flatten_messages({"a": {"_schema": "Odd."}})) == [("a", ["Odd."])]
