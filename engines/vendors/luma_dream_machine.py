"""Luma's older API, Dream Machine: ray-2 and ray-flash-2 from text. It has no cancellation: DELETE deletes the clip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from requests import Response

from app.core.errors import ProviderBusy, SubmitUnknown
from app.core.http import MAX_CLIP_BYTES, ProviderClient
from engines.base import Cancellation, OrderProgress, Progress, Submission
from engines.hosted.models import capabilities_of, model_of
from engines.hosted.replies import json_object, place, shown, text_of
from schemas.engine import Cost, EngineModel
from schemas.order import ClipOrder

NAME = "luma"
URL = "https://api.lumalabs.ai/dream-machine/v1"
POLL_S = 3.0
STATES = {
    "queued": OrderProgress.WAITING,
    "dreaming": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
}
# The words of Luma for what moderation refuses (docs.lumalabs.ai/docs/errors).
MODERATION = re.compile("moderat|blacklisted", re.IGNORECASE)
# The list of generations is read in pages of this size, up to this many.
PAGE, PAGES = 100, 10
# A request whose connection was cut may still be accepted within this time.
SETTLES_S = 30.0
# The clock of a reply's date counts whole seconds.
CLOCK = timedelta(seconds=2)


class LumaDreamMachine:
    """The engine of Luma's Dream Machine API."""

    name = NAME
    poll_s = POLL_S
    finds_orders = True

    def __init__(self, client: ProviderClient, models: Sequence[EngineModel]) -> None:
        self.capabilities = capabilities_of(models)
        self._client = client

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order. Luma has no idempotency keys, so ``key`` is not sent, and states no price."""
        return Submission(place(self._client, "/generations/video", self._body(order))["id"])

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Return a generation since ``sent_at`` that was ordered with the same request.

        Raises ``ProviderBusy`` if the order could still arrive, and ``SubmitUnknown`` if the list is too long.
        """
        body = self._body(order)
        for items in self._pages(sent_at):
            found = [item for item in items if _is_request(item.get("request"), body)]
            if found:
                return Submission(text_of(min(found, key=lambda item: text_of(item, "created_at")), "id"))
        passed_s = (datetime.now(UTC) - sent_at).total_seconds()
        if passed_s < SETTLES_S:
            raise ProviderBusy(NAME, "the order may still arrive", SETTLES_S - max(0.0, passed_s))
        return None

    def poll(self, submission: Submission) -> Progress:
        """Return the progress of the generation."""
        body = json_object(self._client, self._client.get(f"/generations/{submission.id}"))
        state = STATES.get(text_of(body, "state"), OrderProgress.RUNNING)
        link = text_of(body, "assets", "video")
        if state == OrderProgress.DONE and link:
            return Progress(state, share=1.0, data={"link": link})
        if state == OrderProgress.DONE:
            return Progress(OrderProgress.FAILED, reason="the generation has ended without a clip", can_retry=True)
        if state == OrderProgress.FAILED:
            reason = shown(text_of(body, "failure_reason"))
            # There are no codes of failures. Luma charges nothing for them (docs.lumalabs.ai/docs/faq).
            return Progress(state, cost=Cost(), reason=reason, can_retry=not MODERATION.search(reason))
        return Progress(state)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the clip by the link of the last poll."""
        link = submission.data.get("link")
        if not link:
            raise ProviderBusy(NAME, "the generation has no link to the clip yet")
        self._client.download(link, path, MAX_CLIP_BYTES)

    def cancel(self, submission: Submission) -> Cancellation:
        """Return that the generation goes on: the API can only delete it, which does not cancel it."""
        return Cancellation(False, reason="Luma cannot cancel a generation: it is made and charged")

    def _body(self, order: ClipOrder) -> dict[str, Any]:
        return {
            "generation_type": "video",
            "model": model_of(NAME, self.capabilities.models, order).id,
            "prompt": order.prompt,
            "aspect_ratio": order.aspect,
            "duration": f"{order.seconds}s",
            "resolution": order.resolution,
        }

    def _pages(self, sent_at: datetime) -> Iterator[list[dict[str, Any]]]:
        """The generations of the account since ``sent_at``, a time of this machine's clock, in the pages of Luma."""
        for page in range(PAGES):
            reply = self._client.get("/generations", params={"limit": PAGE, "offset": page * PAGE})
            body = json_object(self._client, reply)
            items = body.get("generations")
            if not isinstance(items, list):
                raise ProviderBusy(NAME, "the reply has no list of generations")
            earliest = sent_at + _ahead(reply) - CLOCK
            yield [item for item in items if isinstance(item, dict) and _is_since(item, earliest)]
            if not items or body.get("has_more") is False or (len(items) < PAGE and not body.get("has_more")):
                return
        raise SubmitUnknown(NAME, f"it lists more than {PAGE * PAGES} generations")


def _is_request(request: Any, body: dict[str, Any]) -> bool:
    return isinstance(request, dict) and all(request.get(name) == value for name, value in body.items())


def _is_since(item: dict[str, Any], earliest: datetime) -> bool:
    """Whether a generation was created at ``earliest`` or later; one whose time cannot be read may have been."""
    created = _time(text_of(item, "created_at"))
    return created is None or created >= earliest


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ahead(reply: Response) -> timedelta:
    """By how much Luma's clock is ahead of this machine's; zero if it does not say."""
    try:
        return parsedate_to_datetime(reply.headers.get("Date", "")) - datetime.now(UTC)
    except (ValueError, TypeError):
        return timedelta()
