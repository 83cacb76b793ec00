"""The provider of each hosted engine, and emulators that answer at the hosts of the providers themselves."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache

import pytest

from tests.adapters.hosted import EMULATORS, Provider, built
from tests.emulators.https_proxy import HttpsProxy, make_certificate


@pytest.fixture(params=EMULATORS)
def provider(request, tmp_path):
    """An engine and its running emulator, whose orders are done at once."""
    with EMULATORS[request.param](work_s=0.0) as emulator:
        # Searches are kept in the home: those of an earlier test must not answer at a port that is used again.
        yield Provider(emulator, built(emulator, home=tmp_path / "home"), tmp_path)


@pytest.fixture(scope="session")
def certificate_for(tmp_path_factory):
    """A certificate for hosts, made once."""
    return cache(lambda hosts: make_certificate(tmp_path_factory.mktemp("certificate"), hosts))


@pytest.fixture
def at_hosts(certificate_for, monkeypatch):
    """Start an emulator that answers at ``hosts`` over TLS, for every client that this test uses."""
    with ExitStack() as stack:

        def start(emulator_class, *hosts):
            emulator = stack.enter_context(emulator_class(work_s=0.0))
            proxy = stack.enter_context(HttpsProxy(emulator.port, certificate_for(hosts), hosts))
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
            for name, value in proxy.environment().items():
                monkeypatch.setenv(name, value)
            return emulator

        yield start
