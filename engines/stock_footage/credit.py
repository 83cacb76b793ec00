"""The credit of a stock video, which its provider asks to show."""

from __future__ import annotations

from engines.stock_footage.video import StockVideo
from schemas.clip import Credit


def credit_of(video: StockVideo) -> Credit:
    """Return the credit of a video."""
    return Credit(video.provider, video.author, video.author_url, video.page_url)
