"""Another process and another thread that hold a lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

# A function that takes the name of a lock. A process imports it, so it must be at the top level of its module.
Lock = Callable[[str], AbstractContextManager[Any]]

HOLDER = """
import sys
from {module} import {function}
with {function}({name!r}):
    print("held", flush=True)
    sys.stdin.read()
"""


def start_holder(lock: Lock, name: str) -> subprocess.Popen[str]:
    """A process that holds the lock until its standard input ends."""
    code = HOLDER.format(module=lock.__module__, function=lock.__name__, name=name)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def acquire_in_thread(lock: Lock, name: str) -> threading.Event:
    """An event that is set as soon as a thread of this process holds the lock."""
    acquired = threading.Event()

    def acquire() -> None:
        with lock(name):
            acquired.set()

    threading.Thread(target=acquire, daemon=True).start()
    return acquired
