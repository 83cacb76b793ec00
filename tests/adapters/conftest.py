"""The provider of each hosted engine, for the tests that hold all of them to the same rules."""

from __future__ import annotations

import pytest

from tests.adapters.hosted import EMULATORS, Provider, built


@pytest.fixture(params=EMULATORS)
def provider(request, tmp_path):
    """An engine and its running emulator, whose orders are done at once."""
    with EMULATORS[request.param](work_s=0.0) as emulator:
        yield Provider(emulator, built(emulator), tmp_path)
