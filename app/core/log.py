"""One way to log for every process: structured lines that know their job, and that never carry a secret."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.core.config import settings

HIDDEN = "***"
SECRET_NAME = re.compile(r"key|secret|token|passw|passphrase|authorization|credential|cookie|signature", re.IGNORECASE)
# What the house itself calls a key is a place in the storage, and worth reading.
STORAGE_KEY = re.compile(r"(assets|cache|jobs|runs)/[a-z0-9_./-]*")
SECRET_TEXT = (
    (re.compile(r"(://)[^\s/?#]*@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(bearer\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"([\w-]*(?:api[_-]?key|secret|token|passw(?:or)?d|authorization|signature)[\w-]*[\"']?\s*[=:]\s*[\"']?)"
            r"(?:(?:basic|bearer|digest)\s+)?[^\s\"'&,;)}]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)
CHATTY = ("amqp", "kombu", "urllib3", "PIL", "tornado.access", "alembic.runtime.plugins")


def configure(process: str, stream: TextIO | None = None) -> None:
    """Sends all logging of this process, the house's and its libraries', as one kind of line to ``stream`` (stderr).

    Every line has ``process`` and ``pid`` and what ``bound`` added. May be called again, also after a fork.
    """
    into = stream or sys.stderr
    handler = logging.StreamHandler(into)
    handler.setFormatter(_formatter(process, _is_console(into)))
    _take_over(handler)
    structlog.configure(
        processors=[*_shared(process), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def for_celery(process: str = "") -> None:
    """To be called when Celery sends ``setup_logging``; Celery then leaves logging alone."""
    configure(process or settings().process or "worker")


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """``logger(__name__).info("scene made", scene=3, ms=812)``."""
    made: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return made


@contextmanager
def log_context(**facts: Any) -> Iterator[None]:
    """``with bound(job=…, run=…, scene=…)``: every line logged inside, by whomever, has these; ``None`` is left out."""
    with structlog.contextvars.bound_contextvars(**{name: fact for name, fact in facts.items() if fact is not None}):
        yield


def redacted(value: Any, name: str = "") -> Any:
    """``value`` as it may be shown: what is named like a secret or looks like one is ``***``."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if SECRET_NAME.search(name) and not (isinstance(value, str) and STORAGE_KEY.fullmatch(value)):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(item) for item in value]
    return redacted_text(value if isinstance(value, str) else str(value))


def redacted_text(text: str) -> str:
    """``text`` without passwords in URLs, bearer tokens and ``name=value`` pairs whose name says that it is secret."""
    for pattern, instead in SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redacted(value, name) for name, value in event.items()}


def _shared(process: str) -> list[Processor]:
    def add_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        event["pid"] = os.getpid()
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        add_process,
    ]


def _formatter(process: str, console: bool) -> logging.Formatter:
    # An exception becomes text before redaction: it often quotes the URL that failed, with its password.
    plain = structlog.dev.plain_traceback
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(process),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
    )


def _is_console(stream: TextIO) -> bool:
    chosen = settings().log_format
    return stream.isatty() if chosen == "auto" else chosen == "console"


def _take_over(handler: logging.Handler) -> None:
    """Libraries that brought handlers of their own lose them; the root keeps only ours and a test runner's."""
    root = logging.getLogger()
    for known in list(root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger):
            known.handlers.clear()
            known.propagate = True
    root.handlers[:] = [kept for kept in root.handlers if type(kept) is not logging.StreamHandler]
    root.addHandler(handler)
    root.setLevel(settings().log_level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
