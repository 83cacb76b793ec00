"""The fields of contracts. They take a value only as its type says: no text is read as a number or a truth value.

``doc`` describes a field where it is declared; the JSON Schema files and the OpenAPI document have the description.
"""

from __future__ import annotations

import math
import re
from typing import Any, cast

from marshmallow import ValidationError, fields, validate
from marshmallow.fields import AwareDateTime, Date, Dict, Enum, Field, List, Nested, Raw

__all__ = (
    "AwareDateTime",
    "Bool",
    "Date",
    "Dict",
    "Enum",
    "Field",
    "Float",
    "FullMatch",
    "Int",
    "List",
    "Nested",
    "Raw",
    "Str",
    "doc",
)


def doc(description: str, **more: Any) -> dict[str, Any]:
    """Return the metadata of a field: its description, and other keywords of JSON Schema such as ``examples``."""
    return {"description": description, **more}


class Str(fields.Str):
    """A text."""

    default_error_messages = {"invalid": "Must be a text."}  # noqa: RUF012 - an attribute of marshmallow

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):  # marshmallow also takes bytes
            raise self.make_error("invalid")
        return value


class Bool(fields.Bool):
    """A truth value: ``true`` or ``false``."""

    default_error_messages = {"invalid": "Must be true or false."}  # noqa: RUF012

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):  # marshmallow also takes 1 and "yes"
            raise self.make_error("invalid")
        return value


class Int(fields.Int):
    """A whole number; as in JSON Schema, 2.0 is one."""

    default_error_messages = {"invalid": "Must be a whole number."}  # noqa: RUF012

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole:  # marshmallow also takes "2", and 2.9 as 2
            raise self.make_error("invalid")
        return int(value)


class Float(fields.Float):
    """A finite number."""

    default_error_messages = {"invalid": "Must be a number.", "too_large": "The number is too large."}  # noqa: RUF012

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):  # marshmallow also takes "2"
            raise self.make_error("invalid")
        try:
            number = float(value)
        except OverflowError:
            raise self.make_error("too_large") from None
        if not math.isfinite(number):  # JSON has no infinity, but 1e999 is read as one
            raise self.make_error("too_large")
        return number


class FullMatch(validate.Regexp):
    """A pattern that the whole text matches.

    The pattern is anchored, for JSON Schema, which searches. In Python ``$`` also matches before a line break at the
    end; a full match does not.
    """

    def __call__(self, value: str) -> str:  # type: ignore[override]
        if cast("re.Pattern[str]", self.regex).fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value
