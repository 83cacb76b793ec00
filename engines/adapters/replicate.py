"""The engine ``replicate``: models at Replicate that are described in YAML files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.config import Settings
from app.core.errors import ProviderBusy, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of, require_key
from engines.hosted.pictures import data_uri
from engines.hosted.replies import is_moderated, object_in, video_url, words_of
from engines.vendors.model_files import MappedModel, choose_models, load_models, model_input, model_of_order
from schemas.order import ClipOrder

NAME = "replicate"
STATES = {
    "starting": OrderProgress.WAITING,
    "queued": OrderProgress.WAITING,
    "processing": OrderProgress.RUNNING,
    "succeeded": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
    "aborted": OrderProgress.FAILED,
    "canceled": OrderProgress.CANCELLED,
    "cancelled": OrderProgress.CANCELLED,
}
# What Replicate writes of failures that are not caused by the input.
TRANSIENT = re.compile(r"retry|try again|interrupted|timed? ?out|unavailable|overload|capacity|internal", re.IGNORECASE)


def build(settings: Settings) -> Replicate:
    """Build the engine. Raises ``Unconfigured`` without a key, and if a chosen model is not known."""
    key = require_key(NAME, settings.replicate_api_key, "PYTOON_REPLICATE_API_KEY")
    library = load_models("replicate", settings.engine_models)
    models = choose_models(NAME, library, settings.replicate_models, "PYTOON_REPLICATE_MODELS")
    return Replicate(settings.replicate_url, key, models, library.problems)


class Replicate:
    """The hosted engine; ``problems`` has a sentence for each file of a model that cannot be used."""

    name = NAME
    finds_orders = False
    poll_s = 3.0

    def __init__(self, url: str, key: str, models: Sequence[MappedModel], problems: tuple[str, ...] = ()) -> None:
        self.problems = problems
        self.capabilities = capabilities_of([model.model for model in models])
        self._models = tuple(models)
        self._client = ProviderClient(NAME, url, {"Authorization": f"Bearer {key}"})

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order, with pictures as data URIs. See ``HostedEngine``."""
        model = model_of_order(NAME, self._models, order)
        images = {name: data_uri(NAME, files[name]) for name in order.files}
        body: dict[str, Any] = {"input": model_input(model, order, images)}
        if model.version:
            path, body = "/v1/predictions", {"version": model.version, **body}
        else:
            path = f"/v1/models/{model.id}/predictions"
        accepted = self._client.accepted(self._client.submit(path, json=body))
        prediction_id = accepted.get("id") if isinstance(accepted, dict) else None
        if not isinstance(prediction_id, str) or not prediction_id:
            raise SubmitUnknown(NAME, "the reply to the order has no id")
        return Submission(prediction_id)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Predictions do not keep the key of an order, so that ``finds_orders`` is false."""
        raise SubmitUnknown(NAME, "orders cannot be searched")

    def poll(self, submission: Submission) -> Progress:
        """Return the progress; the links to a result are short-lived, and each poll returns fresh ones."""
        reply = self._client.get(_path(submission), allow=(404, 410))
        if not reply.ok:
            return Progress(OrderProgress.FAILED, reason=self._client.reason(reply))
        prediction = self._client.json(reply)
        prediction = prediction if isinstance(prediction, dict) else {}
        state = STATES.get(str(prediction.get("status")), OrderProgress.RUNNING)
        if state is OrderProgress.DONE:
            return self._done(submission, prediction)
        if state is OrderProgress.FAILED:
            return _failure(prediction)
        return Progress(state)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip, without the key. See ``HostedEngine``."""
        url = submission.data.get("video_url")
        if not isinstance(url, str):
            raise ProviderBusy(NAME, "the link to the clip is not known yet")
        self._client.download(url, path, MAX_CLIP_BYTES)

    def cancel(self, submission: Submission) -> Cancellation:
        """Ask to cancel. See ``HostedEngine``."""
        reply = self._client.request("POST", f"{_path(submission)}/cancel", allow=(400, 404, 409, 410, 422))
        if not reply.ok:
            return Cancellation(cancelled=False, reason=self._client.reason(reply))
        status = object_in(reply).get("status")
        # The prediction of the reply may still be running; it is stopped soon afterwards.
        has_ended = status in ("succeeded", "failed")
        return Cancellation(cancelled=not has_ended, reason=f"it has {status}" if has_ended else "")

    def _done(self, submission: Submission, prediction: dict[str, Any]) -> Progress:
        url = video_url(prediction.get("output"))
        if url is None:
            return Progress(OrderProgress.FAILED, reason="the prediction has no clip, or its files were deleted")
        return Progress(OrderProgress.DONE, data={**submission.data, "video_url": url})


def _failure(prediction: dict[str, Any]) -> Progress:
    if prediction.get("status") == "aborted":
        reason = words_of(prediction.get("error")) or "the prediction was aborted before it ran"
        return Progress(OrderProgress.FAILED, reason=reason, can_retry=not is_moderated(reason))
    reason = words_of(prediction.get("error")) or "the prediction failed without a reason"
    can_retry = TRANSIENT.search(reason) is not None and not is_moderated(reason)
    return Progress(OrderProgress.FAILED, reason=reason, can_retry=can_retry)


def _path(submission: Submission) -> str:
    return f"/v1/predictions/{quote(submission.id, safe='')}"
