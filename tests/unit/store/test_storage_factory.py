"""The settings choose the backend; another package can bring one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.errors import Unconfigured
from app.store.backends.folder import Folder
from app.store.cached import Cached
from app.store.factory import backend


def test_files_are_in_a_folder_unless_the_settings_name_another_backend(tmp_path: Path) -> None:
    store = backend(Settings(home=tmp_path / "home"))
    assert isinstance(store, Folder)
    assert store.root == tmp_path / "home"
    assert store.root.is_dir()


def test_an_entry_point_brings_a_backend(object_store_installed: None, tmp_path: Path) -> None:
    assert isinstance(backend(Settings(home=tmp_path, storage="object_store")), Cached)


def test_an_unknown_backend_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="PYTOON_STORAGE=tape is none of folder"):
        backend(Settings(home=tmp_path, storage="tape"))
