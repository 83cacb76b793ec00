"""Requests that pages of other sites send through a browser.

A browser lets any page send a form, with files, to any server; it only hides the response. Requests that change
something are therefore refused if they come from a page of another site. The rules are those of
``http.CrossOriginProtection`` in Go: ``Sec-Fetch-Site`` where the browser sends it, otherwise ``Origin`` compared with
``Host``. Programs send neither. A listed origin may send everything and read the responses (CORS).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.core.config import Settings, settings
from app.core.errors import ForeignOrigin

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
DEFAULT_PORTS = {"http": 80, "https": 443}
EXPOSED_HEADERS = "ETag, Location, Content-Range, Content-Disposition, Retry-After, X-Request-Id, Idempotency-Replayed"
PREFLIGHT_S = "600"


def check_origin() -> None:
    """Raises ``ForeignOrigin``."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if request.method in SAFE_METHODS or (origin is not None and is_listed(origin, settings())):
        return
    if not is_own(origin, site, request.headers.get("Host", ""), settings()):
        raise ForeignOrigin(origin or f"Sec-Fetch-Site: {site}")


def is_own(origin: str | None, site: str | None, host: str, chosen: Settings) -> bool:
    """Whether a request comes from a program or from a page of this server."""
    if origin == "null":  # a sandboxed frame, a local file or a redirect
        return False
    if site is not None:
        return site.strip().lower() in ("same-origin", "none")
    if origin is None:
        return True
    authority = _authority(origin)
    return authority is not None and authority in (_authority(f"//{host}", origin), _authority(chosen.public_url))


def is_listed(origin: str, chosen: Settings) -> bool:
    listed = [each.strip().rstrip("/").lower() for each in chosen.allowed_origins.split(",")]
    return origin.lower() in listed or ("*" in listed and origin != "null")


def _authority(url: str, like: str = "") -> tuple[str, int] | None:
    """Host and port of a URL; without a port, the default of its scheme, or of the scheme of ``like``.

    ``None`` for what is no URL with a host.
    """
    try:
        parts = urlsplit(url.lower())
        default = DEFAULT_PORTS.get(parts.scheme or urlsplit(like.lower()).scheme, 0)
        return (parts.hostname, parts.port or default) if parts.hostname else None
    except ValueError:
        return None


def register_cors(app: Flask) -> None:
    """Answer preflight requests of listed origins, and let their pages read responses."""
    app.before_request(_answer_preflight)
    app.after_request(_allow_reading)


def _answer_preflight() -> Response | None:
    asked = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or asked is None or not is_listed(request.headers.get("Origin", ""), settings()):
        return None
    headers = request.headers.get("Access-Control-Request-Headers", "")
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE"
    response.headers["Access-Control-Allow-Headers"] = headers
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_S
    return response


def _allow_reading(response: Response) -> Response:
    chosen, origin = settings(), request.headers.get("Origin")
    if chosen.allowed_origins:
        response.vary.add("Origin")
    if origin is not None and is_listed(origin, chosen):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response
