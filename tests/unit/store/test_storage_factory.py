"""The settings select the storage backend; another package can provide one by an entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.errors import Unconfigured
from app.store.backends.folder import Folder
from app.store.cached import Cached
from app.store.factory import backend


def test_folder_is_the_default_backend(tmp_path: Path) -> None:
    store = backend(Settings(home=tmp_path / "home"))
    assert isinstance(store, Folder)
    assert store.root == tmp_path / "home"
    assert store.root.is_dir()


def test_backend_of_an_entry_point_is_available(object_store_installed: None, tmp_path: Path) -> None:
    assert isinstance(backend(Settings(home=tmp_path, storage="object_store")), Cached)


def test_unknown_backend_is_refused_with_the_available_ones(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="PYTOON_STORAGE=tape is none of folder"):
        backend(Settings(home=tmp_path, storage="tape"))
