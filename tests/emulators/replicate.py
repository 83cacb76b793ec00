"""Replicate: predictions of official models and of versions."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Job, Reply, route
from tests.emulators.shapes import Allowed, data_uri_bytes, field_errors, film_shape, image_size, parsed_aspect

MODELS: dict[str, dict[str, Allowed]] = {
    "luma/ray-3.2": {
        "prompt*": str,
        "aspect_ratio": ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9"),
        "duration": (5, 10),
        "resolution": ("540p", "720p", "1080p"),
        "start_image": str,
        "end_image": str,
        "loop": bool,
        "hdr": bool,
    },
    "kwaivgi/kling-v2.5-turbo-pro": {
        "prompt*": str,
        "aspect_ratio": ("16:9", "9:16", "1:1"),
        "duration": (5, 10),
        "start_image": str,
        "negative_prompt": str,
    },
    "minimax/hailuo-2.3": {
        "prompt*": str,
        "duration": (6, 10),
        "resolution": ("768p", "1080p"),
        "first_frame_image": str,
        "prompt_optimizer": bool,
    },
    "google/veo-3.1-fast": {
        "prompt*": str,
        "aspect_ratio": ("16:9", "9:16"),
        "duration": (4, 6, 8),
        "resolution": ("720p", "1080p"),
        "image": str,
        "last_frame": str,
        "negative_prompt": str,
        "generate_audio": bool,
        "seed": int,
    },
}
# Versions by their id; they are ordered at another path.
VERSIONS = {"5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa": "luma/ray-3.2"}
IMAGES = ("start_image", "end_image", "first_frame_image", "image", "last_frame")
SHORTER_PX = {"540p": 540, "720p": 720, "768p": 768, "1080p": 1080}
SENSITIVE = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"


class Replicate(Emulator):
    """The API. ``returns_list`` makes the output of a prediction a list; ``small`` keeps the films small.

    The failure of an order is the error of its prediction, or "aborted" for its status.
    """

    name: ClassVar[str] = "replicate"
    engine: ClassVar[str] = "replicate"
    submits: ClassVar[tuple[str, str]] = ("POST", r"/predictions$")
    polls: ClassVar[tuple[str, str]] = ("GET", r"^/v1/predictions/[^/]+$")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.returns_list = False
        self.small = True

    def settings(self) -> dict[str, str]:
        return {"replicate_api_key": self.key, "replicate_url": self.url}

    @route("POST", r"/v1/models/([\w.-]+/[\w.-]+)/predictions")
    def order_model(self, call: Call, match: re.Match[str]) -> Reply:
        return self._denied(call) or self._accepted(call, match[1], version="hidden")

    @route("POST", r"/v1/predictions")
    def order_version(self, call: Call, match: re.Match[str]) -> Reply:
        version = call.json.get("version") if isinstance(call.json, dict) else None
        if denied := self._denied(call):
            return denied
        if version not in VERSIONS:
            return _problem(422, "Invalid version or not permitted", "The specified version does not exist")
        return self._accepted(call, VERSIONS[version], version)

    @route("GET", r"/v1/predictions/([^/]+)")
    def tell_state(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or _problem(404, "Not found", "The requested resource could not be found.")
        return Reply(200, self._described(job))

    @route("POST", r"/v1/predictions/([^/]+)/cancel")
    def cancel_order(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or _problem(404, "Not found", "The requested resource could not be found.")
        if not job.is_done and job.cancelled_at is None:
            job.cancelled_at = call.at
        return Reply(200, self._described(job))

    def _accepted(self, call: Call, model: str, version: str) -> Reply:
        if model not in MODELS:
            return _problem(404, "Not found", "The requested resource could not be found.")
        body = call.json if isinstance(call.json, dict) else {}
        errors = self._errors(model, body.get("input"))
        if errors:
            detail = "\n".join(f"- input.{name}: {words}" for name, words in errors.items())
            return _problem(422, "Input validation failed", detail, invalid_fields=list(errors))
        job = self.accept(body["input"], uuid.uuid4().hex[:26], model=model, version=version)
        if re.search(self.refuses, body["input"]["prompt"]):
            job.failure = SENSITIVE
        return Reply(201, self._described(job))

    def _errors(self, model: str, given: Any) -> dict[str, str]:
        if not isinstance(given, dict):
            return {"": "input is required"}
        errors = field_errors(MODELS[model], given)
        for name in IMAGES:
            if name in given and name not in errors and self._picture(given[name]) is None:
                errors[name] = "Does not match format 'uri'"
        return errors

    def _picture(self, uri: str) -> tuple[int, int] | None:
        try:
            return image_size(data_uri_bytes(uri))
        except (OSError, ValueError):
            return None

    def _described(self, job: Job) -> dict[str, Any]:
        status, url = self._status(job), f"{self.url}/v1/predictions/{job.id}"
        link = self.link(job) if status == "succeeded" else None
        return {
            "id": job.id,
            "model": job.facts["model"],
            "version": job.facts["version"],
            "status": status,
            "input": job.request,
            "output": [link] if link and self.returns_list else link,
            "error": job.failure if status == "failed" else None,
            "logs": "",
            "metrics": {"predict_time": job.work_s} if status == "succeeded" else {},
            "created_at": "2026-11-27T10:00:00.000Z",
            "started_at": None,
            "completed_at": None,
            "urls": {"get": url, "cancel": f"{url}/cancel"},
        }

    def _status(self, job: Job) -> str:
        if job.cancelled_at is not None:
            return "canceled"
        if not job.is_done:
            return "starting" if self.throttled else "processing"
        if job.failure:
            return "aborted" if job.failure == "aborted" else "failed"
        return "succeeded"

    def _denied(self, call: Call) -> Reply | None:
        if call.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")

    def describe_film(self, job: Job) -> dict[str, Any]:
        given = job.request
        first = next((given[name] for name in IMAGES if name in given), None)
        aspect = parsed_aspect(given.get("aspect_ratio", "16:9"))
        if first is not None:
            aspect = self._picture(first) or aspect
        shape = film_shape(aspect, SHORTER_PX[given.get("resolution", "720p")], self.small)
        return {"text": given["prompt"], "seconds": float(given.get("duration", 5)), **shape}


def _problem(status: int, title: str, detail: str, **more: Any) -> Reply:
    """An error as RFC 7807 has it."""
    body = {"title": title, "detail": detail, "status": status, **more}
    return Reply(status, body, {"Content-Type": "application/problem+json"})
