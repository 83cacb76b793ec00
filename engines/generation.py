"""What hosted generators have in common: their capabilities, the form of their results, refusals by moderation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from requests import Response

from app.core.http import MAX_REASON, reason_in
from app.core.redaction import public_text
from schemas.engine import Capabilities, EngineModel

MODERATION = re.compile(r"content.?policy|moderat|nsfw|sensitive|safety|flagged|prohibited|blocked", re.IGNORECASE)
# The names under which providers put the clip in a result.
NAMES = ("video", "videos", "output", "url")


def generator(models: Sequence[EngineModel]) -> Capabilities:
    """Return the capabilities of an engine that generates clips with ``models``."""
    kinds = {"generated": any(model.from_text for model in models), "image": any(model.from_image for model in models)}
    return Capabilities(
        media=tuple(kind for kind, is_made in kinds.items() if is_made),
        generates=True,
        needs_network=True,
        costs_money=True,
        max_seconds=max((second for model in models for second in model.seconds), default=None),
        models=tuple(models),
    )


def video_url(result: Any) -> str | None:
    """Return the URL of the clip in a result: a URL, a list of them, ``{video: {url}}`` or a less usual form."""
    if isinstance(result, str):
        return result if result.startswith(("http://", "https://")) else None
    parts = result if isinstance(result, list) else []
    if isinstance(result, dict):
        parts = [result.get(name) for name in NAMES]
    return next((url for part in parts if (url := video_url(part))), None)


def json_object(reply: Response) -> dict[str, Any]:
    """Return the body of a reply as a JSON object; an empty one if it is anything else."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def words_of(error: Any) -> str:
    """Return the reason that a provider states for a failure, in one line and without secrets; empty if none."""
    return public_text(" ".join(reason_in(error).split()))[:MAX_REASON]


def is_moderated(reason: str) -> bool:
    """Whether the reason of a failure is that the provider does not allow the content."""
    return MODERATION.search(reason) is not None
