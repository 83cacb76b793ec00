"""The API of Runway (version 2024-11-06): tasks of its own models and of Veo, uploads, and deletion of tasks."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Job, Reply, route
from tests.emulators.films import small_size
from tests.emulators.request_parts import decoded, parts_of, type_of_picture

OWN_RATIOS = ("1280:720", "720:1280", "1104:832", "960:960", "832:1104", "1584:672")
VEO_RATIOS = ("1280:720", "720:1280", "1080:1920", "1920:1080")
ANY = tuple(range(2, 11))
# Of each endpoint and model: the ratios, the lengths, the fields that are required, and those only Veo has.
IMAGE = {
    "gen4_turbo": (OWN_RATIOS, ANY, ("promptImage", "ratio"), ()),
    "gen4.5": (OWN_RATIOS, ANY, ("promptImage", "ratio", "promptText", "duration"), ()),
    "veo3.1": (VEO_RATIOS, (4, 6, 8), ("promptImage", "ratio"), ("audio", "negativePrompt")),
    "veo3.1_fast": (VEO_RATIOS, (4, 6, 8), ("promptImage", "ratio"), ("audio", "negativePrompt")),
}
TEXT = {
    "gen4.5": (("1280:720", "720:1280"), ANY, ("ratio", "promptText", "duration"), ()),
    "veo3.1": (VEO_RATIOS, (4, 6, 8), ("ratio", "promptText"), ("audio", "negativePrompt")),
    "veo3.1_fast": (VEO_RATIOS, (4, 6, 8), ("ratio", "promptText"), ("audio", "negativePrompt")),
}
# Credits for each second: without sound and with it.
CREDITS = {"gen4_turbo": (5, 5), "gen4.5": (12, 12), "veo3.1": (20, 40), "veo3.1_fast": (10, 15)}
TYPES: dict[str, type] = {
    "model": str,
    "ratio": str,
    "promptText": str,
    "duration": int,
    "seed": int,
    "contentModeration": dict,
    "audio": bool,
    "negativePrompt": str,
}
MAX_DATA_URI = 5_000_000
MAX_UPLOAD = 200_000_000


class Runway(Emulator):
    """A task is PENDING for the first tenth of its work. A request that moderation refuses fails as a task does.

    A task that fails by ``SAFETY`` is charged, any other failure is not.
    """

    name = "runway"
    engine = "runway"
    submits: ClassVar = ("POST", r"^/v1/(image|text)_to_video$")
    polls: ClassVar = ("GET", r"^/v1/tasks/")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.small = True
        self.credits = 100_000
        self.uploads: dict[str, bytes | None] = {}

    def settings(self) -> dict[str, str]:
        return {"runway_api_key": self.key, "runway_url": self.url}

    def handle(self, call: Call) -> Reply:
        if call.path.startswith("/v1/"):
            if call.headers.get("Authorization") != f"Bearer {self.key}":
                return Reply(401, {"error": "The API key is invalid or has been revoked."})
            if call.headers.get("X-Runway-Version") != "2024-11-06":
                return Reply(400, {"error": "The X-Runway-Version header is missing or not supported."})
        return super().handle(call)

    def not_found(self, call: Call) -> Reply:
        return Reply(404, {"error": "Not found"})

    # -- tasks -------------------------------------------------------------------------------------------------------

    @route("POST", r"/v1/(image|text)_to_video")
    def _create(self, call: Call, match: re.Match[str]) -> Reply:
        body = call.json
        problem = self._problem(body, IMAGE if match[1] == "image" else TEXT)
        if problem:
            return Reply(400, {"error": problem})
        if _credits(body) > self.credits:
            return Reply(400, {"error": "You do not have enough credits to run this task."})
        job = self.accept(body, created=_now())
        if re.search(self.refuses, body.get("promptText", ""), re.IGNORECASE):
            self.finish(job, "SAFETY.INPUT.TEXT")
        return Reply(200, {"id": job.id, "estimatedCost": {"credits": _credits(job.request)}})

    @route("GET", r"/v1/tasks/([^/]+)")
    def _task(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if job is None or "deleted" in job.facts:
            return self.not_found(call)
        return Reply(200, {"id": job.id, "createdAt": job.facts["created"], **self._state(job)})

    @route("DELETE", r"/v1/tasks/([^/]+)")
    def _delete(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if job is None or "deleted" in job.facts:
            return self.not_found(call)
        if not job.is_done:
            job.cancelled_at = time.monotonic()
        job.facts["deleted"] = True
        return Reply(204)

    @route("GET", r"/v1/organization")
    def _organization(self, call: Call, match: re.Match[str]) -> Reply:
        limits = {name: {"maxConcurrentGenerations": 2, "maxDailyGenerations": 100} for name in CREDITS}
        usage = {name: {"dailyGenerations": len(self.jobs)} for name in CREDITS}
        tier = {"maxMonthlyCreditSpend": 200_000, "models": limits}
        return Reply(200, {"creditBalance": self.credits, "tier": tier, "usage": {"models": usage}})

    def _state(self, job: Job) -> dict[str, Any]:
        estimate = {"estimatedCost": {"credits": _credits(job.request)}}
        if job.cancelled_at is not None:  # by the provider itself: its own cancellations delete the task
            return {"status": "CANCELLED", "cost": {"credits": 0}}
        if job.is_done and job.failure:
            charged = _credits(job.request) if job.failure.startswith("SAFETY") else 0
            failure = {"failure": "The task could not be completed.", "failureCode": job.failure}
            return {"status": "FAILED", "cost": {"credits": charged}, **failure}
        if job.is_done:
            return {"status": "SUCCEEDED", "cost": {"credits": _credits(job.request)}, "output": [self.link(job)]}
        if self.throttled:
            return {"status": "THROTTLED", **estimate}
        if job.share < 0.1:
            return {"status": "PENDING", **estimate}
        return {"status": "RUNNING", "progress": job.share, **estimate}

    def describe_film(self, job: Job) -> dict[str, Any]:
        width, height = (int(side) for side in job.request["ratio"].split(":"))
        if self.small:
            width, height = small_size(width, height)
        seconds = job.request.get("duration", 5)
        return {"text": job.request.get("promptText", ""), "width": width, "height": height, "seconds": seconds}

    # -- uploads -----------------------------------------------------------------------------------------------------

    @route("POST", r"/v1/uploads")
    def _new_upload(self, call: Call, match: re.Match[str]) -> Reply:
        body = call.json
        if not isinstance(body, dict) or not body.get("filename") or body.get("type") != "ephemeral":
            return Reply(400, {"error": "filename and type are required; type must be ephemeral"})
        upload = str(uuid.uuid4())
        self.uploads[f"runway://{upload}"] = None
        fields = {"key": f"ephemeral/{upload}", "policy": "policy-of-the-upload"}
        return Reply(200, {"uploadUrl": f"{self.url}/bucket", "fields": fields, "runwayUri": f"runway://{upload}"})

    @route("POST", r"/bucket")
    def _store(self, call: Call, match: re.Match[str]) -> Reply:
        parts = parts_of(call)
        uri = f"runway://{parts.get('key', b'').decode().removeprefix('ephemeral/')}"
        if uri not in self.uploads or parts.get("policy") != b"policy-of-the-upload":
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        if not 0 < len(parts.get("file", b"")) <= MAX_UPLOAD:
            return Reply(400, b"<Error><Code>EntityTooLarge</Code></Error>", {"Content-Type": "application/xml"})
        self.uploads[uri] = parts["file"]
        return Reply(204)

    # -- validation --------------------------------------------------------------------------------------------------

    def _problem(self, body: Any, models: dict[str, Any]) -> str:
        if not isinstance(body, dict):
            return "the body is not a JSON object"
        if body.get("model") not in models:
            return f"model: must be one of {', '.join(models)}"
        ratios, lengths, required, more = models[body["model"]]
        missing = [name for name in required if name not in body]
        if missing:
            return f"{missing[0]}: is required"
        known = {"model", "ratio", "promptText", "duration", "seed", "contentModeration", *required, *more}
        unknown = sorted(set(body) - known)
        if unknown:
            return f"{unknown[0]}: is not a field of {body['model']}"
        return _wrong_type(body) or _wrong_value(body, ratios, lengths) or self._wrong_picture(body.get("promptImage"))

    def _wrong_picture(self, image: Any) -> str:
        if image is None or isinstance(image, str):
            return self._wrong_uri(image) if image is not None else ""
        if not isinstance(image, list) or not image:
            return "promptImage: must be a string or a list"
        positions = [entry.get("position") for entry in image if isinstance(entry, dict)]
        if len(positions) != len(image) or len(set(positions)) != len(positions) or set(positions) - {"first", "last"}:
            return "promptImage: each entry needs a position, first or last"
        return next(filter(None, (self._wrong_uri(entry.get("uri")) for entry in image)), "")

    def _wrong_uri(self, uri: Any) -> str:
        if not isinstance(uri, str):
            return "promptImage: must be a string"
        if uri.startswith("runway://"):
            stored = self.uploads.get(uri)
            return "" if stored and type_of_picture(stored) else "promptImage: there is no such upload"
        if uri.startswith("data:"):
            head, _, data = uri.partition(";base64,")
            if len(uri) > MAX_DATA_URI:
                return "promptImage: the data URI is too large"
            fits = head.removeprefix("data:") == (type_of_picture(decoded(data)) or "none")
            return "" if fits else "promptImage: the data URI is not an image of its type"
        is_address = uri.startswith("https://") and len(uri) <= 2048
        return "" if is_address else "promptImage: must be an HTTPS URL, a runway:// URI or a data URI"


def _wrong_type(body: dict[str, Any]) -> str:
    for name, value in body.items():
        kind = TYPES.get(name)
        if kind and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            return f"{name}: has the wrong type"
    return ""


def _wrong_value(body: dict[str, Any], ratios: tuple[str, ...], lengths: tuple[int, ...]) -> str:
    if body["ratio"] not in ratios:
        return f"ratio: must be one of {', '.join(ratios)}"
    if body.get("duration", lengths[0]) not in lengths:
        return f"duration: must be one of {', '.join(map(str, lengths))}"
    if "promptText" in body and not 1 <= len(body["promptText"].encode("utf-16-le")) // 2 <= 1000:
        return "promptText: must have 1 to 1000 characters"
    return ""


def _credits(request: dict[str, Any]) -> int:
    silent, sounding = CREDITS[request["model"]]
    return int((sounding if request.get("audio", True) else silent) * request.get("duration", 5))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
