"""The cache creates a file once for the same inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.store.backends.folder import Folder
from app.store.cache import get_or_make

IDENTITY = "abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_file_is_created_once(store: Folder) -> None:
    calls: list[Path] = []

    def make(path: Path) -> None:
        calls.append(path)
        path.write_bytes(b"plate")

    first, second = (
        get_or_make(store, "plate", IDENTITY, ".npy", make),
        get_or_make(store, "plate", IDENTITY, ".npy", make),
    )
    assert first == ("cache/plate/ab/abcdef0123.npy", False)
    assert second == ("cache/plate/ab/abcdef0123.npy", True)
    assert len(calls) == 1
    assert store.local(first[0]).read_bytes() == b"plate"


def test_other_inputs_create_another_file(store: Folder) -> None:
    keys = {
        get_or_make(store, kind, identity, ".npy", lambda path: path.touch())[0]
        for kind in ("plate", "clip")
        for identity in (IDENTITY, IDENTITY + "4")
    }
    assert len(keys) == 4


def test_file_is_created_again_after_a_failure(store: Folder) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        get_or_make(store, "plate", IDENTITY, ".npy", fail)
    assert get_or_make(store, "plate", IDENTITY, ".npy", lambda path: path.touch())[1] is False


def test_concurrent_writers_both_succeed_and_the_last_file_stays(store: Folder) -> None:
    def make(path: Path) -> None:
        get_or_make(store, "plate", IDENTITY, ".npy", lambda inner: inner.write_bytes(b"first"))
        path.write_bytes(b"last")

    key, reused = get_or_make(store, "plate", IDENTITY, ".npy", make)
    assert not reused
    assert store.local(key).read_bytes() == b"last"
