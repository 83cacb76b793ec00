"""The WSGI environment (PEP 3333) of an ASGI request."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import unquote_to_bytes, urlsplit

from app.api.http.streams import whole_file
from app.core.errors import Malformed

Environ = dict[str, Any]
UNPREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}
# About the connection, which is the matter of the server; the application would refuse a request to upgrade.
OF_CONNECTION = {b"connection", b"upgrade"}


def wsgi_environ(scope: Mapping[str, Any], body: IO[bytes]) -> Environ:
    """Raises ``Malformed`` for a request that names no host or whose target is not a path or a URL."""
    headers = _header_variables(scope["headers"])
    host, path = _target(scope["raw_path"].decode("latin-1"), headers.get("HTTP_HOST"))
    if host is not None:
        headers["HTTP_HOST"] = host
    elif scope["http_version"] != "1.0":
        raise Malformed("the Host header is missing")
    # A unix socket has no addresses.
    server, client = (scope["server"], scope["client"]) if scope["client"] else (("localhost", 80), ("", 0))
    return {
        **headers,
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": whole_file,
    }


def with_body(environ: Environ, body: IO[bytes], size_bytes: int) -> Environ:
    """The environment with a received body; its length is known now."""
    kept = {name: value for name, value in environ.items() if name != "HTTP_TRANSFER_ENCODING"}
    return {**kept, "wsgi.input": body, "CONTENT_LENGTH": str(size_bytes)}


def _header_variables(headers: list[tuple[bytes, bytes]]) -> Environ:
    variables: Environ = {}
    for raw_name, raw_value in headers:
        if raw_name in OF_CONNECTION:
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        variable = name if name in UNPREFIXED else f"HTTP_{name}"
        separator = "; " if name == "COOKIE" else ","
        variables[variable] = f"{variables[variable]}{separator}{value}" if variable in variables else value
    return variables


def _target(target: str, host: str | None) -> tuple[str | None, str]:
    """The host and the path of a request target; a URL in it precedes the Host header (RFC 9112, 3.2.2)."""
    if target.startswith("/") or target == "*":
        return host, target
    try:
        parts = urlsplit(target)
    except ValueError:  # brackets without an IPv6 address in them
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Malformed("the request target is neither a path nor a URL")
    return parts.netloc, parts.path or "/"
