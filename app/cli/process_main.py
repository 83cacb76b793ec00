"""What a process of the stack does, from its first line to its last: ``python -m app.cli.process_main gpu``."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

from app.cli.programs import celery_argv
from app.core import log
from app.core.config import settings
from app.core.parent_death import end_with_parent

GUNICORN = ["gunicorn", "-c", "python:app.api.gunicorn_conf"]


def main(kind: str) -> None:
    log.configure(kind)
    if kind == "web":
        serve_api()
    else:
        run_celery(kind)


def run_celery(kind: str) -> None:
    from celery import signals

    from app.queue.application import celery

    # Celery looks for these where the user happens to be first; what is imported already is ours.
    for name in ("celeryconfig", *celery.conf.include):
        import_module(name.partition(".")[0])
    signals.celeryd_after_setup.connect(_freeze)
    signals.worker_process_init.connect(_tie)
    if kind == "beat":  # a sweep every few seconds would push everything else out of Flower's list
        celery.conf.task_send_sent_event = False
    sys.argv = ["celery"]
    celery.start(celery_argv(kind, settings()))


def _freeze(**_: Any) -> None:
    """Celery collects garbage before each fork. What was imported is none: so a child is replaced in half the time."""
    gc.freeze()


def _tie(**_: Any) -> None:
    """A child of a worker does not outlive it: what it works on is given to another, and must not run twice."""
    end_with_parent()


def serve_api() -> None:
    from gunicorn.app.wsgiapp import run

    sys.argv = GUNICORN
    run()


if __name__ == "__main__":
    main(sys.argv[1])
