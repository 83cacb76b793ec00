"""Engines whose models run in the queue of fal: place an order, ask for its state, download its result, cancel it.

An order is placed at ``{queue}/{model id}``; the reply names the URLs of its state, its result and its cancellation.
The key is sent to the host of the queue and to fal's storage only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests import Response

from app.core.errors import ProviderBusy, ProviderRefused, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of
from engines.hosted.pictures import data_uri
from engines.hosted.replies import is_moderated, object_in, video_url, words_of
from engines.vendors.fal_storage import FalStorage
from engines.vendors.model_files import MappedModel, model_input, model_of_order
from schemas.order import ClipOrder

URLS = ("status_url", "response_url", "cancel_url")
# The ends of these URLs. fal's own are used; these only for an order of which nothing but the id is known.
ENDS = dict(zip(URLS, ("/status", "", "/cancel"), strict=True))
POLL_S = 3.0
# A larger picture is uploaded first: the JSON of an order is kept in the queue.
MAX_INLINE_BYTES = 1_000_000
ERRORS = tuple(range(400, 600))
# The failures after which the same order can succeed, unless the header of the result says something else.
RETRYABLE = (
    "request_timeout",
    "startup_timeout",
    "runner_",
    "client_disconnected",
    "internal_",
    "downstream_",
    "generation_timeout",
)
CANCELLED = "client_cancelled"
STATES = {
    "IN_QUEUE": OrderProgress.WAITING,
    "IN_PROGRESS": OrderProgress.RUNNING,
    "CANCELLED": OrderProgress.CANCELLED,
    "CANCELED": OrderProgress.CANCELLED,
}


class FalEngine:
    """A hosted engine with models of fal; ``problems`` has a sentence for each file of a model that cannot be used."""

    finds_orders = False
    poll_s = POLL_S

    def __init__(
        self, name: str, url: str, key: str, models: Sequence[MappedModel], problems: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.problems = problems
        self.capabilities = capabilities_of([model.model for model in models])
        self._models = tuple(models)
        self._client = ProviderClient(name, url, {"Authorization": f"Key {key}"})
        self._storage = FalStorage(name, url, key)

    def __repr__(self) -> str:
        return f"FalEngine({self.name!r})"

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order; pictures that are too large for a data URI are uploaded first. See ``HostedEngine``."""
        model = model_of_order(self.name, self._models, order)
        images = {name: self._image_url(files[name]) for name in order.files}
        reply = self._client.submit(f"/{model.id}", json=model_input(model, order, images))
        accepted = self._client.accepted(reply)
        data = {name: accepted.get(name) for name in URLS} if isinstance(accepted, dict) else {}
        request_id = accepted.get("request_id") if isinstance(accepted, dict) else None
        if not isinstance(request_id, str) or not request_id:
            raise SubmitUnknown(self.name, "the reply to the order has no request_id")
        if not data or not all(self._is_own(url) for url in data.values()):
            raise SubmitUnknown(self.name, f"the reply to the order {request_id} names no URLs of the queue")
        return Submission(request_id, data)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """The queue has no list of orders, so that ``finds_orders`` is false."""
        raise SubmitUnknown(self.name, "orders cannot be searched")

    def poll(self, submission: Submission) -> Progress:
        """Return the progress; a second request reads the result of a completed order, and gets fresh links."""
        url = self._url(submission, "status_url")
        reply = self._client.get(url, params={"logs": "false"}, allow=(404, 410))
        if not reply.ok:
            return Progress(OrderProgress.FAILED, reason=self._client.reason(reply))
        status = self._client.json(reply)
        status = status if isinstance(status, dict) else {}
        if status.get("status") != "COMPLETED":
            return Progress(STATES.get(str(status.get("status")), OrderProgress.RUNNING))
        return self._end(submission, status)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip from fal's CDN, without the key. See ``HostedEngine``."""
        url = submission.data.get("video_url")
        if not isinstance(url, str):
            raise ProviderBusy(self.name, "the link to the clip is not known yet")
        self._client.download(url, path, MAX_CLIP_BYTES)

    def cancel(self, submission: Submission) -> Cancellation:
        """Ask to cancel: an order that waits is dropped, one that runs gets a signal and may still be charged."""
        reply = self._client.request("PUT", self._url(submission, "cancel_url"), allow=(400, 404, 409, 410))
        if reply.ok:
            return Cancellation(cancelled=True)
        return Cancellation(cancelled=False, reason=_stated(reply) or self._client.reason(reply))

    # -- requests ----------------------------------------------------------------------------------------------------

    def _image_url(self, path: Path) -> str:
        return data_uri(self.name, path) if path.stat().st_size <= MAX_INLINE_BYTES else self._storage.upload(path)

    def _end(self, submission: Submission, status: dict[str, Any]) -> Progress:
        """Return the end of a completed order: a failure shows in its status, its result or both."""
        reply = self._client.get(self._url(submission, "response_url"), allow=ERRORS)
        if status.get("error") or status.get("error_type"):
            return _failure(status.get("error"), str(status.get("error_type") or ""), reply)
        if not reply.ok:
            return self._failed_result(reply)
        url = video_url(self._client.json(reply))
        if url is None:
            return Progress(OrderProgress.FAILED, reason="the result has no clip")
        return Progress(OrderProgress.DONE, data={**submission.data, "video_url": url})

    def _failed_result(self, reply: Response) -> Progress:
        body = object_in(reply)
        error_type = reply.headers.get("X-Fal-Error-Type") or str(body.get("error_type") or "")
        is_stated = error_type or "X-Fal-Retryable" in reply.headers or isinstance(body.get("detail"), list)
        if is_stated or reply.status_code in (400, 404, 410, 422):
            return _failure(body, error_type, reply, self._client.reason(reply))
        if reply.status_code >= 500:  # a server before the queue: the result may be read later
            raise ProviderBusy(self.name, self._client.reason(reply))
        raise self._client.error(reply)

    def _url(self, submission: Submission, name: str) -> str:
        url = submission.data.get(name) or self._url_by_id(submission, name)
        if not isinstance(url, str) or not self._is_own(url):
            raise ProviderRefused(self.name, f"the {name} of the order is not at the host of the queue")
        return url

    def _url_by_id(self, submission: Submission, name: str) -> str:
        """Return a URL made of the id: its path has only the owner and the application of the model; "" without it."""
        application = "/".join(str(submission.data.get("model", "")).split("/")[:2])
        return f"{self._client.url}/{application}/requests/{submission.id}{ENDS[name]}" if application else ""

    def _is_own(self, url: object) -> bool:
        """Whether a URL is at the host of the queue, the only one that gets the key."""
        try:
            return isinstance(url, str) and urlsplit(url)[:2] == urlsplit(self._client.url)[:2]
        except ValueError:
            return False


def _failure(error: Any, error_type: str, result: Response, otherwise: str = "") -> Progress:
    """Return the failure of an order; a header of the result, or else the type of the error, says whether to retry."""
    reason = words_of(error) or otherwise or error_type
    if error_type == CANCELLED:
        return Progress(OrderProgress.CANCELLED, reason=reason)
    header = result.headers.get("X-Fal-Retryable", "").lower()
    can_retry = header == "true" if header else error_type.startswith(RETRYABLE)
    is_refused = is_moderated(f"{reason} {error_type} {_types(result)}")
    return Progress(OrderProgress.FAILED, reason=reason, can_retry=can_retry and not is_refused)


def _types(result: Response) -> str:
    """Return the types of the errors of a model, such as content_policy_violation."""
    detail = object_in(result).get("detail")
    items = detail if isinstance(detail, list) else []
    return " ".join(str(item.get("type")) for item in items if isinstance(item, dict))


def _stated(reply: Response) -> str:
    return str(object_in(reply).get("status") or "")
