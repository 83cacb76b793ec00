"""What may be read in a log, and what never may."""

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
from hypothesis import given
from hypothesis import strategies as st

from app.core import config, log

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
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
    into = io.StringIO()
    monkeypatch.setenv("PYTOON_LOG_FORMAT", "json")
    config.settings.cache_clear()
    log.configure("test", into)
    return lambda: [json.loads(line) for line in into.getvalue().splitlines()]


def test_a_line_says_when_who_and_what(lines: Lines) -> None:
    log.logger("engines.local").info("scene made", ms=812)
    (line,) = lines()
    assert line["event"] == "scene made"
    assert line["ms"] == 812
    assert (line["level"], line["logger"], line["process"]) == ("info", "engines.local", "test")
    assert line["timestamp"].endswith("Z")
    assert isinstance(line["pid"], int)


def test_every_line_inside_knows_its_job_also_a_librarys(lines: Lines) -> None:
    with log.log_context(job="job_1", run="r1", scene=3):
        log.logger("a").info("ours")
        logging.getLogger("sqlalchemy.engine").warning("theirs %s", 7)
    log.logger("a").info("after")
    ours, theirs, after = lines()
    for line in (ours, theirs):
        assert (line["job"], line["run"], line["scene"]) == ("job_1", "r1", 3)
    assert theirs["event"] == "theirs 7"
    assert "job" not in after


def test_an_inner_block_adds_and_gives_back(lines: Lines) -> None:
    with log.log_context(job="j", scene=None):
        with log.log_context(scene=1):
            log.logger("a").info("in")
        log.logger("a").info("out")
    inside, outside = lines()
    assert (inside["job"], inside["scene"]) == ("j", 1)
    assert outside["job"] == "j"
    assert "scene" not in outside


def test_what_is_bound_in_one_thread_is_not_seen_in_another(lines: Lines) -> None:
    with log.log_context(job="mine"):
        other = threading.Thread(target=lambda: log.logger("a").info("other"))
        other.start()
        other.join()
    (line,) = lines()
    assert "job" not in line


@pytest.mark.parametrize(
    "name", ["api_key", "RUNWAY_API_KEY", "secret", "access_token", "password", "Authorization", "cookie", "key"]
)
def test_what_is_named_like_a_secret_is_hidden_at_any_depth(lines: Lines, name: str) -> None:
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
def test_what_looks_like_a_secret_is_hidden_in_any_text(lines: Lines, text: str) -> None:
    log.logger("a").info(text, detail=text, nested=[text])
    logging.getLogger("celery").error("failed: %s", text)
    assert "Xy7abc" not in json.dumps(lines())


def test_a_secret_in_an_exception_is_hidden_and_its_traceback_stays(lines: Lines) -> None:
    try:
        raise ConnectionError("redis://:Xy7abc@host/0 refused")
    except ConnectionError:
        log.logger("a").exception("broker away")
    (line,) = lines()
    assert "Xy7abc" not in json.dumps(line)
    assert "ConnectionError" in line["exception"]
    assert "test_log.py" in line["exception"]


@pytest.mark.parametrize("key", ["jobs/job_1/output.mp4", "cache/plate/ab/abcdef.npy", "assets/xy/ast_xy.jpg"])
def test_a_storage_key_is_no_secret(lines: Lines, key: str) -> None:
    log.logger("a").info("kept", key=key)
    assert lines()[0]["key"] == key


def test_plain_words_and_numbers_stay_as_they_are(lines: Lines) -> None:
    log.logger("a").info(
        "used 12 tokens in 3 s, see https://example.com/a/@b", keyint=250, ratio=0.5, ok=True, none=None
    )
    (line,) = lines()
    assert line["event"] == "used 12 tokens in 3 s, see https://example.com/a/@b"
    assert (line["keyint"], line["ratio"], line["ok"], line["none"]) == (250, 0.5, True, None)


@given(st.text(alphabet=st.characters(categories=("L", "N")), min_size=4, max_size=30))
def test_no_password_survives_in_a_url(password: str) -> None:
    assert log.redacted_text(f"at redis://user:{password}@host/0 now") == "at redis://***@host/0 now"


def test_lines_below_the_level_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    into = io.StringIO()
    monkeypatch.setenv("PYTOON_LOG_LEVEL", "warning")
    config.settings.cache_clear()
    log.configure("test", into)
    log.logger("a").info("quiet")
    log.logger("a").warning("loud")
    assert "quiet" not in into.getvalue()
    assert "loud" in into.getvalue()


def test_a_person_at_a_terminal_reads_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    into = io.StringIO()
    monkeypatch.setattr(into, "isatty", lambda: True)
    log.configure("test", into)
    log.logger("a").info("scene made", scene=3)
    assert "scene made" in into.getvalue()
    assert not into.getvalue().startswith("{")


def test_a_library_with_a_handler_of_its_own_is_brought_into_line(lines: Lines) -> None:
    theirs, elsewhere = logging.getLogger("gunicorn.test"), io.StringIO()
    theirs.addHandler(logging.StreamHandler(elsewhere))
    theirs.propagate = False
    into = io.StringIO()
    log.configure("test", into)
    theirs.warning("worker timeout")
    assert elsewhere.getvalue() == ""
    assert json.loads(into.getvalue())["event"] == "worker timeout"


def test_configuring_twice_does_not_write_twice(lines: Lines) -> None:
    into = io.StringIO()
    log.configure("test", into)
    log.configure("test", into)
    log.logger("a").info("once")
    assert len(into.getvalue().splitlines()) == 1


def test_celery_leaves_logging_to_us() -> None:
    def setup(**_: Any) -> None:
        log.for_celery("cpu")

    signals.setup_logging.connect(setup)
    try:
        Celery("test").log.setup(loglevel="INFO")
    finally:
        signals.setup_logging.disconnect(setup)
    formats = [
        h.formatter
        for h in logging.getLogger().handlers
        if isinstance(h.formatter, log.structlog.stdlib.ProcessorFormatter)
    ]
    assert len(formats) == 1
    assert logging.getLogger("celery").handlers == []


def test_logging_in_a_worker_brings_no_flask() -> None:
    code = "import sys, app.core.log as log; log.configure('gpu'); sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
