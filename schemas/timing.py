"""Units of time: whole milliseconds and whole frames in half-open intervals, never floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

FPS = Fraction(30)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open interval ``[start_ms, end_ms)``."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"a span cannot end ({self.end_ms} ms) before it starts ({self.start_ms} ms)")

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def frames_of(ms: int, fps: Fraction = FPS) -> int:
    """Return ``ms`` in frames, rounded to the nearest; halves are rounded up, so that the result is monotonic."""
    return int((Fraction(ms) * fps / 1000 + Fraction(1, 2)).__floor__())


def ms_of(frame: int, fps: Fraction = FPS) -> int:
    """Return the start of ``frame`` in ms, rounded to the nearest; ``frames_of(ms_of(f)) == f`` up to 500 fps."""
    return int((Fraction(frame) * 1000 / fps + Fraction(1, 2)).__floor__())
