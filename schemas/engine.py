"""What an engine can do and what it costs, as data: workers publish it, the API and the policy read it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items, Plain
from schemas.fields import doc
from schemas.money import ZERO, Usd

PRICE_UNITS = ("second", "clip")
PROMPT_UNITS = ("characters", "utf16", "tokens")


def split_engine_name(name: str) -> tuple[str, str | None]:
    """Return the engine and the model that a request names: "runway:gen4_turbo", or "runway" without a model."""
    engine, _, model = name.partition(":")
    return engine, model or None


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a clip of one resolution and length; ``None`` means every resolution or length.

    ``usd`` is for each second or for the whole clip (``per``). ``max_usd`` is the upper end of a range, ``None`` for an
    exact price. ``units`` is the same amount as ``usd`` in the provider's own ``unit``, such as credits. ``source``
    says where the price is from.
    """

    usd: Decimal
    per: str = "second"
    max_usd: Decimal | None = None
    resolution: str | None = None
    seconds: int | None = None
    unit: str = "USD"
    units: Decimal | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class EngineModel:
    """One model of an engine: what it makes a clip from, and the clips that can be ordered.

    ``id`` is the provider's name, ``name`` the one that a request gives after the engine's ("runway:gen4_turbo").
    ``seconds`` are the lengths that can be ordered, shortest first; none means any length. ``aspects`` are
    width:height ("9:16"); none means any. ``resolutions`` are the provider's names ("720p"), lowest first; none means
    that the size is that of the film. ``shorter_side_px`` has the shorter side in pixels of each resolution, in the
    same order. A prompt may be ``prompt_limit`` ``prompt_unit`` long; 0 means that the model takes no prompt.
    """

    id: str
    name: str
    from_text: bool = True
    from_image: bool = False
    takes_last_image: bool = False
    seconds: tuple[int, ...] = ()
    aspects: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    shorter_side_px: tuple[int, ...] = ()
    prompt_limit: int = 1000
    prompt_unit: str = "characters"
    takes_negative_prompt: bool = False
    takes_seed: bool = False
    image_types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_image_bytes: int = 5_000_000
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The kinds of media that an engine renders, and its requirements.

    ``generates`` marks an engine that invents pixels: it never receives a user's picture of a brand-safe film.
    ``max_seconds`` is the longest clip that it renders; ``None`` means any length. ``models`` are those of a hosted
    engine, the preferred ones first. ``only_named`` marks an engine that is used only for a scene or a request that
    names it.
    """

    media: tuple[str, ...]
    generates: bool = False
    needs_network: bool = False
    costs_money: bool = False
    max_seconds: float | None = None
    models: tuple[EngineModel, ...] = ()
    only_named: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of money: in US dollars and, if the provider counts in its own ``unit``, as ``units`` of it."""

    usd: Decimal = ZERO
    units: Decimal | None = None
    unit: str = "USD"


class PriceSchema(Contract[Price]):
    dataclass_type = Price
    usd = Usd(required=True, metadata=doc("Price in US dollars, for each second or for the clip; see `per`."))
    per = fields.Str(
        validate=validate.OneOf(PRICE_UNITS), metadata=doc("What `usd` is for: each `second`, or the whole `clip`.")
    )
    max_usd = Usd(allow_none=True, metadata=doc("Upper end of the range; null for an exact price."))
    resolution = fields.Str(allow_none=True, metadata=doc("Resolution of the clip; null is every resolution."))
    seconds = fields.Int(
        allow_none=True, validate=validate.Range(1), metadata=doc("Length of the clip; null is every length.")
    )
    unit = fields.Str(metadata=doc("Unit in which the provider counts, such as `credits`."))
    units = Usd(allow_none=True, metadata=doc("The price in that unit; null if it is US dollars."))
    source = fields.Str(metadata=doc("Where the price is from."))


class EngineModelSchema(Contract[EngineModel]):
    dataclass_type = EngineModel
    id = fields.Str(required=True, metadata=doc("The provider's name of the model."))
    name = fields.Str(required=True, metadata=doc("The name that a request gives after the engine's."))
    from_text = fields.Bool(metadata=doc("Whether it makes a clip from a prompt alone."))
    from_image = fields.Bool(metadata=doc("Whether it makes a clip from a first picture."))
    takes_last_image = fields.Bool(metadata=doc("Whether it takes a last picture too."))
    seconds = Items(fields.Int(), metadata=doc("Lengths that can be ordered; empty is any length."))
    aspects = Items(fields.Str(), metadata=doc("Aspect ratios that can be ordered; empty is any."))
    resolutions = Items(fields.Str(), metadata=doc("Resolutions that can be ordered, lowest first."))
    shorter_side_px = Items(fields.Int(), metadata=doc("Shorter side of each resolution in pixels."))
    prompt_limit = fields.Int(metadata=doc("Greatest length of the prompt; 0 if it takes none."))
    prompt_unit = fields.Str(
        validate=validate.OneOf(PROMPT_UNITS), metadata=doc("What the length of the prompt is counted in.")
    )
    takes_negative_prompt = fields.Bool(metadata=doc("Whether it takes a prompt of what must not be shown."))
    takes_seed = fields.Bool(metadata=doc("Whether it takes a seed."))
    image_types = Items(fields.Str(), metadata=doc("Content types of the pictures that it takes."))
    max_image_bytes = fields.Int(metadata=doc("Greatest size of a picture in bytes."))
    prices = Items(fields.Nested(PriceSchema), metadata=doc("Prices; empty if it costs nothing."))


class CapabilitiesSchema(Contract[Capabilities]):
    dataclass_type = Capabilities
    later: ClassVar[Plain] = {"models": [], "only_named": False}
    media = Items(fields.Str(), required=True, metadata=doc("Kinds of media that it renders."))
    generates = fields.Bool(metadata=doc("Whether it invents pixels."))
    needs_network = fields.Bool(metadata=doc("Whether it needs the network."))
    costs_money = fields.Bool(metadata=doc("Whether it costs money."))
    max_seconds = fields.Float(allow_none=True, metadata=doc("Longest clip in seconds; null is any length."))
    models = Items(fields.Nested(EngineModelSchema), metadata=doc("The models of a hosted engine."))
    only_named = fields.Bool(metadata=doc("Whether only a scene or a request that names it uses it."))
