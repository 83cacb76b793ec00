"""The address of a server in the forms of URLs and sockets."""

from __future__ import annotations

import ipaddress

UNIX = "unix:"
ON_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - translated, not bound


def url_of(host: str, port: int) -> str:
    """The URL of a server that listens there; an IPv6 address is in brackets. A unix socket has no port."""
    if host.startswith(UNIX):
        return "http://localhost"
    return f"http://{in_brackets(host)}:{port}"


def local_url_of(host: str, port: int) -> str:
    """The URL at which this machine reaches it."""
    return url_of(ON_EVERY_ADDRESS.get(host, host), port)


def in_brackets(host: str) -> str:
    """The host as it is before a port: an IPv6 address is in brackets."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there. A name other than localhost may be any address."""
    if host.startswith(UNIX) or host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
