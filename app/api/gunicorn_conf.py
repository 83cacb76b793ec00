"""The gunicorn configuration: ``gunicorn -c python:app.api.gunicorn_conf``. Gunicorn reads the names defined here."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from app.accounts.owners import active_keys
from app.core import log
from app.core.addresses import is_loopback
from app.core.config import settings
from app.core.listening import bind_address
from app.database.session import migrate
from app.media.probe import sandbox

_settings = settings()
OPEN_WARNING = "other machines can use this API without a key; `pytoon keys add NAME` makes one"

wsgi_app = "app.api.server.bridge:create_bridge()"
bind = bind_address(_settings.host, _settings.port)
worker_class = "app.api.server.worker.Worker"
workers = 1
keepalive = _settings.idle_s
# Seconds in which the event loop must send a heartbeat to the master, which otherwise replaces the worker.
timeout = 60
graceful_timeout = 30
asgi_lifespan = "off"
asgi_disconnect_grace_period = 0
# No proxy is trusted: nothing here depends on X-Forwarded-… headers.
forwarded_allow_ips = ""
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
    """Migrate the database once, before any worker starts, and warn of an API that other machines can use freely."""
    migrate()
    if not is_loopback(_settings.host) and not active_keys():
        log.logger(__name__).warning(OPEN_WARNING, host=_settings.host)
