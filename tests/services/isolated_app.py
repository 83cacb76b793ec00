"""``noop_app`` with a broker, database or result store other than those of the test process.

Celery reads its configuration once per process, so the worker and the processes that send tasks to it are separate
processes. A test names a scenario, which runs in such a process and returns its outcome as JSON.
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
from tests.services.noop_scenarios import Scenario, migrate_database
from tests.waiting import HANGS_AFTER_S


@dataclass(frozen=True)
class IsolatedApp:
    """The environment variables of the worker and of the scenarios."""

    env: dict[str, str]

    def run(self, scenario: Scenario) -> Any:
        argv = [sys.executable, "-m", "tests.services.noop_scenarios", scenario.__name__]
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self.env}
        completed = subprocess.run(
            argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False
        )
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout.splitlines()[-1])  # log lines may precede the JSON


@contextmanager
def running_app(home: Path, **urls: str) -> Iterator[IsolatedApp]:
    """An application with its own home folder and a running worker."""
    app = IsolatedApp({"PYTOON_HOME": str(home), **urls})
    app.run(migrate_database)
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2, env=app.env):
        yield app
