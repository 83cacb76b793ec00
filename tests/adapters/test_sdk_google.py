"""Google's own library (google-genai) has sent what the engine sends, and has read each reply of the emulator.

The library needs other versions of packages than the tests do, so that it was recorded: see ``record_sdk.py``.
"""

from __future__ import annotations

import base64
import json
from email.message import Message

import pytest

from app.core.config import Settings
from engines.base import OrderProgress
from schemas.order import ClipOrder
from tests.adapters.record_sdk import HOST, ORDERS, PROMPT, RECORDING, STATES, bring
from tests.adapters.wire import assert_same, assert_same_headers, engine_at_vendor, shape_of
from tests.emulators.base import Call
from tests.emulators.google import Google

RECORDED = json.loads(RECORDING.read_text(encoding="utf-8"))
ONLY_LIBRARY = {"x-goog-api-client": "the name and the version of the library"}
POLL, CANCEL = "^/v1/interactions/[^/]+$", "/cancel$"


def sent(request) -> Call:
    """A request of the recording as the emulator received it."""
    headers = Message()
    for name, value in request["headers"].items():
        headers[name] = value
    body = b"" if request["json"] is None else json.dumps(request["json"]).encode()
    return Call(request["method"], request["path"], request["query"], headers, body, 0.0)


@pytest.fixture
def google(at_hosts):
    emulator = at_hosts(Google, HOST)
    emulator.film = lambda **_: b"film"
    return emulator


@pytest.fixture
def engine(google):
    return engine_at_vendor(google)


@pytest.fixture
def submit(engine, tmp_path):
    """Place the order of a recorded request, with the picture in it."""

    def place(number):
        (model, seconds, aspect, resolution, pictures), record = ORDERS[number], RECORDED["orders"][number]
        content = record["request"]["json"]["input"][0]["content"]
        files = {}
        if pictures:
            files["picture"] = tmp_path / "picture.png"
            files["picture"].write_bytes(base64.b64decode(content[1]["data"]))
        facts = {"seconds": seconds, "aspect": aspect, "resolution": resolution, "image": next(iter(files), None)}
        order = ClipOrder(model, PROMPT, **facts)
        return engine.submit(order, files, "key")

    return place


def test_recording_is_of_the_library_and_its_own_host():
    assert RECORDED["library"].startswith("google-genai ")
    assert sent(RECORDED["orders"][0]["request"]).headers["Host"] == HOST
    assert Settings().google_url == f"https://{HOST}"


def test_every_model_is_compared_with_the_library(engine):
    assert {model for model, *_ in ORDERS} == {model.id for model in engine.capabilities.models}


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_order_is_the_request_of_the_library(google, submit, number):
    submit(number)
    (call,) = google.calls_to("POST", "^/v1/interactions$")
    assert_same(sent(RECORDED["orders"][number]["request"]), call, ONLY_LIBRARY)


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_emulator_accepts_the_order_of_the_library_with_the_reply_that_it_has_read(google, number):
    record = RECORDED["orders"][number]
    reply = google.handle(sent(record["request"]))
    assert (reply.status, shape_of(reply.body)) == (200, record["reply"])
    assert record["result"]["status"] == "completed"


EXPECTED = {
    "queued": OrderProgress.WAITING,
    "in_progress": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "inline": OrderProgress.DONE,
    "cancelled": OrderProgress.CANCELLED,
}


@pytest.mark.parametrize("state", STATES)
def test_poll_is_the_request_of_the_library_which_has_read_every_state(google, engine, submit, state):
    record = RECORDED["polls"][state]
    submission = submit(len(ORDERS) - 1)
    bring(google, state)
    progress = engine.poll(submission)
    (call,) = google.calls_to("GET", POLL)
    known = sent({**record["request"], "path": call.path})
    assert_same(known, call, {**ONLY_LIBRARY, "content-type": "the library states one without a body too"})
    assert shape_of(google.handle(call).body) == record["reply"]
    assert progress.state == EXPECTED.get(state, OrderProgress.FAILED)
    result = record["result"]
    assert result["status"] == ("completed" if state == "inline" else state)
    assert result["video"] == {"completed": "uri", "inline": "inline"}.get(state)
    assert [progress.reason] == result["errors"] or state != "failed"


def test_cancellation_is_the_request_of_the_library(google, engine, submit):
    google.hold()
    submission = submit(0)
    assert engine.cancel(submission).cancelled
    (call,) = google.calls_to("POST", CANCEL)
    record = RECORDED["cancel"]
    known = sent(record["request"])
    assert known.path.rpartition("/")[2] == call.path.rpartition("/")[2] == "cancel"
    assert (known.query, known.body) == (call.query, call.body) == ({}, b"")
    assert_same_headers(known, call, {**ONLY_LIBRARY, "content-type": "the library states one without a body too"})
    assert record["result"]["status"] == "cancelled"
    assert shape_of(google.handle(call).body) == record["reply"]


def test_library_has_read_the_errors_of_the_emulator(google):
    assert RECORDED["unknown"]["result"] == {"raised": "NotFoundError", "status_code": 404}
    assert RECORDED["refused"]["result"] == {"raised": "BadRequestError", "status_code": 400}
    for name, status in (("unknown", 404), ("refused", 400)):
        google.key = "another-key" if name == "refused" else google.key
        reply = google.handle(sent(RECORDED[name]["request"]))
        assert (reply.status, shape_of(reply.body)) == (status, RECORDED[name]["reply"])
