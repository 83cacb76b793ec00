"""An emulator of Pixabay: searches of videos, which have no filter for the orientation."""

from __future__ import annotations

import re
from typing import Any

from tests.emulators.base import Call, Reply, route
from tests.emulators.stock_clips import StockClip, StockEmulator, is_whole, page_of

LANGUAGES = "cs da de en es fr id it hu nl no pl pt ro sk fi sv tr vi th bg ru el ja ko zh"
CATEGORIES = """
    backgrounds fashion nature science education feelings health people religion places animals industry computer food
    sports transportation travel buildings business music
"""
CHOICES = {
    "lang": LANGUAGES.split(),
    "video_type": ["all", "film", "animation"],
    "category": CATEGORIES.split(),
    "editors_choice": ["true", "false"],
    "safesearch": ["true", "false"],
    "order": ["popular", "latest"],
}
NUMBERS = {"page": (1, 10_000), "per_page": (3, 200), "min_width": (0, 10_000), "min_height": (0, 10_000)}
PARAMETERS = {"key", "q", "id", *CHOICES, *NUMBERS}
SHORTER_PX = {"large": 2160, "medium": 1080, "small": 720, "tiny": 360}
MAX_QUERY = 100


class Pixabay(StockEmulator):
    """Pixabay. ``limit`` is that of a minute."""

    name = "pixabay"
    engine = "stock"
    submits = ("GET", r"/api/videos/?$")
    polls = ("GET", r"/api/videos/?$")
    limit = 100
    reset_s = 60.0

    def settings(self) -> dict[str, str]:
        return {"pixabay_api_key": self.key, "pixabay_url": f"{self.url}/api"}

    @route("GET", r"/api/videos/?")
    def _search(self, call: Call, _match: re.Match[str]) -> Reply:
        problem = self._problem(call.query)
        if problem:
            return _error(400, problem)
        remaining = self.take_request()
        if remaining is None:
            return _error(429, "API rate limit exceeded", self._limits(0))
        return Reply(200, self._found(call.query), self._limits(remaining))

    def _problem(self, query: dict[str, str]) -> str:
        """The reason why a request is not valid; empty if it is."""
        if query.get("key") != self.key:
            return "Invalid or missing API key (https://pixabay.com/api/docs/)."
        bad = [name for name, choices in CHOICES.items() if query.get(name, choices[0]) not in choices]
        bad += [name for name, (low, high) in NUMBERS.items() if not is_whole(query.get(name, str(high)), low, high)]
        bad += ["q"] if len(query.get("q", "")) > MAX_QUERY else []
        bad += [*(["id"] if not query.get("id", "1").isdigit() else []), *sorted(set(query) - PARAMETERS)]
        return f'"{bad[0]}" is out of valid range.' if bad else ""

    def _limits(self, remaining: int) -> dict[str, str]:
        state = {"Limit": self.limit, "Remaining": remaining, "Reset": round(self.reset_s)}
        return {f"X-RateLimit-{name}": str(value) for name, value in state.items()}

    def _found(self, query: dict[str, str]) -> dict[str, Any]:
        if "id" in query:
            clips = [clip for clip in self.clips.values() if clip.number == int(query["id"])]
        else:
            clips = self.matching(query.get("q", ""))
            self.accept({name: value for name, value in query.items() if name != "key"})
        shown = page_of(clips, query, int(query.get("per_page", "20")))
        return {"total": len(clips), "totalHits": len(clips), "hits": [self._hit(clip) for clip in shown]}

    def _hit(self, clip: StockClip) -> dict[str, Any]:
        counts = dict.fromkeys(("views", "downloads", "likes", "comments"), clip.number % 100)
        return {
            "id": clip.number,
            "pageURL": f"https://pixabay.com/videos/id-{clip.number}/",
            "type": "film",
            "tags": ", ".join(clip.tags),
            "duration": clip.seconds,
            "videos": {name: self._file(clip, px) for name, px in SHORTER_PX.items()},
            **counts,
            "user_id": 88,
            "user": clip.author.split()[0],
            "userImageURL": "",
        }

    def _file(self, clip: StockClip, shorter_px: int) -> dict[str, Any]:
        """A file of a clip; one that is larger than the clip has an empty address and no size."""
        sizes = clip.sizes([shorter_px])
        if not sizes:
            return {"url": "", "width": 0, "height": 0, "size": 0, "thumbnail": ""}
        width, height = sizes[0]
        link = self.file_link(clip, width, height)
        return {"url": link, "width": width, "height": height, "size": width * height, "thumbnail": f"{link}.jpg"}


def _error(status: int, reason: str, headers: dict[str, str] | None = None) -> Reply:
    """An error in plain text."""
    return Reply(status, f"[ERROR {status}] {reason}".encode(), {"Content-Type": "text/plain", **(headers or {})})
