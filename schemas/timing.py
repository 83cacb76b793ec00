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
    # In whole numbers: a film calls this many thousand times, and sums of fractions take ten times as long.
    return (2 * ms * fps.numerator + 1000 * fps.denominator) // (2000 * fps.denominator)


def ms_of(frame: int, fps: Fraction = FPS) -> int:
    """Return the start of ``frame`` in ms, rounded to the nearest; ``frames_of(ms_of(f)) == f`` up to 500 fps."""
    return (2000 * frame * fps.denominator + fps.numerator) // (2 * fps.numerator)
