"""The engine for stock footage: videos of Pexels and Pixabay, which cost nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderRefused, Unconfigured
from app.planning.text.credits import licence_of
from engines.base import Cancellation, HostedEngine, OrderProgress, Progress, Submission
from engines.stock_footage.choice import best_file
from engines.stock_footage.client import LINK_EXPIRED
from engines.stock_footage.credit import credit_of
from engines.stock_footage.library import StockLibrary
from engines.stock_footage.limits import SharedLimits, result_store
from engines.stock_footage.pexels import Pexels
from engines.stock_footage.pixabay import Pixabay
from engines.stock_footage.search import find_video
from engines.stock_footage.search_cache import SearchCache
from engines.stock_footage.video import StockVideo
from schemas.clip import CreditSchema
from schemas.engine import Capabilities, Cost, EngineModel
from schemas.order import ClipOrder

NAME = "stock"
DIRECTORY = "stock-searches"
# A search has no prompt: ``ClipOrder.query`` is searched for.
MODELS = (EngineModel("videos", "videos", prompt_limit=0),)


def build(settings: Settings) -> HostedEngine:
    """Return the engine with the libraries that have a key. Raises ``Unconfigured`` if none has."""
    limits = SharedLimits(result_store)
    cache = SearchCache(settings.home.absolute() / DIRECTORY, settings.mask)
    libraries: list[StockLibrary] = []
    if settings.pexels_api_key:
        libraries.append(Pexels(settings.pexels_api_key, settings.pexels_url, limits, cache))
    if settings.pixabay_api_key:
        libraries.append(Pixabay(settings.pixabay_api_key, settings.pixabay_url, limits, cache))
    if not libraries:
        raise Unconfigured(NAME, "set PYTOON_PEXELS_API_KEY or PYTOON_PIXABAY_API_KEY")
    return Stock(libraries)


class Stock:
    """Searches in ``libraries``, the preferred one first. An order is a search, whose result is known at once."""

    name = NAME
    capabilities = Capabilities(media=("stock",), needs_network=True, models=MODELS)
    poll_s = 0.0
    finds_orders = True

    def __init__(self, libraries: Sequence[StockLibrary]) -> None:
        self._libraries = {library.name: library for library in libraries}

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Search and choose. Raises ``ProviderRefused`` if no video is suitable, and other errors of searches."""
        video = find_video(NAME, [*self._libraries.values()], order)
        return Submission(video.id, _facts(video, order), Cost())

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Return ``None``: a search that was interrupted costs nothing and can be made again."""
        return None

    def poll(self, submission: Submission) -> Progress:
        """Return ``DONE``, without a request."""
        return Progress(OrderProgress.DONE, 1.0, cost=Cost(), data=submission.data)

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the file; if its link has expired, look it up again."""
        library, number = self._library_of(submission)
        try:
            library.download(str(submission.data["link"]), path)
        except ProviderBusy as error:
            if error.reason != LINK_EXPIRED:
                raise
            library.download(_fresh_link(library.video(number), submission.data), path)

    def cancel(self, submission: Submission) -> Cancellation:
        """Return that the order has ended: nothing is made and nothing is charged."""
        return Cancellation(True, Cost())

    def _library_of(self, submission: Submission) -> tuple[StockLibrary, int]:
        name, _, number = submission.id.partition(":")
        if name not in self._libraries:
            raise ProviderRefused(NAME, f"{name} has no key any longer")
        return self._libraries[name], int(number)


def _facts(video: StockVideo, order: ClipOrder) -> dict[str, Any]:
    """Return what ``fetch`` needs, and what the receipt and the credits show."""
    file = best_file(video.files, order)
    return {
        "link": file.link,
        "width": file.width,
        "height": file.height,
        "seconds": video.seconds,
        "provider": video.provider,
        "page_url": video.page_url,
        "author": video.author,
        "author_url": video.author_url,
        "licence": licence_of(video.provider),
        "credit": CreditSchema.plain(credit_of(video)),
    }


def _fresh_link(video: StockVideo, data: Mapping[str, Any]) -> str:
    """Return the link of the file that has the size of the one that was chosen, or else the most similar size."""
    if not video.files:
        raise ProviderRefused(video.provider, f"the video {video.number} can be downloaded no longer")
    width, height = int(data["width"]), int(data["height"])
    return min(video.files, key=lambda file: abs(file.width - width) + abs(file.height - height)).link
