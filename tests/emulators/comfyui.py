"""An emulator of a ComfyUI server, version 0.3.64 or 0.38.1.

``python -m tests.emulators.comfyui [port]`` serves it for a person who tries it by hand.
"""

from __future__ import annotations

import copy
import hashlib
import io
import re
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import PurePosixPath
from typing import Any, ClassVar

from PIL import Image

from tests.emulators.base import WORK_S, Call, Emulator, Job, Reply, route
from tests.emulators.comfyui_nodes import MODEL_FILES, NODES, Frames, described, prompt_of
from tests.emulators.comfyui_queue import Queue, item
from tests.emulators.comfyui_validation import validate
from tests.emulators.request_parts import multipart
from tests.emulators.websocket import WebSocket

OLD, NEW = "0.3.64", "0.38.1"
LONGER_SIDE_PX = 640


class ComfyUI(Emulator):
    """A server without a key. ``files`` are the model files that it has, ``nodes`` the classes of its nodes.

    ``small`` makes films of at most 640 px, of the same aspect. ``restart`` forgets everything except files.
    """

    name = "comfyui"
    engine = "comfyui"
    submits: ClassVar = ("POST", r"^/prompt")
    polls: ClassVar = ("GET", r"^/queue")
    downloads: ClassVar = ("GET", r"^/view")
    has_key: ClassVar = False
    moderates: ClassVar = False
    expires: ClassVar = False

    def __init__(self, port: int = 0, work_s: float = WORK_S, version: str = NEW) -> None:
        super().__init__(port, work_s)
        self.version = version
        self.small = True
        self.files = copy.deepcopy(MODEL_FILES)
        self.nodes = set(NODES)
        self.uploads: dict[str, bytes] = {}
        self.queue = Queue(lambda: self.throttled)

    def __enter__(self) -> ComfyUI:
        self.queue.start()
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.queue.stop()
        super().__exit__(*error)

    def serve_forever(self) -> None:
        self.queue.start()
        super().serve_forever()

    def settings(self) -> dict[str, str]:
        return {"comfyui_urls": self.url}

    def restart(self) -> None:
        """Forget queue, history and cache, as a process that was started again; files stay."""
        self.queue.restart()

    def report(self, job: Job, value: int, most: int) -> None:
        """Send the progress of the node that runs, as a sampler does after each step."""
        node = job.facts["node"]
        self.queue.send(job, "progress", value=value, max=most, node=node, prompt_id=job.id)

    def describe_film(self, job: Job) -> dict[str, Any]:
        frames: Frames = job.facts["frames"]
        scale = min(1.0, LONGER_SIDE_PX / max(frames.width, frames.height)) if self.small else 1.0
        width, height = (max(2, round(side * scale / 2) * 2) for side in (frames.width, frames.height))
        fps = max(1, round(frames.fps))
        text = prompt_of(job.request["prompt"])
        return {"text": text, "width": width, "height": height, "seconds": frames.count / frames.fps, "fps": fps}

    @property
    def is_new(self) -> bool:
        return self.version != OLD

    # -- orders --------------------------------------------------------------------------------------------------------

    @route("POST", r"(?:/api)?/prompt")
    def post_prompt(self, call: Call, match: re.Match[str]) -> Reply:
        if call.json is None:
            return Reply(500, b"500 Internal Server Error", {"Content-Type": "text/plain; charset=utf-8"})
        refused = validate(call.json, self._nodes(), self.queue.pictures, self.is_new)
        if refused:
            return Reply(400, refused)
        asked = str(call.json.get("prompt_id") or "")
        job = self.accept(call.json, "" if asked in self.jobs else asked, client_id=call.json.get("client_id", ""))
        job.id = asked or job.id
        return Reply(200, {"prompt_id": job.id, "number": self.queue.put(job), "node_errors": {}})

    @route("GET", r"(?:/api)?/prompt")
    def get_prompt(self, call: Call, match: re.Match[str]) -> Reply:
        return Reply(200, {"exec_info": {"queue_remaining": self.queue.remaining}})

    @route("GET", r"(?:/api)?/queue")
    def get_queue(self, call: Call, match: re.Match[str]) -> Reply:
        with self.queue.lock:
            running = [item(self.queue.running)] if self.queue.running else []
            return Reply(200, {"queue_running": running, "queue_pending": [item(job) for job in self.queue.pending]})

    @route("POST", r"(?:/api)?/queue")
    def post_queue(self, call: Call, match: re.Match[str]) -> Reply:
        waiting = [job.id for job in list(self.queue.pending)]
        for prompt_id in waiting if call.json.get("clear") else call.json.get("delete", []):
            self.queue.delete(prompt_id)
        return Reply(200)

    @route("GET", r"(?:/api)?/history/([^/]+)")
    def get_history(self, call: Call, match: re.Match[str]) -> Reply:
        entry = self.queue.history.get(match[1])
        return Reply(200, {match[1]: entry} if entry else {})

    @route("POST", r"(?:/api)?/interrupt")
    def post_interrupt(self, call: Call, match: re.Match[str]) -> Reply:
        self.queue.interrupt((call.json or {}).get("prompt_id"))
        return Reply(200)

    @route("GET", r"/api/jobs/([^/]+)")
    def get_job(self, call: Call, match: re.Match[str]) -> Reply:
        if not self.is_new:
            return self.not_found(call)
        job = self._job(match[1])
        return Reply(200, job) if job else Reply(404, {"error": "Job not found"})

    @route("POST", r"/api/jobs/([^/]+)/cancel")
    def cancel_job(self, call: Call, match: re.Match[str]) -> Reply:
        if not self.is_new:
            return self.not_found(call)
        if not self._job(match[1]):
            return Reply(404, {"error": "Job not found"})
        return Reply(200, {"cancelled": self.queue.delete(match[1]) or self.queue.interrupt(match[1])})

    # -- files and facts -----------------------------------------------------------------------------------------------

    @route("POST", r"(?:/api)?/upload/image")
    def upload_image(self, call: Call, match: re.Match[str]) -> Reply:
        form = multipart(call)
        if "image" not in form:
            return Reply(400)
        name, content = form["image"]
        subfolder, overwrite = (form.get(part, ("", b""))[1].decode() for part in ("subfolder", "overwrite"))
        name = self._free_name(subfolder, name, content, overwrite in ("true", "1"))
        place = f"{subfolder}/{name}" if subfolder else name
        self.uploads[place] = content
        self.queue.pictures[place] = Image.open(io.BytesIO(content)).size
        return Reply(200, {"name": name, "subfolder": subfolder, "type": "input"})

    @route("GET", r"(?:/api)?/view")
    def view(self, call: Call, match: re.Match[str]) -> Reply:
        name, subfolder = call.query.get("filename", ""), call.query.get("subfolder", "")
        if not name or ".." in name or name.startswith("/"):
            return Reply(400)
        if ".." in subfolder:
            return Reply(403)
        job = self.queue.files.get(f"{subfolder}/{name}".lstrip("/"))
        if job is None or call.query.get("type", "output") != "output":
            return Reply(404)
        content = self.film(**self.describe_film(job))
        headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes"}
        headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("Range", ""))
        if not span:
            return Reply(200, content, headers)
        first, last = int(span[1]), min(int(span[2] or len(content) - 1), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Reply(206, content[first : last + 1], headers)

    @route("GET", r"(?:/api)?/system_stats")
    def system_stats(self, call: Call, match: re.Match[str]) -> Reply:
        return Reply(200, {"system": {"os": "posix", "comfyui_version": self.version, "argv": []}, "devices": []})

    @route("GET", r"(?:/api)?/object_info(?:/(\w+))?")
    def object_info(self, call: Call, match: re.Match[str]) -> Reply:
        nodes = {name: spec for name, spec in self._nodes().items() if match[1] in (None, name)}
        return Reply(200, {name: described(name, spec) for name, spec in nodes.items()})

    def not_found(self, call: Call) -> Reply:
        return Reply(404, b"404: Not Found", {"Content-Type": "text/plain; charset=utf-8"})

    # -- events --------------------------------------------------------------------------------------------------------

    def upgrade(self, handler: BaseHTTPRequestHandler, call: Call) -> bool:
        if call.path not in ("/ws", "/api/ws") or handler.headers.get("Upgrade", "").lower() != "websocket":
            return False
        self.calls.append(call)
        client, socket = call.query.get("clientId", ""), WebSocket(handler)
        status = {"exec_info": {"queue_remaining": self.queue.remaining}}
        socket.send({"type": "status", "data": {"status": status, "sid": client}})
        self.queue.sockets[client] = socket
        running = self.queue.running
        if running and running.facts["client_id"] == client and running.facts.get("node"):
            socket.send({"type": "executing", "data": {"node": running.facts["node"]}})
        socket.wait()
        if self.queue.sockets.get(client) is socket:
            del self.queue.sockets[client]
        return True

    # -- details -------------------------------------------------------------------------------------------------------

    def _nodes(self) -> dict[str, Any]:
        """The inputs of each node that this server has, with its model files."""
        nodes = {name: dict(spec) for name, spec in NODES.items() if name in self.nodes}
        for place, names in self.files.items():
            node, _, name = place.partition(".")
            if node in nodes:
                nodes[node][name] = (names, {})
        if self.is_new and "SaveVideo" in nodes:
            nodes["SaveVideo"]["format.codec"] = nodes["SaveVideo"].pop("codec")
        return nodes

    def _job(self, prompt_id: str) -> dict[str, Any] | None:
        with self.queue.lock:
            if self.queue.running and self.queue.running.id == prompt_id:
                return {"id": prompt_id, "status": "in_progress"}
            if any(job.id == prompt_id for job in self.queue.pending):
                return {"id": prompt_id, "status": "pending"}
            entry = self.queue.history.get(prompt_id)
        if entry is None:
            return None
        events = dict(entry["status"]["messages"])
        ended = "cancelled" if "execution_interrupted" in events else "failed"
        status = "completed" if entry["status"]["completed"] else ended
        return {"id": prompt_id, "status": status, "outputs": entry["outputs"]} | (
            {"execution_error": events["execution_error"]} if "execution_error" in events else {}
        )

    def _free_name(self, subfolder: str, name: str, content: bytes, overwrite: bool) -> str:
        path, number, chosen = PurePosixPath(name), 0, name
        while not overwrite and self.uploads.get(f"{subfolder}/{chosen}".lstrip("/"), content) != content:
            number += 1
            chosen = f"{path.stem} ({number}){path.suffix}"
        return chosen


if __name__ == "__main__":
    emulator = ComfyUI(int(sys.argv[1]) if len(sys.argv) > 1 else 8188)
    print(emulator.url)
    emulator.serve_forever()
