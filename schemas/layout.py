"""A layout: where the pictures and the words of a scene are in the frame, one YAML file in ``presets/layouts``.

All rectangles are shares of the frame's width and height.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import ValidationError, validate, validates_schema

from schemas import fields
from schemas.contract import NAME, Contract, Items, Plain
from schemas.fields import doc
from schemas.frame import ASPECTS
from schemas.preset import POSITIONS
from schemas.region import Region, RegionSchema

BACKGROUNDS = ("blur", "palette")
WHOLE_FRAME = Region(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Zone:
    """The area in which words are placed.

    Words never leave the preset's safe zone, so what counts is the part of ``area`` inside it.
    """

    area: Region = WHOLE_FRAME
    position: str = "bottom"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The layout for one aspect; later panels lie over earlier ones."""

    panels: tuple[Region, ...]
    captions: Zone | None = None
    titles: Zone | None = None
    icons: Zone | None = None
    images: Zone | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pictures and the words of a scene are in the frame."""

    id: str
    name: str
    description: str
    arrangements: Mapping[str, Arrangement]
    radius: float = 0.0
    shadow: bool = False
    background: str = "palette"
    dim: float = 0.0
    caption_scale: float = 1.0
    with_title: str | None = None
    title_alone: str | None = None

    @property
    def pictures(self) -> int:
        """The number of pictures that the layout shows."""
        return len(next(iter(self.arrangements.values())).panels)

    @property
    def is_plain(self) -> bool:
        """Whether one picture fills the frame: its camera and shots are those of a scene without a layout."""
        return all(arrangement.panels == (WHOLE_FRAME,) for arrangement in self.arrangements.values())

    @property
    def has_cards(self) -> bool:
        """Whether its pictures are cards on a ground that is seen around them."""
        return self.shadow and all(
            WHOLE_FRAME not in arrangement.panels and arrangement.panels for arrangement in self.arrangements.values()
        )

    @property
    def has_single_card(self) -> bool:
        """Whether it shows one picture as a card, which has the shape in which the picture keeps its subject."""
        return self.has_cards and self.pictures == 1


class ZoneSchema(Contract[Zone]):
    dataclass_type = Zone
    area = fields.Nested(
        RegionSchema, metadata=doc("The area; what counts is its part inside the safe zone of the preset.")
    )
    position = fields.Str(validate=validate.OneOf(POSITIONS), metadata=doc("Place of the words in the area."))


class ArrangementSchema(Contract[Arrangement]):
    dataclass_type = Arrangement
    later: ClassVar[Plain] = {"icons": None, "images": None}
    panels = Items(
        fields.Nested(RegionSchema),
        required=True,
        validate=validate.Length(0, 4),
        metadata=doc("One area for each picture, in order; later ones lie over earlier ones."),
    )
    captions = fields.Nested(
        ZoneSchema, allow_none=True, metadata=doc("Zone of the captions; null is where the preset has them.")
    )
    titles = fields.Nested(
        ZoneSchema, allow_none=True, metadata=doc("Zone of the titles; null is where the preset has them.")
    )
    icons = fields.Nested(
        ZoneSchema,
        allow_none=True,
        metadata=doc("Zone of large emoji, and of the cards of amounts, which alternate with them."),
    )
    images = fields.Nested(
        ZoneSchema,
        allow_none=True,
        metadata=doc("Zone of images with a shadow over the picture, such as products; no words are placed in it."),
    )


class LayoutSchema(Contract[Layout]):
    dataclass_type = Layout
    id = fields.Str(required=True, validate=NAME, metadata=doc("Id of the layout, the name of its file."))
    name = fields.Str(required=True, validate=validate.Length(1, 80), metadata=doc("Name for users."))
    description = fields.Str(required=True, validate=validate.Length(1, 400), metadata=doc("Description for users."))
    arrangements = fields.Dict(
        keys=fields.Str(validate=validate.OneOf(list(ASPECTS))),
        values=fields.Nested(ArrangementSchema),
        required=True,
        metadata=doc("The arrangement for each aspect."),
    )
    radius = fields.Float(
        validate=validate.Range(0, 0.2),
        metadata=doc("Radius of the corners of the panels, as a share of the frame's shorter side."),
    )
    shadow = fields.Bool(metadata=doc("Whether the panels have a soft shadow."))
    background = fields.Str(
        validate=validate.OneOf(BACKGROUNDS),
        metadata=doc(
            "What is behind the panels: the first picture with a `blur`, or the colours of the preset's `palette`."
        ),
    )
    dim = fields.Float(
        validate=validate.Range(0, 0.9), metadata=doc("By how much pictures under words are darkened, as a share.")
    )
    caption_scale = fields.Float(validate=validate.Range(0.5, 2), metadata=doc("Factor of the size of captions."))
    with_title = fields.Str(
        allow_none=True,
        validate=NAME,
        metadata=doc("Id of the layout that takes its place in a scene with a headline and captions."),
    )
    title_alone = fields.Str(
        allow_none=True,
        validate=NAME,
        metadata=doc("Id of the layout that takes its place in a scene whose headline stands in for the captions."),
    )

    @validates_schema
    def _check_arrangements(self, data: dict[str, Any], **_: Any) -> None:
        missing = [aspect for aspect in ASPECTS if aspect not in data["arrangements"]]
        if missing:
            raise ValidationError(f"There is no arrangement for {', '.join(missing)}.", "arrangements")
        if len({len(arrangement.panels) for arrangement in data["arrangements"].values()}) > 1:
            raise ValidationError("Every aspect must have the same number of panels.", "arrangements")
