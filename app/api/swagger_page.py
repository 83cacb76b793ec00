"""The Swagger UI page; all of its files are served by this application."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_swagger_ui import get_swaggerui_blueprint

SWAGGER_URL = "/api/docs"
# Swagger UI has an inline script and inline styles.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)


def swagger_blueprint(openapi_url: str) -> Any:
    """Return a blueprint that shows the OpenAPI document at ``openapi_url`` (a path on this server)."""
    # By default Swagger UI sends the document to an online validator; None disables it.
    options = {"app_name": "Pytoon API", "validatorUrl": None, "displayRequestDuration": True}
    blueprint = get_swaggerui_blueprint(SWAGGER_URL, openapi_url, options)
    blueprint.before_request(_ignore_ranges)
    blueprint.after_request(_set_headers)
    return blueprint


def _ignore_ranges() -> None:
    """Send the small files of the page whole: Flask's own ranges and preconditions differ from RFC 9110."""
    for name in ("HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH"):
        request.environ.pop(name, None)


def _set_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    if response.mimetype != "text/html":
        response.headers["Cache-Control"] = "public, max-age=86400"
    return response
