"""Whether the things this process needs are there; each question is short, and all are asked at the same time."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass

from kombu import Connection

from app.core.config import settings
from app.database.session import engine, is_current
from app.media import ffmpeg
from app.store.disk_space import free_bytes

ANSWER_S = 3.0
CONNECT_S = 2


@dataclass(frozen=True, slots=True)
class Check:
    ok: bool
    detail: str


Question = Callable[[], Check]


def answers(questions: Mapping[str, Question]) -> dict[str, Check]:
    """By name; a question that is not answered within ``ANSWER_S`` counts as a no."""
    until = time.monotonic() + ANSWER_S
    pool = ThreadPoolExecutor(len(questions), thread_name_prefix="health")
    try:
        asked = {name: pool.submit(question) for name, question in questions.items()}
        return {name: _answer(future, until) for name, future in asked.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answer(asked: Future[Check], until: float) -> Check:
    try:
        return asked.result(max(0.0, until - time.monotonic()))
    except TooLong:
        return Check(False, f"no answer within {ANSWER_S:g} s")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return Check(False, f"does not work: {type(error).__name__}")  # its words may have a password


def broker() -> Check:
    chosen = settings()
    for url in dict.fromkeys((chosen.broker, chosen.results)):
        _greet(url)
    return Check(True, "embedded" if chosen.embedded else "answers")


def _greet(url: str) -> None:
    options = {"socket_connect_timeout": CONNECT_S, "socket_timeout": CONNECT_S, "max_retries": 0}
    transport = {} if url.startswith("amqp") else options
    with Connection(url, connect_timeout=CONNECT_S, transport_options=transport) as line:
        line.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_S)


def database() -> Check:
    if is_current():
        return Check(True, engine().dialect.name)
    return Check(False, "its tables are those of another version: migrate it")


def storage() -> Check:
    """Writes, because a full or read-only disk still reads well."""
    wanted, free = settings().min_free_bytes, free_bytes()
    probe = settings().home / f".health-{os.getpid()}-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"here")
    finally:
        probe.unlink(missing_ok=True)
    return Check(free >= wanted, f"{free >> 20} MiB free, {wanted >> 20} wanted")


def encoder() -> Check:
    found = os.access(ffmpeg.binary(), os.X_OK)
    return Check(found, "can be run" if found else "cannot be run")


QUESTIONS: dict[str, Question] = {
    "broker": broker,
    "database": database,
    "storage": storage,
    "ffmpeg": encoder,
}
