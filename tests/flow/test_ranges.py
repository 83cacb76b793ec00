"""Ranges and preconditions of downloads (RFC 9110, sections 13 and 14), over the web server of the product."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest
import requests

from app.api.http.streams import CHUNK_BYTES
from app.core.config import settings
from app.database.models import ArtifactRow
from app.database.session import migrate, transaction
from app.store.factory import storage
from app.store.keys import job_key
from tests.stored_runs import stored_job, stored_run
from tests.waiting import REPLY_S
from tests.web_server import web_server

FILM = bytes(range(250)) * 4
SIZE = len(FILM)
LONG = os.urandom(3 * CHUNK_BYTES + 7)
ETAG = f'"{hashlib.sha256(FILM).hexdigest()}"'
CHANGED_AT = 1_700_000_000
CHANGED, BEFORE, AFTER = (formatdate(CHANGED_AT + offset, usegmt=True) for offset in (0, -10, 10))
WHOLE = (200, FILM, None)
FILES = {"film.mp4": FILM, "empty.bin": b"", "long.bin": LONG, "notes.txt": b"text"}


def part(start: int, end: int) -> tuple[int, bytes, str]:
    """The expected response for the bytes from ``start`` to before ``end``."""
    return 206, FILM[start:end], f"bytes {start}-{end - 1}/{SIZE}"


@dataclass(frozen=True)
class Row:
    """A request, and the status, the body and the Content-Range of its response; ``None`` is an error body."""

    expected: tuple[int, bytes | None, str | None]
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"


def ranged(value: str, expected: tuple[int, bytes | None, str | None], **headers: str) -> Row:
    return Row(expected, {"Range": value, **{name.replace("_", "-"): text for name, text in headers.items()}})


NOT_SATISFIABLE = (416, None, f"bytes */{SIZE}")
FAILED = (412, None, None)
UNCHANGED = (304, b"", None)
ROWS = [
    # -- one range
    ranged("bytes=0-9", part(0, 10)),
    ranged("bytes=0-0", part(0, 1)),
    ranged("bytes=100-199", part(100, 200)),
    ranged("bytes=999-999", part(999, 1000)),
    ranged("bytes=990-", part(990, 1000)),
    ranged("bytes=0-", part(0, 1000)),
    ranged("bytes=500-99999", part(500, 1000)),
    ranged("bytes=-10", part(990, 1000)),
    ranged("bytes=-1000", part(0, 1000)),
    ranged("bytes=-5000", part(0, 1000)),
    ranged("bytes=0-999999999999999999999999999999", part(0, 1000)),
    ranged("bytes=-999999999999999999999999999999", part(0, 1000)),
    ranged("bytes=0000-0009", part(0, 10)),
    ranged("BYTES=0-9", part(0, 10)),
    ranged("bytes= 0-9 ", part(0, 10)),
    ranged("bytes=,0-9,,", part(0, 10)),
    # -- outside the file
    ranged("bytes=1000-", NOT_SATISFIABLE),
    ranged("bytes=1000-1001", NOT_SATISFIABLE),
    ranged("bytes=-0", NOT_SATISFIABLE),
    ranged("bytes=999999999999999999999999999999-", NOT_SATISFIABLE),
    ranged("bytes=5000-,6000-", NOT_SATISFIABLE),
    ranged("bytes=0-9,5000-", part(0, 10)),
    # -- not valid, so ignored
    ranged("bytes=5-2", WHOLE),
    ranged("bytes=0-9,5-2", WHOLE),
    ranged("bytes=", WHOLE),
    ranged("bytes=,", WHOLE),
    ranged("bytes=-", WHOLE),
    ranged("bytes=a-b", WHOLE),
    ranged("bytes=1", WHOLE),
    ranged("bytes=--5", WHOLE),
    ranged("bytes=+1-5", WHOLE),
    ranged("bytes=1 - 5", WHOLE),
    ranged("bytes=1.0-5", WHOLE),
    ranged("bytes=\u0661-5".encode().decode("latin-1"), WHOLE),
    ranged("bytes 0-9", WHOLE),
    ranged("0-9", WHOLE),
    ranged("seconds=0-9", WHOLE),
    ranged("none", WHOLE),
    # -- too many, or the same bytes twice
    ranged("bytes=" + ",".join(f"{start}-{start}" for start in range(0, 200, 2)), WHOLE),
    ranged("bytes=0-10,5-20", WHOLE),
    ranged("bytes=0-,0-,0-", WHOLE),
    # -- If-Range
    ranged("bytes=0-9", part(0, 10), If_Range=ETAG),
    ranged("bytes=0-9", part(0, 10), If_Range=CHANGED),
    ranged("bytes=0-9", WHOLE, If_Range=f"W/{ETAG}"),
    ranged("bytes=0-9", WHOLE, If_Range='"other"'),
    ranged("bytes=0-9", WHOLE, If_Range=AFTER),
    ranged("bytes=0-9", WHOLE, If_Range="yesterday"),
    ranged("bytes=5000-", WHOLE, If_Range='"other"'),
    # -- preconditions
    Row(WHOLE, {"If-Match": ETAG}),
    Row(WHOLE, {"If-Match": "*"}),
    Row(WHOLE, {"If-Match": f'"a", {ETAG}'}),
    Row(FAILED, {"If-Match": '"a"'}),
    Row(FAILED, {"If-Match": f"W/{ETAG}"}),
    Row(WHOLE, {"If-Unmodified-Since": AFTER}),
    Row(WHOLE, {"If-Unmodified-Since": CHANGED}),
    Row(FAILED, {"If-Unmodified-Since": BEFORE}),
    Row(WHOLE, {"If-Unmodified-Since": "some day"}),
    Row(UNCHANGED, {"If-None-Match": ETAG}),
    Row(UNCHANGED, {"If-None-Match": f"W/{ETAG}"}),
    Row(UNCHANGED, {"If-None-Match": "*"}),
    Row(UNCHANGED, {"If-None-Match": f'"a", {ETAG}'}),
    Row(WHOLE, {"If-None-Match": '"a"'}),
    Row(UNCHANGED, {"If-Modified-Since": CHANGED}),
    Row(UNCHANGED, {"If-Modified-Since": AFTER}),
    Row(WHOLE, {"If-Modified-Since": BEFORE}),
    Row(WHOLE, {"If-Modified-Since": "some day"}),
    # -- their precedence
    Row(WHOLE, {"If-Match": ETAG, "If-Unmodified-Since": BEFORE}),
    Row(WHOLE, {"If-None-Match": '"a"', "If-Modified-Since": AFTER}),
    Row(FAILED, {"If-Match": '"a"', "If-None-Match": ETAG}),
    Row(UNCHANGED, {"If-Match": ETAG, "If-None-Match": ETAG}),
    ranged("bytes=0-9", UNCHANGED, If_None_Match=ETAG),
    ranged("bytes=0-9", FAILED, If_Match='"a"'),
    ranged("bytes=5000-", FAILED, If_Match='"a"'),
    ranged("bytes=0-9", part(0, 10), If_Match=ETAG),
    # -- HEAD
    Row((200, b"", None), {}, "HEAD"),
    Row((200, b"", None), {"Range": "bytes=0-9"}, "HEAD"),
    Row((200, b"", None), {"Range": "bytes=5000-"}, "HEAD"),
    Row((304, b"", None), {"If-None-Match": ETAG}, "HEAD"),
    Row((412, b"", None), {"If-Match": '"a"'}, "HEAD"),
]


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    """The URL of the artifacts of a job."""
    migrate()
    job_id = stored_job()
    run_id = stored_run(job_id)
    for name, content in FILES.items():
        _store(job_id, run_id, name, content)
    with web_server(settings().home) as server:
        yield f"{server.url}/api/v2/jobs/{job_id}/artefacts"


def _store(job_id: str, run_id: str, name: str, content: bytes) -> None:
    key, digest = job_key(job_id, name), hashlib.sha256(content).hexdigest()
    with storage().writing(key) as path:
        path.write_bytes(content)
    os.utime(storage().local(key), (CHANGED_AT, CHANGED_AT))
    kind = "text/plain" if name.endswith(".txt") else "video/mp4"
    row = ArtifactRow(job_id=job_id, run_id=run_id, name=name, key=key, content_type=kind, bytes=len(content))
    row.sha256 = digest
    with transaction() as session:
        session.add(row)


def get(files: str, name: str = "film.mp4", method: str = "GET", **headers: str) -> requests.Response:
    return requests.request(method, f"{files}/{name}", headers=headers, timeout=REPLY_S)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.headers}"[:90])
def test_response_is_the_one_of_rfc_9110(files: str, row: Row) -> None:
    response = get(files, method=row.method, **row.headers)
    status, body, content_range = row.expected
    assert (response.status_code, response.headers.get("Content-Range")) == (status, content_range)
    if body is None:
        assert set(response.json()["error"]) == {"code", "message", "retryable", "advice"}
        return
    assert response.content == body
    if status == 412:
        return
    assert response.headers["ETag"] == ETAG and response.headers["Cache-Control"] == "no-cache"
    if status != 304:
        assert response.headers["Accept-Ranges"] == "bytes" and response.headers["Last-Modified"] == CHANGED
        assert response.headers["Content-Length"] == str(SIZE if row.method == "HEAD" else len(body))


def test_several_ranges_are_parts_in_the_order_of_the_request(files: str) -> None:
    response = get(files, Range="bytes=100-104, 0-1 , 5000-, -3")
    assert response.status_code == 206 and "Content-Range" not in response.headers
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", response.headers["Content-Type"])
    assert boundary and response.headers["Content-Length"] == str(len(response.content))
    head, *parts, end = response.content.split(f"--{boundary[1]}".encode())
    assert head == b"" and end == b"--\r\n"
    spans = [(100, 105), (0, 2), (997, 1000)]
    expected = [
        f"\r\nContent-Type: video/mp4\r\nContent-Range: bytes {start}-{end - 1}/{SIZE}\r\n\r\n".encode()
        + FILM[start:end]
        + b"\r\n"
        for start, end in spans
    ]
    assert parts == expected


def test_a_file_of_several_chunks_is_sent_whole_and_in_parts(files: str) -> None:
    assert get(files, "long.bin").content == LONG
    middle = get(files, "long.bin", Range=f"bytes=10-{2 * CHUNK_BYTES + 4}")
    assert middle.status_code == 206 and middle.content == LONG[10 : 2 * CHUNK_BYTES + 5]


@pytest.mark.parametrize(
    ("value", "status"), [("", 200), ("bytes=-5", 200), ("bytes=0-", 416), ("bytes=0-0", 416), ("bytes=x", 200)]
)
def test_ranges_of_an_empty_file(files: str, value: str, status: int) -> None:
    response = get(files, "empty.bin", **({"Range": value} if value else {}))
    assert response.status_code == status
    if status == 416:
        assert response.headers["Content-Range"] == "bytes */0"
    else:
        assert response.content == b""


def test_a_text_file_has_its_charset(files: str) -> None:
    assert get(files, "notes.txt").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_ranges_and_preconditions_of_the_documentation_pages_are_ignored(files: str) -> None:
    page = files.partition("/api/")[0] + "/api/docs/swagger-ui.css"
    headers = {"Range": "pages=1", "If-Match": '"a"'}
    assert requests.get(page, headers=headers, timeout=REPLY_S).status_code == 200
