"""The choice among several ComfyUI servers."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from app.core.errors import ProviderBusy, ProviderError, ProviderRefused, Unconfigured
from engines.comfy.client import PROVIDER, Server

SETTING = "PYTOON_COMFYUI_URLS"
# Names that only a network of one's own resolves.
LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


class Servers:
    """The servers of ``PYTOON_COMFYUI_URLS``, in that order."""

    def __init__(self, urls: str) -> None:
        self._all = {server.address: server for server in map(_server, filter(None, map(str.strip, urls.split(","))))}
        if not self._all:
            raise Unconfigured(PROVIDER, f"set {SETTING}, for example to http://127.0.0.1:8188")

    def __iter__(self) -> Iterator[Server]:
        return iter(self._all.values())

    @property
    def are_local(self) -> bool:
        """Whether all are on this machine or in its network, by their names alone."""
        return all(is_local(urlsplit(address).hostname or "") for address in self._all)

    def at(self, address: str) -> Server:
        """Return the server that an order was placed at, also if the setting has it no longer.

        Without an address, for an order of which only the id is known, it is the first one.
        """
        return self._all.get(address or next(iter(self._all))) or Server(address)

    def shortest(self, classes: Collection[str]) -> Server:
        """Return the server with the shortest queue, among those that answer and have all classes of nodes.

        Raises ``ProviderBusy`` if none does but one that does not answer may have them, else ``ProviderRefused``.
        """
        lengths: dict[str, int] = {}
        problems: list[ProviderError] = []
        for server in self:
            try:
                lengths[server.address] = _length_with(server, classes)
            except ProviderError as error:
                problems.append(error)
        if lengths:
            return self._all[min(lengths, key=lengths.__getitem__)]
        raise next((error for error in problems if isinstance(error, ProviderBusy)), problems[0])


def is_local(host: str) -> bool:
    """Whether a host is private by its name: an address that is not global, or a name that only a network knows."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(LOCAL_SUFFIXES)


def _length_with(server: Server, classes: Collection[str]) -> int:
    length = server.queue_length()
    if missing := server.missing(classes):
        raise ProviderRefused(PROVIDER, f"the server at {server.address} has no node {', '.join(missing[:5])}")
    return length


def _server(url: str) -> Server:
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise Unconfigured(PROVIDER, f"{SETTING} must have URLs such as http://127.0.0.1:8188, separated by commas")
    return Server(url)
