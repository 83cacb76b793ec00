"""Shared by all tests: a home directory of the test process, an embedded broker in it, and real workers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.database.session import migrate

# Before the imports below: Celery reads its configuration once in a process.
_home = tempfile.TemporaryDirectory(prefix="pytoon-test-")
for _name in [name for name in os.environ if name.startswith("PYTOON_")]:
    del os.environ[_name]
os.environ["PYTOON_HOME"] = _home.name
os.environ["PYTOON_MIN_FREE_MB"] = "50"
os.environ["PYTOON_LEASE_S"] = "5"
os.environ["PYTOON_LOCK_S"] = "3"

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from xdist.remote import Producer  # noqa: E402
from xdist.scheduler import LoadScopeScheduling  # noqa: E402

from app.core.config import settings  # noqa: E402
from app.queue.embedded_broker import Broker  # noqa: E402
from app.store.deployment import deployment_id  # noqa: E402
from tests.waiting import HANGS_AFTER_S, wait_until  # noqa: E402

# Hypothesis limits the time of an example and of its generation, which depend on the load of the machine.
hypothesis.settings.register_profile("pytoon", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("pytoon")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The embedded broker in the home of this test process; the database is migrated."""
    migrate()
    deployment_id()
    embedded = Broker(settings())
    embedded.start()
    yield embedded
    embedded.stop()


class ByFile(LoadScopeScheduling):
    """Runs all tests of a file in one process, so that fixtures that start workers or make a film run once.

    All files of ``tests/faults`` share one process, because each of these tests needs the whole machine. Groups of
    pytest-xdist have no effect with pytest 9.2 (pytest-xdist, issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "tests/faults" if path.startswith("tests/faults/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


@contextmanager
def running_worker(
    queues: Collection[str],
    app: str = "app.queue.application:celery",
    children: int = 1,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker in its own process, ready at the start of the block, with ``env`` added to its environment."""
    log = Path(_home.name) / f"worker-{'-'.join(queues)}-{time.monotonic_ns()}.log"
    argv = [sys.executable, "-m", "celery", "-A", app, "worker", "-Q", ",".join(queues), "-c", str(children)]
    argv += ["-l", "INFO", "-n", f"test{time.monotonic_ns()}@%h", "--without-mingle", "--without-gossip"]
    with log.open("wb") as out:
        worker = subprocess.Popen(
            argv,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        )
        try:
            _wait_ready(worker, log)
            yield worker
        finally:
            worker.terminate()
            try:
                worker.wait(HANGS_AFTER_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _wait_ready(worker: subprocess.Popen[bytes], log: Path) -> None:
    def text() -> str:
        return log.read_text(errors="replace")

    wait_until(lambda: " ready." in text() or worker.poll() is not None, lambda: f"a ready worker:\n{text()[-3000:]}")
    assert " ready." in text(), f"the worker did not become ready:\n{text()[-3000:]}"
