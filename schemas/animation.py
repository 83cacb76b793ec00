"""How captions and titles come into the picture, as data of a preset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from schemas import fields
from schemas.contract import Contract, Items
from schemas.fields import doc

ANIMATIONS = ("none", "fade", "rise", "pop")
UNITS = ("cue", "word")
# The largest factor of a keyframe: beyond it, a caption would become much smaller to keep its place for the pop.
MAX_KEYFRAME = 1.5


@dataclass(frozen=True, slots=True)
class Animation:
    """The way in which a text appears and disappears."""

    kind: str = "none"
    unit: str = "cue"
    ms: int = 130
    scales: tuple[float, ...] = (0.85, 1.06, 1.0)
    rise_em: float = 0.2
    out_ms: int = 0


class AnimationSchema(Contract[Animation]):
    dataclass_type = Animation
    kind = fields.Str(
        validate=validate.OneOf(ANIMATIONS),
        metadata=doc(
            "How the text appears: `fade` becomes opaque, `rise` becomes opaque while it rises, `pop` is "
            "scaled by `scales`."
        ),
    )
    unit = fields.Str(
        validate=validate.OneOf(UNITS),
        metadata=doc(
            "What appears at once: a whole `cue` when it begins, or each `word` when it is spoken. A title "
            "appears line by line instead of word by word."
        ),
    )
    ms = fields.Int(validate=validate.Range(30, 1000), metadata=doc("Time in which the text appears, in milliseconds."))
    scales = Items(
        fields.Float(validate=validate.Range(0.1, MAX_KEYFRAME)),
        validate=validate.Length(2, 8),
        metadata=doc("Factors of the size for `pop`, evenly spaced over `ms`; the last one is 1."),
    )
    rise_em = fields.Float(
        validate=validate.Range(0, 1), metadata=doc("Distance of `rise`, in the size of the letters.")
    )
    out_ms = fields.Int(
        validate=validate.Range(0, 1000),
        metadata=doc("Time in which the text fades at its end, in milliseconds; 0 ends without a fade."),
    )

    @validates_schema
    def _check_rest(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("scales", (1.0,))[-1] != 1.0:
            raise ValidationError("The last factor must be 1.", "scales")
