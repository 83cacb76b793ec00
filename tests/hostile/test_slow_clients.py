"""Many clients that send or read slowly: others are answered as usual, and the slow ones are ended in time."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests

from tests.flow.serving import image_bytes
from tests.hostile.server_app import LARGE_BYTES
from tests.hostile.slow_clients import HOST, UPLOAD, Kind, connect, kinds, slow_clients
from tests.waiting import HANGS_AFTER_S, REPLY_S, bound_s, wait_until
from tests.web_server import WebServer, web_server

APP = "tests.hostile.server_app:create()"
KINDS = kinds("/test/large")
SLOW_CONNECTIONS = 200
STREAMS = 300
STREAM = Kind(b"GET /test/stream HTTP/1.1\r\n" + HOST + b"\r\n")
# The limits of the tests in which slow clients are ended. A kernel buffers megabytes for a client that does not read.
SHORT = {"PYTOON_HEADER_S": "2", "PYTOON_SLOW_S": "2", "PYTOON_IDLE_S": "2"}
THREADS = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with its usual limits."""
    with web_server(tmp_path_factory.mktemp("usual"), APP, PYTOON_THREADS=str(THREADS)) as server:
        yield server


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server with short limits."""
    with web_server(tmp_path_factory.mktemp("strict"), APP, **SHORT) as server:
        yield server


# -- honest callers --------------------------------------------------------------------------------------------------


def get(server: WebServer, path: str) -> None:
    assert requests.get(f"{server.url}{path}", timeout=REPLY_S).status_code == 200


def upload(server: WebServer) -> None:
    files = {"file": ("a.png", image_bytes())}
    assert requests.post(f"{server.url}/api/v1/assets/upload", files=files, timeout=REPLY_S).status_code == 201


def durations_s(work: Callable[[], None], times: int) -> list[float]:
    """How long each call took, in ascending order."""
    measured = []
    for _ in range(times):
        started = time.monotonic()
        work()
        measured.append(time.monotonic() - started)
    return sorted(measured)


def median_s(work: Callable[[], None]) -> float:
    return durations_s(work, 9)[4]


def test_200_slow_connections_delay_no_one(server: WebServer) -> None:
    honest: dict[str, tuple[float, Callable[[], None]]] = {
        "liveness": (1.0, lambda: get(server, "/health/live")),
        "jobs": (2.0, lambda: get(server, "/api/v2/jobs")),
        "upload": (2.0, lambda: upload(server)),
    }
    usual_s = {name: median_s(work) for name, (_, work) in honest.items()}
    with slow_clients(server.port, list(KINDS.values()), SLOW_CONNECTIONS) as connections:
        wait_until(lambda: open_connections(server) >= len(connections), "all connections")
        for name, (promised_s, work) in honest.items():
            assert durations_s(work, 40)[-1] < bound_s(promised_s, usual_s[name]), name
        assert open_connections(server) >= SLOW_CONNECTIONS / 2
        assert threads(server) < SLOW_CONNECTIONS / 4


def open_connections(server: WebServer) -> int:
    (worker,) = psutil.Process(server.process.pid).children()
    return sum(each.status == psutil.CONN_ESTABLISHED for each in worker.net_connections("tcp"))


def threads(server: WebServer) -> int:
    (worker,) = psutil.Process(server.process.pid).children()
    return worker.num_threads()


def test_hundreds_of_streams_are_open_without_threads(server: WebServer) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(connect(server.port, STREAM)) for _ in range(STREAMS)]
        for connection in streams:
            _read_until(connection, b"data: 2\n\n")
        usual_s = median_s(lambda: get(server, "/health/live"))
        assert durations_s(lambda: get(server, "/api/v2/jobs"), 20)[-1] < bound_s(2, usual_s)
        assert threads(server) < STREAMS / 4


def _read_until(connection: socket.socket, expected: bytes) -> bytes:
    received = b""
    connection.settimeout(REPLY_S)
    while expected not in received and (chunk := connection.recv(65536)):
        received += chunk
    assert expected in received
    return received


def test_long_uploads_leave_threads_for_other_requests(tmp_path: Path) -> None:
    with web_server(tmp_path, APP, PYTOON_THREADS=str(THREADS)) as server, ThreadPoolExecutor(60) as callers:
        usual_s = median_s(lambda: get(server, "/api/v2/jobs"))
        files = {"file": ("a.png", image_bytes())}
        replies = [
            callers.submit(lambda: requests.post(f"{server.url}/test/hold", files=files, timeout=REPLY_S))
            for _ in range(50)
        ]
        wait_until(lambda: sum(reply.done() for reply in replies) >= 10, "refused uploads")
        assert len((tmp_path / "held").read_bytes()) < THREADS
        assert durations_s(lambda: get(server, "/api/v2/jobs"), 20)[-1] < bound_s(2, usual_s)
        (tmp_path / "released").touch()
        statuses = [reply.result().status_code for reply in replies]
        assert set(statuses) == {200, 503} and statuses.count(200) >= 32
        refused = next(reply.result() for reply in replies if reply.result().status_code == 503)
        assert refused.json()["error"]["code"] == "overloaded" and int(refused.headers["Retry-After"]) > 0


def test_long_requests_with_a_body_leave_threads_for_other_requests(tmp_path: Path) -> None:
    with web_server(tmp_path, APP, PYTOON_THREADS=str(THREADS)) as server, ThreadPoolExecutor(20) as callers:
        usual_s = median_s(lambda: get(server, "/api/v2/jobs"))
        replies = [
            callers.submit(lambda: requests.post(f"{server.url}/test/hold", json={}, timeout=REPLY_S))
            for _ in range(20)
        ]
        wait_until((tmp_path / "held").exists, "a request that holds its thread")
        assert durations_s(lambda: get(server, "/api/v2/jobs"), 20)[-1] < bound_s(2, usual_s)
        assert len((tmp_path / "held").read_bytes()) < THREADS
        (tmp_path / "released").touch()
        assert {reply.result().status_code for reply in replies} == {200}


# -- the end of slow clients -----------------------------------------------------------------------------------------


def end_of(connection: socket.socket) -> bytes:
    """What a client receives until the server ends the connection."""
    connection.settimeout(HANGS_AFTER_S)
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("name", ["slow header", "slow body", "upload of 1 byte/s"])
def test_slow_request_is_ended_with_408(strict: WebServer, name: str) -> None:
    with slow_clients(strict.port, [KINDS[name]], 1) as (connection,):
        head, _, body = end_of(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ") and b"close" in head
    error = json.loads(body)["error"]
    assert error["code"] == "too_slow" and error["retryable"]
    assert any(line.get("status") == 408 for line in strict.log)


@pytest.mark.parametrize("name", ["half-open", "idle"])
def test_unused_connection_is_closed(strict: WebServer, name: str) -> None:
    with connect(strict.port, KINDS[name]) as connection:
        assert end_of(connection).count(b"HTTP/1.1") == (name == "idle")


@pytest.mark.parametrize("name", ["unread download", "download of 1 byte/s"])
def test_unread_download_is_ended(strict: WebServer, name: str) -> None:
    before = open_connections(strict)
    with slow_clients(strict.port, [KINDS[name]], 3) as connections:
        wait_until(lambda: open_connections(strict) > before, "the downloads")
        wait_until(lambda: open_connections(strict) <= before, "their end")
        assert len(end_of(connections[0])) < LARGE_BYTES


def test_body_above_the_minimum_rate_is_received_whole(strict: WebServer) -> None:
    header = b"POST /test/echo HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    with slow_clients(strict.port, [Kind(header, b"x" * 1500)], 1) as (connection,):
        assert _read_until(connection, b"x" * 9000).startswith(b"HTTP/1.1 200 ")


def test_stream_stays_open_longer_than_any_limit(strict: WebServer) -> None:
    with connect(strict.port, STREAM) as connection:
        _read_until(connection, b"data: 150\n\n")


def test_fast_download_is_complete_and_right(strict: WebServer) -> None:
    assert requests.get(f"{strict.url}/test/large", timeout=REPLY_S).content == bytes(LARGE_BYTES)


# -- the number of connections ---------------------------------------------------------------------------------------


def test_idle_connections_give_way_and_busy_ones_do_not(tmp_path: Path) -> None:
    with web_server(tmp_path, APP, PYTOON_MAX_CONNECTIONS="20") as server:
        with slow_clients(server.port, [KINDS["idle"], KINDS["slow header"], KINDS["half-open"]], 40):
            wait_until(
                lambda: requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok,
                "an answer",
                ignoring=(requests.ConnectionError, AssertionError),
            )
            assert open_connections(server) <= 21
        with slow_clients(server.port, [Kind(UPLOAD, b"x" * 1000)], 40):

            def refused() -> bool:
                return requests.get(f"{server.url}/health/live", timeout=REPLY_S).status_code == 503

            wait_until(refused, "a refusal", ignoring=(requests.ConnectionError,))
        wait_until(
            lambda: requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok,
            "an answer",
            ignoring=(requests.ConnectionError,),
        )


# -- errors and the end of the server --------------------------------------------------------------------------------


def test_a_defect_is_a_500_without_its_message(strict: WebServer) -> None:
    response = requests.get(f"{strict.url}/test/broken", timeout=REPLY_S)
    assert response.status_code == 500 and response.json()["error"]["code"] == "internal"
    assert "secret" not in response.text


def test_request_in_progress_is_answered_when_the_server_stops(tmp_path: Path) -> None:
    with web_server(tmp_path, APP) as server, ThreadPoolExecutor(1) as caller:
        reply = caller.submit(lambda: requests.get(f"{server.url}/test/hold", timeout=REPLY_S))
        wait_until((tmp_path / "held").exists, "the request")
        with slow_clients(server.port, [KINDS["idle"], KINDS["half-open"], STREAM], 9):
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: any("shutting down" in line["event"] for line in server.log), "the begin of the end")
            (tmp_path / "released").touch()
            assert reply.result().text == "done"
            assert server.process.wait(HANGS_AFTER_S) == 0
