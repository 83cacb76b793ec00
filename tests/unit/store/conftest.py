"""An object store as a storage backend that another package brings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.plugins import scan


@pytest.fixture
def object_store_installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``PYTOON_STORAGE=object_store`` names ``tests.object_store`` by an entry point of the group."""
    site = tmp_path_factory.mktemp("site")
    info = site / "guests-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guests\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytoon.storage]\nobject_store = tests.object_store\n")
    monkeypatch.syspath_prepend(str(site))
    scan.cache_clear()
    yield
    scan.cache_clear()
