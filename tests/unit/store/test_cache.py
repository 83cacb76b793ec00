"""The same inputs are never worked on twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.store.backends.folder import Folder
from app.store.cache import kept

IDENTITY = "abcdef0123"


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_thing_is_made_once(store: Folder) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_bytes(b"plate")

    first, again = kept(store, "plate", IDENTITY, ".npy", make), kept(store, "plate", IDENTITY, ".npy", make)
    assert first == ("cache/plate/ab/abcdef0123.npy", False)
    assert again == ("cache/plate/ab/abcdef0123.npy", True)
    assert len(made) == 1
    assert store.local(first[0]).read_bytes() == b"plate"


def test_other_inputs_are_another_thing(store: Folder) -> None:
    keys = {
        kept(store, kind, identity, ".npy", lambda path: path.touch())[0]
        for kind in ("plate", "clip")
        for identity in (IDENTITY, IDENTITY + "4")
    }
    assert len(keys) == 4


def test_what_could_not_be_made_is_not_kept_and_is_tried_again(store: Folder) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        kept(store, "plate", IDENTITY, ".npy", fail)
    assert kept(store, "plate", IDENTITY, ".npy", lambda path: path.touch())[1] is False


def test_two_who_make_it_at_the_same_time_are_both_right(store: Folder) -> None:
    def make(path: Path) -> None:
        kept(store, "plate", IDENTITY, ".npy", lambda inner: inner.write_bytes(b"theirs"))
        path.write_bytes(b"ours")

    key, reused = kept(store, "plate", IDENTITY, ".npy", make)
    assert not reused
    assert store.local(key).read_bytes() == b"ours"
