"""What is seen in a picture: its faces, its subject and the point that must stay in the frame."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields

from schemas.contract import Contract, Items
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema


@dataclass(frozen=True, slots=True)
class Subjects:
    """The faces of a picture, largest first, its subject and the point that must stay in the frame.

    ``subject`` is ``None`` for a picture without a salient part.
    """

    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    focus: Focus = Focus()


class SubjectsSchema(Contract[Subjects]):
    dataclass_type = Subjects
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    focus = fields.Nested(FocusSchema)
