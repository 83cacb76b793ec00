"""Health checks: success, errors and timeouts."""

from __future__ import annotations

import threading
import time

import pytest
from kombu.exceptions import OperationalError

from app.api import health_checks
from app.api.health_checks import CheckResult
from app.core.config import settings
from app.queue.embedded_broker import Broker
from app.store.factory import storage
from tests.waiting import HANGS_AFTER_S, bound_s, seconds_of


def passing_check() -> CheckResult:
    return CheckResult(True, "fine")


def failing_check() -> CheckResult:
    raise ConnectionError("redis://:geheim@10.0.0.7/0")


def test_all_checks_pass_when_every_service_is_available(broker: Broker) -> None:
    results = health_checks.run_checks(health_checks.CHECKS)
    assert all(result.ok for result in results.values()), results
    assert results["broker"].detail == "embedded"


def test_unusable_storage_backend_fails_the_storage_check(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_STORAGE", "tape")
    settings.cache_clear()
    storage.cache_clear()
    try:
        results = health_checks.run_checks({"storage": health_checks.check_storage})
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        storage.cache_clear()
    assert results == {"storage": CheckResult(False, "failed: UnusableAdapter")}


def test_error_of_a_check_is_reported_without_its_message() -> None:
    results = health_checks.run_checks({"good": passing_check, "bad": failing_check})
    assert results == {"good": CheckResult(True, "fine"), "bad": CheckResult(False, "failed: ConnectionError")}


def test_hanging_check_fails_after_the_timeout_without_delaying_the_others() -> None:
    finished = threading.Event()

    def hanging_check() -> CheckResult:
        finished.wait(HANGS_AFTER_S)
        return passing_check()

    usual_s = seconds_of(lambda: health_checks.run_checks({"good": passing_check}))
    started = time.monotonic()
    results = health_checks.run_checks({"good": passing_check, "hanging": hanging_check})
    elapsed_s = time.monotonic() - started
    finished.set()
    assert elapsed_s < bound_s(health_checks.TIMEOUT_S + 0.5, usual_s)
    assert not results["hanging"].ok and "no answer" in results["hanging"].detail and results["good"].ok


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///tmp/missing.sock", "amqp://127.0.0.1:1//"])
def test_missing_broker_is_detected_within_the_timeout(url: str) -> None:
    usual_s = seconds_of(lambda: health_checks.run_checks({"good": passing_check}))
    started = time.monotonic()
    with pytest.raises(OperationalError):
        health_checks._connect(url)
    assert time.monotonic() - started < bound_s(health_checks.TIMEOUT_S, usual_s)
