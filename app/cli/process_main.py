"""The main function of each process of the stack: ``python -m app.cli.process_main gpu``."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.cli import programs
from app.cli.failures import print_failure
from app.core import log
from app.core.config import setting_warnings, settings
from app.core.home import only_one, open_home
from app.core.parent_death import end_with_parent
from schemas.steps import THREADED_WORKER, WORKER_QUEUES

if TYPE_CHECKING:
    from celery import Celery

GUNICORN = ["gunicorn", "-c", "python:app.api.gunicorn_conf"]


def main(kind: str) -> int:
    """Run the program until it ends; return the exit code. The reason why it cannot start is a sentence."""
    try:
        log.configure(kind)
        home = open_home(settings())
        for sentence in setting_warnings():
            log.logger(__name__).warning(sentence)
        if kind == "web":
            serve_api()
        elif kind == "beat":
            with only_one(home, "beat", "another clock of the periodic tasks (`pytoon serve` or `pytoon beat`)"):
                run_celery(kind)
        else:
            run_celery(kind)
    except Exception as error:  # noqa: BLE001 - every failure to start is a sentence
        return print_failure(error)
    return 0


def run_celery(kind: str) -> None:
    gc.disable()  # modules are not garbage: collections while they are imported only take time
    from celery import signals

    celery = load_application(kind)
    gc.enable()
    if kind in WORKER_QUEUES:
        check_start_of_worker(celery)
    signals.celeryd_after_setup.connect(_freeze)
    signals.worker_process_init.connect(_end_with_worker)
    sys.argv = ["celery"]
    # Celery's command line loads all its commands and Flower; workers and beat start without it.
    if kind in WORKER_QUEUES:
        celery.Worker(**programs.worker_options(kind, settings())).start()
    elif kind == "beat":
        celery.conf.task_send_sent_event = False  # periodic tasks every few seconds would fill Flower's list of tasks
        celery.Beat(quiet=True).run()
    else:
        celery.start(programs.flower_argv(settings()))


def load_application(kind: str) -> Celery:
    """Celery's application with the modules that a process of this kind needs.

    Beat and Flower know tasks by their names only: importing the tasks would take most of the time of their start. The
    worker for orders needs no library for pictures and sound.
    """
    from app.queue.application import celery

    if kind not in WORKER_QUEUES:
        celery.conf.include = []
    elif kind == THREADED_WORKER:
        celery.conf.include = ["tasks.ordering"]
    # Import the project's own modules first: Celery puts the current directory in front of the module search path.
    for name in ("celeryconfig", *celery.conf.include):
        import_module(name.partition(".")[0])
    celery.loader.import_default_modules()
    return celery


def check_start_of_worker(celery: Celery) -> None:
    """Check what a worker needs. Raises ``Unconfigured`` without ffmpeg, and the errors of ``check_worker``."""
    from app.database.session import retry_transient
    from app.media import ffmpeg
    from app.queue.deployment import check_worker

    ffmpeg.binary()
    retry_transient(lambda: check_worker(celery))


def _freeze(**_: Any) -> None:
    """Exempt imported modules from the garbage collection that Celery runs before each fork.

    A child is then replaced in half the time.
    """
    gc.freeze()


def _end_with_worker(**_: Any) -> None:
    """End this child with its worker: the worker's tasks are redelivered then, and must not run twice."""
    end_with_parent()


def serve_api() -> None:
    from gunicorn.app.wsgiapp import run

    from app.database.session import migrate
    from app.store.deployment import deployment_id

    migrate()
    deployment_id()  # here, so that a database that cannot be used is a sentence; gunicorn would print a traceback

    sys.argv = GUNICORN
    run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
