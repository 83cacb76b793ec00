"""Child processes end when their parent is killed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import psutil

from tests.waiting import has_ended, wait_until

PARENT = """
import subprocess, sys
from app.core.parent_death import end_with_parent_hook
argv = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(argv, start_new_session=True, preexec_fn=end_with_parent_hook())
print(child.pid, flush=True)
sys.stdin.read()
"""
FORKED_CHILD = """
import os, sys, time
from app.core.parent_death import end_with_parent
pid = os.fork()
if pid == 0:
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(600)
time.sleep(600)
"""


def assert_child_end_with_parent_hook(code: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.1)
        assert child.is_running()
        parent.kill()
    try:
        wait_until(lambda: has_ended(child.pid), "the end of the child")
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def test_child_with_the_preexec_fn_ends_when_its_parent_is_killed() -> None:
    assert_child_end_with_parent_hook(PARENT)


def test_child_that_calls_end_with_parent_ends_when_its_parent_is_killed() -> None:
    assert_child_end_with_parent_hook(FORKED_CHILD)


def test_child_with_the_preexec_fn_runs_to_its_end_while_its_parent_lives() -> None:
    code = "import subprocess; from app.core.parent_death import end_with_parent_hook; "
    code += "subprocess.run(['true'], preexec_fn=end_with_parent_hook(), check=True)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
