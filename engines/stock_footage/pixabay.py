"""The client of Pixabay (https://pixabay.com/api/docs/)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from requests import Response

from app.core.errors import ProviderClosed, ProviderRefused
from app.core.http import MAX_CLIP_BYTES
from engines.stock_footage.client import StockClient, entries, number_in, text, whole
from engines.stock_footage.limits import Limits
from engines.stock_footage.search_cache import SearchCache
from engines.stock_footage.video import StockFile, StockVideo, usable_files
from schemas.order import ClipOrder

NAME = "pixabay"
# The most of one page: there is no filter for the orientation, and most videos are landscapes.
PER_PAGE = 200
MAX_QUERY = 100
# 100 requests in 60 seconds are allowed.
PAUSE_S = 60.0

SIZES = ("large", "medium", "small", "tiny")
_LANGUAGES = "cs da de en es fr id it hu nl no pl pt ro sk fi sv tr vi th bg ru el ja ko zh"
LANGUAGES = frozenset(_LANGUAGES.split())
PROFILE = "https://pixabay.com/users/{name}-{id}/"


class Pixabay:
    """Pixabay; its key is sent in the query, so that errors and the log leave the query out."""

    name = NAME

    def __init__(self, key: str, url: str, limits: Limits, cache: SearchCache) -> None:
        self._client = StockClient(NAME, url, key, limits, pause_s=PAUSE_S)
        self._key = key
        self._cache = cache

    def search(self, query: str, language: str, order: ClipOrder) -> tuple[StockVideo, ...]:
        request = _search_of(query, language)
        kept = self._cache.get(self._client.url, request)
        if kept is not None:
            return kept
        videos = tuple(_video(entry) for entry in self._hits(request))
        self._cache.put(self._client.url, request, videos)
        return videos

    def video(self, number: int) -> StockVideo:
        hits = self._hits({"id": number})
        if not hits:
            raise ProviderRefused(NAME, f"it has the video {number} no longer")
        return _video(hits[0])

    def download(self, link: str, path: Path) -> None:
        self._client.download(link, path, MAX_CLIP_BYTES)

    def _hits(self, params: dict[str, object]) -> list[dict[str, Any]]:
        reply = self._ask({"key": self._key, **params})
        # The remaining requests of the minute, which ends in so many seconds.
        self._client.note(
            number_in(reply.headers, "X-RateLimit-Remaining"), number_in(reply.headers, "X-RateLimit-Reset")
        )
        return entries(self._client.json(reply), "hits")

    def _ask(self, params: dict[str, object]) -> Response:
        """Return the reply to a search; a key that is not valid is answered with 400, like a bad parameter."""
        try:
            return self._client.ask("/videos/", params)
        except ProviderRefused as error:
            if "api key" not in str(error.reason).lower():
                raise
            raise ProviderClosed(*error.args) from None


def _search_of(query: str, language: str) -> dict[str, object]:
    lang = {"lang": language} if language in LANGUAGES else {}
    return {"q": _whole_words(query), "video_type": "film", "safesearch": "true", "per_page": PER_PAGE, **lang}


def _whole_words(query: str) -> str:
    """Return as many words of a query as Pixabay accepts."""
    if len(query) <= MAX_QUERY:
        return query
    return query[: MAX_QUERY + 1].rpartition(" ")[0] or query[:MAX_QUERY]


def _video(entry: dict[str, Any]) -> StockVideo:
    files, author, user_id = _files(entry), text(entry.get("user")), whole(entry.get("user_id"))
    largest = files[-1] if files else StockFile("", 0, 0)
    return StockVideo(
        provider=NAME,
        number=whole(entry.get("id")),
        width=largest.width,
        height=largest.height,
        seconds=whole(entry.get("duration")),
        page_url=text(entry.get("pageURL")),
        author=author,
        author_url=PROFILE.format(name=author, id=user_id) if author and user_id else "",
        files=files,
    )


def _files(entry: dict[str, Any]) -> tuple[StockFile, ...]:
    """Return the sizes that have an address; the largest often has none."""
    sizes = entry.get("videos")
    named = [sizes.get(size) for size in SIZES] if isinstance(sizes, dict) else []
    files = [file for file in named if isinstance(file, dict)]
    return usable_files(
        [StockFile(text(file.get("url")), whole(file.get("width")), whole(file.get("height"))) for file in files]
    )
