"""Written words that a voice says otherwise, as in SSML."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract
from schemas.fields import doc

MAX_ALIASES = 200
MAX_ALIAS = 300


@dataclass(frozen=True, slots=True)
class Alias:
    """Words as they are ``written``, and shown in captions, and as they are ``spoken``."""

    written: str
    spoken: str


class AliasSchema(Contract[Alias]):
    dataclass_type = Alias
    written = fields.Str(
        required=True, validate=validate.Length(1, MAX_ALIAS), metadata=doc("The words as captions show them.")
    )
    spoken = fields.Str(
        required=True, validate=validate.Length(1, MAX_ALIAS), metadata=doc("The words as the voice says them.")
    )
