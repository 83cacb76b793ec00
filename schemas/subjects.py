"""What is seen in a picture: its faces, its subject, the point that must stay in the frame, and its tone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marshmallow import fields, validate

from schemas.contract import Contract, Items, Plain
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema

WHOLE_PICTURE = Region(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Tone:
    """The luma of a picture, 0 … 255, at the points of a grid of ``side`` × ``side``.

    ``luma`` has two hex digits for each point, row by row.
    """

    side: int
    luma: str

    def levels(self, part: Region = WHOLE_PICTURE) -> bytes:
        """Return the luma of the points in a part of the picture, at least of one."""
        points, side = bytes.fromhex(self.luma), self.side
        rows, columns = (_points(start, end, side) for start, end in ((part.top, part.bottom), (part.left, part.right)))
        return b"".join(points[row * side + columns.start : row * side + columns.stop] for row in rows)


def _points(start: float, end: float, side: int) -> range:
    first = min(side - 1, max(0, round(start * side)))
    return range(first, max(first + 1, min(side, round(end * side))))


@dataclass(frozen=True, slots=True)
class Subjects:
    """The faces of a picture, largest first, its subject and the point that must stay in the frame.

    ``subject`` is ``None`` for a picture without a salient part. ``tone`` is ``None`` for a picture with alpha.
    """

    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    focus: Focus = Focus()
    tone: Tone | None = None


class ToneSchema(Contract[Tone]):
    dataclass_type = Tone
    side = fields.Int(required=True, validate=validate.Range(1))
    luma = fields.Str(required=True, validate=validate.Regexp(r"^(?:[0-9a-f]{2})+\Z"))


class SubjectsSchema(Contract[Subjects]):
    dataclass_type = Subjects
    later: ClassVar[Plain] = {"tone": None}
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    focus = fields.Nested(FocusSchema)
    tone = fields.Nested(ToneSchema, allow_none=True)
