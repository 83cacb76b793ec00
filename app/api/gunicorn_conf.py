"""How gunicorn serves the API: ``gunicorn -c python:app.api.gunicorn_conf``. It reads these names."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from app.core import log
from app.core.config import settings
from app.database.session import migrate

_settings = settings()

wsgi_app = "app.api.factory:create_app()"
bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = 1
threads = _settings.threads
keepalive = 5
# An upload may take long; a thread that works on it does not keep the worker from answering its master.
timeout = 60
graceful_timeout = 30
# The access log is the application's own (app.api.http.request_context); a socket to steer gunicorn by is not wanted.
accesslog = None
control_socket_disable = True


class HouseLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own words, as lines like all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        log.configure(_settings.process or "web")


logger_class = HouseLog


def on_starting(_server: Any) -> None:
    """Once, before any worker: they find the tables there."""
    migrate()
