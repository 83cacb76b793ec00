"""The one reader of the environment. Every setting is named ``PYTOON_…`` and has a default that works."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

PREFIX = "PYTOON_"
MiB = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. A field ``max_upload_mb`` is read from ``PYTOON_MAX_UPLOAD_MB``."""

    # Where things are
    home: Path = Path("storage")
    database_url: str = ""
    broker_url: str = ""
    result_url: str = ""
    # The backend that keeps all files: "folder", or one of another package
    storage: str = "folder"
    # HTTP
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    threads: int = 8
    flower_port: int = 5555
    # Limits
    max_upload_mb: int = 512
    max_request_mb: int = 1024
    max_pixels: int = 120_000_000
    max_media_seconds: int = 3600
    min_free_mb: int = 500
    # What is kept for later; 0 is without a limit
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
    # Folders beside the home's "uploads" whose files a request may name, parted like PATH
    media_roots: str = ""
    # Logs
    log_level: str = "INFO"
    log_format: str = "auto"
    process: str = ""

    @property
    def database(self) -> str:
        """SQLAlchemy URL; SQLite in the home folder unless one is set."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'pytoon.db'}"

    @property
    def socket(self) -> Path:
        """The embedded broker's private socket. Unix allows about 100 bytes, so a deep home gets a short one."""
        place = self.home.absolute() / "broker" / "valkey.sock"
        if len(str(place)) < 100:
            return place
        from hashlib import sha256

        name = sha256(str(place).encode()).hexdigest()[:16]
        return Path(f"/tmp/pytoon-{os.getuid()}") / f"{name}.sock"  # noqa: S108 - made 0700 by the broker

    @property
    def mend_s(self) -> float:
        """How often the janitor looks for what was lost."""
        return max(2.0, self.lease_s / 2)

    @property
    def min_free_bytes(self) -> int:
        """Free space that has to remain on the disk of the home folder."""
        return self.min_free_mb * MiB

    @property
    def cpu_children(self) -> int:
        """How many tasks a cpu worker does at a time; as many as there are cores unless it is set."""
        return self.cpu_workers or os.cpu_count() or 1

    @property
    def embedded(self) -> bool:
        return not self.broker_url

    @property
    def own_server(self) -> bool:
        """True when the embedded server keeps the messages, the results, or both."""
        return any(url.startswith(f"redis+socket://{self.socket}?") for url in (self.broker, self.results))

    @property
    def broker(self) -> str:
        return self.broker_url or f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def results(self) -> str:
        if self.result_url:
            return self.result_url
        if self.broker_url.startswith(("redis://", "rediss://", "redis+socket://")):
            return self.broker_url
        return f"redis+socket://{self.socket}?virtual_host=1"

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from ``environ``; raises ``ValueError`` naming the variable that is wrong."""
    found: dict[str, Any] = {}
    for field in fields(Settings):
        name = PREFIX + field.name.upper()
        text = environ.get(name)
        if text is None or text == "":
            continue
        kind: Any = type(field.default)
        try:
            found[field.name] = Path(text).expanduser() if issubclass(kind, Path) else kind(text)
        except ValueError as error:
            raise ValueError(f"{name}={text!r} is not a {kind.__name__}") from error
    return Settings(**found)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """This process's settings, read once."""
    return read(os.environ)
