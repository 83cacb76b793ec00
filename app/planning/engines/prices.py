"""What a clip costs by the prices of its model, exactly."""

from __future__ import annotations

from decimal import Decimal

from schemas.engine import Cost, EngineModel, Price
from schemas.money import ZERO


def price_of(model: EngineModel, seconds: int, resolution: str) -> Price | None:
    """Return the price of such a clip: the one that names its length and resolution, or the most of both.

    ``None`` if no price is for it.
    """
    fitting = [
        price for price in model.prices if price.resolution in (None, resolution) and price.seconds in (None, seconds)
    ]
    return max(fitting, key=lambda price: (price.seconds is not None) + (price.resolution is not None), default=None)


def cost_of(model: EngineModel, seconds: int, resolution: str) -> tuple[Cost, Cost]:
    """Return what a clip is expected to cost, and the most that it can cost.

    A model without prices costs nothing. Raises ``LookupError`` if it has prices and none is for such a clip.
    """
    if not model.prices:
        return Cost(), Cost()
    price = price_of(model, seconds, resolution)
    if price is None:
        raise LookupError(f"no price is known for {seconds} s{f' at {resolution}' if resolution else ''}")
    factor = seconds if price.per == "second" else 1
    expected = Cost(price.usd, price.units, price.unit)
    return times(expected, factor), times(_most(price), factor)


def times(cost: Cost, factor: int) -> Cost:
    """Return the cost of ``factor`` equal things."""
    return Cost(cost.usd * factor, None if cost.units is None else cost.units * factor, cost.unit)


def _most(price: Price) -> Cost:
    if price.max_usd is None or price.max_usd <= price.usd:
        return Cost(price.usd, price.units, price.unit)
    return Cost(price.max_usd, _scaled(price.units, price.max_usd, price.usd), price.unit)


def _scaled(units: Decimal | None, most: Decimal, usd: Decimal) -> Decimal | None:
    """Return the units of ``most`` if those of ``usd`` are known and the result is exact, else ``None``."""
    if units is None or usd == ZERO:
        return None
    scaled = units * most / usd
    return scaled if scaled * usd == units * most else None
