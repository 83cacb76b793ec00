"""Record the requests of google-genai, which needs other versions of packages than Pytoon's tests do.

It is run by hand when the library or the request of the engine changes:

    python3 -m venv /tmp/library && /tmp/library/bin/pip install google-genai==3.4.0
    .venv/bin/python -m tests.adapters.record_sdk /tmp/library/bin/python

The library runs in its own environment against the emulator, which answers at Google's own host. What it has sent, and
what it has read from the replies, is written to ``tests/adapters/recorded/google.json``.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.adapters.hosted import write_picture
from tests.adapters.wire import shape_of
from tests.emulators.base import Call
from tests.emulators.google import Google
from tests.emulators.https_proxy import HttpsProxy, make_certificate

HOST = "generativelanguage.googleapis.com"
FOLDER = Path(__file__).with_name("recorded")
RECORDING, PROGRAM = FOLDER / "google.json", FOLDER / "google_library.py"
PROMPT = "Ein Drachen steigt über das Meer ☀"
# Orders: the model, the length, the aspect, the resolution, and how many pictures.
ORDERS = (
    ("gemini-omni-flash-preview", 3, "9:16", "720p", 0),
    ("gemini-omni-1.1-flash", 8, "16:9", "1080p", 0),
    ("gemini-omni-1.1-flash", 5, "9:16", "360p", 1),
    ("gemini-omni-1.2-flash", 10, "9:16", "720p", 1),
)
STATES = (
    "queued",
    "in_progress",
    "completed",
    "inline",
    "cancelled",
    "failed",
    "incomplete",
    "budget_exceeded",
    "requires_action",
    "requires_continuation",
)


class Library:
    """The library in its own environment, as a child process."""

    def __init__(self, python: str, key: str, proxy: HttpsProxy) -> None:
        environment = {**os.environ, **proxy.environment(), "GOOGLE_API_KEY": key}
        command = [python, "-P", str(PROGRAM)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._child = subprocess.Popen(command, env=environment, text=True, **pipes)

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        assert self._child.stdin and self._child.stdout
        print(json.dumps({"call": name, "arguments": arguments}), file=self._child.stdin, flush=True)
        return json.loads(self._child.stdout.readline())

    def close(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait()


def order_arguments(model: str, seconds: int, aspect: str, resolution: str, picture: Path | None) -> dict[str, Any]:
    """The arguments of ``interactions.create`` for an order."""
    content: list[dict[str, Any]] = [{"type": "text", "text": PROMPT}]
    if picture:
        data = base64.b64encode(picture.read_bytes()).decode()
        content.append({"type": "image", "mime_type": "image/png", "data": data})
    video = {"type": "video", "aspect_ratio": aspect, "duration": f"{seconds}s", "resolution": resolution}
    return {
        "model": model,
        "background": True,
        "input": [{"type": "user_input", "content": content}],
        "response_format": [{**video, "delivery": "uri"}],
        "generation_config": {"video_config": {"task": "image_to_video" if picture else "text_to_video"}},
    }


def bring(google: Google, state: str) -> str:
    """Bring the newest order to a state; return its id."""
    job = list(google.jobs.values())[-1]
    job.cancelled_at, job.failure = None, ""
    google.throttled, google.delivery = state == "queued", "inline" if state == "inline" else ""
    if state in ("queued", "in_progress"):
        google.advance(job, 0.5)
    elif state == "cancelled":
        job.cancelled_at = job.started_at
    else:
        google.finish(job, {"completed": "", "inline": "", "failed": "The model is overloaded."}.get(state, state))
    return job.id


def recorded(call: Call) -> dict[str, Any]:
    headers = {name: value for name, value in call.headers.items() if name.lower() != "user-agent"}
    return {"method": call.method, "path": call.path, "query": call.query, "headers": headers, "json": call.json}


def record(google: Google, library: Library, picture: Path) -> dict[str, Any]:
    def noted(name: str, **arguments: Any) -> dict[str, Any]:
        result = library.call(name, **arguments)
        call = google.calls[-1]
        return {"request": recorded(call), "reply": shape_of(google.handle(call).body), "result": result}

    orders = [noted("create", **order_arguments(*order, picture if images else None)) for *order, images in ORDERS]
    polls = {state: noted("get", id=bring(google, state)) for state in STATES}
    bring(google, "in_progress")
    cancelled = noted("cancel", id=list(google.jobs)[-1])
    unknown = noted("get", id="v1_unknown")
    google.key = "another-key"
    refused = noted("create", **order_arguments(*ORDERS[0][:4], None))
    return {"orders": orders, "polls": polls, "cancel": cancelled, "unknown": unknown, "refused": refused}


def main(python: str) -> None:
    version = subprocess.run([python, "-m", "pip", "show", "google-genai"], capture_output=True, text=True, check=True)
    stated = next(line.split()[-1] for line in version.stdout.splitlines() if line.startswith("Version:"))
    with tempfile.TemporaryDirectory() as folder, Google(work_s=0.0) as google:
        google.film = lambda **_: b"film"
        picture = write_picture(Path(folder, "picture.png"), shorter_px=18)
        certificate = make_certificate(Path(folder), (HOST,))
        with HttpsProxy(google.port, certificate, (HOST,)) as proxy:
            library = Library(python, google.key, proxy)
            recording = record(google, library, picture)
            library.close()
    document = {"library": f"google-genai {stated}", **recording}
    RECORDING.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
