"""A small real HTTP server that plays the API of a provider, with faults on request.

An emulator is a subclass of ``Emulator`` with ``routes``. It counts what a provider would charge for in ``jobs``: one
entry for each order that it has accepted.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.emulators.films import film

WORK_S = 0.2


@dataclass(frozen=True)
class Call:
    """A request as the emulator has received it; ``path`` is without the query."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """The body as JSON; ``None`` if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    """A reply. A ``body`` that is not bytes is sent as JSON; ``None`` is an empty body.

    ``delay_s`` passes before it. ``cut_after`` bytes of the body the connection is closed; with ``drop``, it is closed
    without a reply. ``pause_s`` passes between two parts of 1000 bytes of the body.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut_after: int | None = None
    drop: bool = False
    pause_s: float = 0.0


DROP = Reply(drop=True)


@dataclass
class Fault:
    """Replaces the reply to the next ``times`` requests that match.

    ``after`` lets the emulator act on the request first: an order is accepted, and its reply is lost. ``change``
    changes the emulator's own reply instead of replacing it.
    """

    method: str
    path: str
    reply: Reply | None = None
    times: int = 1
    after: bool = False
    change: Callable[[Reply], Reply] | None = None

    def matches(self, call: Call) -> bool:
        return self.times > 0 and call.method == self.method and re.search(self.path, call.path) is not None


@dataclass
class Job:
    """An order that the emulator has accepted; it ends ``work_s`` after ``started_at`` (``time.monotonic``).

    ``failure`` makes it fail then; ``cancelled_at`` is set by a request to cancel. ``facts`` belong to the emulator.
    """

    id: str
    request: Any
    started_at: float
    work_s: float
    failure: str = ""
    cancelled_at: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """How much of the work is done, 0 … 1."""
        end = self.cancelled_at or time.monotonic()
        return min(1.0, (end - self.started_at) / self.work_s) if self.work_s else 1.0

    @property
    def is_done(self) -> bool:
        return self.cancelled_at is None and self.share >= 1.0


Handler = Callable[[Any, Call, re.Match[str]], Reply]


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Mark a method of an emulator as the handler of requests whose whole path matches ``pattern``."""

    def mark(handler: Handler) -> Handler:
        handler.route = (method, re.compile(pattern))  # type: ignore[attr-defined]
        return handler

    return mark


class Emulator:
    """The base class. ``with Runway() as runway:`` serves at ``runway.url`` until the block ends.

    Attributes that tests change: ``work_s`` (seconds for one order), ``key`` (the only valid key), ``throttled``
    (orders wait and do not start), ``link_s`` (seconds for which links to results are valid), ``refuses`` (a prompt
    that matches this pattern is refused by moderation), ``film`` (returns the bytes of the film of an order).
    """

    name: ClassVar[str]
    # The engine that uses it, and the method and path of the requests that place an order, ask for its state and
    # download its result. The suite of all engines makes them fail.
    engine: ClassVar[str]
    submits: ClassVar[tuple[str, str]]
    polls: ClassVar[tuple[str, str]]
    downloads: ClassVar[tuple[str, str]] = ("GET", r"^/results/")
    # What the suite of all engines cannot ask of every provider; a provider without it sets it to False.
    # A wrong key is refused.
    has_key: ClassVar[bool] = True
    # An accepted order is one of ``jobs`` and costs money or work, so that its outcome can be unknown.
    pays: ClassVar[bool] = True
    # An accepted order is asked for its state by ``polls`` until it is done.
    waits: ClassVar[bool] = True
    # With ``throttled``, an accepted order waits.
    queues: ClassVar[bool] = True
    # An accepted order can fail (``finish`` with a failure).
    fails: ClassVar[bool] = True
    # A prompt that ``refuses`` matches is refused.
    moderates: ClassVar[bool] = True
    # Links to results expire after ``link_s``.
    expires: ClassVar[bool] = True
    # A second order with the same key is answered with the first one. This is rare: it is set to True.
    idempotent: ClassVar[bool] = False

    def __init__(self, port: int = 0, work_s: float = WORK_S) -> None:
        self.work_s = work_s
        self.key = "key-of-the-emulator"
        self.throttled = False
        self.link_s = 3600.0
        self.refuses = r"\bforbidden\b"
        self.film: Callable[..., bytes] = film
        self.calls: list[Call] = []
        self.jobs: dict[str, Job] = {}
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._routes = self._collect_routes()
        self._server = _Server(("127.0.0.1", port), self._handler_class())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    # -- running -----------------------------------------------------------------------------------------------------

    def __enter__(self) -> Emulator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in the calling thread, for a person who tries it by hand."""
        self._server.serve_forever()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """The fields of ``Settings`` with which the engine uses this emulator."""
        raise NotImplementedError

    # -- for tests ---------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Let new orders never end by themselves; ``finish`` ends one."""
        self.work_s = float("inf")

    def finish(self, job: Job, failure: str = "") -> None:
        """Let an order end now, with a result or as a failure; ``failure`` is the provider's code or reason."""
        job.failure, job.work_s = failure, 0.0

    def advance(self, job: Job, share: float) -> None:
        """Let an order be at this share of its work and stay there."""
        job.work_s = 1e9
        job.started_at = time.monotonic() - share * job.work_s

    def fail(self, method: str, path: str, reply: Reply, times: int = 1, after: bool = False) -> None:
        """Give ``reply`` to the next ``times`` requests whose path contains the pattern ``path``."""
        self.faults.append(Fault(method, path, reply, times, after))

    def change(self, method: str, path: str, times: int = 1, **changes: Any) -> None:
        """Change fields of the emulator's own reply to the next requests, for example ``cut_after=100``."""
        self.faults.append(Fault(method, path, times=times, change=lambda reply: replace(reply, **changes)))

    def calls_to(self, method: str, path: str) -> list[Call]:
        """The requests whose path contains the pattern ``path``."""
        with self.lock:
            return [call for call in self.calls if call.method == method and re.search(path, call.path)]

    # -- for emulators -----------------------------------------------------------------------------------------------

    def accept(self, request: Any, job_id: str = "", **facts: Any) -> Job:
        """Accept an order: it is counted, and its work begins."""
        with self.lock:
            job = Job(job_id or str(uuid.uuid4()), request, time.monotonic(), self.work_s, facts=facts)
            self.jobs[job.id] = job
            return job

    def link(self, job: Job, name: str = "clip.mp4") -> str:
        """A new signed link to the film of an order, valid for ``link_s``."""
        return f"{self.url}/results/{job.id}/{name}?expires={time.time() + self.link_s:.3f}"

    def describe_film(self, job: Job) -> dict[str, Any]:
        """The arguments of ``film`` for an order: text, width, height, seconds."""
        return {"text": job.id}

    def handle(self, call: Call) -> Reply:
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(call.path)
            if match and method == call.method:
                return handler(self, call, match)
        return self.not_found(call)

    def not_found(self, call: Call) -> Reply:
        return Reply(404, {"error": f"no route {call.method} {call.path}"})

    @route("GET", r"/results/([^/]+)/.+")
    def _result(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if job is None:
            return Reply(404, b"no such result")
        if time.time() > float(call.query.get("expires", "inf")):
            return Reply(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
        return Reply(200, self.film(**self.describe_film(job)), {"Content-Type": "video/mp4"})

    # -- the server --------------------------------------------------------------------------------------------------

    def _collect_routes(self) -> Sequence[tuple[str, re.Pattern[str], Handler]]:
        members = (getattr(type(self), name) for name in dir(type(self)))
        return [(*member.route, member) for member in members if hasattr(member, "route")]

    def _reply(self, call: Call) -> Reply:
        with self.lock:
            self.calls.append(call)
            fault = next((fault for fault in self.faults if fault.matches(call)), None)
            if fault:
                fault.times -= 1
        if fault is None:
            return self.handle(call)
        if fault.change:
            return fault.change(self.handle(call))
        if fault.after:
            self.handle(call)
        assert fault.reply is not None
        return fault.reply

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        emulator = self

        class RequestHandler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Header and body are two writes; without this the second one waits for an acknowledgement.
            disable_nagle_algorithm = True
            timeout = 60

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                body = self.rfile.read(length)
                call = Call(self.command, parts.path, query, self.headers, body, time.monotonic())
                if not emulator.upgrade(self, call):
                    _send(self, emulator._reply(call))

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer  # noqa: N815 - names of http.server

            def log_message(self, *_: object) -> None:
                pass

        return RequestHandler

    def upgrade(self, handler: BaseHTTPRequestHandler, call: Call) -> bool:
        """Take over the connection, for example as a WebSocket; return whether it was."""
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close the connection early."""


def _send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    if reply.delay_s:
        time.sleep(reply.delay_s)
    if reply.drop:
        _reset(handler)
        return
    is_bytes = isinstance(reply.body, bytes)
    data = b"" if reply.body is None else reply.body if is_bytes else json.dumps(reply.body).encode()
    # A test may state another type, date or length.
    headers = {"Content-Type": "application/octet-stream" if is_bytes else "application/json", **reply.headers}
    handler.send_response_only(reply.status)
    if "Date" not in headers:
        handler.send_header("Date", handler.date_time_string())
    for name, value in headers.items():
        handler.send_header(name, value)
    if "Content-Length" not in headers:
        handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    if handler.command == "HEAD":
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        if reply.pause_s:
            for start in range(0, len(data), 1000):
                handler.wfile.write(data[start : start + 1000])
                time.sleep(reply.pause_s)
        else:
            handler.wfile.write(data if reply.cut_after is None else data[: reply.cut_after])
    if reply.cut_after is not None:
        _reset(handler)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection by a reset, as a load balancer does that loses its server."""
    handler.close_connection = True
    with suppress(OSError):
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
