"""The gunicorn configuration: ``gunicorn -c python:app.api.gunicorn_conf``. Gunicorn reads the names defined here."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from app.core import log
from app.core.config import settings
from app.database.session import migrate
from app.media.probe import sandbox

_settings = settings()

wsgi_app = "app.api.factory:create_app()"
bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = 1
threads = _settings.threads
keepalive = 5
# An upload may take longer than this: a busy thread does not stop the worker from sending its heartbeat to the master.
timeout = 60
graceful_timeout = 30
# The application writes the access log itself (app.api.http.request_context). No control socket is needed.
accesslog = None
control_socket_disable = True


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Write gunicorn's own log records in the format of the application's log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        log.configure(_settings.process or "web")


logger_class = GunicornLogger


def post_worker_init(_worker: Any) -> None:
    """Start the process that reads uploaded files, so that the first upload does not wait for its imports."""
    sandbox.start()


def on_starting(_server: Any) -> None:
    """Migrate the database once, before any worker starts."""
    migrate()
