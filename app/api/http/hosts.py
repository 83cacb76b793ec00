"""The hosts for which this server answers.

A page can point a DNS name of its own at this machine and then read every response as one of its own (DNS rebinding).
The name is in the ``Host`` header, so a name is answered only if it is known. A page cannot do this with an address.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import request

from app.core.config import Settings, settings
from app.core.errors import Malformed, UnknownHost

# RFC 3986, 3.2: a name or an IPv4 address, or an IPv6 address in brackets; then a port, which may be empty.
AUTHORITY = re.compile(
    r"(?P<host>\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]|[\w.~!$&'()*+,;=%-]+)(:(?P<port>[0-9]{0,5}))?", re.ASCII
)
MAX_PORT = 65535
LIVENESS_ENDPOINT = "health.check_liveness"
ANY = "*"


def check_host() -> None:
    """Raises ``UnknownHost``, or ``Malformed`` for a ``Host`` header that is no host.

    Liveness has no content, and those who ask for it, such as load balancers, name any host. A request of HTTP/1.0
    without the header comes from no browser.
    """
    header = request.headers.get("Host")
    if header is None or request.endpoint == LIVENESS_ENDPOINT:
        return
    host = host_of(header)
    if host is None:
        raise Malformed("the Host header is not a host")
    if not is_allowed(host, settings()):
        raise UnknownHost(host)


def host_of(authority: str) -> str | None:
    """The host of ``name:port`` in its usual form, without the dot at the end; ``None`` if it is not valid."""
    match = AUTHORITY.fullmatch(authority)
    if match is None or int(match["port"] or 0) > MAX_PORT:
        return None
    return _usual(match["host"].strip("[]").lower().removesuffix("."))


def is_allowed(host: str, chosen: Settings) -> bool:
    listed = _split(chosen.allowed_hosts)
    if ANY in listed or _is_loopback(host) or any(_matches(host, name) for name in listed):
        return True
    own = (_usual(chosen.host.lower()), urlsplit(chosen.public_url).hostname)
    # A server on all addresses of a machine is reached by any of them.
    return host in own or (_address(chosen.host, "is_unspecified") and _address(host))


def _matches(host: str, listed: str) -> bool:
    if listed.startswith(("*.", ".")):
        return host.endswith(listed.removeprefix("*"))
    return host == (host_of(listed) or listed)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or _address(host, "is_loopback")


def _address(host: str, attribute: str | None = None) -> bool:
    """Whether a host is an address, and has the attribute if one is given."""
    address = _parsed(host)
    return address is not None and (attribute is None or bool(getattr(address, attribute)))


def _usual(host: str) -> str:
    """An IPv6 address can be written in several ways."""
    return str(_parsed(host) or host)


def _parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _split(listed: str) -> list[str]:
    return list(_stripped(listed.lower().split(",")))


def _stripped(words: Iterable[str]) -> Iterable[str]:
    return (word.strip() for word in words if word.strip())
