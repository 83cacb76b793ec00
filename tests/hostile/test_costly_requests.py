"""Small requests made to cost much are refused by name, within bounds of CPU, and without a held interpreter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests

from app.api.http.form_parser import MAX_PART_HEADER_BYTES
from app.api.json_body import MAX_ENTRIES, MAX_VALUES
from app.planning.text.long_words import MAX_WORD
from tests.waiting import REPLY_S
from tests.web_server import WebServer, web_server

JOBS, UPLOAD = "/api/v2/jobs", "/api/v1/assets/upload"
FORM = "multipart/form-data; boundary=b"
# A small part of the seconds to minutes that each of them cost.
MAX_CPU_S = 3.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("home")) as server:
        yield server


def part(header: str, body: bytes = b"x") -> bytes:
    return f"--b\r\nContent-Disposition: form-data; {header}\r\n\r\n".encode() + body + b"\r\n"


def send(server: WebServer, path: str, body: bytes, content_type: str) -> tuple[int, dict[str, Any], float]:
    """Return the status, the error and the seconds of CPU that the server has used."""
    (worker,) = psutil.Process(server.process.pid).children()
    before = sum(worker.cpu_times()[:2])
    reply = requests.post(server.url + path, data=body, headers={"Content-Type": content_type}, timeout=REPLY_S)
    return reply.status_code, reply.json().get("error", {}), sum(worker.cpu_times()[:2]) - before


FORMS = {
    "a name of 1 MB": (400, part(f'name="{"a" * 1_000_000}"')),
    "a file name of 1 MB": (400, part(f'name="file"; filename="{"a" * 1_000_000}"')),
    "a header that is never closed": (400, part('name="file"; filename="' + "\\" * 100_000)),
    "10,000 headers in a part": (400, part('name="a"\r\n' + "X-A: b\r\n" * 10_000 + "X-A: b")),
    "10,000 parts": (413, part('name="a"') * 10_000),
    "9 MB of texts": (413, part('name="script"', b"a " * 750_000) * 6),
    "5 MB of dashes": (422, b"-" * 5_000_000),
    "5 MB of halves of a boundary": (422, b"\r\n--" * 1_200_000),
}


@pytest.mark.parametrize("name", FORMS)
def test_costly_form_is_refused_cheaply(server: WebServer, name: str) -> None:
    expected, body = FORMS[name]
    status, error, cpu_s = send(server, UPLOAD, body + b"--b--\r\n", FORM)
    assert status == expected
    assert "State." not in error["message"]
    assert cpu_s < MAX_CPU_S


def test_form_that_is_refused_is_told_what_is_wrong_with_it(server: WebServer) -> None:
    reasons = {
        part(f'name="{"a" * MAX_PART_HEADER_BYTES}"') + b"--b--\r\n": "the header of a part is longer than",
        b"--c--\r\n": "its boundary is not in it",
        part('name="a"'): "it is cut off",
        b"--b\r\nContent-Disp": "it is cut off",
        part("filename=a") + b"--b--\r\n": "a part has no name",
    }
    for body, reason in reasons.items():
        status, error, _ = send(server, UPLOAD, body, FORM)
        assert status == 400 and reason in error["message"], error


BODIES: dict[str, tuple[str, str]] = {
    "stars": ("script", json.dumps({"script": "*" * 19_900 + "a"})),
    "digits": ("script", json.dumps({"script": "1" * 19_900})),
    "an address": ("script", json.dumps({"script": "http://" + "a." * 9_900})),
    "Thai without a space": ("script", json.dumps({"script": "\u0e01" * 19_900})),
    "a word in a scene": ("scenes.0.caption", json.dumps({"scenes": [{"caption": "1" * 5_000}]})),
    "300,000 unknown fields": ("body", json.dumps({f"k{number}": 1 for number in range(300_000)})),
    "20,000 scenes": ("scenes", json.dumps({"scenes": [{"x": 1}] * 20_000})),
    "2 million media": ("media", json.dumps({"media": [1] * 2_000_000})),
    "lists in lists": ("body", json.dumps({"scenes": [[[1] * 900] * 900]})),
}


@pytest.mark.parametrize("name", BODIES)
def test_costly_body_is_refused_cheaply_with_its_field(server: WebServer, name: str) -> None:
    field, body = BODIES[name]
    status, error, cpu_s = send(server, JOBS, body.encode(), "application/json")
    assert (status, error["field"]) == (422, field)
    assert cpu_s < MAX_CPU_S


def test_limits_of_a_body_are_in_its_error(server: WebServer) -> None:
    limits = {
        json.dumps({"script": "Hello " + "a" * (MAX_WORD + 1)}): f"{MAX_WORD:,} characters",
        json.dumps({"media": ["a"] * (MAX_ENTRIES + 1)}): f"{MAX_ENTRIES:,} entries",
        json.dumps({"scenes": [[1] * 990] * 60}): f"{MAX_VALUES:,} values",
    }
    for body, limit in limits.items():
        status, error, _ = send(server, JOBS, body.encode(), "application/json")
        assert status == 422 and limit in error["reason"]


def test_long_text_without_spaces_is_accepted_if_it_has_marks(server: WebServer) -> None:
    script = "\u6cb3\u6c34\u5b89\u9759\u3002" * 800
    assert send(server, JOBS, json.dumps({"script": script}).encode(), "application/json")[0] == 202


def test_server_answers_after_costly_requests_and_has_logged_no_error(server: WebServer) -> None:
    assert requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok
    assert not [line for line in server.log if line["level"] == "error"]
