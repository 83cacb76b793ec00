"""The API key of a request.

As soon as the server has an active key, every request below ``/api`` needs one. The page of the documentation and the
OpenAPI document stay open, because they say the same on every server, and so do the checks of health.
"""

from __future__ import annotations

from flask import g, request

from app.accounts.gate import GATE
from app.accounts.owners import ApiKey

PREFIX = "/api"
# The OpenAPI document and the Swagger page: blueprints of flask-smorest and flask-swagger-ui, and its redirect.
OPEN_BLUEPRINTS = ("api-docs", "swagger_ui")
OPEN_PATH = "/api/docs"


def check_key() -> None:
    """Raises ``Unauthorized``. A preflight request of CORS never has a key."""
    g.api_key = None
    if request.method != "OPTIONS" and _needs_key():
        g.api_key = GATE.owner(_token())


def request_key() -> ApiKey | None:
    """Return the key of the current request; ``None`` while the server has no key."""
    key: ApiKey | None = g.get("api_key")
    return key


def _needs_key() -> bool:
    is_below = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
    return is_below and request.path != OPEN_PATH and request.blueprint not in OPEN_BLUEPRINTS


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("X-API-Key")
