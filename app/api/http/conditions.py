"""Preconditions of requests for a representation (RFC 9110, section 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from werkzeug.datastructures import ETags, Headers
from werkzeug.http import parse_etags, unquote_etag

READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Version:
    """What identifies a representation: a strong ETag without quotes, and the time of its last change."""

    etag: str
    changed_at: datetime

    @property
    def changed_at_second(self) -> datetime:
        """The time with the exactness of an HTTP date."""
        return self.changed_at.replace(microsecond=0)


def refusing_status(method: str, headers: Headers, version: Version) -> int | None:
    """304 or 412 if a precondition fails, evaluated in the order of RFC 9110, 13.2.2; otherwise ``None``."""
    if "If-Match" in headers:
        if not _matches(parse_etags(headers["If-Match"]), version, strong=True):
            return 412
    elif (date := _date(headers, "If-Unmodified-Since")) and version.changed_at_second > date:
        return 412
    if "If-None-Match" in headers:
        if _matches(parse_etags(headers["If-None-Match"]), version, strong=False):
            return 304 if method in READING else 412
    elif method in READING and (date := _date(headers, "If-Modified-Since")) and version.changed_at_second <= date:
        return 304
    return None


def range_applies(headers: Headers, version: Version, now: datetime) -> bool:
    """Whether ``If-Range`` lets a ``Range`` be used: an equal strong ETag, or an equal date that is strong."""
    condition = headers.get("If-Range", "").strip()
    if not condition:
        return "If-Range" not in headers
    if condition.startswith(('"', "W/")):
        tag, is_weak = unquote_etag(condition)
        return tag == version.etag and not is_weak
    # Within the same second a file could have changed twice (RFC 9110, 8.8.2.2).
    is_strong = now - version.changed_at >= timedelta(seconds=1)
    return is_strong and _date(headers, "If-Range") == version.changed_at_second


def _matches(tags: ETags, version: Version, strong: bool) -> bool:
    return tags.star_tag or (tags.is_strong(version.etag) if strong else tags.contains_weak(version.etag))


def _date(headers: Headers, name: str) -> datetime | None:
    """The date in a header; an invalid one is ignored."""
    try:
        date = parsedate_to_datetime(headers[name])
    except (KeyError, ValueError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
