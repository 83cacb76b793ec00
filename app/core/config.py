"""The settings, read from environment variables named ``PYTOON_…``; every setting has a working default.

No other module reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from app.core.addresses import url_of
from app.core.setting_checks import problem_of, unknown_names

PREFIX = "PYTOON_"
MiB = 1 << 20
# Up to the last "@": a password may have characters that should have been encoded.
PASSWORD = re.compile(r"[\w+.-]+://[^/?#:@]*:(.*)@", re.DOTALL)


# What the value of a setting is, by the type of its default.
KINDS = {int: "a whole number", float: "a number", str: "a text", type(Path()): "a path", bool: "true or false"}


class BadSetting(ValueError):
    """A variable has a value that its setting cannot have; the message is a sentence that names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the operator. A field ``max_upload_mb`` is read from ``PYTOON_MAX_UPLOAD_MB``."""

    # Locations
    home: Path = Path("storage")
    # Access to the files in the home, as an octal umask: 077 for the owner alone, 007 for its group too
    umask: str = "077"
    database_url: str = ""
    broker_url: str = ""
    result_url: str = ""
    # The storage backend for all files: "folder", or one of another package
    storage: str = "folder"
    # HTTP
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    # Names besides those of this machine, separated by commas; "*" allows every host or origin
    allowed_hosts: str = ""
    allowed_origins: str = ""
    threads: int = 16
    max_connections: int = 1000
    header_s: float = 10.0
    idle_s: int = 30
    slow_s: float = 20.0
    min_bytes_per_s: int = 500
    flower_port: int = 5555
    # The API key that the commands send to the server
    api_key: str = ""
    # Limits
    max_upload_mb: int = 512
    max_request_mb: int = 1024
    max_pixels: int = 120_000_000
    max_media_seconds: int = 3600
    # Reading one uploaded file: CPU and wall-clock seconds, memory, files at a time, seconds of waiting for a place
    probe_cpu_s: int = 10
    probe_s: int = 20
    probe_mb: int = 512
    probes: int = 2
    probe_wait_s: int = 30
    min_free_mb: int = 500
    # Retention; 0 means no limit
    cache_mb: int = 20_000
    revisions_mb: int = 50_000
    keep_revisions: int = 20
    asset_days: int = 7
    keep_cancelled: int = 1
    # Queue
    lease_s: float = 30.0
    lock_s: float = 15.0
    result_days: int = 7
    # Work
    gpu_workers: int = 1
    cpu_workers: int = 0
    encoder_threads: int = 0
    ffmpeg: str = ""
    stall_s: float = 60.0
    quiet_s: float = 120.0
    voice: str = "hibari"
    music: str = "tracks"
    # Folders besides the home's "uploads" whose files a request may name, separated like PATH
    media_roots: str = ""
    # Money; 0 means no limit
    daily_usd: float = 0.0
    # What a scene does when it is unknown whether a provider has accepted its order: "fallback" or "wait"
    unknown_order: str = "fallback"
    # Engines: the longest wait for one clip, and the requests to providers at the same time
    clip_wait_s: int = 1800
    api_threads: int = 16
    # A directory with models of fal and Replicate besides those that are known
    engine_models: str = ""
    runway_api_key: str = ""
    runway_url: str = "https://api.dev.runwayml.com"
    # Models by their names, the preferred ones first; empty is all that the engine knows
    runway_models: str = ""
    luma_api_key: str = ""
    # "agents" or, with keys of the older service, "dream_machine"
    luma_api: str = "agents"
    luma_url: str = ""
    luma_models: str = ""
    # Also the key of pika, whose models are at fal
    fal_api_key: str = ""
    fal_url: str = "https://queue.fal.run"
    fal_models: str = ""
    replicate_api_key: str = ""
    replicate_url: str = "https://api.replicate.com"
    replicate_models: str = ""
    google_api_key: str = ""
    google_url: str = "https://generativelanguage.googleapis.com"
    google_models: str = ""
    # Servers separated by commas, and a directory with workflows besides those that are known
    comfyui_urls: str = ""
    comfyui_workflows: str = ""
    pexels_api_key: str = ""
    pexels_url: str = "https://api.pexels.com/v1"
    pixabay_api_key: str = ""
    pixabay_url: str = "https://pixabay.com/api"
    # A server of your own that speaks the protocol of docs/add-engine-adapter.md
    http_engine_url: str = ""
    http_engine_api_key: str = ""
    # A directory with Python files of MoviePy compositions
    moviepy_directory: str = ""
    # Logs
    log_level: str = "INFO"
    log_format: str = "auto"
    process: str = ""

    @property
    def mask(self) -> int:
        """The umask with which the files of the home are made."""
        return int(self.umask, 8)

    @property
    def database_file(self) -> Path:
        """The SQLite file that is used unless a database URL is set."""
        return self.home.absolute() / "pytoon.db"

    @property
    def socket(self) -> Path:
        """The private socket of the embedded broker. Unix allows about 100 bytes; longer paths move to ``/tmp``."""
        path = self.home.absolute() / "broker" / "valkey.sock"
        if len(os.fsencode(path)) < 100:
            return path
        from hashlib import sha256

        name = sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(f"/tmp/pytoon-{os.getuid()}") / f"{name}.sock"  # noqa: S108 - the broker makes it 0700

    @property
    def recovery_period_s(self) -> float:
        """Seconds between two passes of the recovery of lost runs."""
        return max(2.0, self.lease_s / 2)

    @property
    def min_free_bytes(self) -> int:
        """Bytes that must stay free on the disk of the home folder."""
        return self.min_free_mb * MiB

    @property
    def cpu_children(self) -> int:
        """The number of tasks that a cpu worker runs at a time; the number of cores unless it is set."""
        return self.cpu_workers or os.cpu_count() or 1

    @property
    def embedded(self) -> bool:
        """True when the messages are in the embedded server."""
        return not self.broker_url

    @property
    def needs_embedded_server(self) -> bool:
        """True when the messages, the results or both are in the embedded server."""
        return any(url.startswith(f"{self._socket_url}?") for url in (self.broker, self.results))

    @property
    def broker(self) -> str:
        """The URL of the broker; the embedded server unless one is set."""
        return self.broker_url or f"{self._socket_url}?virtual_host=0"

    @property
    def results(self) -> str:
        """The URL of the result store; a Redis broker, or else the embedded server, unless one is set."""
        if self.result_url:
            return self.result_url
        if self.broker_url.startswith(("redis://", "rediss://", "redis+socket://")):
            return self.broker_url
        return f"{self._socket_url}?virtual_host=1"

    @property
    def _socket_url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The passwords in the URLs, as they are written and decoded, and the keys; no output may have them."""
        keys = (self.runway_api_key, self.luma_api_key, self.fal_api_key, self.replicate_api_key, self.google_api_key)
        more = (self.pexels_api_key, self.pixabay_api_key, self.http_engine_api_key, self.api_key)
        return (*_passwords(self.database_url, self.broker_url, self.result_url), *(key for key in keys + more if key))

    @property
    def url(self) -> str:
        """The public base URL, without a slash at the end."""
        return (self.public_url or url_of(self.host, self.port)).rstrip("/")


@lru_cache(maxsize=4)
def _passwords(*urls: str) -> tuple[str, ...]:
    written = [match[1] for url in urls if (match := PASSWORD.match(url))]
    return tuple(dict.fromkeys(form for password in written for form in (password, unquote(password)) if form))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings from ``environ``; raises ``BadSetting`` that names the first invalid variable."""
    values, problems = _read(environ)
    if problems:
        raise BadSetting(problems[0])
    return Settings(**values)


def setting_problems(environ: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each invalid variable."""
    return _read(environ)[1]


def setting_warnings(environ: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each variable that has the prefix and is no setting."""
    known = [PREFIX + field.name.upper() for field in fields(Settings)]
    given = [name for name in environ if name.startswith(PREFIX)]
    return [
        f"{name} is not a setting" + (f"; did you mean {nearest}?" if nearest else "")
        for name, nearest in unknown_names(given, known).items()
    ]


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The value of each field that is set, and a sentence for each that is invalid."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in fields(Settings):
        name = PREFIX + field.name.upper()
        text = environ.get(name, "")
        if not text:
            continue
        try:
            values[field.name] = value = _value(text, type(field.default))
        except (ValueError, RuntimeError):  # a RuntimeError for "~name" without such a user
            problems.append(f"{name}={text!r} is not {KINDS[type(field.default)]}")
            continue
        if problem := problem_of(field.name, value):
            shown = name if field.name.endswith("_url") else f"{name}={text!r}"
            problems.append(f"{shown} {problem}")
    return values, problems


def _value(text: str, setting_type: Any) -> Any:
    if setting_type is type(Path()):
        return Path(text).expanduser()
    return setting_type(text)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings(os.environ)
