"""Requests that are not valid HTTP, or that a proxy in front could read differently, sent byte by byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import REPLY_S
from tests.web_server import WebServer, web_server

HOST = b"Host: localhost\r\n"
POST = b"POST /api/v2/jobs HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
GET = b"GET /health/live HTTP/1.1\r\n"


@dataclass(frozen=True)
class RawResponse:
    status: int
    headers: Message
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        document = json.loads(self.body)
        assert self.headers["Content-Type"] == "application/json"
        assert document["request_id"] == self.headers["X-Request-Id"]
        error: dict[str, Any] = document["error"]
        return error


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("home"), PYTOON_MAX_REQUEST_MB="2") as server:
        yield server


def exchange(server: WebServer, request: bytes, responses: int = 1) -> list[RawResponse]:
    """Send bytes on a new connection; return the responses."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            return [_response(stream, request) for _ in range(responses)]


def _response(stream: Any, request: bytes) -> RawResponse:
    status_line = stream.readline()
    assert status_line.startswith(b"HTTP/1."), status_line
    lines = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        lines.append(line)
    headers = BytesHeaderParser().parsebytes(b"".join(lines))
    length = 0 if request.startswith(b"HEAD") else int(headers.get("Content-Length", 0))
    return RawResponse(int(status_line.split()[1]), headers, stream.read(length))


MALFORMED = {
    "both lengths": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "two lengths": (400, POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "a length with a sign": (400, POST + b"Content-Length: +2\r\n\r\n{}"),
    "a length with an underscore": (400, POST + b"Content-Length: 0_2\r\n\r\n{}"),
    "a negative length": (400, POST + b"Content-Length: -2\r\n\r\n{}"),
    "an unknown coding": (501, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "two codings": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "chunked twice": (400, POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "chunked in HTTP/1.0": (400, b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a bare line feed": (400, b"GET / HTTP/1.1\nHost: localhost\n\n"),
    "a bare line feed in a header": (400, GET + b"Host: localhost\nX-A: b\r\n\r\n"),
    "a bare carriage return": (400, GET + b"Host: localhost\rX-A: b\r\n\r\n"),
    "a space before the colon": (400, GET + b"Host : localhost\r\n\r\n"),
    "a folded header": (400, GET + HOST + b"X-A: b\r\n c\r\n\r\n"),
    "a NUL in a header": (400, GET + HOST + b"X-A: b\0c\r\n\r\n"),
    "no host": (400, b"GET /api/v2/jobs HTTP/1.1\r\n\r\n"),
    "an empty host": (400, b"GET /api/v2/jobs HTTP/1.1\r\nHost: \r\n\r\n"),
    "two hosts": (400, GET + HOST + b"Host: localhost\r\n\r\n"),
    "a host with a path": (400, b"GET /api/v2/jobs HTTP/1.1\r\nHost: localhost/x\r\n\r\n"),
    "a host with a user": (400, b"GET /api/v2/jobs HTTP/1.1\r\nHost: a@localhost\r\n\r\n"),
    "a host with a port that is no number": (400, b"GET /api/v2/jobs HTTP/1.1\r\nHost: localhost:x\r\n\r\n"),
    "a target without a path": (400, b"GET health HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a target of another scheme": (400, b"GET file:///etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a target with half an address": (400, b"GET http://[::1/health/live HTTP/1.1\r\n" + HOST + b"\r\n"),
    "CONNECT": (400, b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method in lower case": (400, b"get / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no version": (400, b"GET /health/live\r\n\r\n"),
    "HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50) + b"\r\n\r\n"),
    "a long target": (414, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a long header": (431, GET + HOST + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n"),
    "many headers": (431, GET + HOST + b"X-A: b\r\n" * 1000 + b"\r\n"),
    "a chunk size that is no number": (400, POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    "a negative chunk size": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
    "a chunk with a bare line feed": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n"),
    "a chunk longer than its size": (400, POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}X0\r\n\r\n"),
    "a length beyond the limit": (413, POST + b"Content-Length: 99999999\r\n\r\n{"),
    "a length of 30 digits": (413, POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{"),
    "a foreign host": (421, b"GET /api/v2/jobs HTTP/1.1\r\nHost: rebound.example\r\n\r\n"),
    "a foreign host in the target": (421, b"GET http://rebound.example/api/v2/jobs HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no such path": (404, b"GET /%00/../%ff HTTP/1.1\r\n" + HOST + b"\r\n"),
}
CODES = {400: "malformed", 404: "not_found", 413: "too_large", 414: "url_too_long"}
CODES |= {421: "unknown_host", 431: "header_too_large", 501: "not_implemented"}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_request_gets_the_error_body_of_the_api(server: WebServer, name: str) -> None:
    status, request = MALFORMED[name]
    (response,) = exchange(server, request)
    assert response.status == status
    assert set(response.error) == {"code", "message", "retryable", "advice"}
    assert response.error["code"] == CODES[status]
    (line,) = [line for line in server.log if line.get("request") == response.headers["X-Request-Id"]]
    assert (line["event"], line["status"]) == ("request", status)


def test_too_large_body_is_refused_with_the_limit_before_and_while_it_is_received(server: WebServer) -> None:
    (announced,) = exchange(server, POST + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
    assert announced.status == 413 and "2 MB" in announced.error["message"]
    chunks = b"".join(b"10000\r\n" + bytes(65536) + b"\r\n" for _ in range(64))
    (received,) = exchange(server, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert received.status == 413 and "2 MB" in received.error["message"]


def test_an_upload_that_does_not_fit_on_the_disk_is_refused_before_it_is_received(tmp_path: Path) -> None:
    with web_server(tmp_path, PYTOON_MAX_REQUEST_MB=str(1 << 40)) as server:
        upload = (
            b"POST /api/v1/assets/upload HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=b\r\n"
        )
        (response,) = exchange(server, upload + b"Content-Length: %d\r\n\r\n--b" % (1 << 58))
        assert response.status == 507 and response.error["code"] == "storage_full"


def test_a_body_is_asked_for_only_if_its_header_is_accepted(server: WebServer) -> None:
    wait = b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S) as connection:
        connection.sendall(POST + wait)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 422 ")
    refused = {
        404: b"POST /api/v2/none HTTP/1.1\r\n" + HOST,
        405: b"POST /api/v1/presets HTTP/1.1\r\n" + HOST,
        421: b"POST /api/v2/jobs HTTP/1.1\r\nHost: rebound.example\r\n",
        403: POST + b"Origin: https://other.example\r\n",
    }
    for status, header in refused.items():
        (response,) = exchange(server, header + wait)
        assert response.status == status and response.headers["Connection"] == "close"


def test_pipelined_requests_are_answered_in_order(server: WebServer) -> None:
    paths = (b"/health/live", b"/api/v2/none", b"/health/live")
    request = b"".join(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n" for path in paths)
    assert [response.status for response in exchange(server, request, 3)] == [200, 404, 200]


def test_a_body_that_is_left_over_is_not_the_next_request(server: WebServer) -> None:
    smuggled = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
    request = b"POST /api/v2/none HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(smuggled) + smuggled
    next_request = b"GET /api/v2/jobs HTTP/1.1\r\n" + HOST + b"\r\n"
    refused, answer = exchange(server, request + next_request, 2)
    assert refused.status == 404 and answer.body.startswith(b'{"jobs"')


def test_a_url_as_the_target_is_the_host_and_the_path(server: WebServer) -> None:
    request = b"GET http://localhost/health/live HTTP/1.1\r\nHost: rebound.example\r\n\r\n"
    assert exchange(server, request)[0].status == 200


def test_head_and_options_have_no_body_and_the_methods(server: WebServer) -> None:
    (head,) = exchange(server, b"HEAD /health/live HTTP/1.1\r\n" + HOST + b"\r\n")
    assert head.status == 200 and head.headers["Content-Length"] == "14" and head.body == b""
    (options,) = exchange(server, b"OPTIONS /api/v2/jobs HTTP/1.1\r\n" + HOST + b"\r\n")
    assert options.status == 200 and set(options.headers["Allow"].split(", ")) >= {"GET", "POST", "HEAD", "OPTIONS"}


def test_a_request_to_upgrade_is_answered_as_usual(server: WebServer) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    (response,) = exchange(server, GET + HOST + upgrade + b"dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert response.status == 200


def test_http_1_0_without_a_host_is_answered_and_the_connection_ends(server: WebServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S) as connection:
        connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as stream:
            assert b'{"live":true}' in stream.read()


def test_a_client_that_has_sent_all_may_close_its_side(server: WebServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            assert stream.read().startswith(b"HTTP/1.1 422 ")


def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(server: WebServer) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=REPLY_S) as connection:
            connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
    assert exchange(server, GET + HOST + b"\r\n")[0].status == 200
    assert not [line for line in server.log if line["level"] == "error"]
