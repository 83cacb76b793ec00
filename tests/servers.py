"""Redis, PostgreSQL and RabbitMQ servers of this machine, and a private part of each for the tests."""

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
VHOST_PREFIX = "pytoon-test-"


def missing(name: str, address: tuple[str, int]) -> str | None:
    """Why a server cannot be used, or ``None``. In CI a missing server is an error."""
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError as error:
        why = f"there is no {name} at {address[0]}:{address[1]}"
        if os.environ.get("CI"):
            raise AssertionError(why) from error
        return why
    return None


@contextmanager
def _machine_lock(name: str) -> Iterator[None]:
    """A lock of the machine: test runs in other directories wait."""
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- Redis -----------------------------------------------------------------------------------------------------------


@contextmanager
def redis_databases() -> Iterator[tuple[str, str]]:
    """The URLs of two empty databases, flushed afterwards. Databases that are not empty are in use and left alone."""
    with _machine_lock("pytoon-test-redis"):
        empty = [database for database in range(15, -1, -1) if _redis(database).dbsize() == 0]
        assert len(empty) >= 2, "every database of this Redis is in use"
        host, port = REDIS
        try:
            yield f"redis://{host}:{port}/{empty[0]}", f"redis://{host}:{port}/{empty[1]}"
        finally:
            for database in empty[:2]:
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
    """A new virtual host where that is allowed, else the default one, whose queues must not be in use."""
    _delete_abandoned_vhosts()
    name = f"{VHOST_PREFIX}{os.getpid()}"
    outputs = _ctl("add_vhost", name), _ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    if None not in outputs:
        try:
            yield name
        finally:
            _ctl("delete_vhost", name)
        return
    with _machine_lock("pytoon-test-rabbitmq"):
        _delete_queues()
        try:
            yield "/"
        finally:
            _delete_queues()


def _delete_abandoned_vhosts() -> None:
    """Delete the virtual hosts of test processes that were killed."""
    for name in (_ctl("list_vhosts") or "").split():
        if name.startswith(VHOST_PREFIX) and not Path(f"/proc/{name.removeprefix(VHOST_PREFIX)}").exists():
            _ctl("delete_vhost", name)


def _ctl(*words: str) -> str | None:
    """The output of rabbitmqctl; ``None`` where it cannot be used."""
    program = shutil.which("rabbitmqctl")
    if program is None:
        return None
    ended = subprocess.run((program, "-q", *words), capture_output=True, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else None


def _delete_queues() -> None:
    """Delete the queues that tests left; a queue with consumers is an error.

    Celery's exchanges and delay queues stay, because all applications share them.
    """
    with Connection(rabbit_url("/")) as connection:
        for queue in QUEUES:
            with contextlib.suppress(NotFound):
                channel: Channel = connection.channel()
                assert channel.queue_declare(queue, passive=True).consumer_count == 0, f"{queue} is being worked on"
                channel.queue_delete(queue)
