"""Requests to a library of stock footage: within its limits, and with an error for a link that has expired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests import Response

from app.core.errors import ProviderBusy, ProviderRefused
from app.core.http import LONGEST_WAIT_S, ProviderClient, retry_after_s
from engines.stock_footage.limits import Limits
from schemas.contract import fingerprint

TOO_MANY = 429
GONE = (401, 403, 404, 410)
LINK_EXPIRED = "the link to the clip has expired"
LIMIT_REACHED = "its limit of requests is reached"


class StockClient(ProviderClient):
    """The client of one library; ``pause_s`` is how long nothing is asked after a 429 that does not say how long.

    ``key`` is that of the account; if it is sent in the query, ``headers`` are empty. Errors do not show it.
    """

    def __init__(
        self,
        provider: str,
        url: str,
        key: str,
        limits: Limits,
        *,
        pause_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(provider, url, headers)
        # The limits are those of a key: another key does not wait for this one's.
        self._account = f"{provider}:{fingerprint(self.url, key)[:16]}"
        self._key = key
        self._limits = limits
        self._pause_s = pause_s

    def ask(self, path: str, params: Mapping[str, object]) -> Response:
        """Return the reply to a GET.

        Raises ``ProviderBusy`` without a request while the limit is reached, and as ``request``.
        """
        wait_s = self._limits.take(self._account)
        if wait_s > 0:
            raise ProviderBusy(self.provider, LIMIT_REACHED, min(LONGEST_WAIT_S, wait_s))
        try:
            reply = self.get(path, params=dict(params), allow=(TOO_MANY,))
        except (ProviderBusy, ProviderRefused) as error:
            raise type(error)(*error.args) from None  # what caused it may have the URL with the key
        if reply.status_code == TOO_MANY:
            raise self._paused(reply)
        return reply

    def reason(self, reply: Response) -> str:
        words = super().reason(reply)
        return words.replace(self._key, "***")

    def note(self, remaining: float | None, for_s: float | None) -> None:
        """Store how many requests a reply allows for how many seconds, if it says both."""
        if remaining is not None and for_s is not None and for_s > 0:
            self._limits.note(self._account, int(remaining), for_s)

    def download_error(self, reply: Response) -> ProviderBusy | ProviderRefused:
        if reply.status_code in GONE:
            return ProviderBusy(self.provider, LINK_EXPIRED)
        return super().download_error(reply)

    def _paused(self, reply: Response) -> ProviderBusy:
        wait_s = retry_after_s(reply.headers) or self._pause_s
        self._limits.pause(self._account, wait_s)
        return ProviderBusy(self.provider, self.reason(reply), wait_s)


def number_in(headers: Mapping[str, str], name: str) -> float | None:
    """Return the number in a header; ``None`` if there is none."""
    try:
        return float(headers[name])
    except (KeyError, ValueError):
        return None


def whole(value: Any) -> int:
    """Return a number of a reply as a whole one; 0 for ``null`` and everything else that is no number."""
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def text(value: Any) -> str:
    """Return a text of a reply; empty for everything that is no text."""
    return value if isinstance(value, str) else ""


def entries(body: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects in the list ``name`` of a reply; everything else is left out."""
    values = body.get(name) if isinstance(body, dict) else None
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
