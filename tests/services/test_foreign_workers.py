"""Workers of another deployment on the same broker: they refuse to start, and leave its tasks alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.queue.deployment import CLAIM
from tests import servers
from tests.conftest import running_worker
from tests.servers import QUEUES
from tests.stacks import Stack, running_stack
from tests.waiting import HANGS_AFTER_S, wait_until

SCRIPT = "The river is quiet today. The bridge is older than the town."


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """``pytoon serve`` with a Redis that other programs can use too."""
    if reason := servers.missing("Redis", servers.REDIS):
        pytest.skip(reason)
    with servers.redis_databases() as (broker, results):
        env = {"PYTOON_BROKER_URL": broker, "PYTOON_RESULT_URL": results}
        with running_stack(tmp_path_factory.mktemp("own") / "home", env) as stack:
            yield stack


def migrated(home: Path, stack: Stack) -> dict[str, str]:
    """The environment of a deployment of its own, with a database, on the broker of ``stack``."""
    env = {**stack.env, "PYTOON_HOME": str(home)}
    code = "from app.database.session import migrate; migrate()"
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    return env


def started(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "app.cli.main", "worker", "gpu"]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False)


def test_worker_with_another_database_and_home_does_not_start(stack: Stack, tmp_path: Path) -> None:
    ended = started(migrated(tmp_path / "other", stack))
    assert ended.returncode == 2
    assert "the queues of this broker are used by another deployment" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_worker_with_another_home_does_not_start(stack: Stack, tmp_path: Path) -> None:
    database = f"sqlite:///{stack.home / 'pytoon.db'}"
    ended = started({**stack.env, "PYTOON_HOME": str(tmp_path / "other"), "PYTOON_DATABASE_URL": database})
    assert ended.returncode == 2
    assert f"the storage in {tmp_path / 'other'} has no file of the deployment" in ended.stderr


def test_worker_with_another_database_does_not_start(stack: Stack, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'other.db'}"
    env = {**stack.env, "PYTOON_DATABASE_URL": database}
    assert "has tables of another version" in started(env).stderr
    code = "from app.database.session import migrate; migrate()"
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    with sa.create_engine(database).begin() as connection:
        connection.execute(sa.text("INSERT INTO deployment (name, id) VALUES ('this', 'another')"))
    ended = started(env)
    assert ended.returncode == 2
    assert "belong to different deployments" in ended.stderr


def test_job_is_done_although_a_foreign_worker_takes_its_tasks(stack: Stack, tmp_path: Path) -> None:
    env = migrated(tmp_path / "other", stack)
    with running_worker(QUEUES, children=2, env=env):
        job_id = stack.submit(SCRIPT, voice={"provider": "none"})
        job = stack.wait_for_end(job_id)
    assert (job["state"], job["error"]) == ("DONE", None)
    assert not any(event["kind"] in ("step.failed", "step.retried") for event in stack.events(job_id))
    assert not list((tmp_path / "other").glob("runs/*"))


def test_second_worker_of_the_same_deployment_starts(stack: Stack) -> None:
    argv = [sys.executable, "-P", "-m", "app.cli.main", "worker", "gpu"]
    with subprocess.Popen(argv, env=stack.env, stderr=subprocess.PIPE, text=True) as worker:
        lines: list[str] = []
        assert worker.stderr
        for line in worker.stderr:
            lines.append(line)
            if " ready" in line:
                break
        worker.terminate()
    assert any(" ready" in line for line in lines), lines


def test_queues_of_a_deployment_that_is_gone_are_free_after_a_while(stack: Stack) -> None:
    database = int(stack.env["PYTOON_BROKER_URL"].rpartition("/")[2])
    redis = servers._redis(database)
    wait_until(lambda: redis.get(CLAIM), "the claim")
    assert 0 < int(redis.ttl(CLAIM)) <= 3600  # type: ignore[arg-type]
