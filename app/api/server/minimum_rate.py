"""The minimum rate of an upload or a download."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class MinimumRate:
    """Measures a transfer over windows of ``window_s`` seconds.

    Each window counts alone: a transfer that begins fast must stay fast enough.
    """

    bytes_per_s: float
    window_s: float
    started_at: float
    _window_bytes: int = 0

    def is_missed(self, total_bytes: int, at: float) -> bool:
        """Whether the window that ends ``at`` was too slow. ``total_bytes`` counts from the start."""
        elapsed_s = at - self.started_at
        if elapsed_s < self.window_s:
            return False
        is_missed = total_bytes - self._window_bytes < self.bytes_per_s * elapsed_s
        self.started_at, self._window_bytes = at, total_bytes
        return is_missed
