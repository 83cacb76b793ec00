"""A fake API server on a real socket, and a fixture that runs ``pytoon`` against it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest

from tests.commands import Result, run_command

Plain = dict[str, Any]


def scene(number: int, state: str, engine: str | None = None) -> Plain:
    return {"id": number, "state": state, "engine": engine, "description": f"picture {number}", "steps_down": []}


def job(state: str, *scenes: Plain, **more: Any) -> Plain:
    return {
        "job_id": "job_1",
        "state": state,
        "progress": {"share": 0.5, "scenes": list(scenes), "steps": {"plan": "SUCCESS", "voice": "STARTED"}},
        "timings_ms": {},
        "warnings": [],
        "error": None,
        "artefacts": [],
        **more,
    }


DONE = job(
    "DONE",
    scene(1, "DONE", "local"),
    timings_ms={"plan": 120, "scene": 4200},
    artefacts=[
        {"name": "output.mp4", "url": "/files/output.mp4", "bytes": 11},
        {"name": "scenes/scene_1.mp4", "url": "/files/scenes/scene_1.mp4", "bytes": 5},
    ],
)


@dataclass
class FakeServer:
    """The replies of the server, and the requests that it has received."""

    job = staticmethod(job)
    scene = staticmethod(scene)
    done = DONE

    url: str = ""
    states: list[Plain] = field(default_factory=lambda: [DONE])
    files: dict[str, bytes] = field(
        default_factory=lambda: {"/files/output.mp4": b"film film f", "/files/scenes/scene_1.mp4": b"scene"}
    )
    refusals: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    breaks: dict[str, int] = field(default_factory=dict)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    requests: list[Plain] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    estimate: Plain = field(default_factory=dict)
    refused_uploads: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] | None = None  # of uploads; None is a server of a version that does not tell them

    def refuse_upload(self, name: str, message: str) -> None:
        self.refused_uploads[name] = message

    def refuse(self, path: str, status: int, message: str, advice: str = "Correct it.") -> None:
        error = {"code": "bad_request", "message": message, "retryable": False, "advice": advice}
        self.refusals[path] = (status, json.dumps({"error": error, "request_id": "r"}).encode())


def handler_of(fake_server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            path = unquote(self.path)
            if fake_server.breaks.get(path, 0) > 0:
                fake_server.breaks[path] -= 1
                self.close_connection = True
                return
            if path in fake_server.refusals:
                self._send(*fake_server.refusals[path])
            elif path in fake_server.files:
                self._send(200, fake_server.files[path])
            elif path == "/api/v1/assets/upload":
                self._upload(body)
            elif path == "/api/v2/jobs":
                fake_server.requests.append(json.loads(body))
                fake_server.keys.append(self.headers["Idempotency-Key"])
                self._send(202, json.dumps({"job_id": "job_1", "warnings": ["a.jpg is small"], "links": {}}).encode())
            elif path == "/api/v2/estimate":
                fake_server.requests.append(json.loads(body))
                self._send(200, json.dumps(fake_server.estimate).encode())
            elif path == "/api/v1/assets/limits" and fake_server.limits is not None:
                self._send(200, json.dumps(fake_server.limits).encode())
            elif path == "/health":
                self._send(200, b'{"live": true, "ready": true}')
            elif path == "/api/v2/jobs/job_1/cancel":
                fake_server.cancelled.append("job_1")
                self._send(200, json.dumps(job("CANCELLED")).encode())
            elif path == "/api/v2/jobs/job_1":
                now = fake_server.states.pop(0) if len(fake_server.states) > 1 else fake_server.states[0]
                self._send(200, json.dumps(now).encode())
            else:
                fake_server.refuse(path, 404, f"there is no {path}")
                self._send(*fake_server.refusals[path])

        def _upload(self, body: bytes) -> None:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            (part,) = BytesParser().parsebytes(head + body).get_payload()
            assert part.get_param("name", header="content-disposition") == "file"  # type: ignore[union-attr]
            name = str(part.get_filename())  # type: ignore[union-attr]
            if name in fake_server.refused_uploads:
                fake_server.refuse(name, 422, fake_server.refused_uploads[name])
                return self._send(*fake_server.refusals[name])
            fake_server.uploads.append((name, part.get_payload(decode=True)))  # type: ignore
            asset = {"asset_id": f"ast_{len(fake_server.uploads)}", "kind": fake_server.kinds.get(name, "image")}
            self._send(201, json.dumps(asset).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@pytest.fixture
def fake_server() -> Iterator[FakeServer]:
    server_state = FakeServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(server_state))
    server_state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server_state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def pytoon(fake_server: FakeServer, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """``pytoon("status", "job_1")`` against the fake server."""

    def run(*args: str, url: str | None = None) -> Result:
        return run_command(capsys, *args, "--url", url or fake_server.url)

    return run
