"""The credit of a stock video, which its provider asks to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engines.stock_footage.video import StockVideo

TITLES = {"pexels": "Pexels", "pixabay": "Pixabay"}
LICENCES = {
    "pexels": "Pexels License, https://www.pexels.com/license/",
    "pixabay": "Pixabay Content License, https://pixabay.com/service/license-summary/",
}


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made a video, and the pages of the author and of the video at the ``provider``."""

    provider: str
    author: str
    author_url: str
    page_url: str

    def text(self) -> str:
        """Return the credit as one line, such as "Video by Jane Doe on Pexels"."""
        title = TITLES.get(self.provider, self.provider)
        return f"Video by {self.author} on {title}" if self.author else f"Video from {title}"

    def plain(self) -> dict[str, str]:
        """Return the credit as JSON-ready data."""
        return asdict(self)


def credit_of(video: StockVideo) -> Credit:
    """Return the credit of a video."""
    return Credit(video.provider, video.author, video.author_url, video.page_url)


def read_credit(plain: Mapping[str, Any]) -> Credit:
    """Return the credit of ``Credit.plain``."""
    names = ("provider", "author", "author_url", "page_url")
    return Credit(**{name: str(plain.get(name) or "") for name in names})


def licence_of(provider: str) -> str:
    """Return the name of the licence of a provider's videos, and its address."""
    return LICENCES.get(provider, "")
