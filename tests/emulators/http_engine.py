"""An emulator of a server that speaks the contract of docs/http-engine.md.

``python -m tests.emulators.http_engine [port]`` serves it for a person who tries it by hand.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from tests.emulators.base import WORK_S, Call, Emulator, Job, Reply, route
from tests.emulators.films import film_size

MODELS: list[dict[str, Any]] = [
    {
        "id": "wan-22-5b",
        "name": "wan",
        "from_text": True,
        "from_image": True,
        "takes_last_image": True,
        "seconds": [2, 5],
        "aspects": ["9:16", "16:9", "1:1"],
        "resolutions": ["480p", "720p"],
        "shorter_side_px": [480, 720],
        "prompt_limit": 200,
        "takes_negative_prompt": True,
        "takes_seed": True,
        "prices": [
            {"usd": 0.02, "per": "second", "resolution": "480p", "source": "the emulator"},
            {"usd": 0.05, "per": "second", "resolution": "720p", "source": "the emulator"},
        ],
    },
    {"id": "free", "name": "free", "from_text": True},
]
FIELDS: dict[str, Any] = {
    "model": str,
    "prompt": str,
    "negative_prompt": str,
    "seconds": int,
    "aspect": str,
    "resolution": str,
    "seed": int,
    "width": int,
    "height": int,
    "fps": (int, float),
    "image": (dict, type(None)),
    "last_image": (dict, type(None)),
}
LONGER_SIDE_PX = 640
SIGNATURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8"}


class HttpEngine(Emulator):
    """A server with two models, one of which costs money. ``models`` is its reply to ``GET /v1/models``.

    ``small`` makes films of at most 640 px, of the same aspect. ``keys`` has the id of the order of each key.
    """

    name = "http_engine"
    engine = "http"
    submits: ClassVar = ("POST", r"^/v1/clips$")
    polls: ClassVar = ("GET", r"^/v1/clips/")
    idempotent: ClassVar = True

    def __init__(self, port: int = 0, work_s: float = WORK_S) -> None:
        super().__init__(port, work_s)
        self.small = True
        self.models: Any = {"models": MODELS, "generates": True, "is_local": False, "poll_s": 0.5}
        self.keys: dict[str, str] = {}

    def settings(self) -> dict[str, str]:
        return {"http_engine_url": self.url, "http_engine_api_key": self.key}

    def describe_film(self, job: Job) -> dict[str, Any]:
        order = job.request
        size = (
            film_size(order["aspect"], order["resolution"])
            if order["resolution"]
            else (order["width"], order["height"])
        )
        scale = min(1.0, LONGER_SIDE_PX / max(size)) if self.small else 1.0
        width, height = (max(2, round(side * scale / 2) * 2) for side in size)
        return {"text": order["prompt"], "width": width, "height": height, "seconds": order["seconds"]}

    def handle(self, call: Call) -> Reply:
        is_result = call.path.startswith("/results/")
        if not is_result and call.headers.get("Authorization") != f"Bearer {self.key}":
            return Reply(401, {"error": "the key is not valid"})
        return super().handle(call)

    @route("GET", r"/v1/models")
    def list_models(self, call: Call, match: re.Match[str]) -> Reply:
        return Reply(200, self.models)

    @route("POST", r"/v1/clips")
    def place(self, call: Call, match: re.Match[str]) -> Reply:
        key = call.headers.get("Idempotency-Key", "")
        if not key:
            return Reply(400, {"error": "the header Idempotency-Key is missing"})
        problem = next(self._problems(call.json), None)
        if problem:
            return Reply(422, {"error": problem})
        with self.lock:
            if key in self.keys:
                job = self.jobs[self.keys[key]]
                is_same = job.request == call.json
                return Reply(200, {"id": job.id}) if is_same else Reply(409, {"error": "the key is of another order"})
            job = self.accept(call.json)
            self.keys[key] = job.id
        return Reply(202, {"id": job.id, "cost": self._cost(job)})

    @route("GET", r"/v1/clips")
    def look_up(self, call: Call, match: re.Match[str]) -> Reply:
        known = self.keys.get(call.query.get("key", ""))
        return Reply(200, {"clips": [{"id": known, "cost": self._cost(self.jobs[known])}] if known else []})

    @route("GET", r"/v1/clips/([^/]+)")
    def progress(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        return Reply(200, self._described(job)) if job else Reply(404, {"error": "there is no such clip"})

    @route("DELETE", r"/v1/clips/([^/]+)")
    def cancel(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if job is None:
            return Reply(404, {"error": "there is no such clip"})
        if not job.is_done and job.cancelled_at is None:
            job.cancelled_at = call.at
        return Reply(200, self._described(job))

    def _described(self, job: Job) -> dict[str, Any]:
        if job.cancelled_at is not None:
            return {"state": "cancelled", "cost": "0"}
        if job.is_done and job.failure:
            return {"state": "failed", "reason": job.failure, "can_retry": "memory" in job.failure, "cost": 0}
        if job.is_done:
            return {"state": "done", "progress": 1, "video_url": self.link(job), "cost": self._cost(job)}
        if self.throttled:
            return {"state": "waiting", "again_s": 0.5}
        return {"state": "running", "progress": job.share, "again_s": 0.5}

    def _cost(self, job: Job) -> str:
        model = next(model for model in MODELS if model["id"] == job.request["model"])
        prices = {price["resolution"]: price["usd"] for price in model.get("prices", ())}
        return f"{prices.get(job.request['resolution'], 0) * job.request['seconds']:.2f}"

    def _problems(self, order: Any) -> Iterator[str]:
        if not isinstance(order, dict):
            yield "the body is not a JSON object"
            return
        for name, kind in FIELDS.items():
            if name not in order or not isinstance(order[name], kind):
                yield f"{name} is missing or of another type"
        yield from (f"there is no field {name}" for name in order if name not in FIELDS)
        model = next((model for model in MODELS if model["id"] == order["model"]), None)
        if model is None:
            yield f"there is no model {order['model']}"
            return
        for name, field in (("seconds", "seconds"), ("aspects", "aspect"), ("resolutions", "resolution")):
            if model.get(name) and order[field] not in model[name]:
                yield f"{field} must be one of {model[name]}"
        if len(order["prompt"]) > model.get("prompt_limit", 1000):
            yield "the prompt is too long"
        if re.search(self.refuses, order["prompt"]):
            yield "the prompt is not allowed"
        for name in ("image", "last_image"):
            if order[name] and not _is_picture(order[name]):
                yield f"{name} is not a picture of its content_type"
            if order[name] and not model.get("from_image"):
                yield f"{name} is not taken by this model"


def _is_picture(picture: Any) -> bool:
    if not isinstance(picture, dict) or set(picture) != {"content_type", "data"}:
        return False
    try:
        content = base64.b64decode(picture["data"], validate=True)
    except ValueError:
        return False
    return content.startswith(SIGNATURES.get(picture["content_type"], b"\0"))


if __name__ == "__main__":
    emulator = HttpEngine(int(sys.argv[1]) if len(sys.argv) > 1 else 9000)
    print(emulator.url, json.dumps(emulator.settings()))
    emulator.serve_forever()
