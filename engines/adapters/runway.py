"""Runway: clips by its own models and by Veo, from text and from pictures. Prices are in credits of one US cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from requests import Response

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderRefused, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, HostedEngine, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of, chosen_models, model_of, require_key
from engines.hosted.pictures import base64_length, data_uri, picture_type
from engines.hosted.replies import (
    cost_in,
    json_object,
    place,
    required_text,
    share_of,
    shown,
    text_of,
)
from engines.vendors.runway_models import CREDIT_USD, MODELS, RATIOS, vendor_model
from schemas.engine import Cost, EngineModel
from schemas.money import ZERO
from schemas.order import ClipOrder

NAME = "runway"
VERSION = "2024-11-06"
# Runway asks for at least this time between two polls of one task.
POLL_S = 5.0
# The whole data URI counts; a larger picture is uploaded.
MAX_DATA_URI = 5_000_000
STATES = {
    "PENDING": OrderProgress.WAITING,
    "THROTTLED": OrderProgress.WAITING,
    "RUNNING": OrderProgress.RUNNING,
    "SUCCEEDED": OrderProgress.DONE,
    "FAILED": OrderProgress.FAILED,
    "CANCELLED": OrderProgress.CANCELLED,
}
ENDED = (OrderProgress.DONE, OrderProgress.FAILED, OrderProgress.CANCELLED)
GONE = "the provider has no such task: it was cancelled or deleted"


def build(settings: Settings) -> HostedEngine:
    """Return the engine. Raises ``Unconfigured`` without a key."""
    key = require_key(NAME, settings.runway_api_key, "PYTOON_RUNWAY_API_KEY")
    models = chosen_models(NAME, MODELS, settings.runway_models, "PYTOON_RUNWAY_MODELS")
    headers = {"Authorization": f"Bearer {key}", "X-Runway-Version": VERSION}
    return Runway(ProviderClient(NAME, settings.runway_url, headers), models)


class Runway:
    """The engine of Runway's API."""

    name = NAME
    poll_s = POLL_S
    finds_orders = False

    def __init__(self, client: ProviderClient, models: Sequence[EngineModel]) -> None:
        self.capabilities = capabilities_of(models)
        self._client = client

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order. Runway has no idempotency keys, so ``key`` is not sent."""
        body = self._body(order, files)
        path = "/v1/image_to_video" if order.image else "/v1/text_to_video"
        reply = place(self._client, path, body)
        return Submission(reply["id"], cost=_cost(reply, "estimatedCost"))

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Runway has no list of tasks, so the outcome stays unknown."""
        raise SubmitUnknown(NAME, "it has no list of the tasks of an account")

    def poll(self, submission: Submission) -> Progress:
        """Return the progress of the task; one that Runway has no longer was cancelled or deleted."""
        reply = self._client.get(_path(submission), allow=(404,))
        return Progress(OrderProgress.CANCELLED, reason=GONE) if reply.status_code == 404 else self._progress(reply)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip by the link of the last poll."""
        links = submission.data.get("links") or []
        if not links:
            raise ProviderBusy(NAME, "the task has no link to the clip yet")
        self._client.download(links[0], path, MAX_CLIP_BYTES)

    def cancel(self, submission: Submission) -> Cancellation:
        """Cancel a task that has not ended. What is charged depends on whether it has been started.

        A task that has ended is left alone, because the same request would delete it.
        """
        reply = self._client.get(_path(submission), allow=(404,))
        if reply.status_code == 404:
            return Cancellation(True, reason=GONE)
        before = self._progress(reply)
        if before.state in ENDED:
            return Cancellation(True, before.cost, f"the task has ended before: {before.state}")
        self._client.request("DELETE", _path(submission), allow=(404,))
        if before.state == OrderProgress.WAITING:
            return Cancellation(True, Cost(units=ZERO, unit="credits"))
        return Cancellation(True, submission.cost, "Runway refunds nothing for a task that has been started")

    # -- requests ----------------------------------------------------------------------------------------------------

    def _body(self, order: ClipOrder, files: Mapping[str, Path]) -> dict[str, Any]:
        model = model_of(NAME, self.capabilities.models, order)
        body: dict[str, Any] = {
            "model": vendor_model(model.id),
            "ratio": _ratio(model, order),
            "duration": order.seconds,
            "seed": order.seed,
        }
        if order.prompt:
            body["promptText"] = order.prompt
        if model.takes_negative_prompt:
            # Of these models only, Veo also makes sound, which a film does not use.
            body |= {"audio": False} | ({"negativePrompt": order.negative_prompt} if order.negative_prompt else {})
        return body | self._pictures(order, files)

    def _pictures(self, order: ClipOrder, files: Mapping[str, Path]) -> dict[str, Any]:
        if not order.image:
            return {}
        first = self._picture(files[order.image])
        if not order.last_image:
            return {"promptImage": first}
        last = self._picture(files[order.last_image])
        return {"promptImage": [{"uri": first, "position": "first"}, {"uri": last, "position": "last"}]}

    def _picture(self, path: Path) -> str:
        """Return a picture as a data URI or, if that is too long, as the address of its upload."""
        prefix = len(f"data:{picture_type(NAME, path)};base64,")
        return data_uri(NAME, path) if prefix + base64_length(path) <= MAX_DATA_URI else self._upload(path)

    def _upload(self, path: Path) -> str:
        content_type = picture_type(NAME, path)
        name = f"picture.{content_type.rpartition('/')[2]}"
        reply = self._client.request("POST", "/v1/uploads", json={"filename": name, "type": "ephemeral"})
        slot = json_object(self._client, reply)
        url, uri = (required_text(self._client, slot, field) for field in ("uploadUrl", "runwayUri"))
        fields = slot.get("fields") if isinstance(slot.get("fields"), dict) else {}
        with path.open("rb") as file:
            parts = {"file": (name, file, content_type)}
            # The server of the uploads answers with 403 to a form that has expired: that says nothing of the account.
            stored = self._client.request("POST", url, allow=(403,), data=fields, files=parts)
        if not stored.ok:
            raise ProviderBusy(NAME, f"the upload of a picture failed: {self._client.reason(stored)}")
        return uri

    def _progress(self, reply: Response) -> Progress:
        task = json_object(self._client, reply)
        state = STATES.get(text_of(task, "status"), OrderProgress.RUNNING)
        cost = _cost(task, "cost")
        if state == OrderProgress.DONE:
            return _done(task, cost)
        if state == OrderProgress.FAILED:
            code = text_of(task, "failureCode")
            return Progress(
                state, cost=cost, reason=shown(text_of(task, "failure"), code), can_retry=_is_internal(code)
            )
        return Progress(state, share=share_of(task.get("progress")), cost=cost)


def _ratio(model: EngineModel, order: ClipOrder) -> str:
    resolution = order.resolution or model.resolutions[0]
    if ratio := RATIOS.get(resolution, {}).get(order.aspect):
        return ratio
    raise ProviderRefused(NAME, f"it makes no clip of {order.aspect} in {resolution}")


def _path(submission: Submission) -> str:
    return f"/v1/tasks/{submission.id}"


def _cost(body: dict[str, Any], field: str) -> Cost | None:
    amount = body.get(field)
    return cost_in(amount.get("credits"), "credits", CREDIT_USD) if isinstance(amount, dict) else None


def _done(task: dict[str, Any], cost: Cost | None) -> Progress:
    links = [link for link in task.get("output") or [] if isinstance(link, str)]
    if not links:
        return Progress(OrderProgress.FAILED, cost=cost, reason="the task has ended without a clip", can_retry=True)
    return Progress(OrderProgress.DONE, share=1.0, cost=cost, data={"links": links})


def _is_internal(code: str) -> bool:
    """Whether a task failed for a reason that lies with Runway: ``INTERNAL`` and what is below it."""
    parts = code.split(".")
    return "INTERNAL" in parts and "SAFETY" not in parts
