"""Search all libraries for the video of an order, from the most specific query to the most general one."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused
from app.core.log import logger
from engines.stock_footage.choice import best_video
from engines.stock_footage.library import StockLibrary
from engines.stock_footage.query import search_terms
from engines.stock_footage.video import StockVideo
from schemas.order import ClipOrder

log = logger(__name__)
MAX_SHOWN = 80


def find_video(engine: str, libraries: Sequence[StockLibrary], order: ClipOrder) -> StockVideo:
    """Return the best video of the first query that has a suitable one in a library.

    A library that fails is not asked again for this order. Raises ``ProviderBusy`` if nothing was found and a library
    can be asked later, ``ProviderClosed`` if all of them refuse the account, else ``ProviderRefused``.
    """
    text = order.query or order.prompt
    terms = search_terms(text)
    errors: dict[str, ProviderBusy | ProviderRefused] = {}
    for query in terms.queries:
        for library in [library for library in libraries if library.name not in errors]:
            try:
                video = best_video(library.search(query, terms.language, order), order)
            except (ProviderBusy, ProviderRefused) as error:
                log.warning("a library of stock footage was not searched", library=library.name, cause=str(error))
                errors[library.name] = error
                continue
            if video:
                return video
    raise _failure(engine, text, errors, len(libraries))


def _failure(
    engine: str, text: str, errors: dict[str, ProviderBusy | ProviderRefused], libraries: int
) -> ProviderBusy | ProviderRefused:
    """Return the error for an order without a video: the one after which most can be done."""
    busy = [error for error in errors.values() if isinstance(error, ProviderBusy)]
    if busy:
        return min(busy, key=lambda error: (error.wait_s is None, error.wait_s or 0.0))
    closed = [error for error in errors.values() if isinstance(error, ProviderClosed)]
    if closed and len(closed) == libraries:
        return closed[0]
    shown = " ".join(text.split())[:MAX_SHOWN]
    reasons = "".join(f"; {error}" for error in errors.values())
    return ProviderRefused(engine, f"no stock footage for {shown!r}{reasons}" if shown else "the scene has no text")
