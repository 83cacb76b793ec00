"""How captions and titles come into the picture, as data of a preset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.contract import Contract, Items

ANIMATIONS = ("none", "fade", "rise", "pop")
UNITS = ("cue", "word")
# The largest factor of a keyframe: beyond it, a caption would become much smaller to keep its place for the pop.
MAX_KEYFRAME = 1.5


@dataclass(frozen=True, slots=True)
class Animation:
    """The way in which a text appears, and how long it takes to fade out.

    ``kind`` is one of ``ANIMATIONS``: "fade" becomes opaque, "rise" becomes opaque while it rises by ``rise_em``, "pop"
    is scaled by the keyframes ``scales``, which are evenly spaced over ``ms``; its last factor is 1. ``unit`` says what
    appears at once: a whole "cue" when it begins, or each "word" when it is spoken. Only captions have words; a title
    appears line by line instead. ``out_ms`` is the time of the fade at the end; 0 ends without one.
    """

    kind: str = "none"
    unit: str = "cue"
    ms: int = 130
    scales: tuple[float, ...] = (0.85, 1.06, 1.0)
    rise_em: float = 0.2
    out_ms: int = 0


class AnimationSchema(Contract[Animation]):
    dataclass_type = Animation
    kind = fields.Str(validate=validate.OneOf(ANIMATIONS))
    unit = fields.Str(validate=validate.OneOf(UNITS))
    ms = fields.Int(validate=validate.Range(30, 1000))
    scales = Items(fields.Float(validate=validate.Range(0.1, MAX_KEYFRAME)), validate=validate.Length(2, 8))
    rise_em = fields.Float(validate=validate.Range(0, 1))
    out_ms = fields.Int(validate=validate.Range(0, 1000))

    @validates_schema
    def _check_rest(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("scales", (1.0,))[-1] != 1.0:
            raise ValidationError("The last factor must be 1.", "scales")
