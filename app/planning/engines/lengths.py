"""Which length, aspect and resolution to order from a model, for a scene of some length and a film of some size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from app.planning.engines.constraints import Constraints
from app.planning.timing.clip_fit import MAX_UNSLOWED_GAP_MS
from schemas.engine import EngineModel
from schemas.frame import aspect_of
from schemas.preset import Pacing

# The greatest share of a clip's picture that may be cut off to fill the frame of the film: 3:4 fills 9:16 (25 %), and
# 1:1 does not (44 %).
MAX_CROP = 0.3


@dataclass(frozen=True, slots=True)
class Format:
    """What is ordered: ``seconds``, the model's ``aspect`` and ``resolution``, which is empty if it has none."""

    seconds: int
    aspect: str
    resolution: str


def format_for(
    model: EngineModel | None, max_seconds: float | None, seconds: float, constraints: Constraints
) -> Format | str:
    """Return what to order for a scene of ``seconds``, or the reason why nothing that can be ordered fits."""
    lengths = model.seconds if model else ()
    length = order_seconds(lengths, max_seconds, seconds, constraints.pacing)
    if length is None:
        longest = max(lengths, default=max_seconds or 0)
        return f"it renders {min(longest, max_seconds or longest):g} s at most, the scene lasts {seconds:.4g} s"
    aspect = order_aspect(model.aspects if model else (), constraints)
    if (loss := crop(ratio_of(aspect), constraints.ratio)) > MAX_CROP:
        film = aspect_of(constraints.width, constraints.height)
        return f"its nearest aspect is {aspect}: {loss:.0%} of the picture would be cut off for {film}"
    return Format(length, aspect, order_resolution(model, constraints) if model else "")


def order_seconds(lengths: Sequence[int], max_seconds: float | None, seconds: float, pacing: Pacing) -> int | None:
    """Return the shortest length that can be ordered and fills ``seconds``, else the longest if it can be stretched.

    ``lengths`` are those of the model, empty for any whole number; none is above ``max_seconds``. A clip that lacks a
    tenth of a second is held for it, as in ``clip_fit``. ``None`` if even the longest one, played as slowly as the
    preset allows and then held as long as it allows, is too short.
    """
    gap_s = min(MAX_UNSLOWED_GAP_MS, pacing.max_hold_ms) / 1000
    needed = max(1, ceil(round(seconds - gap_s, 6)))
    offered = sorted(length for length in lengths if max_seconds is None or length <= max_seconds)
    if not lengths:
        offered = [needed if max_seconds is None else min(needed, floor(max_seconds))]
    enough = next((length for length in offered if length >= seconds - gap_s), None)
    if enough is not None or not offered or offered[-1] < 1:
        return enough
    return offered[-1] if seconds <= stretched_s(offered[-1], pacing) else None


def stretched_s(seconds: float, pacing: Pacing) -> float:
    """Return how long a clip of ``seconds`` can fill a scene: at the preset's lowest speed, then held."""
    return seconds / pacing.slowest + pacing.max_hold_ms / 1000


def order_aspect(aspects: Sequence[str], constraints: Constraints) -> str:
    """Return the aspect of which the least is cut off for the film; that of the film if any can be ordered."""
    if not aspects:
        return aspect_of(constraints.width, constraints.height)
    return min(aspects, key=lambda aspect: crop(ratio_of(aspect), constraints.ratio))


def ratio_of(aspect: str) -> Fraction:
    width, _, height = aspect.partition(":")
    return Fraction(int(width), int(height))


def crop(picture: Fraction, frame: Fraction) -> float:
    """Return the share of a picture that is cut off if it fills a frame; both are width to height."""
    return float(1 - min(picture / frame, frame / picture))


def order_resolution(model: EngineModel, constraints: Constraints) -> str:
    """Return the lowest resolution that is as large as the film, else the highest; empty if the model has none."""
    shorter_side = min(constraints.width, constraints.height)
    enough = (name for name, px in zip(model.resolutions, model.shorter_side_px, strict=False) if px >= shorter_side)
    return next(enough, model.resolutions[-1] if model.resolutions else "")
