"""The clips of the emulated libraries of stock footage, and what both libraries have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.emulators.base import Call, Emulator, Reply, route

# Number, seconds, width x height of the largest file, author: tags.
_CATALOGUE = """
1001 6 3840x2160 Ana Lopez: ocean, sea, waves, beach, aerial, water
1002 12 1080x1920 Ana Lopez: ocean, sea, waves, beach, sunset
1003 5 2160x3840 Ben Okafor: ocean, underwater, fish, coral, reef
1004 9 1920x1080 Ben Okafor: ocean, underwater, turtle, swimming
1005 20 1080x1920 Chen Wei: ocean, storm, waves, slow, motion
1006 8 1080x1080 Chen Wei: ocean, shell, sand, beach
1007 7 1080x1920 Dana Novak: city, night, street, traffic, lights
1008 15 1080x1920 Dana Novak: city, night, traffic, time, lapse
1009 10 3840x2160 Dana Novak: city, skyline, aerial, drone, buildings
1010 4 1080x1920 Eli Stone: city, people, walking, crowd
1011 18 1920x1080 Eli Stone: city, rain, umbrella, street, night
1012 6 720x1280 Eli Stone: city, bridge, river
1013 8 1080x1920 Fay Adams: coffee, cup, close-up, pouring, morning
1014 5 1080x1920 Fay Adams: coffee, beans, macro, roasted
1015 11 1920x1080 Fay Adams: coffee, barista, cafe, people
1016 3 1080x1920 Fay Adams: coffee, cup, white, table
1017 14 1080x1920 Gus Hill: mountain, snow, peak, aerial, drone
1018 9 3840x2160 Gus Hill: mountain, lake, reflection, sunrise
1019 6 1080x1920 Gus Hill: mountain, hiking, people, trail
1020 25 1080x1920 Gus Hill: mountain, clouds, time, lapse
1021 7 2160x3840 Hana Ito: forest, trees, fog, morning, aerial
1022 10 1080x1920 Hana Ito: forest, river, waterfall, slow, motion
1023 5 1920x1080 Hana Ito: forest, deer, wildlife
1024 8 1080x1920 Ivo Kral: dog, running, park, slow, motion
1025 6 1080x1920 Ivo Kral: dog, puppy, close-up
1026 12 1920x1080 Ivo Kral: cat, sleeping, window
1027 5 1080x1920 Jo Park: flower, bee, macro, garden
1028 9 1080x1920 Jo Park: flower, field, sunset, summer
1029 16 1080x1920 Jo Park: flower, blooming, time, lapse
1030 6 1080x1920 Kim Lee: laptop, typing, office, close-up, hands
1031 10 3840x2160 Kim Lee: office, meeting, people, business
1032 7 1080x1920 Kim Lee: phone, hands, scrolling, night
1033 5 1080x1920 Lia Rossi: cooking, kitchen, vegetables, chopping
1034 8 1080x1920 Lia Rossi: bread, baking, oven, close-up
1035 13 1920x1080 Lia Rossi: restaurant, food, plate, chef
1036 6 1080x1920 Max Vogel: train, station, people, platform
1037 10 1080x1920 Max Vogel: car, road, driving, aerial
1038 30 1920x1080 Max Vogel: plane, sky, clouds, window
1039 5 1080x1920 Nia Diaz: dance, silhouette, sunset, people
1040 8 1080x1920 Nia Diaz: stars, sky, night, time, lapse
"""
_LINE = re.compile(r"(\d+) (\d+) (\d+)x(\d+) ([^:]+): (.+)")
MAX_SIDE_PX = 640


@dataclass(frozen=True)
class StockClip:
    """A clip of a library; ``tags`` are what it is found by."""

    number: int
    seconds: int
    width: int
    height: int
    author: str
    tags: tuple[str, ...]

    def sizes(self, shorter_px: Sequence[int]) -> list[tuple[int, int]]:
        """The sizes of its files, of those shorter sides that are not larger than its own."""
        shorter = min(self.width, self.height)
        return [
            (round(self.width * px / shorter / 2) * 2, round(self.height * px / shorter / 2) * 2)
            for px in shorter_px
            if px <= shorter
        ]


def catalogue() -> dict[int, StockClip]:
    """The clips by their numbers."""
    matches = [match for line in _CATALOGUE.strip().splitlines() if (match := _LINE.fullmatch(line))]
    clips = [
        StockClip(*(int(match[group]) for group in range(1, 5)), match[5], tuple(match[6].split(", ")))
        for match in matches
    ]
    return {clip.number: clip for clip in clips}


class StockEmulator(Emulator):
    """What both libraries do: search by tags, count requests, and send files.

    Attributes that tests change: ``clips``, ``limit`` (requests in the period of the limit), ``reset_s`` (seconds until
    it ends) and ``small`` (films have at most 640 pixels on their longer side). A search counts as an order.
    """

    limit: int
    reset_s: float
    pays: ClassVar = False
    waits: ClassVar = False
    queues: ClassVar = False
    fails: ClassVar = False
    moderates: ClassVar = False
    expires: ClassVar = False

    def __init__(self, port: int = 0, **options: Any) -> None:
        super().__init__(port, **options)
        self.clips = catalogue()
        self.small = True
        self.used = 0

    def matching(self, query: str) -> list[StockClip]:
        """The clips that have all words of a query as tags."""
        words = set(query.lower().split())
        return [clip for clip in self.clips.values() if words <= set(clip.tags)]

    def take_request(self) -> int | None:
        """Count a request; return how many remain, ``None`` if it is one too many."""
        with self.lock:
            if self.used >= self.limit:
                return None
            self.used += 1
            return self.limit - self.used

    def file_link(self, clip: StockClip, width: int, height: int) -> str:
        """A link to a file of a clip, valid for ``link_s``."""
        return f"{self.url}/results/{clip.number}/{width}x{height}.mp4?expires={time.time() + self.link_s:.3f}"

    @route("GET", r"/results/(\d+)/(\d+)x(\d+)\.mp4")
    def _result(self, call: Call, match: re.Match[str]) -> Reply:
        clip = self.clips.get(int(match[1]))
        if clip is None:
            return Reply(404, b"no such file")
        if time.time() > float(call.query.get("expires", "inf")):
            return Reply(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
        width, height = self._shown_size(int(match[2]), int(match[3]))
        body = self.film(text=" ".join(clip.tags), width=width, height=height, seconds=clip.seconds)
        return Reply(200, body, {"Content-Type": "video/mp4"})

    def _shown_size(self, width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, MAX_SIDE_PX / max(width, height)) if self.small else 1.0
        return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def page_of(items: Sequence[StockClip], query: Mapping[str, str], per_page: int) -> list[StockClip]:
    """The clips of the page that a request asks for."""
    first = (int(query.get("page", "1")) - 1) * per_page
    return list(items[first : first + per_page])


def is_whole(value: str, least: int, most: int) -> bool:
    """Whether a parameter is a whole number between two others."""
    return value.isdigit() and least <= int(value) <= most
