"""What every contract of the house shares: it refuses unknown fields, upgrades old versions and loads to frozen values.

A contract is a marshmallow schema beside a frozen dataclass. ``Contract.read(plain)`` gives the value (or raises
marshmallow's ``ValidationError`` with the field and the reason), ``Contract.plain(value)`` gives JSON-ready data.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, pre_load, validate

T = TypeVar("T")
Plain = dict[str, Any]
Upgrade = Callable[[Plain], Plain]

# Python's $ also stands before a last line break, JSON Schema's does not: (?!\n) makes them one.
COLOUR = validate.Regexp(r"^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$(?!\n)", error="Must be #RRGGBB or #RRGGBBAA.")
NAME = validate.Regexp(r"^[a-z][a-z0-9_]{0,63}$(?!\n)", error="Must be lower-case letters, digits and underscores.")


class Contract(Schema, Generic[T]):
    """A schema that loads to ``makes`` and refuses what it does not know."""

    class Meta:
        unknown = RAISE

    dataclass_type: ClassVar[type[Any]]

    @post_load
    def _to_dataclass(self, data: Plain, **_: Any) -> Any:
        return self.dataclass_type(**data)

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> T:
        """The value of ``plain``; raises ``ValidationError`` naming field and reason."""
        return cast(T, _schema_instance(cls).load(plain))

    @classmethod
    def plain(cls, value: T) -> Plain:
        """JSON-ready data of ``value``."""
        return cast(Plain, _schema_instance(cls).dump(value))


@cache
def _schema_instance(kind: type[Contract[Any]]) -> Contract[Any]:
    """One schema a kind: making one copies all its fields, which takes longer than to use it."""
    return kind()


class Versioned(Contract[T]):
    """A contract with a ``version``; ``upgrades`` maps an old version to the step that makes the next one of it."""

    current: ClassVar[str]
    upgrades: ClassVar[Mapping[str, Upgrade]] = {}

    version = fields.Str(required=True)

    @pre_load
    def _upgrade(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        plain = dict(data)
        plain.setdefault("version", self.current)
        while plain["version"] != self.current:
            step = self.upgrades.get(str(plain["version"]))
            if step is None:
                raise ValidationError(
                    f"Version {plain['version']!r} is not known here (this is {self.current}).", "version"
                )
            plain = step(plain)
        return plain


class Items(fields.List):  # type: ignore[type-arg]
    """A list that loads to a tuple, because values are frozen."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class Rate(fields.Field[Fraction]):
    """An exact fraction written as ``"30000/1001"``."""

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
    """SHA-256 (64 hex digits) of JSON-ready ``parts``: the same inputs give the same key on every machine."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
