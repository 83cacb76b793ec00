"""A server of the operator's own that speaks the contract of docs/http-engine.md."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from marshmallow import ValidationError

from app.core.config import Settings
from app.core.errors import (
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    SubmitUnknown,
    Unavailable,
    Unconfigured,
    UnusableAdapter,
)
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from app.core.redaction import public_text
from engines.base import Cancellation, OrderProgress, Progress, Submission
from schemas.engine import Capabilities, Cost, EngineModel, EngineModelSchema
from schemas.money import ZERO, parse_usd
from schemas.order import ClipOrder

NAME = "http"
# The models are read while engines are listed: a server that does not answer must not delay that for long.
MODELS_S = 3.0
POLL_S = 2.0
STATES = {state.value: state for state in OrderProgress}


def build(settings: Settings) -> HttpEngine:
    if not settings.http_engine_url:
        raise Unconfigured(NAME, "set PYTOON_HTTP_ENGINE_URL")
    return HttpEngine(settings.http_engine_url, settings.http_engine_api_key)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server says of itself: its capabilities, and the shortest time between two polls."""

    capabilities: Capabilities
    poll_s: float


class HttpEngine:
    """Orders at the server; ``Idempotency-Key`` makes the same order at every attempt one order."""

    name = NAME
    finds_orders = True

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = ProviderClient(NAME, url, headers)
        self._offer: Offer | None = None
        self._lock = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Those that the server states. Raises ``Unavailable`` or ``UnusableAdapter`` if it does not."""
        return self._read_offer().capabilities

    @property
    def poll_s(self) -> float:
        return self._offer.poll_s if self._offer else POLL_S

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        body = order_body(order, files)
        reply = self._client.submit("/v1/clips", json=body, headers={"Idempotency-Key": key})
        clip = self._client.accepted(reply)
        if not isinstance(clip, dict) or not clip.get("id"):
            raise SubmitUnknown(NAME, "the reply to the order has no id")
        return _submission(clip)

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        body = self._client.json(self._client.get("/v1/clips", params={"key": key}))
        clips = body.get("clips") if isinstance(body, dict) else None
        if not isinstance(clips, list) or not all(isinstance(clip, dict) and clip.get("id") for clip in clips):
            raise ProviderBusy(NAME, "the reply to the look-up of an order has no list of clips with ids")
        return _submission(clips[0]) if clips else None

    def poll(self, submission: Submission) -> Progress:
        reply = self._client.get(f"/v1/clips/{quote(submission.id, safe='')}", allow=(404, 410))
        if not reply.ok:
            self._client.json(reply)  # a reply that is not JSON is from another server, such as a proxy
            reason = f"the server no longer knows the order: {self._client.reason(reply)}"
            return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason, can_retry=True)
        return self._progress(self._client.json(reply))

    def fetch(self, submission: Submission, path: Path) -> None:
        url = submission.data.get("video_url")
        if not url:
            raise ProviderRefused(NAME, "the order has no clip yet")
        self._client.download(str(url), path, MAX_CLIP_BYTES, with_key=True)

    def cancel(self, submission: Submission) -> Cancellation:
        reply = self._client.request("DELETE", f"/v1/clips/{quote(submission.id, safe='')}", allow=(404, 410))
        if not reply.ok or not reply.content:
            return Cancellation(True, Cost())
        clip = self._client.json(reply)
        progress = self._progress(clip)
        has_ended = progress.state not in (OrderProgress.WAITING, OrderProgress.RUNNING)
        return Cancellation(has_ended, progress.cost, progress.reason)

    def _progress(self, clip: Any) -> Progress:
        state = STATES.get(str(clip.get("state"))) if isinstance(clip, dict) else None
        if state is None:
            raise ProviderBusy(NAME, f"the reply about an order has no state of {', '.join(STATES)}")
        if state is OrderProgress.DONE and not clip.get("video_url"):
            raise ProviderBusy(NAME, "the reply about a finished order has no video_url")
        return Progress(
            state,
            share=_share(clip.get("progress")),
            again_s=_seconds(clip.get("again_s")),
            cost=_cost(clip.get("cost")),
            data={"video_url": str(clip["video_url"])} if state is OrderProgress.DONE else None,
            reason=public_text(str(clip.get("reason") or ""))[:300],
            can_retry=clip.get("can_retry") is True,
        )

    def _read_offer(self) -> Offer:
        with self._lock:
            if self._offer is None:
                self._offer = offer_of(self._models())
            return self._offer

    def _models(self) -> Any:
        host = urlsplit(self._client.url).hostname
        try:
            return self._client.json(self._client.get("/v1/models", timeout=MODELS_S))
        except ProviderBusy as error:
            raise Unavailable(f"the http engine at {host}", f"GET /v1/models: {error.args[1]}") from error
        except ProviderError as error:
            raise UnusableAdapter(NAME, f"GET /v1/models at {host}: {error.args[1]}") from error


def offer_of(body: Any) -> Offer:
    """Read the reply to ``GET /v1/models``. Raises ``UnusableAdapter`` with the field that is wrong."""
    listed = body.get("models") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not listed:
        raise UnusableAdapter(NAME, "GET /v1/models lists no models")
    models = tuple(_model(entry) for entry in listed)
    kinds = {"image": any(x.from_image for x in models), "generated": any(x.from_text for x in models)}
    costs_money = any(model.prices for model in models)
    longest = None if any(not x.seconds for x in models) else max(x.seconds[-1] for x in models)
    capabilities = Capabilities(
        media=tuple(kind for kind, is_there in kinds.items() if is_there),
        generates=body.get("generates") is not False,
        needs_network=costs_money or body.get("is_local") is not True,
        costs_money=costs_money,
        max_seconds=longest,
        models=models,
    )
    return Offer(capabilities, max(0.1, _seconds(body.get("poll_s")) or POLL_S))


def order_body(order: ClipOrder, files: Mapping[str, Path]) -> dict[str, Any]:
    """Return an order as the JSON of ``POST /v1/clips``."""
    return {
        "model": order.model,
        "prompt": order.prompt,
        "negative_prompt": order.negative_prompt,
        "seconds": order.seconds,
        "aspect": order.aspect,
        "resolution": order.resolution,
        "seed": order.seed,
        "width": order.width,
        "height": order.height,
        "fps": round(float(order.fps), 3),
        "image": _picture(files[order.image]) if order.image else None,
        "last_image": _picture(files[order.last_image]) if order.last_image else None,
    }


def _picture(path: Path) -> dict[str, str]:
    content = path.read_bytes()
    content_type = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return {"content_type": content_type, "data": base64.b64encode(content).decode()}


def _model(entry: Any) -> EngineModel:
    name = entry.get("name") if isinstance(entry, dict) else entry
    try:
        model = EngineModelSchema.read(entry)
    except ValidationError as error:
        raise UnusableAdapter(NAME, f"GET /v1/models, model {name!r}: {error.messages}") from error
    if len(model.resolutions) != len(model.shorter_side_px):
        raise UnusableAdapter(NAME, f"GET /v1/models, model {name!r}: shorter_side_px needs one for each resolution")
    if any(price.usd < ZERO for price in model.prices):
        raise UnusableAdapter(NAME, f"GET /v1/models, model {name!r}: a price is negative")
    return replace(model, seconds=tuple(sorted(model.seconds)))


def _submission(clip: Mapping[str, Any]) -> Submission:
    return Submission(str(clip["id"]), {}, _cost(clip.get("cost")))


def _cost(value: Any) -> Cost | None:
    """Read an amount in US dollars; ``None`` if the server does not say one that can be read."""
    try:
        amount = None if value is None else parse_usd(value)
    except ValueError:
        return None
    return None if amount is None or amount < ZERO else Cost(amount)


def _share(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(1.0, max(0.0, float(value))) if is_number else None


def _seconds(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(3600.0, max(0.0, float(value))) if is_number else None
