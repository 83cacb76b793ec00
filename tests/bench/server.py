"""The web server: how long honest callers wait among 200 slow clients and hostile uploads, and its throughput.

The same figures of gunicorn's threaded worker, with the same number of threads, are measured beside it without bounds.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from io import BytesIO

import requests
from PIL import Image

from app.core.config import settings
from tests.bench.figures import Figure
from tests.hostile.server_app import LARGE_BYTES
from tests.hostile.slow_clients import kinds, slow_clients
from tests.web_server import WebServer, web_server

PRODUCT = ("event loop", ("tests.hostile.server_app:create()",))
THREADED = ("gthread", ("-k", "gthread", "--threads", "16", "tests.hostile.server_app:create_wsgi()"))
SLOW_CONNECTIONS = 200
HOSTILE_UPLOADS = 8
CALLERS = 4
# How long a caller of the threaded worker waits, which does not answer among slow clients.
PATIENCE_S = 5.0
Call = Callable[[requests.Session], None]


def measure(short: bool) -> list[Figure]:
    calls = 100 if short else 400
    return [*_figures(*PRODUCT, calls, True), *_figures(*THREADED, calls, False)]


def _figures(name: str, options: tuple[str, ...], calls: int, bounded: bool) -> Iterator[Figure]:
    home = settings().home.absolute() / name.replace(" ", "-")
    home.mkdir()
    with web_server(home, *options) as server:
        yield from _throughput(name, server, calls)
        attacked = calls if bounded else 2 * CALLERS
        with slow_clients(server.port, list(kinds("/test/large").values()), SLOW_CONNECTIONS):
            yield from _waits(f"{name}, {SLOW_CONNECTIONS} slow", server, attacked, bounded)
            with _hostile_uploads(server):
                what = f"{name}, {SLOW_CONNECTIONS} slow + {HOSTILE_UPLOADS} hostile"
                yield from _waits(what, server, attacked // 2, bounded)


# -- throughput ------------------------------------------------------------------------------------------------------


def _throughput(name: str, server: WebServer, calls: int) -> Iterator[Figure]:
    picture = _picture()
    yield Figure(f"{name}: GET", _rate(calls * 2, partial(_get, server, "/api/v2/jobs")), "/s")
    yield Figure(f"{name}: uploads of a small picture", _rate(calls, partial(_upload, server, picture)), "/s")
    yield Figure(f"{name}: upload", _megabytes_per_s(partial(_send_large, server)), "MB/s")
    yield Figure(f"{name}: download", _megabytes_per_s(partial(_get, server, "/test/large")), "MB/s")


def _rate(calls: int, call: Call) -> float:
    started = time.monotonic()
    _call_many(calls, call)
    return calls / (time.monotonic() - started)


def _megabytes_per_s(call: Call) -> float:
    with requests.Session() as session:
        call(session)  # makes the file
        started = time.monotonic()
        call(session)
        return LARGE_BYTES / 1e6 / (time.monotonic() - started)


# -- honest callers --------------------------------------------------------------------------------------------------


def _waits(name: str, server: WebServer, calls: int, bounded: bool) -> Iterator[Figure]:
    """The median and the 99th percentile of how long callers wait; what gets no answer counts with ``PATIENCE_S``."""
    honest: dict[str, tuple[float, Call]] = {
        "liveness": (1.0, partial(_get, server, "/health/live")),
        "GET": (2.0, partial(_get, server, "/api/v2/jobs")),
        "upload": (2.0, partial(_upload, server, _picture())),
    }
    for what, (bound_s, call) in honest.items():
        durations_s = sorted(_call_many(calls, call))
        p50_s, p99_s = statistics.median(durations_s), durations_s[int(len(durations_s) * 0.99)]
        yield Figure(f"{name}: {what} p50", p50_s * 1000, "ms")
        yield Figure(f"{name}: {what} p99", p99_s * 1000, "ms", bound_s * 1000 if bounded else None)


def _call_many(calls: int, call: Call) -> list[float]:
    """The duration of each call, from several callers at a time."""

    def caller(count: int) -> list[float]:
        with requests.Session() as session:
            return [_duration_s(call, session) for _ in range(count)]

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(itertools.chain.from_iterable(pool.map(caller, [calls // CALLERS] * CALLERS)))


def _duration_s(call: Call, session: requests.Session) -> float:
    started = time.monotonic()
    try:
        call(session)
    except requests.RequestException:
        return max(PATIENCE_S, time.monotonic() - started)
    return time.monotonic() - started


def _get(server: WebServer, path: str, session: requests.Session) -> None:
    reply = session.get(f"{server.url}{path}", timeout=PATIENCE_S)
    reply.raise_for_status()


def _upload(server: WebServer, content: bytes, session: requests.Session) -> None:
    files = {"file": ("a.png", content)}
    session.post(f"{server.url}/api/v1/assets/upload", files=files, timeout=PATIENCE_S).raise_for_status()


def _send_large(server: WebServer, session: requests.Session) -> None:
    """Send a large form, which the server parses; it is discarded."""
    files = {"file": ("a.bin", BytesIO(bytes(LARGE_BYTES)))}
    session.post(f"{server.url}/test/discard", files=files, timeout=60).raise_for_status()


# -- hostile uploads -------------------------------------------------------------------------------------------------


@contextmanager
def _hostile_uploads(server: WebServer) -> Iterator[None]:
    """Uploads that take long to decode, one after the other from each of several callers."""
    ended = False
    content = _many_scans(400)

    def send() -> None:
        while not ended:
            files = {"file": ("a.jpg", content)}
            try:
                requests.post(f"{server.url}/api/v1/assets/upload", files=files, timeout=120)
            except requests.RequestException:
                time.sleep(0.1)

    with ThreadPoolExecutor(HOSTILE_UPLOADS) as pool:
        for _ in range(HOSTILE_UPLOADS):
            pool.submit(send)
        time.sleep(1)  # until they are being decoded
        try:
            yield
        finally:
            ended = True


def _picture() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (640, 480), "#208040").save(buffer, "PNG")
    return buffer.getvalue()


def _many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    buffer = BytesIO()
    Image.effect_noise((1500, 1500), 40).convert("RGB").resize((1500, 1500)).save(
        buffer, "JPEG", progressive=True, quality=5
    )
    content = buffer.getvalue()
    last_scan = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last_scan * scans + content[-2:]
