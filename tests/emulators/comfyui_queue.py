"""The queue of the ComfyUI emulator: one worker, a history in memory, and the events about each order."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from tests.emulators.base import Job
from tests.emulators.comfyui_nodes import OUTPUT_NODES, SAMPLERS, Frames, ancestors_first, frames_of
from tests.emulators.websocket import WebSocket

TICK_S = 0.005


class Interrupted(Exception):
    pass


class Queue:
    """Orders that wait, the one that runs, and those that ended. ``restart`` forgets all of them.

    ``pictures`` are the sizes of the uploaded pictures, ``files`` the orders whose clips are on the disk.
    """

    def __init__(self, is_held: Callable[[], bool]) -> None:
        self.is_held = is_held
        self.lock = threading.RLock()
        self.pending: list[Job] = []
        self.running: Job | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.cache: dict[str, Any] = {}
        self.pictures: dict[str, tuple[int, int]] = {}
        self.files: dict[str, Job] = {}
        self.sockets: dict[str, WebSocket] = {}
        self.interrupted: set[str] = set()
        self.number = 0
        self._life = 0
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._close_sockets()

    def restart(self) -> None:
        with self.lock:
            self._life += 1
            self.pending, self.running, self.history, self.cache = [], None, {}, {}
            self.number = 0
        self._close_sockets()

    def put(self, job: Job) -> int:
        with self.lock:
            number = self.number
            self.number += 1
            job.facts["number"] = number
            self.pending.append(job)
            self._status()  # before the worker can take it
        return number

    def delete(self, prompt_id: str) -> bool:
        """Remove an order that waits; no trace of it is left."""
        with self.lock:
            kept = [job for job in self.pending if job.id != prompt_id]
            is_there = len(kept) < len(self.pending)
            self.pending = kept
        return is_there

    def interrupt(self, prompt_id: str | None) -> bool:
        """Interrupt the running order; with an id, only if it is that one."""
        with self.lock:
            if self.running is None or prompt_id not in (None, self.running.id):
                return False
            self.interrupted.add(self.running.id)
            return True

    @property
    def remaining(self) -> int:
        with self.lock:
            return len(self.pending) + (self.running is not None)

    def send(self, job: Job, event: str, **data: Any) -> None:
        """Send an event to the client that placed the order."""
        socket = self.sockets.get(job.facts["client_id"])
        if socket:
            socket.send({"type": event, "data": data})

    # -- the worker ----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopped.wait(TICK_S):
            with self.lock:
                if self.is_held() or not self.pending:
                    continue
                job = self.running = self.pending.pop(0)
                life = self._life
            job.started_at = time.monotonic()
            entry = self._execute(job)
            with self.lock:
                if life != self._life:
                    continue
                self.history[job.id] = entry
                self.running = None
            self._status()
            self.send(job, "executing", node=None, prompt_id=job.id)

    def _execute(self, job: Job) -> dict[str, Any]:
        graph, messages = job.request["prompt"], []

        def tell(event: str, **data: Any) -> None:
            messages.append([event, {**data, "prompt_id": job.id}])
            self.send(job, event, **data, prompt_id=job.id)

        tell("execution_start")
        outputs = self.cache.get(json.dumps(graph, sort_keys=True))
        tell("execution_cached", nodes=list(graph) if outputs else [])
        try:
            outputs = outputs or self._run(job, graph)
        except Interrupted:
            tell("execution_interrupted", node_id=job.facts["node"], node_type="", executed=[])
            return self._entry(job, {}, "error", messages)
        except (RuntimeError, ValueError) as failure:
            kind, node = type(failure).__name__, job.facts["node"]
            kind = "torch.OutOfMemoryError" if "memory" in str(failure) else kind
            told = {"exception_message": str(failure), "exception_type": kind, "traceback": []}
            tell("execution_error", node_id=node, node_type=graph[node]["class_type"], executed=[], **told)
            return self._entry(job, {}, "error", messages)
        tell("execution_success")
        return self._entry(job, outputs, "success", messages)

    def _run(self, job: Job, graph: dict[str, Any]) -> dict[str, Any]:
        """Execute each node; the time of the order passes in its sampler, or where it writes the clip."""
        outputs = {}
        order = list(
            dict.fromkeys(n for o in graph if graph[o]["class_type"] in OUTPUT_NODES for n in ancestors_first(graph, o))
        )
        slow = next((n for n in order if graph[n]["class_type"] in SAMPLERS), order[-1])
        for node in order:
            job.facts["node"] = node
            self._tell_state(job, order, node)
            self.send(job, "executing", node=node, display_node=node, prompt_id=job.id)
            if node == slow:
                self._pass_time(job)
            if graph[node]["class_type"] in OUTPUT_NODES:
                outputs[node] = self._write(job, graph, node)
                self.send(job, "executed", node=node, output=outputs[node], prompt_id=job.id)
        self.cache[json.dumps(graph, sort_keys=True)] = outputs
        return outputs

    def _pass_time(self, job: Job) -> None:
        life = self._life
        while not job.is_done:
            if job.id in self.interrupted:
                job.cancelled_at = time.monotonic()
                raise Interrupted
            if life != self._life or self._stopped.wait(TICK_S):
                raise Interrupted
        if job.failure:
            raise RuntimeError(job.failure)

    def _write(self, job: Job, graph: dict[str, Any], node: str) -> dict[str, Any]:
        given = graph[node]["inputs"]
        frames = frames_of(graph, given["video" if "video" in given else "images"][0], self.pictures)
        if "video" not in given:
            return {"images": [{"filename": "ComfyUI_temp_00001_.png", "subfolder": "", "type": "temp"}]}
        _check_encoding(given, frames)
        job.facts["frames"] = frames
        prefix = PurePosixPath(given["filename_prefix"])
        folder = "" if str(prefix.parent) == "." else str(prefix.parent)
        with self.lock:
            count = sum(name.startswith(f"{prefix}_") for name in self.files) + 1
            name = f"{prefix.name}_{count:05}_.mp4"
            self.files[f"{folder}/{name}".lstrip("/")] = job
        return {"images": [{"filename": name, "subfolder": folder, "type": "output"}], "animated": [True]}

    def _entry(self, job: Job, outputs: Any, status: str, messages: list[Any]) -> dict[str, Any]:
        shown = {"status_str": status, "completed": status == "success", "messages": messages}
        return {"prompt": item(job), "outputs": outputs, "status": shown, "meta": {}}

    # -- events --------------------------------------------------------------------------------------------------------

    def _tell_state(self, job: Job, order: list[str], node: str) -> None:
        done = order[: order.index(node)]
        states = {n: {"value": 1, "max": 1, "state": "finished", "node_id": n} for n in done}
        states[node] = {"value": 0, "max": 1, "state": "running", "node_id": node}
        self.send(job, "progress_state", prompt_id=job.id, nodes=states)

    def _status(self) -> None:
        for socket in list(self.sockets.values()):
            socket.send({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": self.remaining}}}})

    def _close_sockets(self) -> None:
        for socket in list(self.sockets.values()):
            socket.close()
        self.sockets.clear()


def item(job: Job) -> list[Any]:
    """An order as the queue shows it."""
    extra = {"client_id": job.facts["client_id"]}
    outputs = [n for n, node in job.request["prompt"].items() if node["class_type"] in OUTPUT_NODES]
    return [job.facts["number"], job.id, job.request["prompt"], extra, outputs]


def _check_encoding(given: dict[str, Any], frames: Frames) -> None:
    """What is not validated before an order runs."""
    if given["format"] not in ("auto", "mp4"):
        raise ValueError(f"'{given['format']}' is not a valid VideoContainer")
    if frames.width % 2 or frames.height % 2:
        raise RuntimeError(f"libx264: width or height not divisible by 2 ({frames.width}x{frames.height})")
