"""Structured logging for every process: lines carry the ids of their job, and secrets are redacted."""

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

REDACTED = "***"
SECRET_NAME = re.compile(r"key|secret|token|passw|passphrase|authorization|credential|cookie|signature", re.IGNORECASE)
# A storage key is also named "key"; it is not a secret, and helps to find the file.
STORAGE_KEY = re.compile(r"(assets|cache|jobs|runs)/[a-z0-9_./-]*")
SECRET_TEXT = (
    (re.compile(r"(://)[^\s/?#]*@"), rf"\1{REDACTED}@"),
    (re.compile(r"\b(bearer\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{REDACTED}"),
    (
        re.compile(
            r"([\w-]*(?:api[_-]?key|secret|token|passw(?:or)?d|authorization|signature)[\w-]*[\"']?\s*[=:]\s*[\"']?)"
            r"(?:(?:basic|bearer|digest)\s+)?[^\s\"'&,;)}]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)
NOISY_LOGGERS = ("amqp", "kombu", "urllib3", "PIL", "tornado.access", "alembic.runtime.plugins")


def configure(process: str, stream: TextIO | None = None) -> None:
    """Send all log lines of this process, its libraries' too, in one format to ``stream`` (stderr by default).

    Every line has ``process``, ``pid`` and the values of ``log_context``. May be called again, also after a fork.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(process, _is_console(target)))
    _install(handler)
    structlog.configure(
        processors=[*_shared_processors(process), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def configure_celery(process: str = "") -> None:
    """Configure logging as a receiver of Celery's ``setup_logging``; Celery then does not configure it."""
    configure(process or settings().process or "worker")


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for events with facts: ``logger(__name__).info("scene rendered", scene=3, ms=812)``."""
    bound_logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound_logger


@contextmanager
def log_context(**facts: Any) -> Iterator[None]:
    """Add ``facts`` to every line logged in the block, by libraries too: ``with log_context(job=…, run=…, scene=…)``.

    Facts that are ``None`` are left out.
    """
    with structlog.contextvars.bound_contextvars(**{name: fact for name, fact in facts.items() if fact is not None}):
        yield


def redact(value: Any, name: str = "") -> Any:
    """``value`` with ``***`` in place of everything that is named like a secret or looks like one."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if SECRET_NAME.search(name) and not (isinstance(value, str) and STORAGE_KEY.fullmatch(value)):
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return redact_text(value if isinstance(value, str) else str(value))


def redact_text(text: str) -> str:
    """``text`` without passwords in URLs, bearer tokens and the values of ``name=value`` pairs with a secret's name."""
    for pattern, replacement in SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redact(value, name) for name, value in event.items()}


def _shared_processors(process: str) -> list[Processor]:
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
    # An exception becomes text before redaction, because it may contain a URL with a password.
    plain_traceback = structlog.dev.plain_traceback
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared_processors(process),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
    )


def _is_console(stream: TextIO) -> bool:
    log_format = settings().log_format
    return stream.isatty() if log_format == "auto" else log_format == "console"


def _install(handler: logging.Handler) -> None:
    """Make ``handler`` the only one: remove those of libraries, and every ``StreamHandler`` of the root logger.

    Other handlers of the root logger, such as those of a test runner, stay.
    """
    root = logging.getLogger()
    for library_logger in list(root.manager.loggerDict.values()):
        if isinstance(library_logger, logging.Logger):
            library_logger.handlers.clear()
            library_logger.propagate = True
    root.handlers[:] = [other for other in root.handlers if type(other) is not logging.StreamHandler]
    root.addHandler(handler)
    root.setLevel(settings().log_level.upper())
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
