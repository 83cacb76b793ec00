"""The engine ``google``: the Gemini Omni models of the Gemini API, which are ordered as interactions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from requests import Response

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of, chosen_models, model_of, require_key
from engines.hosted.pictures import base64_of, picture_type
from engines.hosted.replies import is_moderated, object_in, words_of
from engines.vendors.gemini_models import MODELS
from engines.vendors.inline_results import LongStrings, read_without_long_strings, write_decoded
from schemas.engine import EngineModel
from schemas.order import ClipOrder

NAME = "google"
PATH = "/v1/interactions"
STATES = {
    "queued": OrderProgress.WAITING,
    "in_progress": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "cancelled": OrderProgress.CANCELLED,
    "failed": OrderProgress.FAILED,
    "incomplete": OrderProgress.FAILED,
    "budget_exceeded": OrderProgress.FAILED,
    # A clip needs no tools and no answers: such an interaction never goes on.
    "requires_action": OrderProgress.FAILED,
    "requires_continuation": OrderProgress.FAILED,
}
REASONS = {
    "failed": "the interaction failed without a reason",
    "incomplete": "the interaction ended before the clip was complete",
    "budget_exceeded": "the budget of the account is used up; check it in the provider's console",
    "requires_action": "the model asks for an action instead of making a clip",
    "requires_continuation": "the model asks to continue instead of making a clip",
}

# The errors after which the same order can succeed; the short numbers are those of gRPC.
TRANSIENT = (
    "4",
    "10",
    "13",
    "14",
    "429",
    "ABORTED",
    "DEADLINE_EXCEEDED",
    "INTERNAL",
    "INTERNAL_ERROR",
    "RATE_LIMIT_EXCEEDED",
    "SERVICE_UNAVAILABLE",
    "UNAVAILABLE",
)


def build(settings: Settings) -> Google:
    """Build the engine. Raises ``Unconfigured`` without a key, and if a chosen model is not known."""
    key = require_key(NAME, settings.google_api_key, "PYTOON_GOOGLE_API_KEY")
    models = chosen_models(NAME, MODELS, settings.google_models, "PYTOON_GOOGLE_MODELS")
    return Google(settings.google_url, key, models)


class Google:
    """The hosted engine."""

    name = NAME
    finds_orders = False
    poll_s = 5.0

    def __init__(self, url: str, key: str, models: tuple[EngineModel, ...] = MODELS) -> None:
        self.capabilities = capabilities_of(models)
        self._client = ProviderClient(NAME, url, {"x-goog-api-key": key})

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order, with pictures inside it. See ``HostedEngine``."""
        model_of(NAME, self.capabilities.models, order)
        reply = self._client.submit(PATH, json=interaction(order, files), allow=(400,))
        self._check_key(reply)
        if not reply.ok:
            raise self._client.error(reply)
        accepted = self._client.accepted(reply)
        interaction_id = accepted.get("id") if isinstance(accepted, dict) else None
        if not isinstance(interaction_id, str) or not interaction_id:
            raise SubmitUnknown(NAME, "the reply to the order has no id")
        return Submission(interaction_id)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Interactions have no list, so that ``finds_orders`` is false."""
        raise SubmitUnknown(NAME, "orders cannot be searched")

    def poll(self, submission: Submission) -> Progress:
        """Return the progress. See ``HostedEngine``."""
        reply = self._client.get(_path(submission), params={"stream": "false"}, allow=(400, 404, 410))
        self._check_key(reply)
        if reply.status_code == 400:
            raise self._client.error(reply)
        if not reply.ok:
            return Progress(OrderProgress.FAILED, reason=self._client.reason(reply))
        body = self._client.json(reply)
        body = body if isinstance(body, dict) else {}
        status = str(body.get("status"))
        state = STATES.get(status, OrderProgress.RUNNING)
        if state is OrderProgress.DONE:
            return _done(submission, body)
        if state is OrderProgress.FAILED:
            return _failure(status, body)
        return Progress(state)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip, or write the one that the interaction contains. See ``HostedEngine``."""
        uri = submission.data.get("uri")
        if isinstance(uri, str):
            self._client.download(self._file_url(uri), path, MAX_CLIP_BYTES, with_key=True)
        elif submission.data.get("inline"):
            self._fetch_inline(submission, path)
        else:
            raise ProviderBusy(NAME, "the link to the clip is not known yet")

    def cancel(self, submission: Submission) -> Cancellation:
        """Ask to cancel. See ``HostedEngine``."""
        reply = self._client.request("POST", f"{_path(submission)}/cancel", allow=(400, 404, 409, 410))
        self._check_key(reply)
        if not reply.ok:
            return Cancellation(cancelled=False, reason=self._client.reason(reply))
        status = str(object_in(reply).get("status") or "")
        has_ended = STATES.get(status) in (OrderProgress.DONE, OrderProgress.FAILED)
        return Cancellation(cancelled=not has_ended, reason=f"it is {status}" if has_ended else "")

    # -- results -----------------------------------------------------------------------------------------------------

    def _fetch_inline(self, submission: Submission, path: Path) -> None:
        """Write the clip that is base64 in the interaction; the reply is on disk and never in memory as a whole."""
        stored = path.with_name(f"{path.name}.json")
        url = f"{self._client.url}{_path(submission)}?stream=false"
        try:
            self._client.download(url, stored, 2 * MAX_CLIP_BYTES, with_key=True)
            document = read_without_long_strings(stored)
            write_decoded(stored, document, _inline_text(document), path)
        except ValueError as error:
            raise ProviderBusy(NAME, "the interaction cannot be read") from error
        finally:
            stored.unlink(missing_ok=True)

    def _file_url(self, uri: str) -> str:
        """Return the URL of the content of a file; the URI or name of a file alone is that of its description."""
        if uri.startswith("files/"):
            uri = f"{self._client.url}/v1beta/{uri}"
        parts = urlsplit(uri)
        is_description = parts[:2] == urlsplit(self._client.url)[:2] and ":" not in parts.path.rpartition("/")[2]
        return f"{uri}:download?alt=media" if is_description and "/files/" in parts.path else uri

    def _check_key(self, reply: Response) -> None:
        """Raise ``ProviderClosed`` for a reply 400 that is about the key: Google sends no 401 for a wrong one."""
        if reply.status_code == 400 and ("API_KEY_INVALID" in reply.text or "API key" in reply.text):
            raise ProviderClosed(NAME, self._client.reason(reply))


def interaction(order: ClipOrder, files: Mapping[str, Path]) -> dict[str, Any]:
    """Return the body of the request for an order; the result is asked for as a link."""
    content: list[dict[str, Any]] = [{"type": "text", "text": order.prompt}]
    for name in order.files:
        content.append({"type": "image", "mime_type": picture_type(NAME, files[name]), "data": base64_of(files[name])})
    video = {"type": "video", "aspect_ratio": order.aspect, "duration": f"{order.seconds}s", "delivery": "uri"}
    if order.resolution:
        video["resolution"] = order.resolution
    task = "image_to_video" if order.files else "text_to_video"
    return {
        "model": order.model,
        "background": True,
        "input": [{"type": "user_input", "content": content}],
        "response_format": [video],
        "generation_config": {"video_config": {"task": task}},
    }


def _videos(body: Any) -> Iterator[dict[str, Any]]:
    """Yield the clips of an interaction; its steps also repeat the pictures of the order."""
    steps = body.get("steps") if isinstance(body, dict) else None
    for step in steps if isinstance(steps, list) else []:
        if not isinstance(step, dict) or step.get("type") != "model_output":
            continue
        for part in step.get("content") or []:
            if isinstance(part, dict) and part.get("type") == "video":
                yield part


def _inline_text(document: LongStrings) -> str:
    text = next((part["data"] for part in _videos(document.plain) if isinstance(part.get("data"), str)), None)
    if not text:
        raise ValueError("the interaction has no clip")
    return str(text)


def _done(submission: Submission, body: dict[str, Any]) -> Progress:
    for part in _videos(body):
        if isinstance(part.get("uri"), str) and part["uri"]:
            return Progress(OrderProgress.DONE, data={**submission.data, "uri": part["uri"]})
        if part.get("data"):
            return Progress(OrderProgress.DONE, data={**submission.data, "inline": True})
    return Progress(OrderProgress.FAILED, reason=_text_of(body) or "the interaction has no clip")


def _failure(status: str, body: dict[str, Any]) -> Progress:
    errors = _errors(body)
    stated = words_of(errors) or _text_of(body)
    reason = f"{REASONS[status]}: {stated}" if stated and status != "failed" else stated or REASONS[status]
    can_retry = status in ("failed", "incomplete") and not is_moderated(reason) and any(map(_is_transient, errors))
    return Progress(OrderProgress.FAILED, reason=reason, can_retry=can_retry)


def _errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what went wrong: ``errors`` of the interaction, ``error`` of a step or, as in older replies, of all."""
    stated = body["errors"] if isinstance(body.get("errors"), list) else []
    steps = body["steps"] if isinstance(body.get("steps"), list) else []
    of_steps = [step.get("error") for step in steps if isinstance(step, dict)]
    return [error for error in (*stated, *of_steps, body.get("error")) if isinstance(error, dict)]


def _is_transient(error: dict[str, Any]) -> bool:
    """Whether an error is one of the service; Google names it by a URI, a number or a status."""
    names = [re.split("[/#:.]", str(error.get(field)))[-1] for field in ("code", "status")]
    return any(name.upper().replace("-", "_") in TRANSIENT or re.fullmatch("5[0-9]{2}", name) for name in names)


def _text_of(body: dict[str, Any]) -> str:
    """Return what the model wrote instead of making a clip."""
    steps = body.get("steps")
    outputs = [step for step in steps or [] if isinstance(step, dict) and step.get("type") == "model_output"]
    texts = [part.get("text") for step in outputs for part in step.get("content") or [] if isinstance(part, dict)]
    return words_of([text for text in texts if text])


def _path(submission: Submission) -> str:
    return f"{PATH}/{quote(submission.id, safe='')}"
