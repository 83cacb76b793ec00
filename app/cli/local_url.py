"""Where the commands of this machine find its server."""

from __future__ import annotations

from app.core.addresses import local_url_of
from app.core.config import Settings


def local_url(chosen: Settings) -> str:
    """The URL at which the server with these settings answers on this machine."""
    return chosen.public_url or local_url_of(chosen.host, chosen.port)
