"""Exposure and contrast of one picture: a curve for its luma that keeps black, white and their order.

With ``odds = v / (1 − v)`` of a luma ``v`` (gamma-encoded, 0 … 1), the new odds are ``(2^stops · odds)^contrast``. Near
black this is a gain, near white it bends so that white stays white: nothing is clipped, and the noise of shadows grows
by the gain at most. Contrast is around middle grey. Chroma is scaled by one factor, so that a brighter picture does not
look faded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from schemas import fields
from schemas.contract import Contract

# The range of both values.
MAX_STOPS, MAX_CONTRAST = 3.0, 2.5
# The largest factor of chroma; more would leave the gamut.
_MAX_CHROMA_GAIN = 1.35


@dataclass(frozen=True, slots=True)
class Exposure:
    """``stops`` above 0 brighten; ``contrast`` above 1 moves levels away from middle grey."""

    stops: float = 0.0
    contrast: float = 1.0

    @property
    def is_neutral(self) -> bool:
        return self == Exposure()

    @property
    def chroma_gain(self) -> float:
        return min(_MAX_CHROMA_GAIN, math.pow(2, self.stops / 4) * math.pow(self.contrast, 1 / 3))

    def level(self, luma: float) -> float:
        """Return the new luma of ``luma``, both 0 … 1."""
        if luma <= 0 or luma >= 1:
            return min(1.0, max(0.0, luma))
        return 1 / (1 + math.pow((1 - luma) / (luma * math.pow(2, self.stops)), self.contrast))


NEUTRAL = Exposure()


def stops_between(luma: float, wanted: float, contrast: float = 1.0) -> float:
    """Return the stops that change ``luma`` to ``wanted`` (both above 0 and below 1) with this contrast."""
    return (log_odds(wanted) / contrast - log_odds(luma)) / math.log(2)


def log_odds(luma: float) -> float:
    return math.log(luma / (1 - luma))


def luma_with(odds: float) -> float:
    """Return the luma with these ``log_odds``."""
    return 1 / (1 + math.exp(-odds))


class ExposureSchema(Contract[Exposure]):
    dataclass_type = Exposure
    stops = fields.Float()
    contrast = fields.Float()
