"""A rectangular part of a picture, such as a face or the subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from schemas import fields
from schemas.contract import Contract
from schemas.fields import doc

# The margin around a face that stays in the frame, in sizes of the face: forehead, chin and ears.
FACE_MARGIN = 0.2
# Words may cover this share of the subject of a picture.
SUBJECT_SHARE = 0.1
# The upper part of a subject that fills its frame or panel, which words must not hide: its head, its face or its label.
UPPER_PART = 2 / 3
# Regions are in whole thousandths, so that edges may be apart by this much and count as equal.
ROUNDING = 0.002


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangular part of a picture or frame, upright as it is shown."""

    left: float
    top: float
    width: float
    height: float

    def even_box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, width and height in pixels of a frame of this size, all even to match chroma samples."""
        left, right = (2 * round(x * width / 2) for x in (self.left, self.left + self.width))
        top, bottom = (2 * round(y * height / 2) for y in (self.top, self.top + self.height))
        return left, top, max(2, right - left), max(2, bottom - top)

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def grown(self, share: float) -> Region:
        """Return the region with a margin of ``share`` of its own size at each side, inside the picture."""
        across, down = share * self.width, share * self.height
        left, top = max(0.0, self.left - across), max(0.0, self.top - down)
        return Region(left, top, min(1.0, self.right + across) - left, min(1.0, self.bottom + down) - top)

    def holds(self, region: Region) -> bool:
        """Return whether ``region``, whose edges are rounded, is inside this one."""
        return (
            self.left <= region.left + ROUNDING
            and self.right >= region.right - ROUNDING
            and self.top <= region.top + ROUNDING
            and self.bottom >= region.bottom - ROUNDING
        )

    @property
    def centre(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2


class RegionSchema(Contract[Region]):
    dataclass_type = Region
    left = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata=doc("Left edge, as a share of the width.")
    )
    top = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata=doc("Upper edge, as a share of the height.")
    )
    width = fields.Float(
        required=True, validate=validate.Range(0.001, 1), metadata=doc("Width, as a share of the whole width.")
    )
    height = fields.Float(
        required=True, validate=validate.Range(0.001, 1), metadata=doc("Height, as a share of the whole height.")
    )

    @validates_schema
    def _check_inside_the_picture(self, data: dict[str, Any], **_: Any) -> None:
        # A rounded edge may lie a little outside.
        if data["left"] + data["width"] > 1.001:
            raise ValidationError("It ends outside the picture.", "width")
        if data["top"] + data["height"] > 1.001:
            raise ValidationError("It ends outside the picture.", "height")
