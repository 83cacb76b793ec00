"""The questions of the health page, each with its bad answers."""

from __future__ import annotations

import time

import pytest

from app.api import checks
from app.api.checks import Check
from app.core.broker import Broker


def fine() -> Check:
    return Check(True, "fine")


def broken() -> Check:
    raise ConnectionError("redis://:geheim@10.0.0.7/0")


def silent() -> Check:
    time.sleep(checks.ANSWER_S + 1)
    return fine()


def test_everything_is_there(broker: Broker) -> None:
    found = checks.answers(checks.QUESTIONS)
    assert all(check.ok for check in found.values()), found
    assert found["broker"].detail == "embedded"


def test_an_error_is_a_no_without_its_words() -> None:
    found = checks.answers({"good": fine, "bad": broken})
    assert found == {"good": Check(True, "fine"), "bad": Check(False, "does not work: ConnectionError")}


def test_silence_is_a_no_in_time() -> None:
    begun = time.monotonic()
    found = checks.answers({"good": fine, "silent": silent})
    assert time.monotonic() - begun < checks.ANSWER_S + 0.5
    assert not found["silent"].ok and "no answer" in found["silent"].detail and found["good"].ok


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///tmp/nobody.sock", "amqp://127.0.0.1:1//"])
def test_a_broker_that_is_not_there_is_noticed_quickly(url: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"."):
        checks._greet(url)
    assert time.monotonic() - begun < checks.ANSWER_S
