"""An order at a provider: what is ordered, as plain data, and the states between reservation and settlement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items, Plain, Rate


class OrderState(StrEnum):
    """The states of an order.

    ``reserved``: its money is reserved and nothing was sent, or it is being sent. ``submitted``: the provider has
    accepted it, and its id is stored. ``settled``: the provider has finished it and charged for it. ``failed``: the
    provider ended it without a result; ``cancelled``: it was withdrawn. ``ambiguous``: it was sent, and it is unknown
    whether the provider has accepted it; it is never sent again by itself.
    """

    RESERVED = "reserved"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    FAILED = "failed"
    AMBIGUOUS = "ambiguous"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the provider may still change it."""
        return self in OPEN


OPEN = frozenset({OrderState.RESERVED, OrderState.SUBMITTED})
# The states whose reservation counts against a budget, besides what was really charged.
HELD = frozenset({OrderState.RESERVED, OrderState.SUBMITTED, OrderState.AMBIGUOUS})


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """A clip to be made by a model of a hosted engine; policy and prompt builder have decided everything in it.

    ``model`` is the id of an ``EngineModel``; ``seconds``, ``aspect`` and ``resolution`` are among those that it
    offers, and the prompt is within its limit. ``image`` and ``last_image`` are storage keys of JPEG or PNG files
    within its limits. ``width``, ``height`` and ``fps`` are those of the film. ``query`` is the text for a search of
    stock footage, ``taken`` are ids that the film has already. ``seed`` is 0 … 2**31 - 1.
    """

    model: str
    prompt: str = ""
    negative_prompt: str = ""
    seconds: int = 5
    aspect: str = "9:16"
    resolution: str = ""
    seed: int = 0
    image: str | None = None
    last_image: str | None = None
    width: int = 1080
    height: int = 1920
    fps: Fraction = Fraction(30)
    query: str = ""
    taken: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The storage keys of its pictures."""
        return tuple(key for key in (self.image, self.last_image) if key)


class ClipOrderSchema(Contract[ClipOrder]):
    dataclass_type = ClipOrder
    later: ClassVar[Plain] = {"query": "", "taken": []}
    model = fields.Str(required=True)
    prompt = fields.Str()
    negative_prompt = fields.Str()
    seconds = fields.Int(validate=validate.Range(1))
    aspect = fields.Str()
    resolution = fields.Str()
    seed = fields.Int(validate=validate.Range(0, 2**31 - 1))
    image = fields.Str(allow_none=True)
    last_image = fields.Str(allow_none=True)
    width = fields.Int(validate=validate.Range(2))
    height = fields.Int(validate=validate.Range(2))
    fps = Rate()
    query = fields.Str()
    taken = Items(fields.Str())
