"""What tests share: a home of their own, a real broker in it, and real workers on demand."""

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

# Before anything of the house is imported: Celery reads its configuration once a process.
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
from tests.waiting import HANGS_AFTER_S, wait_until  # noqa: E402

# How long an example takes, or is drawn for, measures the machine and what else runs on it.
hypothesis.settings.register_profile("pytoon", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("pytoon")

# Hypothesis fails an example that takes longer than 200 ms; on a loaded machine any example may.
hypothesis.settings.register_profile("any-machine", deadline=None)
hypothesis.settings.load_profile("any-machine")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The embedded broker of this test process's home, with the tables migrated."""
    migrate()
    made = Broker(settings())
    made.start()
    yield made
    made.stop()


class ByFile(LoadScopeScheduling):
    """What starts workers, or makes a film, does so once for all tests of its file: they stay in one process.

    All of ``tests/faults`` do, because each of them needs the machine for itself. Xdist's own groups have no effect
    with pytest 9.2 (pytest-xdist, issue 1386).
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
    """A real Celery worker in a process of its own, ready when the block begins; ``env`` is for it alone."""
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
    def said() -> str:
        return log.read_text(errors="replace")

    wait_until(lambda: " ready." in said() or worker.poll() is not None, lambda: f"a ready worker:\n{said()[-3000:]}")
    assert " ready." in said(), f"the worker did not get ready:\n{said()[-3000:]}"
