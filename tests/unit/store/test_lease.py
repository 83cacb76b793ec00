"""A lease is held by one process at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.core.config import settings
from app.database.models import LeaseRow, now
from app.database.session import engine, migrate, transaction
from app.store.retention.lease import leased

HOLDER = """
import sys
from app.store.retention.lease import leased
with leased("retention"):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    settings.cache_clear()
    migrate()
    yield
    engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()


def holder() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "in\n"
    return process


def entered(name: str) -> threading.Event:
    inside = threading.Event()

    def enter() -> None:
        with leased(name):
            inside.set()

    threading.Thread(target=enter, daemon=True).start()
    return inside


def test_the_second_waits_until_the_first_is_out() -> None:
    first = holder()
    inside = entered("retention")
    assert not inside.wait(0.3)
    first.communicate("")
    assert inside.wait(30)


def test_the_lease_of_a_killed_process_runs_out() -> None:
    first = holder()
    inside = entered("retention")
    first.kill()
    first.wait()
    assert not inside.wait(0.3)
    with transaction() as session:
        session.execute(update(LeaseRow).values(expires_at=now() - timedelta(seconds=1)))
    assert inside.wait(30)


def test_another_lease_does_not_wait() -> None:
    first = holder()
    assert entered("other").wait(30)
    first.communicate("")


def test_a_lease_ends_with_its_block_even_when_that_fails() -> None:
    with pytest.raises(RuntimeError), leased("retention"):
        raise RuntimeError("no")
    with transaction() as session:
        assert session.scalars(select(LeaseRow)).all() == []
