"""Base classes of all contracts: they refuse unknown fields, upgrade old versions and load to frozen dataclasses.

A contract is a marshmallow schema for one frozen dataclass. ``Contract.read(plain)`` returns an instance of the
dataclass or raises marshmallow's ``ValidationError`` with field and reason; ``Contract.plain(value)`` returns
JSON-ready data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from marshmallow import RAISE, Schema, ValidationError, post_dump, post_load, pre_load

from schemas import fields
from schemas.fields import doc

T = TypeVar("T")
Plain = dict[str, Any]
Upgrade = Callable[[Plain], Plain]

COLOUR = fields.FullMatch(r"^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$", error="Must be #RRGGBB or #RRGGBBAA.")
NAME = fields.FullMatch(
    r"^[a-z][a-z0-9_]{0,63}$",
    error="Must be 1 to 64 lower-case letters, digits and underscores, the first one a letter.",
)

# An engine, or one of its models: "runway:gen4_turbo".
ENGINE_NAME = fields.FullMatch(
    r"^[a-z][a-z0-9_]{0,63}(:[a-z0-9][a-z0-9._/-]{0,63})?$",
    error="Must be the name of an engine, such as runway, or of one of its models, such as runway:gen4_turbo.",
)


class Contract(Schema, Generic[T]):
    """A schema that loads to ``dataclass_type`` and refuses unknown fields.

    ``later`` are fields that old documents do not have, with their default as plain data. With it they are not written,
    so that documents, and identities that are computed from them, stay as they were before the fields existed.
    ``rules`` are keywords of JSON Schema that say how its fields depend on each other.
    """

    error_messages = {"type": "Must be an object."}  # noqa: RUF012 - an attribute of marshmallow

    class Meta:
        unknown = RAISE

    dataclass_type: ClassVar[type[Any]]
    later: ClassVar[Plain] = {}
    rules: ClassVar[Plain] = {}

    @post_dump
    def _drop_later_defaults(self, data: Plain, **_: Any) -> Plain:
        later = self.later
        return {name: value for name, value in data.items() if name not in later or value != later[name]}

    @post_load
    def _to_dataclass(self, data: Plain, **_: Any) -> Any:
        return self.dataclass_type(**data)

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> T:
        """Return the value of JSON-ready ``plain``; raises ``ValidationError`` with field and reason."""
        return cast(T, _schema_instance(cls).load(plain))

    @classmethod
    def plain(cls, value: T) -> Plain:
        """Return ``value`` as JSON-ready data."""
        return cast(Plain, _schema_instance(cls).dump(value))


@cache
def _schema_instance(contract: type[Contract[Any]]) -> Contract[Any]:
    """Return the shared instance of ``contract``; building one copies all fields and takes longer than using it."""
    return contract()


class Versioned(Contract[T]):
    """A contract with a ``version``.

    ``current`` is the version that is written; ``upgrades`` maps an old version to the function that converts its data
    to the next version. Data without a version is taken as ``current``.
    """

    current: ClassVar[str]
    upgrades: ClassVar[Mapping[str, Upgrade]] = {}

    version = fields.Str(required=True, metadata=doc("Version of the format."))

    @pre_load
    def _upgrade(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        plain = dict(data)
        plain.setdefault("version", self.current)
        while plain["version"] != self.current:
            upgrade = self.upgrades.get(str(plain["version"]))
            if upgrade is None:
                raise ValidationError(
                    f"Version {plain['version']!r} is not supported (current: {self.current}).", "version"
                )
            plain = upgrade(plain)
        return plain


class Items(fields.List):  # type: ignore[type-arg]
    """A list field that loads to a tuple, because the dataclasses are frozen."""

    default_error_messages = {"invalid": "Must be a list."}  # noqa: RUF012 - an attribute of marshmallow

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class Rate(fields.Field[Fraction]):
    """A frame rate in frames per second: an exact ``Fraction`` above zero, written as ``"30000/1001"``."""

    json_schema: ClassVar[Plain] = {"type": "string", "examples": ["30/1"]}

    def _serialize(self, value: Fraction | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value.numerator}/{value.denominator}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Fraction:
        try:
            rate = Fraction(str(value))
        except (ValueError, ZeroDivisionError) as error:
            raise ValidationError("Must be a fraction such as 30/1 or 30000/1001.") from error
        if rate <= 0:
            raise ValidationError("Must be above zero.")
        return rate


def fingerprint(*parts: Any) -> str:
    """Return the SHA-256 (64 hex digits) of JSON-ready ``parts``; it is the same on every machine."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
