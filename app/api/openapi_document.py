"""The OpenAPI document: what is true of the whole API and of every operation."""

from __future__ import annotations

from typing import Any

import flask_smorest
from apispec import BasePlugin

from app.api.openapi_parts import (
    ERROR_NAME,
    ERRORS,
    EVERYWHERE,
    KEY_PREFIX,
    OF_CHANGES,
    REQUEST_ID,
    SECURITY,
    SECURITY_SCHEMES,
    WITH_KEY,
    default_error,
    error_response,
)
from app.core.config import Settings
from schemas.json_schema import ContractPlugin

JsonObject = dict[str, Any]
DESCRIPTION = (
    "Turn a prompt, a script or planned scenes into a finished short video.\n\n"
    "A job is submitted, planned, rendered and delivered; its artifacts are then downloaded. Each edit of a film is a "
    "revision. Durations whose names end in `_ms` are whole milliseconds; rectangles are shares of the width and "
    "height. Every error has the same body, and every response has an `X-Request-Id`."
)


class EveryOperation(BasePlugin):
    """Add to each operation the errors that all of them have, and to its responses the headers."""

    def operation_helper(self, path: str | None = None, operations: JsonObject | None = None, **_: Any) -> None:
        needs_key = (path or "").startswith(KEY_PREFIX)
        for method, operation in (operations or {}).items():
            if not needs_key:
                operation["security"] = []
            more = (*(OF_CHANGES if method == "post" else ()), *(WITH_KEY if needs_key else ()))
            for status in (*EVERYWHERE, *more):
                operation["responses"].setdefault(str(status), ERROR_NAME[status])
            for response in operation["responses"].values():
                if isinstance(response, dict):
                    response.setdefault("headers", {}).setdefault("X-Request-Id", REQUEST_ID)


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    def __init__(self) -> None:
        super().__init__(
            spec_kwargs={"marshmallow_plugin": ContractPlugin(), "extra_plugins": [EveryOperation()]},
        )

    def _register_responses(self) -> None:
        for status in ERRORS:
            self.spec.components.response(ERROR_NAME[status], error_response(status, self.ERROR_SCHEMA), lazy=True)
        for name, scheme in SECURITY_SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)
        self.spec.components.response("DEFAULT_ERROR", default_error(self.ERROR_SCHEMA), lazy=True)

    def _register_pagination_header(self) -> None:
        """The API does not have flask-smorest's header for pages."""


def openapi_options(settings: Settings) -> JsonObject:
    """Return what apispec writes at the top of the document."""
    return {
        "info": {
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The Pytoon authors"},
        },
        "security": SECURITY,
        "servers": [{"url": settings.public_url.rstrip("/") or "/", "description": "This server."}],
    }
