"""An emulator of Pexels: searches of videos at the new and at the old path, and single videos."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from tests.emulators.base import Call, Reply, route
from tests.emulators.stock_clips import StockClip, StockEmulator, is_whole, page_of

ORIENTATIONS = ("landscape", "portrait", "square")
# The shorter side of which a video of a size has at least so many pixels.
SIZES = {"large": 2160, "medium": 1080, "small": 720}
LOCALES = """
    en-US pt-BR es-ES ca-ES de-DE it-IT fr-FR sv-SE id-ID pl-PL ja-JP zh-TW zh-CN ko-KR th-TH nl-NL hu-HU vi-VN cs-CZ
    da-DK fi-FI uk-UA el-GR ro-RO nb-NO sk-SK tr-TR ru-RU
"""
QUALITIES = {2160: "uhd", 1080: "hd", 720: "hd", 540: "sd", 360: "sd"}
PARAMETERS = {"query", "orientation", "size", "locale", "page", "per_page"}


class Pexels(StockEmulator):
    """Pexels. ``limit`` is that of the month; the headers that state it are only on replies that are no errors."""

    name = "pexels"
    engine = "stock"
    submits = ("GET", r"/videos/search$")
    polls = ("GET", r"/videos/videos/\d+$")
    limit = 20_000
    reset_s = 20 * 24 * 3600.0

    def settings(self) -> dict[str, str]:
        return {"pexels_api_key": self.key, "pexels_url": f"{self.url}/v1"}

    @route("GET", r"(?:/v1)?/videos/search")
    def _search(self, call: Call, _match: re.Match[str]) -> Reply:
        return self._denied(call) or self._invalid(call) or self._counted(lambda: self._found(call))

    @route("GET", r"(?:/v1)?/videos/videos/(\d+)")
    def _video(self, call: Call, match: re.Match[str]) -> Reply:
        clip = self.clips.get(int(match[1]))
        missing = Reply(404, {"error": "Not Found"}) if clip is None else None
        return self._denied(call) or missing or self._counted(lambda: self._described(clip))

    def _denied(self, call: Call) -> Reply | None:
        if call.headers.get("Authorization") != self.key:
            return Reply(401, {"error": "Unauthorized"})
        return None

    def _invalid(self, call: Call) -> Reply | None:
        query = call.query
        problems = {
            "query": not query.get("query", "").strip(),
            "orientation": query.get("orientation", "square") not in ORIENTATIONS,
            "size": query.get("size", "small") not in SIZES,
            "locale": query.get("locale", "en-US") not in LOCALES.split(),
            "page": not is_whole(query.get("page", "1"), 1, 10_000),
            "per_page": not is_whole(query.get("per_page", "15"), 1, 80),
        }
        bad = [name for name, is_bad in problems.items() if is_bad] + sorted(set(query) - PARAMETERS)
        return Reply(400, {"error": f"Invalid parameter: {bad[0]}"}) if bad else None

    def _found(self, call: Call) -> dict[str, Any]:
        query, clips = call.query, self.matching(call.query["query"])
        if "orientation" in query:
            clips = [clip for clip in clips if orientation_of(clip) == query["orientation"]]
        if "size" in query:
            clips = [clip for clip in clips if min(clip.width, clip.height) >= SIZES[query["size"]]]
        per_page = int(query.get("per_page", "15"))
        self.accept(query)
        return {
            "page": int(query.get("page", "1")),
            "per_page": per_page,
            "total_results": len(clips),
            "url": "https://www.pexels.com/videos/",
            "videos": [self._described(clip) for clip in page_of(clips, query, per_page)],
        }

    def _counted(self, body: Callable[[], Any]) -> Reply:
        remaining = self.take_request()
        if remaining is None:
            return Reply(429, {"error": "Rate limit exceeded"})
        state = {"Limit": self.limit, "Remaining": remaining, "Reset": round(time.time() + self.reset_s)}
        return Reply(200, body(), {f"X-Ratelimit-{name}": str(value) for name, value in state.items()})

    def _described(self, clip: StockClip | None) -> dict[str, Any]:
        assert clip is not None
        page, image = f"https://www.pexels.com/video/{clip.number}/", "https://images.pexels.com/videos/"
        user = {"id": 77, "name": clip.author, "url": f"https://www.pexels.com/@{clip.author.split()[0].lower()}"}
        return {
            "id": clip.number,
            "width": clip.width,
            "height": clip.height,
            "url": page,
            "image": f"{image}{clip.number}.jpeg",
            "full_res": None,
            "tags": [],
            "duration": clip.seconds,
            "user": user,
            "video_files": [self._playlist(clip), *self._files(clip)],
            "video_pictures": [{"id": clip.number, "picture": f"{image}{clip.number}-0.png", "nr": 0}],
        }

    def _files(self, clip: StockClip) -> list[dict[str, Any]]:
        """The files in no particular order, as Pexels lists them."""
        sizes = clip.sizes([*QUALITIES][1::2] + [*QUALITIES][::2])
        return [
            {
                "id": clip.number * 10 + nr,
                "quality": QUALITIES[min(width, height)],
                "file_type": "video/mp4",
                "width": width,
                "height": height,
                "fps": 25.0,
                "link": self.file_link(clip, width, height),
            }
            for nr, (width, height) in enumerate(sizes, 1)
        ]

    def _playlist(self, clip: StockClip) -> dict[str, Any]:
        link = f"{self.url}/results/{clip.number}/playlist.m3u8"
        unknown = {"width": None, "height": None, "fps": None}
        return {"id": clip.number * 10, "quality": "hls", "file_type": "video/mp4", **unknown, "link": link}


def orientation_of(clip: StockClip) -> str:
    if clip.width == clip.height:
        return "square"
    return "portrait" if clip.width < clip.height else "landscape"
