"""The two APIs of Luma: the current one for agents (version 2026-04-01), and the older Dream Machine."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Job, Reply, route
from tests.emulators.films import film_size, small_size
from tests.emulators.luma_requests import agents_problem, dream_machine_problem
from tests.emulators.request_parts import type_of_picture

FAILURE_CODES = (
    "content_moderated",
    "generation_failed",
    "budget_exhausted",
    "output_not_found",
    "image_too_large",
    "unsupported_format",
    "corrupt_input",
    "invalid_request",
    "rate_limited",
)


class Luma(Emulator):
    """What both APIs have in common. A generation is queued for the first tenth of its work."""

    base: ClassVar[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.small = True
        # Without balance, an order is refused.
        self.has_balance = True

    def handle(self, call: Call) -> Reply:
        if call.path.startswith(self.base) and call.headers.get("Authorization") != f"Bearer {self.key}":
            return Reply(401, {"detail": "Invalid API key"})
        return super().handle(call)

    def not_found(self, call: Call) -> Reply:
        return Reply(404, {"detail": "Not found"})

    def state_of(self, job: Job, running: str) -> str:
        if job.is_done:
            return "failed" if job.failure else "completed"
        return "queued" if self.throttled or job.share < 0.1 else running

    def is_refused(self, prompt: str) -> bool:
        return re.search(self.refuses, prompt, re.IGNORECASE) is not None

    def film_of(self, request: dict[str, Any], resolution: str, duration: str) -> dict[str, Any]:
        width, height = film_size(request.get("aspect_ratio") or "16:9", resolution)
        if self.small:
            width, height = small_size(width, height)
        seconds = int(duration.removesuffix("s"))
        return {"text": request.get("prompt", ""), "width": width, "height": height, "seconds": seconds}


class LumaAgents(Luma):
    """The API for agents. Moderation makes a generation fail; uploads are ready after ``checks`` questions."""

    name = "luma"
    engine = "luma"
    base = "/v1"
    submits: ClassVar = ("POST", r"^/v1/generations$")
    polls: ClassVar = ("GET", r"^/v1/generations/")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.files: dict[str, dict[str, Any]] = {}
        self.stored: dict[str, bytes] = {}
        self.checks = 0

    def settings(self) -> dict[str, str]:
        return {"luma_api_key": self.key, "luma_url": f"{self.url}/v1"}

    def handle(self, call: Call) -> Reply:
        reply = super().handle(call)
        limits = {"X-RateLimit-Limit": "20"} if call.method == "POST" else {}
        known = {"X-Request-Id": str(uuid.uuid4()), "X-API-Version": "2026-04-01"}
        return replace(reply, headers={**known, **limits, **reply.headers})

    # -- generations -------------------------------------------------------------------------------------------------

    @route("POST", r"/v1/generations")
    def _create(self, call: Call, match: re.Match[str]) -> Reply:
        if not self.has_balance:
            return Reply(402, {"detail": "Insufficient balance"})
        problem = agents_problem(call.json, self.files)
        if problem:
            return Reply(422, {"detail": problem})
        job = self.accept(call.json, created=_now())
        if self.is_refused(call.json["prompt"]):
            self.finish(job, "content_moderated")
        return Reply(201, self._generation(job))

    @route("GET", r"/v1/generations/([^/]+)")
    def _get(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        return Reply(200, self._generation(job)) if job else self.not_found(call)

    def _generation(self, job: Job) -> dict[str, Any]:
        state = self.state_of(job, "processing")
        is_failed = state == "failed"
        code = job.failure if job.failure in FAILURE_CODES else "generation_failed"
        return {
            "id": job.id,
            "created_at": job.facts["created"],
            "model": "ray-3.2",
            "type": "video",
            "state": state,
            "output": [{"type": "video", "url": self.link(job)}] if state == "completed" else [],
            "failure_code": code if is_failed else None,
            "failure_reason": f"The generation failed: {job.failure}" if is_failed else None,
        }

    def describe_film(self, job: Job) -> dict[str, Any]:
        video = job.request.get("video", {})
        return self.film_of(job.request, video.get("resolution", "720p"), video.get("duration", "5s"))

    # -- files -------------------------------------------------------------------------------------------------------

    @route("POST", r"/v1/files")
    def _new_file(self, call: Call, match: re.Match[str]) -> Reply:
        body = call.json or {}
        if not isinstance(body.get("mime_type"), str) or not isinstance(body.get("size_bytes"), int):
            return Reply(422, {"detail": "mime_type and size_bytes are required"})
        if body.get("purpose", "input") not in ("input", "reference"):
            return Reply(422, {"detail": "purpose must be input or reference"})
        file_id = str(uuid.uuid4())
        known = {"id": file_id, "created_at": _now(), "state": "pending", "failure_reason": None, "purpose": "input"}
        self.files[file_id] = {**known, **body}
        url = f"{self.url}/bucket/{file_id}?expires={time.time() + self.link_s:.3f}"
        upload = {"method": "PUT", "url": url, "headers": {"X-Amz-Checksum": "of-the-upload"}, "expires_at": _now()}
        return Reply(201, {"id": file_id, "state": "pending", "file": self.files[file_id], "upload": upload})

    @route("PUT", r"/bucket/([^/]+)")
    def _store(self, call: Call, match: re.Match[str]) -> Reply:
        is_expired = time.time() > float(call.query.get("expires", 0))
        if is_expired or call.headers.get("X-Amz-Checksum") != "of-the-upload":
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
        self.stored[match[1]] = call.body
        return Reply(200)

    @route("POST", r"/v1/files/([^/]+)/complete")
    def _complete(self, call: Call, match: re.Match[str]) -> Reply:
        file, data = self.files.get(match[1]), self.stored.get(match[1])
        if file is None or data is None or len(data) != file["size_bytes"]:
            return Reply(400, {"detail": "the bytes of the file have not been received"})
        file["questions"] = self.checks
        return self._file(call, match)

    @route("GET", r"/v1/files/([^/]+)")
    def _file(self, call: Call, match: re.Match[str]) -> Reply:
        file = self.files.get(match[1])
        if file is None:
            return self.not_found(call)
        if file.get("questions") == 0:
            is_picture = type_of_picture(self.stored[match[1]]) == file["mime_type"]
            file["state"] = "ready" if is_picture else "failed"
            file["failure_reason"] = None if is_picture else "corrupt_input"
        elif "questions" in file:
            file["questions"] -= 1
        return Reply(200, file)


class LumaDreamMachine(Luma):
    """The Dream Machine API. Moderation makes a generation fail; DELETE deletes one, which goes on."""

    name = "luma_dream_machine"
    engine = "luma"
    base = "/dream-machine/v1"
    submits: ClassVar = ("POST", r"^/dream-machine/v1/generations/video$")
    polls: ClassVar = ("GET", r"^/dream-machine/v1/generations/")

    def settings(self) -> dict[str, str]:
        return {"luma_api_key": self.key, "luma_url": f"{self.url}/dream-machine/v1", "luma_api": "dream_machine"}

    @route("POST", r"/dream-machine/v1/generations/video")
    def _create(self, call: Call, match: re.Match[str]) -> Reply:
        problem = dream_machine_problem(call.json)
        if problem or not self.has_balance:
            return Reply(400, {"detail": problem or "Insufficient credits"})
        job = self.accept(call.json, created=_now())
        if self.is_refused(call.json["prompt"]):
            self.finish(job, "Advanced prompt moderation failed")
        return Reply(201, self._generation(job))

    @route("GET", r"/dream-machine/v1/generations/([^/]+)")
    def _get(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        return Reply(200, self._generation(job)) if job and "deleted" not in job.facts else self.not_found(call)

    @route("DELETE", r"/dream-machine/v1/generations/([^/]+)")
    def _delete(self, call: Call, match: re.Match[str]) -> Reply:
        job = self.jobs.get(match[1])
        if job is None:
            return self.not_found(call)
        job.facts["deleted"] = True
        return Reply(204)

    @route("GET", r"/dream-machine/v1/generations")
    def _list(self, call: Call, match: re.Match[str]) -> Reply:
        limit, offset = int(call.query.get("limit", 10)), int(call.query.get("offset", 0))
        jobs = [job for job in reversed(self.jobs.values()) if "deleted" not in job.facts]
        page = [self._generation(job) for job in jobs[offset : offset + limit]]
        has_more = offset + limit < len(jobs)
        facts = {"count": len(page), "has_more": has_more, "limit": limit, "offset": offset}
        return Reply(200, {"generations": page, **facts})

    @route("GET", r"/dream-machine/v1/credits")
    def _credits(self, call: Call, match: re.Match[str]) -> Reply:
        return Reply(200, {"credit_balance": 10_000 if self.has_balance else 0})

    @route("GET", r"/dream-machine/v1/ping")
    def _ping(self, call: Call, match: re.Match[str]) -> Reply:
        return Reply(200, {"message": "pong"})

    def _generation(self, job: Job) -> dict[str, Any]:
        state = self.state_of(job, "dreaming")
        done = {"video": self.link(job), "image": None, "progress_video": None}
        return {
            "id": job.id,
            "generation_type": "video",
            "state": state,
            "failure_reason": job.failure if state == "failed" else None,
            "created_at": job.facts["created"],
            "model": job.request["model"],
            "assets": done if state == "completed" else None,
            "request": {"loop": None, "callback_url": None, **job.request},
        }

    def describe_film(self, job: Job) -> dict[str, Any]:
        return self.film_of(job.request, job.request.get("resolution", "720p"), job.request.get("duration", "5s"))


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
