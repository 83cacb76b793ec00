"""A file of the cache is made once from the same inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.store.backends.folder import Folder
from app.store.cache import get_or_make

IDENTITY = "abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_file_is_made_once(store: Folder) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_bytes(b"plate")

    first, again = (
        get_or_make(store, "plate", IDENTITY, ".npy", make),
        get_or_make(store, "plate", IDENTITY, ".npy", make),
    )
    assert first == ("cache/plate/ab/abcdef0123.npy", False)
    assert again == ("cache/plate/ab/abcdef0123.npy", True)
    assert len(made) == 1
    assert store.local(first[0]).read_bytes() == b"plate"


def test_other_inputs_make_another_file(store: Folder) -> None:
    keys = {
        get_or_make(store, kind, identity, ".npy", lambda path: path.touch())[0]
        for kind in ("plate", "clip")
        for identity in (IDENTITY, IDENTITY + "4")
    }
    assert len(keys) == 4


def test_a_file_that_could_not_be_made_is_made_the_next_time(store: Folder) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        get_or_make(store, "plate", IDENTITY, ".npy", fail)
    assert get_or_make(store, "plate", IDENTITY, ".npy", lambda path: path.touch())[1] is False


def test_two_makers_at_the_same_time_both_succeed_and_the_last_file_stays(store: Folder) -> None:
    def make(path: Path) -> None:
        get_or_make(store, "plate", IDENTITY, ".npy", lambda inner: inner.write_bytes(b"theirs"))
        path.write_bytes(b"ours")

    key, reused = get_or_make(store, "plate", IDENTITY, ".npy", make)
    assert not reused
    assert store.local(key).read_bytes() == b"ours"
