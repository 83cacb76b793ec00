"""Health checks of the services that a web process needs; all checks run at the same time."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from kombu import Connection

from app.core.config import settings
from app.database.session import engine, is_current
from app.media import ffmpeg
from app.store.disk_space import free_bytes
from app.store.factory import storage

TIMEOUT_S = 3.0
CONNECT_TIMEOUT_S = 2


@dataclass(frozen=True, slots=True)
class CheckResult:
    ok: bool
    detail: str


HealthCheck = Callable[[], CheckResult]


def run_checks(checks: Mapping[str, HealthCheck]) -> dict[str, CheckResult]:
    """Return the results by name; a check that does not return within ``TIMEOUT_S`` counts as failed."""
    deadline = time.monotonic() + TIMEOUT_S
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="health")
    try:
        futures = {name: pool.submit(check) for name, check in checks.items()}
        return {name: _result(future, deadline) for name, future in futures.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[CheckResult], deadline: float) -> CheckResult:
    try:
        return future.result(max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return CheckResult(False, f"no answer within {TIMEOUT_S:g} s")
    except Exception as error:  # noqa: BLE001 - any error means that the check failed
        # Without the message: it may contain a password.
        return CheckResult(False, f"failed: {type(error).__name__}")


def check_broker() -> CheckResult:
    """Connect to the broker and to the result store."""
    config = settings()
    for url in dict.fromkeys((config.broker, config.results)):
        _connect(url)
    return CheckResult(True, "embedded" if config.embedded else "connected")


def _connect(url: str) -> None:
    redis_options = {
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_timeout": CONNECT_TIMEOUT_S,
        "max_retries": 0,
    }
    options = {} if url.startswith("amqp") else redis_options
    with Connection(url, connect_timeout=CONNECT_TIMEOUT_S, transport_options=options) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_TIMEOUT_S)


def check_database() -> CheckResult:
    """Compare the migration version of the database with the one of this program."""
    if is_current():
        return CheckResult(True, engine().dialect.name)
    return CheckResult(False, "the tables have another schema version: migrate the database")


def check_storage() -> CheckResult:
    """Build the storage backend, write a file to the home, and compare the free space with the minimum.

    The file is written because a full or read-only disk can still be read.
    """
    storage()
    required, free = settings().min_free_bytes, free_bytes()
    probe = settings().home / f".health-{os.getpid()}-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"probe")
    finally:
        probe.unlink(missing_ok=True)
    return CheckResult(free >= required, f"{free >> 20} MiB free, {required >> 20} MiB required")


def check_ffmpeg() -> CheckResult:
    """Check that the ffmpeg binary exists and is executable."""
    is_executable = os.access(ffmpeg.binary(), os.X_OK)
    return CheckResult(is_executable, "executable" if is_executable else "not executable")


CHECKS: dict[str, HealthCheck] = {
    "broker": check_broker,
    "database": check_database,
    "storage": check_storage,
    "ffmpeg": check_ffmpeg,
}
