"""The settings select the storage backend; another package can provide one by an entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.errors import UnusableAdapter
from app.store.backends.folder import Folder
from app.store.cached import Cached
from app.store.factory import GROUP, backend
from tests.distributions import installed


def test_folder_is_the_default_backend(tmp_path: Path) -> None:
    store = backend(Settings(home=tmp_path / "home"))
    assert isinstance(store, Folder)
    assert store.root == tmp_path / "home"
    assert store.root.is_dir()


def test_backend_of_an_entry_point_is_available(object_store_installed: None, tmp_path: Path) -> None:
    assert isinstance(backend(Settings(home=tmp_path, storage="object_store")), Cached)


def test_unknown_backend_is_refused_with_the_available_ones(tmp_path: Path) -> None:
    with pytest.raises(
        UnusableAdapter, match="PYTOON_STORAGE=tape cannot be used: there is no such adapter; there are folder"
    ):
        backend(Settings(home=tmp_path, storage="tape"))


BROKEN = {
    "import_error": ("import no_such_module", "ModuleNotFoundError"),
    "no_build": ("", "has no build"),
    "build_error": ("def build(settings): raise ValueError('no bucket')", "ValueError: no bucket"),
    "other_object": ("def build(settings): return 3", "not a Storage"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_backend_is_refused_with_its_reason(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, reason = BROKEN[name]
    with (
        installed(tmp_path, {"guest_backend": source}, {GROUP: {name: "guest_backend"}}, monkeypatch),
        pytest.raises(UnusableAdapter, match=reason),
    ):
        backend(Settings(home=tmp_path, storage=name))
