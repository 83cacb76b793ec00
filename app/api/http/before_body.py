"""Checks that need only the header of a request.

They run before the body is received (``app.api.server.bridge``), and again with the request, which makes the response.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from app.api.http import api_keys, hosts, limits, origins
from app.core.errors import PytoonError

CHECKS = (hosts.check_host, origins.check_origin, api_keys.check_key, limits.check_length)


def register_checks(app: Flask) -> None:
    for check in CHECKS:
        app.before_request(check)


def refuses(app: Flask, environ: dict[str, Any]) -> bool:
    """Whether the application refuses a request with this header, whatever its body is."""
    with app.request_context(environ):
        if request.routing_exception is not None:  # no such path, or no such method
            return True
        try:
            for check in CHECKS:
                check()
        except (PytoonError, HTTPException):
            return True
    return False
