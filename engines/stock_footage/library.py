"""The protocol of libraries of stock footage."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from engines.stock_footage.video import StockVideo
from schemas.order import ClipOrder


class StockLibrary(Protocol):
    """A library of stock footage. Each method raises ``ProviderBusy``, ``ProviderClosed`` or ``ProviderRefused``."""

    @property
    def name(self) -> str: ...

    def search(self, query: str, language: str, order: ClipOrder) -> tuple[StockVideo, ...]:
        """Return the videos for a query, the most relevant first; kept results are used for a day."""

    def video(self, number: int) -> StockVideo:
        """Return a video with fresh links. Raises ``ProviderRefused`` if it was removed."""

    def download(self, link: str, path: Path) -> None:
        """Download a file. Raises ``ProviderBusy`` with the reason ``LINK_EXPIRED`` if a fresh link is needed."""
