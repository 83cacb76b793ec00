"""The server in front of the application answers an error exactly as the application does."""

from __future__ import annotations

import errno
import json
from typing import Any

import pytest
from flask import Flask

from app.api.factory import create_app
from app.api.http.error_facts import INTERNAL_MESSAGE, OF_STATUS, RETRY_AFTER_S, facts_of_status
from app.api.server.refusals import refusal_of, refusal_of_status
from app.core.errors import Overloaded, PytoonError, StorageFull, TooLarge, TooSlow, Unavailable, Unconfigured

SCOPE: dict[str, Any] = {"method": "POST", "path": "/raise", "headers": [(b"x-request-id", b"mine-1")]}
ERRORS = [
    Overloaded("too many requests wait for a thread"),
    Unavailable("database", "OperationalError"),
    Unconfigured("ffmpeg", "PYTOON_FFMPEG"),
    TooSlow("the body", "at least 500 bytes per second are required"),
    TooLarge("the request", "2 MB"),
    StorageFull("storage", 10, 500),
    OSError(errno.EDQUOT, "Disk quota exceeded", "/srv/secret"),
    RuntimeError("a defect with a secret in its message"),
]


@pytest.fixture(scope="module")
def app() -> Flask:
    app = create_app()

    def raise_error() -> None:
        raise app.config["error"]

    app.add_url_rule("/raise", view_func=raise_error, methods=["POST"])
    return app


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_error_has_the_same_body_and_headers_from_server_and_application(app: Flask, error: Exception) -> None:
    app.config["error"] = error
    response = app.test_client().post("/raise", headers={"X-Request-Id": "mine-1"})
    refusal = refusal_of(error, SCOPE)
    assert (refusal.status, json.loads(refusal.body)) == (response.status_code, response.get_json())
    assert {**dict(refusal.headers), "Content-Length": None} == {**dict(response.headers), "Content-Length": None}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_retry_after_is_in_every_503_that_can_be_sent_again_and_in_no_other_error(error: Exception) -> None:
    refusal = refusal_of(error)
    is_expected = refusal.status == 503 and isinstance(error, PytoonError) and error.retryable
    assert dict(refusal.headers).get("Retry-After") == (str(RETRY_AFTER_S) if is_expected else None)


def test_unexpected_error_is_logged_under_the_id_in_its_response(caplog: pytest.LogCaptureFixture) -> None:
    refusal = refusal_of(RuntimeError("a defect"))
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert isinstance(record.msg, dict)
    assert record.msg["request"] == json.loads(refusal.body)["request_id"]
    assert json.loads(refusal.body)["error"]["message"] == INTERNAL_MESSAGE


@pytest.mark.parametrize("status", [*OF_STATUS, 418])
def test_error_of_a_status_has_all_facts(status: int) -> None:
    error = json.loads(refusal_of_status(status, "").body)["error"]
    assert error == facts_of_status(status) and all(str(value) for value in error.values())
