"""Requests are read exactly as their types say: nothing is converted, replaced, dropped or taken twice in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.api.factory import create_app
from app.database.session import migrate
from app.queue.embedded_broker import Broker
from tests.databases import DATABASES, use
from tests.flow.serving import http_server, image_bytes

SCRIPT = {"script": "Bread takes time."}
BOUNDARY = "cut"
FORM_TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture(scope="module", params=DATABASES)
def address(request: pytest.FixtureRequest, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server without workers, on each kind of database."""
    with pytest.MonkeyPatch.context() as patch:
        for _ in use(request.param, tmp_path_factory.mktemp("database"), patch):
            migrate()
            with http_server(create_app()) as url:
                yield url


def error_of(response: requests.Response, status: int = 422) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    return error


def submit(address: str, data: Any) -> requests.Response:
    return requests.post(f"{address}/api/v2/jobs", json=data, timeout=60)


def send(address: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    return requests.post(f"{address}/api/v2/jobs", data=body, headers=headers, timeout=60)


def part(name: str, body: bytes, more: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + body + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


# -- types -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", 1.9),
        ("seed", "5"),
        ("seed", True),
        ("seed", 1e300),
        ("captions", "yes"),
        ("captions", 1),
        ("captions", 0.0),
        ("review", "true"),
        ("strict", None),
        ("target_duration_seconds", "30"),
        ("target_duration_seconds", False),
        ("title", 7),
        ("title", ["Bread"]),
        ("language", {}),
        ("media", {"0": "ast_1"}),
        ("voice.speed", "1"),
        ("voice.speed", True),
        ("voice.speed", 10**400),
        ("brand.handle", 5),
    ],
    ids=str,
)
def test_value_of_another_type_is_refused(address: str, field: str, value: Any) -> None:
    outer, _, inner = field.partition(".")
    error = error_of(submit(address, {**SCRIPT, outer: {inner: value} if inner else value}))
    assert error["field"] == field and error["reason"]


@pytest.mark.parametrize("value", ["1e999", "-1e999"])
def test_infinite_number_is_refused(address: str, value: str) -> None:
    for field, body in {"voice.speed": f'{{"speed": {value}}}', "seed": value}.items():
        outer = field.partition(".")[0]
        text = f'{{"script": "Bread.", "{outer}": {body}}}'
        assert error_of(send(address, text.encode(), {"Content-Type": "application/json"}))["field"] == field


def test_whole_number_may_be_written_with_a_zero_fraction(address: str) -> None:
    assert submit(address, {**SCRIPT, "seed": 5.0, "target_duration_seconds": 30.0}).status_code == 202


@pytest.mark.parametrize(
    "change",
    [
        {"scene": 1.5, "caption": "a"},
        {"scene": "1", "caption": "a"},
        {"scene": 1, "turn": "no"},
        {"remove": True},
        {"order": [1, "2"]},
        {"film": {"title": "\u3164"}},
        {"film": {"captions": 1}},
    ],
    ids=str,
)
def test_edit_with_a_value_of_another_type_is_refused(address: str, change: dict[str, Any]) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    url = f"{address}/api/v2/jobs/{job_id}/revisions"
    error = error_of(requests.post(url, json={"changes": [change]}, timeout=60))
    assert error["field"].startswith("changes.0.")


@pytest.mark.parametrize(
    "title", [" ", "\t\n", "\u00a0\u2003", "\u200b", "\u3164", "\u2800", "\ufe0f", "\u202e"], ids=ascii
)
def test_title_without_a_visible_character_is_refused(address: str, title: str) -> None:
    assert error_of(submit(address, {**SCRIPT, "title": title}))["field"] == "title"
    assert error_of(submit(address, {"media": ["ast_1"], "title": title}))["field"] == "title"


@pytest.mark.parametrize("text", ["\u3164", "\u200b \u2060", "\u115f\u1160"], ids=ascii)
def test_text_without_a_visible_letter_has_no_words(address: str, text: str) -> None:
    assert error_of(submit(address, {"script": text}))["reason"] == "It has no words."


# -- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"script": "One.", "script": "Two."}', "script"),
        ('{"script": "One.", "seed": 1, "seed": 1}', "seed"),
        ('{"scenes": [{"caption": "a"}, {"media": {"kind": "colour", "kind": "colour"}}]}', "scenes.1.media.kind"),
        ('{"script": "One.", "a\\u0062": 1, "ab": 2}', "ab"),
    ],
)
def test_repeated_key_is_refused_by_name(address: str, text: str, field: str) -> None:
    json_type = {"Content-Type": "application/json"}
    assert error_of(send(address, text.encode(), json_type))["field"] == field
    assert error_of(send(address, form(part("request", text.encode())), FORM_TYPE))["field"] == field


def test_repeated_key_inside_a_form_field_is_refused_by_name(address: str) -> None:
    body = form(part("script", b"One."), part("voice", b'{"speed": 1, "speed": 1}'))
    assert error_of(send(address, body, FORM_TYPE))["field"] == "voice.speed"


def test_long_name_is_not_repeated_in_the_error(address: str) -> None:
    response = submit(address, {**SCRIPT, "x" * 100_000: 1})
    assert error_of(response)["field"] == "body" and len(response.content) < 2000


@pytest.mark.parametrize("body", [b"{", b'{"reason": "a", "reason": "b"}', b'{"reason": "\\ud800"}', b'{"reason": 1}'])
def test_rejection_is_read_as_strictly_as_a_job(address: str, body: bytes) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    url = f"{address}/api/v2/jobs/{job_id}/reject"
    response = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert response.status_code == (400 if body == b"{" else 422)
    error_of(requests.post(url, data=b"reason=a", headers={"Content-Type": "text/plain"}, timeout=60), 415)


# -- forms -----------------------------------------------------------------------------------------------------------


def test_form_text_that_is_not_utf8_is_refused_by_name(address: str) -> None:
    body = form(part("script", b"Bread."), part("title", "Caf\u00e9".encode("latin-1")))
    error = error_of(send(address, body, FORM_TYPE))
    assert error["field"] == "title" and "UTF-8" in error["reason"]


def test_form_text_in_a_declared_encoding_is_read_in_it(address: str) -> None:
    title = part("title", "Caf\u00e9".encode("latin-1")).replace(
        b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n", 1
    )
    response = send(address, form(part("script", b"Bread."), title), FORM_TYPE)
    job = requests.get(f"{address}{response.json()['links']['self']}", timeout=60).json()
    assert job["title"] == "Caf\u00e9"


def test_replacement_character_that_was_sent_is_kept(address: str) -> None:
    response = send(address, form(part("script", b"Bread."), part("title", "a\ufffdb".encode())), FORM_TYPE)
    job = requests.get(f"{address}{response.json()['links']['self']}", timeout=60).json()
    assert job["title"] == "a\ufffdb"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"script=Bread.", 400),
        (part("script", b"Bread."), 400),
        (part("script", b"Bread.")[:-4], 400),
        (f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nBread.\r\n--{BOUNDARY}--".encode(), 400),
        (form(part("script", b"Bread.", '; filename="a.txt"')), 422),
        (form(part("script", b"Bread."), part("media", b"data", '; filename=""')), 422),
        (form(part("script", b"Bread."), part("\u00e9", b"1").replace("\u00e9".encode(), b"\xe9")), 400),
        (form(part("script", b"Bread."), part("surprise", b"1")), 422),
        (form(part("script", b"Bread."), part("seed", b"1"), part("seed", b"1")), 422),
        (form(part("script", b"Bread."), part("seed", b"1.9")), 422),
        (form(part("script", b"Bread."), part("captions", b"yes")), 422),
        (form(part("script", b"Bread."), part("voice", b'{"speed": }')), 422),
    ],
)
def test_form_that_cannot_be_read_exactly_is_refused(address: str, body: bytes, status: int) -> None:
    error = error_of(send(address, body, FORM_TYPE), status)
    assert error["message"]


def test_form_without_a_boundary_is_refused(address: str) -> None:
    body, headers = form(part("script", b"Bread.")), {"Content-Type": "multipart/form-data"}
    assert "boundary" in error_of(send(address, body, headers), 400)["message"]


def test_upload_with_an_unknown_part_is_refused_by_name(address: str) -> None:
    url, picture = f"{address}/api/v1/assets/upload", ("a.png", image_bytes())
    for name, value in {"picture": picture, "title": (None, "Bread")}.items():
        files = [("file", picture), (name, value)]
        assert error_of(requests.post(url, files=files, timeout=60))["field"] == name


# -- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("before=0001-01-01T00:00:00%2B14:00", "before"),
        ("before=9999-12-31T23:59:59-14:00", "before"),
        ("before=2026-01-01T00:00:00", "before"),
        ("before=2026-01-01T00:00:00%2B00:00&before_id=%00", "before_id"),
        ("before=2026-01-01T00:00:00%2B00:00&before_id=%ff", "before_id"),
        ("before_id=", "before_id"),
        ("before_id=" + "j" * 65, "before_id"),
        ("before_id=job%0a", "before_id"),
        ("limit=1.0", "limit"),
        ("limit=%201", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("Limit=1", "Limit"),
    ],
)
def test_invalid_parameter_of_a_page_is_refused_by_name(address: str, query: str, field: str) -> None:
    assert error_of(requests.get(f"{address}/api/v2/jobs?{query}", timeout=60))["field"] == field


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-01-01T00:00:00%2B14:00"]
)
def test_time_at_the_edge_of_the_calendar_is_valid(address: str, before: str) -> None:
    assert requests.get(f"{address}/api/v2/jobs?before={before}&before_id=job_1", timeout=60).status_code == 200


@pytest.mark.parametrize("after", ["-1", str(2**31), str(2**63), str(2**64), "9" * 400, "1e3", "0x1", "%00", ""])
def test_invalid_event_number_is_refused(address: str, after: str) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    url = f"{address}/api/v2/jobs/{job_id}/events"
    assert error_of(requests.get(f"{url}?after={after}", timeout=60))["field"] == "after"
    assert requests.get(f"{url}?after={2**31 - 1}", timeout=60).json()["events"] == []


@pytest.mark.parametrize(
    "path",
    ["0", "01", "-1", "1.0", "%D9%A1", str(2**31), str(2**63), "9" * 5000, "%00", "1%0a", "2147483647"],
)
def test_revision_that_cannot_exist_is_not_found(address: str, path: str) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    for suffix in ("", "/artefacts/output.mp4", "/compare?with=1"):
        error_of(requests.get(f"{address}/api/v2/jobs/{job_id}/revisions/{path}{suffix}", timeout=60), 404)
    error_of(requests.post(f"{address}/api/v2/jobs/{job_id}/revisions/{path}/rollback", timeout=60), 404)


@pytest.mark.parametrize("number", ["0", "-1", str(2**31), str(2**64), "1.0", "%00", "one", ""])
def test_revision_to_compare_with_is_a_number_that_can_exist(address: str, number: str) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    url = f"{address}/api/v2/jobs/{job_id}/revisions/1/compare?with={number}"
    assert error_of(requests.get(url, timeout=60))["field"] == "with"


@pytest.mark.parametrize("name", ["%00", "a%00b", "%0d%0aX:1", "%ff", "a" * 300, "%F0%9F%8D%9E", "..%2f..%2fetc"])
def test_artifact_that_cannot_exist_is_not_found(address: str, name: str) -> None:
    job_id = submit(address, SCRIPT).json()["job_id"]
    for path in (f"jobs/{job_id}", f"jobs/{job_id}/revisions/1"):
        error_of(requests.get(f"{address}/api/v2/{path}/artefacts/{name}", timeout=60), 404)


@pytest.mark.parametrize("job_id", ["%00", "job%00", "%ff", "j" * 65, "%F0%9F%8D%9E", "%27%20or%201=1"])
def test_job_that_cannot_exist_is_not_found(address: str, job_id: str) -> None:
    for suffix in ("", "/events", "/timeline", "/revisions", "/revisions/1"):
        error_of(requests.get(f"{address}/api/v2/jobs/{job_id}{suffix}", timeout=60), 404)
    for suffix in ("/cancel", "/resume", "/approve", "/reject", "/revisions"):
        error_of(requests.post(f"{address}/api/v2/jobs/{job_id}{suffix}", timeout=60), 404)


def test_unknown_parameter_is_refused_by_name(address: str) -> None:
    job = submit(address, SCRIPT).json()["links"]["self"]
    for path in (f"{job}?verbose=1", "/api/v1/presets?id=clean_bold", f"{job}/artefacts?download=1"):
        assert error_of(requests.get(f"{address}{path}", timeout=60))["reason"] == "unknown parameter"
    assert error_of(requests.post(f"{address}{job}/cancel?force=1", timeout=60))["field"] == "force"
    assert (
        error_of(requests.get(f"{address}{job}/artefacts/output.mp4?download=yes", timeout=60))["field"] == "download"
    )


def test_replay_has_the_state_of_its_job(address: str) -> None:
    headers = {"Idempotency-Key": "replayed"}
    first = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=headers, timeout=60).json()
    requests.post(f"{address}{first['links']['cancel']}", timeout=60)
    again = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=headers, timeout=60)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first["state"] == "QUEUED"
    assert (again.json()["job_id"], again.json()["state"]) == (first["job_id"], "CANCELLED")
