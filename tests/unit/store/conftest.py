"""An object store as a storage backend installed by another package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.object_store import installed


@pytest.fixture
def object_store_installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make ``tests.object_store`` available as ``PYTOON_STORAGE=object_store``."""
    with installed(tmp_path_factory.mktemp("site"), monkeypatch):
        yield
