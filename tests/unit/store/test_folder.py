"""The folder backend: hard links, hidden drafts, and no key that leads outside the directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.store.backends.folder import Folder
from app.store.scratch import scratch


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def put(store: Folder, key: str, data: bytes = b"data") -> None:
    with store.writing(key) as path:
        path.write_bytes(data)


def files(store: Folder) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_copy_is_a_hard_link(store: Folder) -> None:
    put(store, "cache/a", b"same")
    store.copy("cache/a", "jobs/b")
    assert store.local("cache/a").samefile(store.local("jobs/b"))


def test_no_write_leaves_a_draft(store: Folder) -> None:
    put(store, "jobs/a.txt")
    store.copy("jobs/a.txt", "jobs/b.txt")
    with pytest.raises(RuntimeError), store.writing("jobs/a.txt") as path:
        path.touch()
        raise RuntimeError("killed")
    assert sorted(path.name for path in files(store)) == ["a.txt", "b.txt"]


def test_drafts_and_symbolic_links_are_not_listed(store: Folder) -> None:
    put(store, "jobs/a")
    (store.root / "jobs" / ".draft").touch()
    (store.root / "jobs" / "link").symlink_to(store.root / "jobs" / "a")
    assert [file.key for file in store.list("jobs/")] == ["jobs/a"]


def test_directory_of_a_run_is_removed_with_its_last_file(store: Folder) -> None:
    for key in ("runs/r/left/scenes/a", "runs/r/b", "cache/x/ab/c"):
        put(store, key)
    store.delete(["runs/r/left/scenes/a"])
    assert not (store.root / "runs/r/left").exists()
    store.delete(["runs/r/b", "cache/x/ab/c"])
    assert not (store.root / "runs/r").exists()
    assert (store.root / "cache/x/ab").is_dir()


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(max_size=30) | st.text(alphabet="./ab-_\\\n", max_size=12))
def test_no_key_leads_outside_the_directory(store: Folder, key: str) -> None:
    try:
        path = store.path_of(key)
    except ValueError:
        return
    assert Path(os.path.normpath(path)).is_relative_to(store.root)
    assert str(path) == os.path.normpath(path)


def test_scratch_directory_is_in_the_home_directory_and_removed_afterwards() -> None:
    with scratch() as directory, scratch() as other:
        assert directory != other
        assert directory.parent == settings().home.absolute() / "tmp"
        (directory / "raw.wav").write_bytes(b"sound")
    assert not directory.exists()


def test_temporary_directories_are_created_only_where_retention_cleans_up() -> None:
    root = Path(__file__).parents[3]
    paths = [
        path for package in ("app", "tasks", "engines", "audio", "assembly") for path in (root / package).rglob("*.py")
    ]
    users = {path.relative_to(root).as_posix() for path in paths if "TemporaryDirectory(" in path.read_text()}
    assert users <= {"app/store/scratch.py", "app/cli/demo.py"}
