"""The settings, read from environment variables named ``PYTOON_…``; every setting has a working default.

No other module reads the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core.listening import url_of

PREFIX = "PYTOON_"
MiB = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the operator. A field ``max_upload_mb`` is read from ``PYTOON_MAX_UPLOAD_MB``."""

    # Locations
    home: Path = Path("storage")
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
    # Limits
    max_upload_mb: int = 512
    max_request_mb: int = 1024
    max_pixels: int = 120_000_000
    max_media_seconds: int = 3600
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
    # Logs
    log_level: str = "INFO"
    log_format: str = "auto"
    process: str = ""

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database; SQLite in the home folder unless one is set."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'pytoon.db'}"

    @property
    def socket(self) -> Path:
        """The private socket of the embedded broker. Unix allows about 100 bytes; longer paths move to ``/tmp``."""
        path = self.home.absolute() / "broker" / "valkey.sock"
        if len(str(path)) < 100:
            return path
        from hashlib import sha256

        name = sha256(str(path).encode()).hexdigest()[:16]
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
        return any(url.startswith(f"redis+socket://{self.socket}?") for url in (self.broker, self.results))

    @property
    def broker(self) -> str:
        """The URL of the broker; the embedded server unless one is set."""
        return self.broker_url or f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def results(self) -> str:
        """The URL of the result store; a Redis broker, or else the embedded server, unless one is set."""
        if self.result_url:
            return self.result_url
        if self.broker_url.startswith(("redis://", "rediss://", "redis+socket://")):
            return self.broker_url
        return f"redis+socket://{self.socket}?virtual_host=1"

    @property
    def url(self) -> str:
        """The public base URL, without a slash at the end."""
        return (self.public_url or url_of(self.host, self.port)).rstrip("/")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings from ``environ``; raises ``ValueError`` that names the invalid variable."""
    values: dict[str, Any] = {}
    for field in fields(Settings):
        name = PREFIX + field.name.upper()
        text = environ.get(name)
        if text is None or text == "":
            continue
        setting_type: Any = type(field.default)
        try:
            values[field.name] = Path(text).expanduser() if issubclass(setting_type, Path) else setting_type(text)
        except ValueError as error:
            raise ValueError(f"{name}={text!r} is not a {setting_type.__name__}") from error
    return Settings(**values)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings(os.environ)
