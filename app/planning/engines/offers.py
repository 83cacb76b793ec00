"""What is known of an engine: what it can do, or why it is not available now."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from schemas.engine import Capabilities


@dataclass(frozen=True, slots=True)
class Offer:
    """One engine: its capabilities, or the reason why it is missing.

    ``breaker`` is the last failure of an engine whose circuit breaker is open, and ``open_s`` the time in seconds until
    the next trial; 0 if orders are sent to it.
    """

    capabilities: Capabilities | None = None
    missing: str | None = None
    breaker: str = ""
    open_s: float = 0.0

    @property
    def costs_money(self) -> bool:
        return self.capabilities is not None and self.capabilities.costs_money

    @property
    def unavailable(self) -> str | None:
        """Why nothing can be ordered from it now; ``None`` if something can."""
        if self.missing or self.capabilities is None:
            return self.missing or "it is not configured"
        if self.open_s > 0:
            return f"it is not used for {ceil(self.open_s)} s after failures: {self.breaker or 'no reason is known'}"
        return None
