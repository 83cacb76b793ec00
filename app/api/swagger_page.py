"""The page that shows the OpenAPI document; all of it is served from here."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_swagger_ui import get_swaggerui_blueprint

ADDRESS = "/api/docs"
# Swagger UI starts itself by a script in its page, and sets styles of its own.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)


def swagger_ui(document: str) -> Any:
    """A blueprint that shows ``document`` (an address on this server)."""
    # Without a validator of its own choice Swagger UI would ask one on the internet.
    options = {"app_name": "Pytoon API", "validatorUrl": None, "displayRequestDuration": True}
    blueprint = get_swaggerui_blueprint(ADDRESS, document, options)
    blueprint.after_request(_allow)
    return blueprint


def _allow(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    if response.mimetype != "text/html":
        response.headers["Cache-Control"] = "public, max-age=86400"
    return response
