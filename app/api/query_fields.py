"""Marshmallow schemas of query strings. Their values are texts, so each field reads one exact form of text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, validate

from app.jobs.queries import PAGE
from app.revisions.queries import MAX_NUMBER
from schemas import fields
from schemas.fields import FullMatch, doc

MAX_PAGE = 200
ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$"
_NUMBER = re.compile(r"-?[0-9]{1,30}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH_VALUES = {"true": True, "1": True, "false": False, "0": False}


class TextInt(fields.Int):
    """A whole number in decimal digits."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if not _NUMBER.fullmatch(str(value)):  # int() also takes " 1_000 " and digits of other scripts
            raise self.make_error("invalid")
        return int(value)


class TextBool(fields.Bool):
    """A truth value: ``true``, ``false``, ``1`` or ``0``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if value not in _TRUTH_VALUES:
            raise self.make_error("invalid")
        return _TRUTH_VALUES[value]


class TextTime(fields.AwareDateTime):
    """A time with its offset (RFC 3339), converted to UTC."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        time: datetime = super()._deserialize(value, *args, **kwargs)
        try:
            return time.astimezone(UTC)
        except OverflowError:
            raise ValidationError("The time is before the year 1 or after the year 9999 in UTC.") from None


class TextDate(fields.Date):
    """A day as ``YYYY-MM-DD``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> date:
        if not _DAY.fullmatch(str(value)):  # ISO 8601 has other forms too
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day: date = super()._deserialize(value, *args, **kwargs)
        return day


class PageQuery(Schema):
    limit = TextInt(
        load_default=PAGE, validate=validate.Range(1, MAX_PAGE), metadata=doc("Maximum number of jobs on a page.")
    )
    before = TextTime(
        default_timezone=None,
        metadata=doc("Return only jobs created before this time.", examples=["2026-01-02T03:04:05+00:00"]),
    )
    before_id = fields.Str(
        validate=FullMatch(ID_PATTERN, error="Must be the id of a job."),
        metadata=doc("Also return jobs created at exactly `before` whose id is lower than this one."),
    )


class EventsQuery(Schema):
    after = TextInt(
        load_default=0,
        validate=validate.Range(0, MAX_NUMBER),
        metadata=doc("Return only events with a higher number than this one."),
    )


class ArtefactQuery(Schema):
    download = TextBool(
        load_default=False, metadata=doc("Send the file as an attachment with its own name (Content-Disposition).")
    )


class CompareQuery(Schema):
    other = TextInt(
        required=True,
        data_key="with",
        validate=validate.Range(1, MAX_NUMBER),
        metadata=doc("Number of the revision to compare with."),
    )
