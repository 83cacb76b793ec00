"""The questions of the health page, each with its bad answers."""

from __future__ import annotations

import threading
import time

import pytest
from kombu.exceptions import OperationalError

from app.api import health_checks
from app.api.health_checks import Check
from app.queue.embedded_broker import Broker
from tests.waiting import HANGS_AFTER_S, bound_s, seconds_of


def fine() -> Check:
    return Check(True, "fine")


def broken() -> Check:
    raise ConnectionError("redis://:geheim@10.0.0.7/0")


def test_everything_is_there(broker: Broker) -> None:
    found = health_checks.answers(health_checks.QUESTIONS)
    assert all(check.ok for check in found.values()), found
    assert found["broker"].detail == "embedded"


def test_an_error_is_a_no_without_its_words() -> None:
    found = health_checks.answers({"good": fine, "bad": broken})
    assert found == {"good": Check(True, "fine"), "bad": Check(False, "does not work: ConnectionError")}


def test_a_silent_part_is_reported_without_waiting_for_its_answer() -> None:
    answered = threading.Event()

    def silent() -> Check:
        answered.wait(HANGS_AFTER_S)
        return fine()

    usual_s = seconds_of(lambda: health_checks.answers({"good": fine}))
    begun = time.monotonic()
    found = health_checks.answers({"good": fine, "silent": silent})
    took_s = time.monotonic() - begun
    answered.set()
    assert took_s < bound_s(health_checks.ANSWER_S + 0.5, usual_s)
    assert not found["silent"].ok and "no answer" in found["silent"].detail and found["good"].ok


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///tmp/nobody.sock", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_not_there_is_noticed_quickly(url: str) -> None:
    usual_s = seconds_of(lambda: health_checks.answers({"good": fine}))
    begun = time.monotonic()
    with pytest.raises(OperationalError):
        health_checks._greet(url)
    assert time.monotonic() - begun < bound_s(health_checks.ANSWER_S, usual_s)
