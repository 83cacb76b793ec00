"""What is known of a plate beside its pixels; stored next to it."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields

from schemas.clip import Motion, MotionSchema
from schemas.contract import Contract, Items
from schemas.region import Region, RegionSchema


@dataclass(frozen=True, slots=True)
class PlateFacts:
    """The camera's motion over a plate, the faces and the subject in shares of the plate, and its width ÷ height.

    ``picture`` is the area of a whole picture on a background, and ``part`` is the part of a picture that fills the
    plate; ``views`` are those of ``schemas.clip.Clip``.
    """

    motion: Motion
    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    aspect: float | None = None
    picture: Region | None = None
    views: tuple[Motion, ...] = ()
    part: Region | None = None


class PlateFactsSchema(Contract[PlateFacts]):
    dataclass_type = PlateFacts
    motion = fields.Nested(MotionSchema, required=True)
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    aspect = fields.Float(allow_none=True)
    picture = fields.Nested(RegionSchema, allow_none=True)
    views = Items(fields.Nested(MotionSchema))
    part = fields.Nested(RegionSchema, allow_none=True)
