"""Structured log lines: their fields, their format, and the redaction of secrets."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from celery import Celery, signals

from app.core import config, log

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    config.settings.cache_clear()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    stream = io.StringIO()
    monkeypatch.setenv("PYTOON_LOG_FORMAT", "json")
    config.settings.cache_clear()
    log.configure("test", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_has_timestamp_level_logger_process_and_event(lines: Lines) -> None:
    log.logger("engines.local").info("scene rendered", ms=812)
    (line,) = lines()
    assert line["event"] == "scene rendered"
    assert line["ms"] == 812
    assert (line["level"], line["logger"], line["process"]) == ("info", "engines.local", "test")
    assert line["timestamp"].endswith("Z")
    assert isinstance(line["pid"], int)


def test_log_context_adds_its_facts_to_every_line_of_libraries_too(lines: Lines) -> None:
    with log.log_context(job="job_1", run="r1", scene=3):
        log.logger("a").info("own")
        logging.getLogger("sqlalchemy.engine").warning("library %s", 7)
    log.logger("a").info("after")
    own_line, library_line, line_after = lines()
    for line in (own_line, library_line):
        assert (line["job"], line["run"], line["scene"]) == ("job_1", "r1", 3)
    assert library_line["event"] == "library 7"
    assert "job" not in line_after


def test_nested_log_context_adds_facts_and_restores_the_outer_context(lines: Lines) -> None:
    with log.log_context(job="j", scene=None):
        with log.log_context(scene=1):
            log.logger("a").info("in")
        log.logger("a").info("out")
    inner_line, outer_line = lines()
    assert (inner_line["job"], inner_line["scene"]) == ("j", 1)
    assert outer_line["job"] == "j"
    assert "scene" not in outer_line


def test_log_context_of_one_thread_does_not_apply_to_another(lines: Lines) -> None:
    with log.log_context(job="job_1"):
        other = threading.Thread(target=lambda: log.logger("a").info("other"))
        other.start()
        other.join()
    (line,) = lines()
    assert "job" not in line


@pytest.mark.parametrize(
    "name", ["api_key", "RUNWAY_API_KEY", "secret", "access_token", "password", "Authorization", "cookie", "key"]
)
def test_values_with_the_name_of_a_secret_are_redacted_at_any_depth(lines: Lines, name: str) -> None:
    log.logger("a").info("calling", **{name: "Xy7abc"}, request={"headers": [{name: "Xy7abc"}]})
    text = json.dumps(lines())
    assert "Xy7abc" not in text
    assert text.count("***") == 2


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach redis://:Xy7abc@10.0.0.1:6379/0",
        "postgresql+psycopg://pytoon:Xy7abc@db/pytoon is away",
        "amqp://guest:p@ss-Xy7abc@mq//",
        "header Authorization: Bearer Xy7abc.def",
        "Authorization: Basic Xy7abc==",
        "sent bearer Xy7abc",
        "GET https://api.example.com/v1?api_key=Xy7abc&page=2",
        "{'client_secret': 'Xy7abc', 'a': 1}",
        'password="Xy7abc"',
    ],
)
def test_secrets_in_texts_are_redacted(lines: Lines, text: str) -> None:
    log.logger("a").info(text, detail=text, nested=[text])
    logging.getLogger("celery").error("failed: %s", text)
    assert "Xy7abc" not in json.dumps(lines())


def test_secret_in_an_exception_is_redacted_and_its_traceback_stays(lines: Lines) -> None:
    try:
        raise ConnectionError("redis://:Xy7abc@host/0 refused")
    except ConnectionError:
        log.logger("a").exception("broker away")
    (line,) = lines()
    assert "Xy7abc" not in json.dumps(line)
    assert "ConnectionError" in line["exception"]
    assert "test_log.py" in line["exception"]


@pytest.mark.parametrize("key", ["jobs/job_1/output.mp4", "cache/plate/ab/abcdef.npy", "assets/xy/ast_xy.jpg"])
def test_storage_key_is_not_redacted(lines: Lines, key: str) -> None:
    log.logger("a").info("stored", key=key)
    assert lines()[0]["key"] == key


def test_ordinary_texts_and_numbers_are_not_changed(lines: Lines) -> None:
    log.logger("a").info(
        "used 12 tokens in 3 s, see https://example.com/a/@b", keyint=250, ratio=0.5, ok=True, none=None
    )
    (line,) = lines()
    assert line["event"] == "used 12 tokens in 3 s, see https://example.com/a/@b"
    assert (line["keyint"], line["ratio"], line["ok"], line["none"]) == (250, 0.5, True, None)


def test_lines_below_the_log_level_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setenv("PYTOON_LOG_LEVEL", "warning")
    config.settings.cache_clear()
    log.configure("test", stream)
    log.logger("a").info("quiet")
    log.logger("a").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_terminal_shows_text_instead_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    log.configure("test", stream)
    log.logger("a").info("scene rendered", scene=3)
    assert "scene rendered" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_handlers_of_libraries_are_replaced(lines: Lines) -> None:
    library_logger, library_stream = logging.getLogger("gunicorn.test"), io.StringIO()
    library_logger.addHandler(logging.StreamHandler(library_stream))
    library_logger.propagate = False
    stream = io.StringIO()
    log.configure("test", stream)
    library_logger.warning("worker timeout")
    assert library_stream.getvalue() == ""
    assert json.loads(stream.getvalue())["event"] == "worker timeout"


def test_configuring_twice_writes_each_line_once(lines: Lines) -> None:
    stream = io.StringIO()
    log.configure("test", stream)
    log.configure("test", stream)
    log.logger("a").info("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_celery_does_not_configure_logging() -> None:
    def setup(**_: Any) -> None:
        log.configure_celery("cpu")

    signals.setup_logging.connect(setup)
    try:
        Celery("test").log.setup(loglevel="INFO")
    finally:
        signals.setup_logging.disconnect(setup)
    formatters = [
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, log.structlog.stdlib.ProcessorFormatter)
    ]
    assert len(formatters) == 1
    assert logging.getLogger("celery").handlers == []


def test_logging_of_a_worker_does_not_import_flask() -> None:
    code = "import sys, app.core.log as log; log.configure('gpu'); sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
