"""Servers that tests of whole requests talk to: one without workers, and one that makes films."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.api.factory import create_app
from app.queue.embedded_broker import Broker
from tests.flow.serving import http_server, rendering_server


@pytest.fixture(scope="module")
def address(broker: Broker) -> Iterator[str]:
    """The URL of a server without workers."""
    with http_server(create_app()) as url:
        yield url


@pytest.fixture(scope="module")
def server(broker: Broker) -> Iterator[str]:
    """The URL of a server whose workers make films."""
    with rendering_server() as url:
        yield url
