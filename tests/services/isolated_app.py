"""A studio over a broker that is not the tests' own.

Celery reads its configuration once a process, so the studio's worker and whoever sends to it are processes of their
own. A test names a story; it is played in such a process, and what it came to comes back as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, running_worker
from tests.servers import QUEUES
from tests.services.noop_scenarios import Story, migrated
from tests.waiting import HANGS_AFTER_S


@dataclass(frozen=True)
class Studio:
    """The environment in which it works."""

    env: dict[str, str]

    def play(self, story: Story) -> Any:
        argv = [sys.executable, "-m", "tests.services.noop_scenarios", story.__name__]
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self.env}
        ended = subprocess.run(
            argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])  # before it are lines of the log


@contextmanager
def studio(home: Path, **urls: str) -> Iterator[Studio]:
    """A working one with a home of its own."""
    made = Studio({"PYTOON_HOME": str(home), **urls})
    made.play(migrated)
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2, env=made.env):
        yield made
