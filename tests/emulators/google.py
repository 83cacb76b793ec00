"""The Gemini API: interactions with the Gemini Omni models, and the files that they make."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Job, Reply, route
from tests.emulators.shapes import Allowed, field_errors, film_shape, image_size, parsed_aspect

MODELS = ("gemini-omni-flash-preview", "gemini-omni-1.1-flash", "gemini-omni-1.2-flash")
REQUEST: dict[str, Allowed] = {
    "model*": MODELS,
    "background": bool,
    "input*": list,
    "response_format": list,
    "generation_config": dict,
}
FORMAT: dict[str, Allowed] = {
    "type*": ("video",),
    "aspect_ratio": ("16:9", "9:16"),
    "duration": tuple(f"{seconds}s" for seconds in range(3, 11)),
    "resolution": ("360p", "720p", "1080p", "4k"),
    "delivery": ("inline", "uri"),
}
TASKS = ("text_to_video", "image_to_video")
SHORTER_PX = {"360p": 360, "720p": 720, "1080p": 1080, "4k": 2160}
STATUSES = ("failed", "incomplete", "budget_exceeded", "requires_action", "requires_continuation")
REFUSED = "The prompt was blocked by the safety policy."


class Google(Emulator):
    """The API. The failure of an order is a status of an interaction, or the message of one that has failed.

    Attributes that tests change: ``delivery`` ("inline" sends results inside the interaction, whatever was asked for),
    ``escapes`` (the signs / and = of a result are escaped), ``describes`` (the link is the name of a file, without
    ``:download``), ``code`` (the type of the error of a failed interaction), ``small``.
    """

    name: ClassVar[str] = "google"
    engine: ClassVar[str] = "google"
    submits: ClassVar[tuple[str, str]] = ("POST", r"^/v1/interactions$")
    polls: ClassVar[tuple[str, str]] = ("GET", r"^/v1/interactions/[^/]+$")
    downloads: ClassVar[tuple[str, str]] = ("GET", r"^/v1beta/files/")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.delivery = ""
        self.escapes = False
        self.describes = False
        self.code = "INVALID_ARGUMENT"
        self.small = True

    def settings(self) -> dict[str, str]:
        return {"google_api_key": self.key, "google_url": self.url}

    @route("POST", "/v1/interactions")
    def place_order(self, call: Call, match: re.Match[str]) -> Reply:
        if denied := self._denied(call):
            return denied
        if problem := _problem_of(call.json):
            return _error(400, "INVALID_ARGUMENT", problem)
        job = self.accept(call.json, f"v1_{len(self.jobs)}", text=_text_of(call.json))
        if re.search(self.refuses, job.facts["text"]):
            job.failure = REFUSED
        return Reply(200, self._described(job))

    @route("GET", r"/v1/interactions/([^/]+)")
    def tell_state(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or _error(404, "NOT_FOUND", "Requested entity was not found.")
        return self._escaped(self._described(job, with_steps=True))

    @route("POST", r"/v1/interactions/([^/]+)/cancel")
    def cancel_order(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or _error(404, "NOT_FOUND", "Requested entity was not found.")
        if job.is_done:
            return _error(400, "FAILED_PRECONDITION", "The interaction has ended.")
        job.cancelled_at = job.cancelled_at or call.at
        return Reply(200, self._described(job))

    @route("GET", r"/v1beta/files/([^/:]+)(:download)?")
    def send_file(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or _error(404, "NOT_FOUND", "The file does not exist.")
        if time.time() > float(call.query.get("expires", "inf")):
            return _error(403, "PERMISSION_DENIED", "The file has expired.")
        if not match[2] or call.query.get("alt") != "media":
            return Reply(200, {"name": f"files/{job.id}", "mimeType": "video/mp4", "state": "ACTIVE"})
        return Reply(200, self.film(**self.describe_film(job)), {"Content-Type": "video/mp4"})

    # -- replies -----------------------------------------------------------------------------------------------------

    def _described(self, job: Job, with_steps: bool = False) -> dict[str, Any]:
        status = self._status(job)
        body: dict[str, Any] = {"id": job.id, "object": "interaction", "model": job.request["model"], "status": status}
        body |= {"created": "2026-11-27T10:00:00Z", "updated": "2026-11-27T10:00:10Z"}
        if with_steps:
            thought = {"type": "thought", "signature": "c2lnbmF0dXJl" * 1000}
            body["steps"] = [*job.request["input"], thought, *self._outputs(job, status)]
        if status == "failed":
            words = "" if job.failure == "failed" else job.failure
            code = f"https://generativelanguage.googleapis.com/errors/{self.code}"
            body["errors"] = [{"code": code, "message": words}]
        return {**body, "usage": {"total_tokens": 57920}} if status == "completed" else body

    def _outputs(self, job: Job, status: str) -> list[dict[str, Any]]:
        if status == "requires_action":
            return [{"type": "model_output", "content": [{"type": "text", "text": "Which boat do you mean?"}]}]
        if status != "completed":
            return []
        return [{"type": "model_output", "content": [{"type": "video", "mime_type": "video/mp4", **self._clip(job)}]}]

    def _clip(self, job: Job) -> dict[str, str]:
        if (self.delivery or job.request["response_format"][0].get("delivery")) != "uri":
            return {"data": base64.b64encode(self.film(**self.describe_film(job))).decode()}
        url = f"{self.url}/v1beta/files/{job.id}"
        return {"uri": url if self.describes else f"{url}:download?alt=media&expires={time.time() + self.link_s:.3f}"}

    def _escaped(self, body: dict[str, Any]) -> Reply:
        if not self.escapes:
            return Reply(200, body)
        text = json.dumps(body).replace("/", "\\/").replace("=", "\\u003d")
        return Reply(200, text.encode(), {"Content-Type": "application/json"})

    def _status(self, job: Job) -> str:
        if job.cancelled_at is not None:
            return "cancelled"
        if not job.is_done:
            return "queued" if self.throttled else "in_progress"
        if job.failure:
            return job.failure if job.failure in STATUSES else "failed"
        return "completed"

    def _denied(self, call: Call) -> Reply | None:
        """Google answers a wrong key with 400 and a missing one with 403."""
        key = call.headers.get("x-goog-api-key")
        if key is None:
            return _error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
        if key != self.key:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
            return _error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", details)
        return None

    def describe_film(self, job: Job) -> dict[str, Any]:
        video = job.request["response_format"][0]
        shape = film_shape(
            parsed_aspect(video.get("aspect_ratio", "16:9")), SHORTER_PX[video.get("resolution", "720p")], self.small
        )
        return {"text": job.facts["text"], "seconds": float(video.get("duration", "8s").rstrip("s")), **shape}


def _problem_of(body: Any) -> str:
    """What is wrong with a request; empty if nothing is."""
    if not isinstance(body, dict):
        return "Invalid JSON payload received."
    errors = field_errors(REQUEST, body)
    if errors:
        return "; ".join(f"{name}: {words}" for name, words in errors.items())
    for each in body.get("response_format", []):
        if errors := field_errors(FORMAT, each):
            return "; ".join(f"response_format.{name}: {words}" for name, words in errors.items())
    if body["model"].endswith("preview") and body["response_format"][0].get("resolution") not in (None, "720p"):
        return "response_format.resolution: the model makes 720p"
    contents = [part for step in body["input"] for part in step.get("content", [])]
    task = body.get("generation_config", {}).get("video_config", {}).get("task")
    has_image = any(part["type"] == "image" for part in contents)
    if task not in TASKS or has_image != (task == "image_to_video"):
        return f"generation_config.video_config.task: {task!r} does not fit the input"
    return next(filter(None, map(_problem_of_part, contents)), "")


def _problem_of_part(part: dict[str, Any]) -> str:
    if part["type"] == "text":
        return "" if isinstance(part.get("text"), str) and part["text"] else "input: a text is missing"
    if set(part) != {"type", "mime_type", "data"} or part["mime_type"] not in ("image/png", "image/jpeg"):
        return "input: unsupported content"
    try:
        image_size(base64.b64decode(part["data"], validate=True))
    except (OSError, ValueError):
        return "input: the image cannot be decoded"
    return ""


def _text_of(body: dict[str, Any]) -> str:
    return " ".join(part["text"] for step in body["input"] for part in step["content"] if part["type"] == "text")


def _error(code: int, status: str, message: str, details: list[Any] | None = None) -> Reply:
    return Reply(code, {"error": {"code": code, "message": message, "status": status, "details": details or []}})
