"""Results and locks of a step while the result store is unavailable for a short time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.exceptions import ChordError

from app.core.config import Settings
from app.queue import application
from app.queue.embedded_broker import Broker
from app.queue.result_backend import GuardedRedisBackend
from app.queue.task_lock import task_lock
from tests.waiting import HANGS_AFTER_S, wait_until

LOCK_MS = 900


@dataclass(frozen=True)
class Server:
    """An embedded server that can be killed and starts again after a delay."""

    broker: Broker
    test_ended: threading.Event

    def kill(self, delay_s: float) -> None:
        self.broker.kill()
        self.broker.finish()
        threading.Thread(target=self._restart, args=(delay_s,), daemon=True).start()

    def _restart(self, delay_s: float) -> None:
        time.sleep(delay_s)
        self.broker.start()
        self.test_ended.wait(HANGS_AFTER_S)  # a server ends with the thread that started it


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(Broker(Settings(home=tmp_path)), threading.Event())
    server.broker.start()
    yield server
    server.broker.stop()
    server.test_ended.set()


@pytest.fixture
def store(server: Server) -> GuardedRedisBackend:
    """The result backend in the mode of a worker's child, which waits for the server."""
    backend = GuardedRedisBackend(app=application.celery, url=f"socket://{server.broker.socket}?virtual_host=1")
    backend.wait_for_server()
    return backend


def test_child_of_a_worker_waits_for_the_server(server: Server, store: GuardedRedisBackend) -> None:
    store.set_unless_ended("a", "STARTED", {"step": 1})
    server.kill(delay_s=1)
    assert store.set_unless_ended("a", "STARTED", {"step": 2})
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert meta["result"] == {"step": 2}


def test_other_processes_get_an_error_at_once(server: Server) -> None:
    backend = GuardedRedisBackend(app=application.celery, url=f"socket://{server.broker.socket}?virtual_host=1")
    server.broker.stop()
    with pytest.raises(redis.ConnectionError):
        backend.metas(["a"])


def test_lock_is_acquired_again_after_a_longer_outage(server: Server, store: GuardedRedisBackend) -> None:
    with task_lock(store.client, "a", LOCK_MS) as acquired:
        assert acquired
        server.kill(delay_s=2 * LOCK_MS / 1000)
        owner = wait_for_lock_owner(store.client)
        time.sleep(LOCK_MS / 1000)
        assert store.client.get("lock:a") == owner


def test_lock_is_released_after_its_block_despite_concurrent_renewals(store: GuardedRedisBackend) -> None:
    for _ in range(20):
        with task_lock(store.client, "a", 30):
            time.sleep(0.01)
        assert store.client.get("lock:a") is None


def test_lock_of_another_owner_is_neither_renewed_nor_released(store: GuardedRedisBackend) -> None:
    with task_lock(store.client, "a", LOCK_MS):
        store.client.set("lock:a", "otherhost|1|other")
        time.sleep(LOCK_MS / 1000)
        assert store.client.get("lock:a") == b"otherhost|1|other"
    assert store.client.get("lock:a") == b"otherhost|1|other"


def test_chord_error_is_not_a_final_state(store: GuardedRedisBackend) -> None:
    store.store_result("a", ChordError("Join error: ConnectionError()"), "FAILURE")
    assert store.set_unless_ended("a", "FAILURE", store.prepare_exception(ValueError("the cause")))
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert isinstance(store.exception_to_python(meta["result"]), ValueError)


def test_chord_error_does_not_replace_the_cause_of_a_failure(store: GuardedRedisBackend) -> None:
    store.store_result("a", ValueError("the cause"), "FAILURE")
    store.store_result("a", ChordError("Dependency b raised ValueError()"), "FAILURE")
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert isinstance(store.exception_to_python(meta["result"]), ValueError)
    assert not store.set_unless_ended("a", "STARTED", {})


def wait_for_lock_owner(client: Any) -> bytes:
    return bytes(wait_until(lambda: client.get("lock:a"), "an owner of the lock"))
