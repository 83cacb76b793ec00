"""What the replies of providers say, read so that no reply of another form raises an unexpected error."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from requests import Response

from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown
from app.core.http import MAX_REASON, ProviderClient, reason_in
from app.core.redaction import public_text
from schemas.engine import Cost
from schemas.money import parse_usd

MODERATION = re.compile(r"content.?policy|moderat|nsfw|sensitive|safety|flagged|prohibited|blocked", re.IGNORECASE)
# The names under which providers put the clip in a result.
NAMES = ("video", "videos", "output", "url")
NO_BALANCE = re.compile(r"\b(not (have )?enough|insufficient) (credit|balance|fund)", re.IGNORECASE)


def place(client: ProviderClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send the request that costs money, once; return the JSON object of its reply, which has an ``id``.

    Raises as ``ProviderClient.submit``. A provider that refuses an order because the balance is used up is closed,
    also if it says so with the status of an invalid request.
    """
    try:
        return accepted_object(client, client.submit(path, json=body))
    except ProviderClosed:
        raise
    except ProviderRefused as error:
        if NO_BALANCE.search(str(error)):
            raise ProviderClosed(client.provider, error.reason) from error
        raise


def accepted_object(client: ProviderClient, reply: Response) -> dict[str, Any]:
    """Return the JSON object of the reply to an order, which has an ``id``. Raises ``SubmitUnknown`` without one."""
    body = client.accepted(reply)
    if isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"]:
        return body
    raise SubmitUnknown(client.provider, "the reply to the order has no id")


def json_object(client: ProviderClient, reply: Response) -> dict[str, Any]:
    """Return the JSON object of a reply. Raises ``ProviderBusy`` if it is something else."""
    body = client.json(reply)
    if isinstance(body, dict):
        return body
    raise ProviderBusy(client.provider, "the reply is not a JSON object")


def text_of(body: Any, *names: str) -> str:
    """Return the text at the path ``names`` of a JSON value; empty if there is none."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, str) else ""


def required_text(client: ProviderClient, body: Any, *names: str) -> str:
    """Return the text at the path ``names`` of a reply. Raises ``ProviderBusy`` if there is none."""
    if text := text_of(body, *names):
        return text
    raise ProviderBusy(client.provider, f"the reply has no {'.'.join(names)}")


def shown(*parts: str) -> str:
    """Return the reason that a provider gives, in one line and without secrets, with its code in brackets."""
    words, *codes = [" ".join(part.split()) for part in parts if part.strip()] or ["it gives no reason"]
    return public_text(" ".join([words, *(f"({code})" for code in codes)]))[:MAX_REASON]


def share_of(value: Any) -> float | None:
    """Return a progress of 0 … 1; ``None`` if ``value`` is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return min(1.0, max(0.0, float(value)))


def cost_in(value: Any, unit: str, usd_per_unit: Decimal) -> Cost | None:
    """Return an amount that a reply states in the provider's ``unit``; ``None`` if it is not one."""
    try:
        units = parse_usd(value)
    except ValueError:
        return None
    return Cost(usd=units * usd_per_unit, units=units, unit=unit) if units >= 0 else None


def object_in(reply: Response) -> dict[str, Any]:
    """Return the body of a reply as a JSON object; an empty one if it is anything else."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def video_url(result: Any) -> str | None:
    """Return the URL of the clip in a result: a URL, a list of them, ``{video: {url}}`` or a less usual form."""
    if isinstance(result, str):
        return result if result.startswith(("http://", "https://")) else None
    parts = result if isinstance(result, list) else []
    if isinstance(result, dict):
        parts = [result.get(name) for name in NAMES]
    return next((url for part in parts if (url := video_url(part))), None)


def words_of(error: Any) -> str:
    """Return the reason that a provider states for a failure, in one line and without secrets; empty if none."""
    return public_text(" ".join(reason_in(error).split()))[:MAX_REASON]


def is_moderated(reason: str) -> bool:
    """Whether the reason of a failure is that the provider does not allow the content."""
    return MODERATION.search(reason) is not None
