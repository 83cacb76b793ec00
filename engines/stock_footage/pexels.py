"""The client of Pexels (https://www.pexels.com/api/documentation/)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from requests import Response

from app.core.errors import ProviderRefused
from app.core.http import MAX_CLIP_BYTES
from engines.stock_footage.choice import orientation_of
from engines.stock_footage.client import StockClient, entries, number_in, text, whole
from engines.stock_footage.limits import Limits
from engines.stock_footage.search_cache import SearchCache
from engines.stock_footage.video import StockFile, StockVideo, usable_files
from schemas.order import ClipOrder

NAME = "pexels"
PER_PAGE = 80
# 200 requests in an hour are allowed; a 429 does not say when the next one is.
PAUSE_S = 300.0

# The smallest size that the search returns, by its shorter side in pixels.
SIZES = (("large", 2160), ("medium", 1080), ("small", 720))
_LOCALES = """
    en-US pt-BR es-ES ca-ES de-DE it-IT fr-FR sv-SE id-ID pl-PL ja-JP zh-CN ko-KR th-TH nl-NL hu-HU vi-VN cs-CZ da-DK
    fi-FI uk-UA el-GR ro-RO nb-NO sk-SK tr-TR ru-RU
"""
LOCALES = {locale.partition("-")[0]: locale for locale in _LOCALES.split()} | {"no": "nb-NO"}


class Pexels:
    """Pexels; its key is sent in a header."""

    name = NAME

    def __init__(self, key: str, url: str, limits: Limits, cache: SearchCache) -> None:
        self._client = StockClient(NAME, url, key, limits, pause_s=PAUSE_S, headers={"Authorization": key})
        self._cache = cache

    def search(self, query: str, language: str, order: ClipOrder) -> tuple[StockVideo, ...]:
        request = _search_of(query, language, order)
        kept = self._cache.get(self._client.url, request)
        if kept is not None:
            return kept
        body = self._ask("/videos/search", request)
        videos = tuple(_video(entry) for entry in entries(body, "videos"))
        self._cache.put(self._client.url, request, videos)
        return videos

    def video(self, number: int) -> StockVideo:
        body = self._ask(f"/videos/videos/{number}", {})
        if not isinstance(body, dict):
            raise ProviderRefused(NAME, f"it does not describe the video {number}")
        return _video(body)

    def download(self, link: str, path: Path) -> None:
        self._client.download(link, path, MAX_CLIP_BYTES)

    def _ask(self, path: str, params: dict[str, object]) -> Any:
        reply = self._client.ask(path, params)
        self._note(reply)
        return self._client.json(reply)

    def _note(self, reply: Response) -> None:
        """Store the remaining requests of the month, which ends at a UNIX time."""
        reset_at = number_in(reply.headers, "X-Ratelimit-Reset")
        left_s = None if reset_at is None else reset_at - time.time()
        self._client.note(number_in(reply.headers, "X-Ratelimit-Remaining"), left_s)


def _search_of(query: str, language: str, order: ClipOrder) -> dict[str, object]:
    shorter = min(order.width, order.height)
    size = next((name for name, px in SIZES if shorter >= px), None)
    optional = {"orientation": orientation_of(order), "size": size, "locale": LOCALES.get(language)}
    present = {name: value for name, value in optional.items() if value}
    return {"query": query, "per_page": PER_PAGE, **present}


def _video(entry: dict[str, Any]) -> StockVideo:
    user = entry.get("user")
    user = user if isinstance(user, dict) else {}
    return StockVideo(
        provider=NAME,
        number=whole(entry.get("id")),
        width=whole(entry.get("width")),
        height=whole(entry.get("height")),
        seconds=whole(entry.get("duration")),
        page_url=text(entry.get("url")),
        author=text(user.get("name")),
        author_url=text(user.get("url")),
        files=usable_files([_file(file) for file in entries(entry, "video_files") if _is_mp4(file)]),
    )


def _is_mp4(file: dict[str, Any]) -> bool:
    """Return whether a file is an MP4; playlists (HLS) are not, and have no size."""
    is_playlist = file.get("quality") == "hls" or ".m3u8" in text(file.get("link"))
    return not is_playlist and text(file.get("file_type")) in ("video/mp4", "")


def _file(file: dict[str, Any]) -> StockFile:
    return StockFile(text(file.get("link")), whole(file.get("width")), whole(file.get("height")))
