"""Structured logging for every process: lines carry the ids of their job, and secrets are redacted."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.core.config import settings
from app.core.redaction import redact

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
