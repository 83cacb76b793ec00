"""One ComfyUI server."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from requests import Response

from app.core.errors import ProviderBusy, ProviderError, ProviderRefused, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from app.core.redaction import public_text
from engines.base import Cancellation, OrderProgress, Progress
from engines.comfy.graph import Graph
from engines.comfy.states import graph_in_queue, in_history, in_jobs, in_queue, refusal
from schemas.engine import Cost

PROVIDER = "comfyui"
# Pictures of orders are in this directory of the server's input, its clips in that of its output.
FOLDER = "pytoon"
NODES_S = 60.0
NOT_THERE = (404, 405)


class Server:
    """A server at a URL, which may have a user and a password; ``address`` is the URL without them.

    What it keeps are the names of the server's nodes, for a minute.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url.rstrip("/"))
        self.address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        self.headers = _authorization(parts.username, parts.password)
        self._client = ProviderClient(PROVIDER, self.address, self.headers)
        self._nodes: frozenset[str] = frozenset()
        self._nodes_until = 0.0
        self._lock = threading.Lock()

    def queue_length(self) -> int:
        """Return the number of orders that wait or run."""
        info = self._json("/prompt").get("exec_info")
        remaining = info.get("queue_remaining") if isinstance(info, dict) else None
        return remaining if isinstance(remaining, int) else 0

    def missing(self, classes: Iterable[str]) -> list[str]:
        """Return those of the classes of nodes that the server does not have."""
        with self._lock:
            if time.monotonic() >= self._nodes_until:
                self._nodes = frozenset(self._json("/object_info"))
                self._nodes_until = time.monotonic() + NODES_S
            return sorted(set(classes) - self._nodes)

    def upload(self, path: Path) -> str:
        """Upload a picture under a name that follows from its content; return the value for ``LoadImage``.

        The server keeps a file that is already there, and renames one that differs: the name is that of its reply.
        """
        content = path.read_bytes()
        suffix = ".png" if content.startswith(b"\x89PNG") else ".jpg"
        name = f"{hashlib.sha256(content).hexdigest()[:32]}{suffix}"
        form = {"type": "input", "subfolder": FOLDER, "overwrite": "false"}
        reply = self._client.request("POST", "/upload/image", data=form, files={"image": (name, content)})
        uploaded = self._client.json(reply)
        if not isinstance(uploaded, dict) or not uploaded.get("name"):
            raise ProviderBusy(PROVIDER, "the reply to the upload of a picture names no file")
        return "/".join(filter(None, (uploaded.get("subfolder"), uploaded["name"])))

    def submit(self, graph: Graph, prompt_id: str) -> str:
        """Place an order; return its id, which is ``prompt_id`` unless the server knows no ids of clients."""
        # Events about an order go only to the client that placed it: each order is a client of its own.
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": prompt_id}
        reply = self._client.submit("/prompt", json=body, allow=(400,))
        if reply.status_code == 400:
            raise self._refused(reply)
        accepted = self._client.accepted(reply)
        if not isinstance(accepted, dict) or not isinstance(accepted.get("prompt_id"), str):
            raise SubmitUnknown(PROVIDER, "the reply to the order has no prompt_id")
        return str(accepted["prompt_id"])

    def progress(self, prompt_id: str, output: str) -> tuple[Progress | None, Mapping[str, Any]]:
        """Return the progress of an order, and its graph while it runs; ``None`` if the server does not know it.

        The queue is read first: an order goes from there to the history, and not back.
        """
        queue = self._json("/queue")
        progress = in_queue(queue, prompt_id)
        if progress:
            return progress, graph_in_queue(queue, prompt_id)
        progress = in_history(self._json(f"/history/{prompt_id}"), prompt_id, output)
        if progress and progress.reason:
            progress = replace(progress, reason=public_text(progress.reason))
        return progress, {}

    def job(self, prompt_id: str, output: str) -> Progress | None:
        """Return what the newer ``/api/jobs`` says about an order; ``None`` if it, or the route, is not there."""
        reply = self._client.get(f"/api/jobs/{prompt_id}", allow=NOT_THERE)
        return in_jobs(self._client.json(reply), output) if reply.ok else None

    def cancel(self, prompt_id: str) -> Cancellation:
        """Delete an order that waits, or interrupt it if it runs; it then ends at the next step of its work."""
        self._client.request("POST", "/queue", json={"delete": [prompt_id]})
        progress = in_queue(self._json("/queue"), prompt_id)
        if progress is None:
            return Cancellation(True, Cost())
        if progress.state is OrderProgress.RUNNING:
            self._interrupt(prompt_id)
        return Cancellation(False, Cost(), "the server stops it at the next step of its work")

    def download(self, file: Mapping[str, str], path: Path) -> None:
        """Download a clip that the history names."""
        url = f"{self.address}/view?{urlencode(file)}"
        self._client.download(url, path, MAX_CLIP_BYTES, with_key=True)

    def _refused(self, reply: Response) -> ProviderError:
        try:
            return ProviderRefused(PROVIDER, public_text(refusal(reply.json())))
        except ValueError:  # a proxy before the server
            return self._client.error(reply)

    def _interrupt(self, prompt_id: str) -> None:
        reply = self._client.request("POST", f"/api/jobs/{prompt_id}/cancel", allow=NOT_THERE)
        if not reply.ok:
            self._client.request("POST", "/interrupt", json={"prompt_id": prompt_id})

    def _json(self, path: str) -> dict[str, Any]:
        body = self._client.json(self._client.get(path))
        if not isinstance(body, dict):
            raise ProviderBusy(PROVIDER, f"the reply to {path} is not a JSON object")
        return body


def _authorization(user: str | None, password: str | None) -> dict[str, str]:
    if not user and not password:
        return {}
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
