"""What a step holds on to while the server that keeps results is away for a moment."""

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
    """One that can be killed and comes back by itself."""

    broker: Broker
    over: threading.Event

    def kill(self, away_s: float) -> None:
        self.broker.kill()
        self.broker.finish()
        threading.Thread(target=self._back, args=(away_s,), daemon=True).start()

    def _back(self, away_s: float) -> None:
        time.sleep(away_s)
        self.broker.start()
        self.over.wait(HANGS_AFTER_S)  # a server ends with the thread that started it


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(Broker(Settings(home=tmp_path)), threading.Event())
    made.broker.start()
    yield made
    made.broker.stop()
    made.over.set()


@pytest.fixture
def store(server: Server) -> GuardedRedisBackend:
    """As a worker's child has it."""
    made = GuardedRedisBackend(app=application.celery, url=f"socket://{server.broker.socket}?virtual_host=1")
    made.wait_for_server()
    return made


def test_a_step_waits_for_a_server_that_is_started_again(server: Server, store: GuardedRedisBackend) -> None:
    store.set_unless_ended("a", "STARTED", {"step": 1})
    server.kill(away_s=1)
    assert store.set_unless_ended("a", "STARTED", {"step": 2})
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert meta["result"] == {"step": 2}


def test_others_are_told_at_once_that_the_server_is_away(server: Server) -> None:
    impatient = GuardedRedisBackend(app=application.celery, url=f"socket://{server.broker.socket}?virtual_host=1")
    server.broker.stop()
    with pytest.raises(redis.ConnectionError):
        impatient.metas(["a"])


def test_a_lock_outlives_a_server_that_was_away_for_longer_than_it(server: Server, store: GuardedRedisBackend) -> None:
    with task_lock(store.client, "a", LOCK_MS) as mine:
        assert mine
        server.kill(away_s=2 * LOCK_MS / 1000)
        renewed = awaited_owner(store.client)
        time.sleep(LOCK_MS / 1000)
        assert store.client.get("lock:a") == renewed


def test_a_lock_is_free_after_its_block_however_close_a_renewal_was(store: GuardedRedisBackend) -> None:
    for _ in range(20):
        with task_lock(store.client, "a", 30):
            time.sleep(0.01)
        assert store.client.get("lock:a") is None


def test_a_lock_that_another_took_meanwhile_stays_his(store: GuardedRedisBackend) -> None:
    with task_lock(store.client, "a", LOCK_MS):
        store.client.set("lock:a", "elsewhere|1|other")
        time.sleep(LOCK_MS / 1000)
        assert store.client.get("lock:a") == b"elsewhere|1|other"
    assert store.client.get("lock:a") == b"elsewhere|1|other"


def test_what_a_chord_says_of_its_parts_is_no_end(store: GuardedRedisBackend) -> None:
    store.store_result("a", ChordError("Join error: ConnectionError()"), "FAILURE")
    assert store.set_unless_ended("a", "FAILURE", store.prepare_exception(ValueError("the cause")))
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert isinstance(store.exception_to_python(meta["result"]), ValueError)


def test_a_failure_keeps_its_cause_whatever_its_chord_says(store: GuardedRedisBackend) -> None:
    store.store_result("a", ValueError("the cause"), "FAILURE")
    store.store_result("a", ChordError("Dependency b raised ValueError()"), "FAILURE")
    (meta,) = store.metas(["a"])
    assert meta is not None
    assert isinstance(store.exception_to_python(meta["result"]), ValueError)
    assert not store.set_unless_ended("a", "STARTED", {})


def awaited_owner(client: Any) -> bytes:
    return bytes(wait_until(lambda: client.get("lock:a"), "an owner of the lock"))
