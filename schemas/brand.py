"""The brand of a film: what its last scene shows of the one who posts it."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract
from schemas.fields import doc

MAX_HANDLE = 60


@dataclass(frozen=True, slots=True)
class Brand:
    """What the last scene of a film shows of the one who publishes it."""

    handle: str = ""
    logo: str | None = None

    def __bool__(self) -> bool:
        return bool(self.handle.strip() or self.logo)


class BrandSchema(Contract[Brand]):
    dataclass_type = Brand
    handle = fields.Str(
        validate=validate.Length(max=MAX_HANDLE),
        metadata=doc("A name such as `@acme`, or an address such as `acme.com`."),
    )
    logo = fields.Str(allow_none=True, validate=validate.Length(1, 2048), metadata=doc("Id of an image asset."))
