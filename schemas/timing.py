"""Time as the house counts it: whole milliseconds and whole frames, half-open, never a bare float."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

FPS = Fraction(30)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open ``[start_ms, end_ms)``."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"a span cannot end ({self.end_ms} ms) before it starts ({self.start_ms} ms)")

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def frames_of(ms: int, fps: Fraction = FPS) -> int:
    """The number of whole frames nearest to ``ms``; halves go up, so that sums stay monotonic."""
    return int((Fraction(ms) * fps / 1000 + Fraction(1, 2)).__floor__())


def ms_of(frame: int, fps: Fraction = FPS) -> int:
    """The whole millisecond nearest to the start of ``frame``; ``frames_of(ms_of(f)) == f`` up to 500 fps."""
    return int((Fraction(frame) * 1000 / fps + Fraction(1, 2)).__floor__())
