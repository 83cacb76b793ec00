"""The queue of fal, its storage, and the models that the engines ``fal`` and ``pika`` use."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Job, Reply, route
from tests.emulators.fal_inputs import MODELS
from tests.emulators.shapes import data_uri_bytes, field_errors, film_shape, image_size, parsed_aspect

# The failures of the platform, and the status of the result after each.
REQUEST_ERRORS = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_connection_error": 503,
    "runner_disconnected": 503,
    "runner_server_error": 500,
    "client_cancelled": 499,
    "client_disconnected": 499,
    "bad_request": 400,
    "internal_error": 500,
}
REFUSED = "content_policy_violation"
SHORTER_PX = {"480p": 480, "540p": 540, "720p": 720, "1080p": 1080, "1440p": 1440, "2160p": 2160, "4k": 2160}


class FalQueue(Emulator):
    """The queue. The failure of an order is a type of a request error, or that of an error of the model.

    Attributes that tests change: ``states_failure`` (the state of an order has its error, not only the result),
    ``retryable`` (the header of a model error), ``has_cdn`` (uploads go to the CDN), ``host`` (of the URLs in replies),
    ``bucket`` (the host of uploads without the CDN), ``small``. ``uploads`` has the uploaded files by URL.
    """

    submits: ClassVar[tuple[str, str]] = ("POST", r"-to-video$")
    polls: ClassVar[tuple[str, str]] = ("GET", r"/requests/[^/]+/status$")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.states_failure = True
        self.retryable = "false"
        self.has_cdn = True
        self.host = ""
        self.bucket = ""
        self.small = True
        self.uploads: dict[str, bytes] = {}
        self.token = f"token-{uuid.uuid4()}"

    def settings(self) -> dict[str, str]:
        return {"fal_api_key": self.key, "fal_url": self.url}

    # -- the queue ---------------------------------------------------------------------------------------------------

    @route("POST", r"/((?:[\w.-]+/)+[\w-]+-to-video)")
    def place_order(self, call: Call, match: re.Match[str]) -> Reply:
        if denied := self._denied(call):
            return denied
        if match[1] not in MODELS:
            return Reply(404, {"detail": f"Application '{match[1]}' not found"})
        if not isinstance(call.json, dict):
            return _flat(400, "bad_request", "the body is not a JSON object")
        job = self.accept(call.json, model=match[1], errors=self._errors(match[1], call.json))
        if job.facts["errors"]:
            self.finish(job, "invalid")
        elif re.search(self.refuses, str(call.json.get("prompt"))):
            job.failure = REFUSED
        return Reply(200, {**self._described(job), "status": "IN_QUEUE", "queue_position": 0})

    @route("GET", r"/[\w.-]+/[\w.-]+/requests/([^/]+)/status")
    def tell_state(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or Reply(404, {"detail": "Request not found"})
        body = {**self._described(job), "logs": [] if call.query.get("logs") in ("1", "true") else None}
        if job.cancelled_at is None and not job.is_done:
            state = {"status": "IN_QUEUE", "queue_position": 1} if self.throttled else {"status": "IN_PROGRESS"}
            return Reply(202, {**body, **state})
        error, _ = self._error_of(job)
        stated = error if self.states_failure or job.cancelled_at else {}
        return Reply(200, {**body, "status": "COMPLETED", "metrics": {"inference_time": 1.0}, **stated})

    @route("GET", r"/[\w.-]+/[\w.-]+/requests/([^/]+)")
    def tell_result(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or Reply(404, {"detail": "Request not found"})
        if job.cancelled_at is None and not job.is_done:
            return _flat(400, "bad_request", "Request is still in progress")
        error, reply = self._error_of(job)
        if error:
            return reply
        return Reply(200, {"video": {"url": self.link(job), "content_type": "video/mp4", "file_name": "output.mp4"}})

    @route("PUT", r"/[\w.-]+/[\w.-]+/requests/([^/]+)/cancel")
    def cancel_order(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if (denied := self._denied(call)) or job is None:
            return denied or Reply(404, {"status": "NOT_FOUND"})
        if job.is_done or job.cancelled_at is not None:
            return Reply(400, {"status": "ALREADY_COMPLETED"})
        job.cancelled_at = call.at
        return Reply(202, {"status": "CANCELLATION_REQUESTED"})

    # -- the storage -------------------------------------------------------------------------------------------------

    @route("POST", "/storage/auth/token")
    def give_token(self, call: Call, match: re.Match[str]) -> Reply:
        if denied := self._denied(call):
            return denied
        if not self.has_cdn or call.query.get("storage_type") != "fal-cdn-v3":
            return Reply(404, {"detail": "Not Found"})
        token = {"token": self.token, "token_type": "Bearer", "base_url": self.url}
        return Reply(200, {**token, "expires_at": "2030-01-01T00:00:00+00:00"})

    @route("POST", "/files/upload")
    def take_file(self, call: Call, match: re.Match[str]) -> Reply:
        if call.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply(401, {"detail": "Unauthorized"})
        return Reply(200, {"access_url": self._stored(call, f"{self.url}/files/b/{uuid.uuid4()}")})

    @route("POST", "/storage/upload/initiate")
    def begin_upload(self, call: Call, match: re.Match[str]) -> Reply:
        if denied := self._denied(call):
            return denied
        if call.query.get("storage_type") != "gcs" or set(call.json or {}) != {"file_name", "content_type"}:
            return Reply(422, {"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]})
        name = f"{uuid.uuid4()}/{call.json['file_name']}"
        upload_url = f"{self.bucket or self.url}/bucket/{name}?signature=1"
        return Reply(200, {"upload_url": upload_url, "file_url": f"{self.url}/b/{name}"})

    @route("PUT", "/bucket/(.+)")
    def take_signed_file(self, call: Call, match: re.Match[str]) -> Reply:
        self._stored(call, f"{self.url}/b/{match[1]}")
        return Reply(200)

    def _stored(self, call: Call, url: str) -> str:
        assert call.headers.get("Content-Type") in ("image/png", "image/jpeg")
        self.uploads[url] = call.body
        return url

    # -- replies -----------------------------------------------------------------------------------------------------

    def _denied(self, call: Call) -> Reply | None:
        if call.headers.get("Authorization") == f"Key {self.key}":
            return None
        return Reply(401, {"detail": "Authentication is required to access this application"})

    def _described(self, job: Job) -> dict[str, Any]:
        """The id and the URLs of an order, which have only the first two parts of the model's id."""
        app = "/".join(job.facts["model"].split("/")[:2])
        url = f"{self.host or self.url}/{app}/requests/{job.id}"
        urls = {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}
        return {"request_id": job.id, **urls}

    def _error_of(self, job: Job) -> tuple[dict[str, str], Reply]:
        """What the state of an order says about its failure, and the reply to a request for its result."""
        failure = "client_cancelled" if job.cancelled_at else job.failure
        if not failure:
            return {}, Reply()
        if failure in REQUEST_ERRORS:
            words = f"Request ended with {failure}"
            reply = _flat(REQUEST_ERRORS[failure], failure, words)
            return {"error": words, "error_type": failure}, reply
        detail = job.facts["errors"] or [{"loc": ["body", "prompt"], "msg": "Refused by a check", "type": failure}]
        detail = [{**each, "url": f"https://docs.fal.ai/errors#{each['type']}"} for each in detail]
        words = "; ".join(each["msg"] for each in detail)
        reply = Reply(422, {"detail": detail}, {"X-Fal-Retryable": self.retryable})
        return {"error": words, "error_type": detail[0]["type"]}, reply

    def _errors(self, model: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        errors = field_errors(MODELS[model], body)
        for name in ("image_url", "end_image_url", "tail_image_url"):
            if name in body and name not in errors and self._picture(body[name]) is None:
                errors[name] = "Failed to load the image"
        return [
            {"loc": ["body", name], "msg": words, "type": "value_error", "input": body.get(name)}
            for name, words in errors.items()
        ]

    def _picture(self, url: str) -> tuple[int, int] | None:
        try:
            return image_size(self.uploads[url] if url in self.uploads else data_uri_bytes(url))
        except (OSError, ValueError):
            return None

    def describe_film(self, job: Job) -> dict[str, Any]:
        body = job.request
        aspect = parsed_aspect(body["aspect_ratio"]) if ":" in body.get("aspect_ratio", "") else (16, 9)
        if "image_url" in body and "aspect_ratio" not in body:
            aspect = self._picture(body["image_url"]) or aspect
        shape = film_shape(aspect, SHORTER_PX.get(body.get("resolution", "720p"), 720), self.small)
        return {"text": body["prompt"], "seconds": float(str(body.get("duration", 5)).rstrip("s")), **shape}


class Fal(FalQueue):
    name: ClassVar[str] = "fal"
    engine: ClassVar[str] = "fal"


class Pika(FalQueue):
    name: ClassVar[str] = "pika"
    engine: ClassVar[str] = "pika"


def _flat(status: int, error_type: str, words: str) -> Reply:
    """The error of the platform itself."""
    return Reply(status, {"detail": words, "error_type": error_type}, {"X-Fal-Error-Type": error_type})
