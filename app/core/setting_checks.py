"""What a setting may be: the range of each number, the form of each URL, and the names that are no setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from math import inf
from typing import Any
from urllib.parse import urlsplit

from app.core.addresses import UNIX

MOST_PROCESSES = 1024
PORTS = (1, 65_535)
# The least and the greatest value of a number. Another number must not be negative.
RANGES: Mapping[str, tuple[float, float]] = {
    "port": PORTS,
    "flower_port": PORTS,
    "threads": (1, MOST_PROCESSES),
    "gpu_workers": (1, MOST_PROCESSES),
    "cpu_workers": (0, MOST_PROCESSES),
    "encoder_threads": (0, MOST_PROCESSES),
    "max_upload_mb": (1, 1 << 40),
    "max_request_mb": (1, 1 << 40),
    "max_pixels": (1, 10_000_000_000),
    "max_media_seconds": (1, 1_000_000),
    "lease_s": (1, 86_400),
    "lock_s": (1, 86_400),
    "result_days": (1, 3650),
    "stall_s": (0, 86_400),
    "quiet_s": (1, 86_400),
    "daily_usd": (0, 1_000_000),
    "clip_wait_s": (1, 86_400),
    "api_threads": (1, MOST_PROCESSES),
}
NOT_NEGATIVE = (0, inf)
CHOICES: Mapping[str, Collection[str]] = {
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    "log_format": ("auto", "json", "console"),
    "unknown_order": ("fallback", "wait"),
    "luma_api": ("agents", "dream_machine"),
}
DATABASES = ("sqlite", "postgresql")
REDIS = ("redis", "rediss", "redis+socket", "sentinel")
WEB = (("http", "https"), "https://api.example")
SCHEMES: Mapping[str, tuple[Collection[str], str]] = {
    "database_url": (DATABASES, "postgresql+psycopg://user:password@host/name"),
    "broker_url": ((*REDIS, "amqp", "amqps", "pyamqp"), "redis://:password@host:6379/0"),
    "result_url": ((*REDIS, "socket"), "redis://:password@host:6379/1"),
    "public_url": (("http", "https"), "https://films.example"),
    "runway_url": WEB,
    "luma_url": WEB,
    "fal_url": WEB,
    "replicate_url": WEB,
    "google_url": WEB,
    "pexels_url": WEB,
    "pixabay_url": WEB,
    "http_engine_url": WEB,
}
# The addresses of these are paths, which may have any sign.
PATH_SCHEMES = ("sqlite", "redis+socket", "socket")


def problem_of(name: str, value: Any) -> str | None:
    """Why the setting ``name`` cannot have ``value``; ``None`` if it can. The value of a URL is never repeated."""
    if isinstance(value, int | float):
        return _out_of_range(value, *RANGES.get(name, NOT_NEGATIVE))
    if name in SCHEMES and value:
        return _bad_url(value, *SCHEMES[name])
    if name in CHOICES and value.lower() not in {choice.lower() for choice in CHOICES[name]}:
        return f"must be one of {', '.join(CHOICES[name])}"
    check = TEXTS.get(name)
    return check(str(value)) if check else None


def _out_of_range(value: float, least: float, greatest: float) -> str | None:
    if least <= value <= greatest and value != inf:
        return None
    return f"must be from {least} to {greatest}" if greatest < inf else f"must be {least} or more"


def _bad_url(url: str, schemes: Collection[str], example: str) -> str | None:
    scheme, separator, rest = url.partition("://")
    if not separator or (scheme not in schemes and scheme.partition("+")[0] not in schemes):
        return f"must be a URL such as {example}"
    if scheme.partition("+")[0] in PATH_SCHEMES or scheme in PATH_SCHEMES:
        return None
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in rest[len(host) :] and ":" in host and "@" not in host:
        return 'has a "/", "?" or "#" in its password: write it as "%2F", "%3F" or "%23"'
    try:
        is_valid = urlsplit(url).port != 0
    except ValueError:  # its words repeat a part of the URL
        is_valid = False
    return None if is_valid else f"has no valid host or port: it must be a URL such as {example}"


def _bad_path(text: str) -> str | None:
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        return "must not have a line break or another control character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "must be UTF-8"
    return None


def _bad_umask(text: str) -> str | None:
    is_octal = re.fullmatch(r"[0-7]{1,4}", text) is not None
    if is_octal and not int(text, 8) & 0o700:
        return None
    return "must be an octal number such as 077 or 007 that lets the owner read and write"


def _bad_host(text: str) -> str | None:
    if text.startswith(UNIX):
        return None
    return "must be a host name or an address, without a port" if re.search(r"[\s/@]", text) else None


TEXTS: Mapping[str, Callable[[str], str | None]] = {"home": _bad_path, "umask": _bad_umask, "host": _bad_host}


def unknown_names(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Those of ``names`` that are no setting, each with the most similar name of a setting or with none."""
    unknown = sorted(set(names) - set(known))
    return {name: next(iter(get_close_matches(name, known, 1, 0.75)), "") for name in unknown}
