"""The address that the API listens on: whether it exists and is free, and its form for gunicorn."""

from __future__ import annotations

import socket
from typing import Any

from app.core.addresses import UNIX, in_brackets, url_of
from app.core.errors import Unavailable


def bind_address(host: str, port: int) -> str:
    """The address for gunicorn, which takes a name for an IPv4 address. Raises ``Unavailable``."""
    if host.startswith(UNIX):
        return host
    _, address = resolved(host, port)
    return f"{in_brackets(address[0])}:{port}"


def resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the socket address of a host; of a name the IPv4 address, if there is one.

    Raises ``Unavailable``.
    """
    if "%" in host:
        raise Unavailable(host, "an address with a zone cannot be used; set PYTOON_HOST to an address without one")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a host"
        raise Unavailable(host, f"{reason}; set PYTOON_HOST to an address of this machine") from error
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def check_free(host: str, port: int, setting: str) -> None:
    """Raise ``Unavailable`` when a port is in use or the address is not one of this machine."""
    if host.startswith(UNIX):
        return
    family, address = resolved(host, port)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise Unavailable(url_of(host, port), f"{error.strerror}; choose another port by {setting}") from error
