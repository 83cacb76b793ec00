"""Every exception becomes the same body, and none of them tells what only the log may know."""

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
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import OperationalError as DatabaseAway

from app.api.errors import flat
from app.api.factory import create_app
from app.core import config as pytoon
from app.core.errors import (
    BadMedia,
    BadRequest,
    Conflict,
    MediaError,
    NotFound,
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
    """The real application with one door more, behind which every error waits."""
    made = create_app()
    made.config["errors"] = {}

    def door(name: str) -> None:
        raise made.config["errors"][name]

    made.add_url_rule("/raise/<name>", view_func=door)
    return made


def answered(app: Flask, error: Exception) -> tuple[int, dict[str, Any], str]:
    app.config["errors"]["it"] = error
    reply = app.test_client().get("/raise/it")
    assert reply.json is not None and set(reply.json) == {"error", "request_id"}
    assert reply.json["request_id"] == reply.headers["X-Request-Id"]
    assert {"code", "message", "retryable", "advice"} <= set(reply.json["error"])
    return reply.status_code, reply.json["error"], reply.text


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
    ],
)
def test_an_error_of_the_house_keeps_its_status_and_its_words(
    app: Flask, error: PytoonError, status: int, code: str
) -> None:
    found, facts, _ = answered(app, error)
    assert (found, facts["code"], facts["message"]) == (status, code, str(error))
    assert (facts["retryable"], facts["advice"]) == (error.retryable, error.advice)


def test_bad_input_names_field_and_reason(app: Flask) -> None:
    _, facts, _ = answered(app, BadMedia("media.3", "is cut off"))
    assert (facts["field"], facts["reason"]) == ("media.3", "is cut off")


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OperationalError(SECRET), "broker"),
        (RedisAway(SECRET), "broker"),
        (DatabaseAway(SECRET, {}, Exception(SECRET)), "database"),
        (IntegrityError(SECRET, {}, Exception(SECRET)), "database"),
    ],
)
def test_what_is_away_is_named_without_its_address(app: Flask, error: Exception, what: str) -> None:
    status, facts, text = answered(app, error)
    assert (status, facts["code"], facts["retryable"]) == (503, "unavailable", True)
    assert what in facts["message"] and "geheim" not in text and "10.0.0.7" not in text


@pytest.mark.parametrize(
    "error",
    [RuntimeError(SECRET), KeyError(SECRET), MediaError("mux", ["ffmpeg", SECRET], 1, SECRET), MemoryError(SECRET)],
)
def test_an_unexpected_error_tells_only_its_request_id(
    app: Flask, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    status, facts, text = answered(app, error)
    assert (status, facts["code"]) == (500, "internal")
    assert "geheim" not in text and "/srv" not in text and type(error).__name__ not in text


def test_a_full_disk_is_said_to_be_full(app: Flask) -> None:
    status, facts, text = answered(app, OSError(errno.ENOSPC, "No space left on device", "/srv/pytoon"))
    assert (status, facts["code"]) == (507, "storage_full") and "/srv" not in text
    assert answered(app, OSError(errno.EIO, "Input/output error"))[0] == 500


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_storage_that_cannot_be_written_to_is_said_to_be_read_only(app: Flask, number: int) -> None:
    inside = str(pytoon.settings().home / "assets" / "secret.jpg")
    for error in (OSError(number, "refused", inside), caused_by(OSError(number, "refused", inside))):
        status, facts, text = answered(app, error)
        assert (status, facts["code"], facts["retryable"]) == (507, "storage_read_only", False)
        assert "secret" not in text
    assert answered(app, OSError(number, "refused", "/elsewhere"))[0] == 500


def test_a_full_disk_behind_another_error_is_said_to_be_full(app: Flask) -> None:
    assert answered(app, caused_by(OSError(errno.ENOSPC, "No space left on device")))[0] == 507


def caused_by(cause: OSError) -> MediaError:
    error = MediaError("join", ["ffmpeg"], 1, "it failed")
    error.__cause__ = cause
    return error


def test_a_database_file_that_cannot_be_written_to_is_said_to_be_read_only(app: Flask) -> None:
    migrate()

    def read_only(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    engine().dispose()
    event.listen(engine(), "connect", read_only)
    try:
        reply = app.test_client().post("/api/v2/jobs", json={"script": "Hello there."})
    finally:
        event.remove(engine(), "connect", read_only)
        engine().dispose()
    assert (reply.status_code, reply.get_json()["error"]["code"]) == (507, "storage_read_only")


def test_an_unexpected_error_is_in_the_log_with_its_traceback(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    answered(app, RuntimeError("the lamp fell over"))
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert isinstance(record.msg, dict) and isinstance(record.msg["exc_info"], RuntimeError)
    assert len(record.msg["request"]) == 32


def test_all_wrong_fields_of_a_contract_are_named(app: Flask) -> None:
    error = ValidationError({"scenes": {2: {"media": {"kind": ["Unknown."]}}}, "_schema": ["Odd."]})
    status, facts, _ = answered(app, error)
    assert status == 422 and facts["field"] == "scenes.2.media.kind"
    assert facts["errors"] == {"scenes.2.media.kind": ["Unknown."], "body": ["Odd."]}


def test_a_redirect_is_left_alone(app: Flask) -> None:
    reply = app.test_client().get("/api/docs")
    assert reply.status_code == 308 and reply.headers["Location"].endswith("/api/docs/")


LEAVES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3)
NAMES = st.text("abcdefgh", min_size=1, max_size=5) | st.integers(0, 400)
MESSAGES = st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=8)


def leaves(messages: Any) -> list[list[str]]:
    return [leaf for inner in messages.values() for leaf in leaves(inner)] if isinstance(messages, dict) else [messages]


@settings(max_examples=60)
@given(MESSAGES)
def test_no_reason_is_lost_when_messages_are_flattened(messages: Any) -> None:
    assert [reasons for _, reasons in flat(messages)] == leaves(messages)


def test_a_reason_without_a_list_is_a_reason() -> None:
    assert list(flat("Not a job.")) == [("body", ["Not a job."])]
    assert list(flat({"a": {"_schema": "Odd."}})) == [("a", ["Odd."])]
