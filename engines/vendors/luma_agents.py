"""Luma's current API, for agents: ray-3.2, from text and from pictures. It has no cancellation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.errors import ProviderBusy, ProviderRefused, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of, model_of
from engines.hosted.pictures import base64_of, picture_type
from engines.hosted.replies import json_object, place, required_text, shown, text_of
from schemas.engine import EngineModel
from schemas.order import ClipOrder

NAME = "luma"
URL = "https://agents.lumalabs.ai/v1"
# Luma limits the requests in a minute.
POLL_S = 5.0
# Positions of guide frames are counted at this rate.
FRAMES_PER_S = 24
# Frames at the start and the end are given by their names up to this length, by their numbers in a longer clip.
MAX_NAMED_FRAMES_S = 5
# A larger picture is uploaded; what an order may have inside is not published.
MAX_INLINE_BYTES = 3_000_000
# Luma checks an uploaded picture before it can be used.
CHECKS, CHECK_PAUSE_S = 10, 0.5
STATES = {
    "queued": OrderProgress.WAITING,
    "processing": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
}
# The failures that are not the fault of the order.
INTERNAL = ("generation_failed", "output_not_found", "rate_limited")


class LumaAgents:
    """The engine of Luma's API for agents. ``pause_s`` passes between two questions whether an upload is ready."""

    name = NAME
    poll_s = POLL_S
    finds_orders = False

    def __init__(self, client: ProviderClient, models: Sequence[EngineModel], pause_s: float = CHECK_PAUSE_S) -> None:
        self.capabilities = capabilities_of(models)
        self._client = client
        self._pause_s = pause_s

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order. Luma has no idempotency keys, so ``key`` is not sent, and states no price."""
        body = {
            "model": model_of(NAME, self.capabilities.models, order).id,
            "type": "video",
            "prompt": order.prompt,
            "aspect_ratio": order.aspect,
            "video": {"duration": f"{order.seconds}s", "resolution": order.resolution, **self._frames(order, files)},
        }
        return Submission(place(self._client, "/generations", body)["id"])

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """This API has no list of generations, so the outcome stays unknown."""
        raise SubmitUnknown(NAME, "it has no list of the generations of an account")

    def poll(self, submission: Submission) -> Progress:
        """Return the progress of the generation; each poll of a finished one gives new links, valid for an hour."""
        body = json_object(self._client, self._client.get(f"/generations/{submission.id}"))
        state = STATES.get(text_of(body, "state"), OrderProgress.RUNNING)
        if state == OrderProgress.DONE:
            return _done(body)
        if state == OrderProgress.FAILED:
            code = text_of(body, "failure_code")
            return Progress(state, reason=shown(text_of(body, "failure_reason"), code), can_retry=code in INTERNAL)
        return Progress(state)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip by the link of the last poll."""
        links = submission.data.get("links") or []
        if not links:
            raise ProviderBusy(NAME, "the generation has no link to the clip yet")
        self._client.download(links[0], path, MAX_CLIP_BYTES)

    def cancel(self, submission: Submission) -> Cancellation:
        """Return that the generation goes on: the API cannot cancel it."""
        return Cancellation(False, reason="Luma cannot cancel a generation: it is made and charged")

    # -- pictures ----------------------------------------------------------------------------------------------------

    def _frames(self, order: ClipOrder, files: Mapping[str, Path]) -> dict[str, Any]:
        given = {"start_frame": order.image, "end_frame": order.last_image}
        pictures = {name: self._picture(files[key]) for name, key in given.items() if key}
        if order.seconds <= MAX_NAMED_FRAMES_S or not pictures:
            return dict(pictures)
        positions = {"start_frame": 0, "end_frame": order.seconds * FRAMES_PER_S}
        return {"keyframes": [*pictures.values()], "keyframe_indexes": [positions[name] for name in pictures]}

    def _picture(self, path: Path) -> dict[str, str]:
        media_type = picture_type(NAME, path)
        if path.stat().st_size > MAX_INLINE_BYTES:
            return {"file_id": self._upload(path, media_type)}
        return {"data": base64_of(path), "media_type": media_type}

    def _upload(self, path: Path, media_type: str) -> str:
        size = path.stat().st_size
        new = {"mime_type": media_type, "size_bytes": size, "purpose": "input"}
        slot = json_object(self._client, self._client.request("POST", "/files", json=new))
        file_id, url = required_text(self._client, slot, "id"), required_text(self._client, slot, "upload", "url")
        stated = slot["upload"].get("headers") or {}
        # The store refuses a link that has expired with 403: that says nothing of the account.
        stored = self._client.request("PUT", url, allow=(403,), data=path.read_bytes(), headers=stated)
        if not stored.ok:
            raise ProviderBusy(NAME, f"the upload of a picture failed: {self._client.reason(stored)}")
        self._await_check(self._client.request("POST", f"/files/{file_id}/complete"), file_id)
        return file_id

    def _await_check(self, reply: Any, file_id: str) -> None:
        """Return when an upload can be used. The checks of Luma are short; a longer one is ``ProviderBusy``."""
        for _ in range(CHECKS):
            body = json_object(self._client, reply)
            state = text_of(body, "state")
            if state == "ready":
                return
            if state in ("failed", "deleted"):
                raise ProviderRefused(NAME, f"the picture was refused: {shown(text_of(body, 'failure_reason'))}")
            time.sleep(self._pause_s)
            reply = self._client.get(f"/files/{file_id}")
        raise ProviderBusy(NAME, "the uploaded picture is not ready")


def _done(body: dict[str, Any]) -> Progress:
    outputs = body.get("output") if isinstance(body.get("output"), list) else []
    videos = [output for output in outputs or [] if text_of(output, "type") in ("video", "")]
    links = [link for link in (text_of(output, "url") for output in videos) if link]
    if not links:
        return Progress(OrderProgress.FAILED, reason="the generation has ended without a clip", can_retry=True)
    return Progress(OrderProgress.DONE, share=1.0, data={"links": links})
