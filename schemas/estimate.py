"""The estimate of a film: what each scene would be ordered from, and what that costs, before anything is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from marshmallow import validate

from schemas import fields
from schemas.clip import Fallback, FallbackSchema
from schemas.contract import Contract, Items
from schemas.fields import doc
from schemas.money import ZERO, Usd

CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class SceneEstimate:
    """The estimate of one scene.

    ``usd`` is the expected price of all takes, ``max_usd`` the most that they can cost. ``units`` and ``max_units`` are
    the same amounts in the provider's own ``unit``, ``None`` if it counts in US dollars or if they are not known.
    """

    scene: int
    engine: str
    model: str | None = None
    seconds: int = 0
    takes: int = 1
    usd: Decimal = ZERO
    max_usd: Decimal = ZERO
    unit: str = CURRENCY
    units: Decimal | None = None
    max_units: Decimal | None = None
    source: str = ""
    why: str = ""
    rejected: tuple[Fallback, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineEstimate:
    """The sum of what would be ordered from one engine, which counts in ``unit``."""

    engine: str
    clips: int
    usd: Decimal = ZERO
    max_usd: Decimal = ZERO
    unit: str = CURRENCY
    units: Decimal | None = None
    max_units: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimate of a film: its scenes, the engines that cost money, and the sums of all."""

    scenes: tuple[SceneEstimate, ...]
    engines: tuple[EngineEstimate, ...] = ()
    usd: Decimal = ZERO
    max_usd: Decimal = ZERO
    currency: str = CURRENCY
    budget_usd: Decimal | None = None


def _amounts() -> dict[str, fields.Field[Decimal]]:
    return {
        "usd": Usd(metadata=doc("Expected price in US dollars.")),
        "max_usd": Usd(metadata=doc("The most that it can cost in US dollars.")),
        "units": Usd(allow_none=True, metadata=doc("The expected price in `unit`; null if it is not known.")),
        "max_units": Usd(allow_none=True, metadata=doc("The most that it can cost in `unit`; null if not known.")),
    }


class SceneEstimateSchema(Contract[SceneEstimate]):
    dataclass_type = SceneEstimate
    scene = fields.Int(required=True, metadata=doc("Number of the scene."))
    engine = fields.Str(
        required=True,
        metadata=doc("Engine that is tried first; `template` if none can render the scene: its words on colours."),
    )
    model = fields.Str(allow_none=True, metadata=doc("Name of the model; null for an engine without models."))
    seconds = fields.Int(metadata=doc("Length of each clip in seconds."))
    takes = fields.Int(validate=validate.Range(1), metadata=doc("Number of clips that are ordered."))
    usd, max_usd, units, max_units = _amounts().values()
    unit = fields.Str(metadata=doc("Unit in which the provider counts, such as `credits`."))
    source = fields.Str(metadata=doc("Where the price is from; empty if it costs nothing."))
    why = fields.Str(metadata=doc("Why this engine is used."))
    rejected = Items(
        fields.Nested(FallbackSchema), metadata=doc("Engines and models that are not used, each with the reason.")
    )


class EngineEstimateSchema(Contract[EngineEstimate]):
    dataclass_type = EngineEstimate
    engine = fields.Str(required=True, metadata=doc("Name of the engine."))
    clips = fields.Int(required=True, metadata=doc("Number of clips that are ordered."))
    usd, max_usd, units, max_units = _amounts().values()
    unit = fields.Str(metadata=doc("Unit in which the provider counts, such as `credits`."))


class EstimateSchema(Contract[Estimate]):
    dataclass_type = Estimate
    scenes = Items(fields.Nested(SceneEstimateSchema), required=True, metadata=doc("The scenes, in order."))
    engines = Items(fields.Nested(EngineEstimateSchema), metadata=doc("The engines that cost money."))
    usd = Usd(metadata=doc("Expected price of the film in US dollars."))
    max_usd = Usd(metadata=doc("The most that the film can cost in US dollars."))
    currency = fields.Str(metadata=doc("Currency of the amounts."))
    budget_usd = Usd(allow_none=True, metadata=doc("The budget of the request in US dollars; null is no limit."))
