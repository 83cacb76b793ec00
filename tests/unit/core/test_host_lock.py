"""What does not fit beside another waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading

from app.core.host_lock import host_lock
from tests.waiting import HANGS_AFTER_S

HOLDER = """
import sys
from app.core.host_lock import host_lock
with host_lock("oven"):
    print("in", flush=True)
    sys.stdin.read()
"""


def holder() -> subprocess.Popen[str]:
    made = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert made.stdout and made.stdout.readline() == "in\n"
    return made


def entered(name: str) -> threading.Event:
    inside = threading.Event()

    def enter() -> None:
        with host_lock(name):
            inside.set()

    threading.Thread(target=enter, daemon=True).start()
    return inside


def test_the_second_waits_until_the_first_is_out() -> None:
    first = holder()
    inside = entered("oven")
    assert not inside.wait(0.3)
    first.communicate("")
    assert inside.wait(HANGS_AFTER_S)


def test_one_that_was_killed_inside_is_out() -> None:
    first = holder()
    inside = entered("oven")
    first.kill()
    first.wait()
    assert inside.wait(HANGS_AFTER_S)


def test_another_kind_does_not_wait() -> None:
    first = holder()
    assert entered("saw").wait(HANGS_AFTER_S)
    first.communicate("")
