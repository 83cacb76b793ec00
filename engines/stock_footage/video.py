"""A video in a library of stock footage, as a search returns it, and the files in which it can be downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StockFile:
    """One MP4 file of a video: where it is, and its size in pixels."""

    link: str
    width: int
    height: int

    @property
    def shorter_px(self) -> int:
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True)
class StockVideo:
    """A video of a ``provider``; ``number`` is the provider's id. ``files`` are those that can be used."""

    provider: str
    number: int
    width: int
    height: int
    seconds: int
    page_url: str
    author: str
    author_url: str
    files: tuple[StockFile, ...]

    @property
    def id(self) -> str:
        """The id among all providers, such as "pexels:1234"."""
        return f"{self.provider}:{self.number}"


def plain_video(video: StockVideo) -> dict[str, Any]:
    """Return the video as JSON-ready data."""
    return asdict(video)


def read_video(plain: Mapping[str, Any]) -> StockVideo:
    """Return the video of ``plain_video``. Raises ``KeyError`` or ``TypeError`` for other data."""
    files = tuple(StockFile(**file) for file in plain["files"])
    return StockVideo(**{**plain, "files": files})


def usable_files(files: list[StockFile]) -> tuple[StockFile, ...]:
    """Return the files that have an address and a size, smallest first."""
    usable = [file for file in files if file.link.startswith(("http://", "https://")) and file.shorter_px > 0]
    return tuple(sorted(usable, key=lambda file: (file.shorter_px, file.width * file.height, file.link)))
