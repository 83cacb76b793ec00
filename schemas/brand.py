"""The brand of a film: what its last scene shows of the one who posts it."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields, validate

from schemas.contract import Contract

MAX_HANDLE = 60


@dataclass(frozen=True, slots=True)
class Brand:
    """A ``handle`` ("@acme") or an address ("acme.com"), and a ``logo``, the id of an image asset."""

    handle: str = ""
    logo: str | None = None

    def __bool__(self) -> bool:
        return bool(self.handle.strip() or self.logo)


class BrandSchema(Contract[Brand]):
    dataclass_type = Brand
    handle = fields.Str(validate=validate.Length(max=MAX_HANDLE))
    logo = fields.Str(allow_none=True, validate=validate.Length(1, 2048))
