"""The servers of this machine that are not the tests' own: whether they are there, and a part of them for us alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import sqlalchemy as sa
from amqp import Channel
from amqp.exceptions import NotFound
from kombu import Connection

from schemas.steps import QueueName

REDIS = ("127.0.0.1", 6379)
RABBIT = ("127.0.0.1", 5672)
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
QUEUES = tuple(queue.value for queue in QueueName)
ROOM = "pytoon-test-"


def missing(name: str, address: tuple[str, int]) -> str | None:
    """Why this one cannot be had here; an automatic build promises all of them."""
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError as error:
        why = f"there is no {name} at {address[0]}:{address[1]}"
        if os.environ.get("CI"):
            raise AssertionError(why) from error
        return why
    return None


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One set of tests at a time on this machine: another one, in another folder, waits."""
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- Redis -----------------------------------------------------------------------------------------------------------


@contextmanager
def redis_databases() -> Iterator[tuple[str, str]]:
    """The addresses of two databases that nobody uses, empty again afterwards: what is in the others is somebody's."""
    with _alone("pytoon-test-redis"):
        found = [database for database in range(15, -1, -1) if _redis(database).dbsize() == 0]
        assert len(found) >= 2, "every database of this Redis is in use"
        host, port = REDIS
        try:
            yield f"redis://{host}:{port}/{found[0]}", f"redis://{host}:{port}/{found[1]}"
        finally:
            for database in found[:2]:
                _redis(database).flushdb()


def _redis(database: int) -> redis.Redis:
    return redis.Redis(*REDIS, database)


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


def postgres_address() -> tuple[str, int]:
    url = sa.make_url(POSTGRES)
    return url.host or "127.0.0.1", url.port or 5432


@contextmanager
def postgres_database() -> Iterator[sa.URL]:
    """The URL of a new database, which is dropped afterwards."""
    name = f"pytoon_test_{uuid.uuid4().hex[:8]}"
    with postgres_admin() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield sa.make_url(POSTGRES).set(database=name)
    finally:
        with postgres_admin() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def postgres_admin() -> Iterator[sa.Connection]:
    """A connection to the server's own database that commits each statement."""
    engine = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


# -- RabbitMQ --------------------------------------------------------------------------------------------------------


def rabbit_url(vhost: str, port: int = RABBIT[1]) -> str:
    return f"amqp://guest:guest@{RABBIT[0]}:{port}/{vhost}"


@contextmanager
def rabbit_vhost() -> Iterator[str]:
    """A virtual host of our own where that is allowed; else the common one, in which nobody may be at work."""
    _sweep_rooms()
    name = f"{ROOM}{os.getpid()}"
    made = _ctl("add_vhost", name), _ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    if None not in made:
        try:
            yield name
        finally:
            _ctl("delete_vhost", name)
        return
    with _alone("pytoon-test-rabbitmq"):
        _free()
        try:
            yield "/"
        finally:
            _free()


def _sweep_rooms() -> None:
    """Those whose owner was killed before he could clean up."""
    for name in (_ctl("list_vhosts") or "").split():
        if name.startswith(ROOM) and not Path(f"/proc/{name.removeprefix(ROOM)}").exists():
            _ctl("delete_vhost", name)


def _ctl(*words: str) -> str | None:
    """What rabbitmqctl said; ``None`` where it may not be used."""
    program = shutil.which("rabbitmqctl")
    if program is None:
        return None
    ended = subprocess.run((program, "-q", *words), capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else None


def _free() -> None:
    """Removes the queues that tests left; somebody's living ones are not ours to touch.

    Celery's exchanges and delay queues stay: all its applications share them.
    """
    with Connection(rabbit_url("/")) as line:
        for queue in QUEUES:
            with contextlib.suppress(NotFound):
                channel: Channel = line.channel()
                assert channel.queue_declare(queue, passive=True).consumer_count == 0, f"{queue} is being worked on"
                channel.queue_delete(queue)
