"""A file is there whole or not at all, and only where its key says."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.core.errors import NotFound, StorageFull
from app.store.backends.folder import Folder
from app.store.json_files import read_json, write_json
from app.store.keys import KEY, asset_key, cache_key, job_key, run_key
from app.store.scratch import scratch


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def put(store: Folder, key: str, data: bytes = b"data") -> None:
    with store.writing(key) as path:
        path.write_bytes(data)


def files(store: Folder) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_what_was_written_can_be_read(store: Folder) -> None:
    put(store, "jobs/job_1/output.mp4", b"film")
    assert store.has("jobs/job_1/output.mp4")
    assert store.local("jobs/job_1/output.mp4").read_bytes() == b"film"


def test_a_file_is_not_there_while_it_is_being_written(store: Folder) -> None:
    with store.writing("jobs/a.mp4") as path:
        path.write_bytes(b"half")
        assert not store.has("jobs/a.mp4")
        assert list(store.keys("jobs")) == []
    assert store.has("jobs/a.mp4")


def test_a_draft_has_the_suffix_of_its_file(store: Folder) -> None:
    with store.writing("jobs/a.mp4") as path:
        assert path.suffix == ".mp4"
        path.touch()


def test_writing_that_fails_leaves_what_was_there(store: Folder) -> None:
    put(store, "jobs/a.txt", b"old")

    def fail() -> None:
        with store.writing("jobs/a.txt") as path:
            path.write_bytes(b"new")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert store.local("jobs/a.txt").read_bytes() == b"old"
    assert len(files(store)) == 1


def test_writing_nothing_is_an_error_and_leaves_nothing(store: Folder) -> None:
    with pytest.raises(FileNotFoundError), store.writing("jobs/a.txt"):
        pass
    assert files(store) == []


def test_many_writers_of_one_key_leave_one_whole_file(store: Folder) -> None:
    writers = [threading.Thread(target=put, args=(store, "cache/x", bytes([n]) * 50_000)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    data = store.local("cache/x").read_bytes()
    assert len(data) == 50_000
    assert len(set(data)) == 1
    assert len(files(store)) == 1


def test_what_is_not_there_is_named(store: Folder) -> None:
    with pytest.raises(NotFound, match="there is no file jobs/none"):
        store.local("jobs/none")


def test_a_folder_is_no_file(store: Folder) -> None:
    put(store, "jobs/a/b")
    assert not store.has("jobs/a")


def test_linking_makes_no_copy_and_needs_no_original(store: Folder) -> None:
    put(store, "cache/a", b"same")
    store.link("cache/a", "jobs/b")
    assert store.local("cache/a").samefile(store.local("jobs/b"))
    store.delete("cache/a")
    assert store.local("jobs/b").read_bytes() == b"same"


def test_linking_over_a_file_replaces_it(store: Folder) -> None:
    put(store, "cache/a", b"new")
    put(store, "jobs/b", b"old")
    store.link("cache/a", "jobs/b")
    store.link("cache/a", "jobs/b")
    assert store.local("jobs/b").read_bytes() == b"new"


def test_a_later_writing_does_not_change_what_was_linked(store: Folder) -> None:
    put(store, "cache/a", b"one")
    store.link("cache/a", "jobs/b")
    put(store, "cache/a", b"two")
    assert store.local("jobs/b").read_bytes() == b"one"


def test_linking_what_is_not_there_is_not_found(store: Folder) -> None:
    with pytest.raises(NotFound):
        store.link("cache/none", "jobs/b")


def test_deleting_twice_is_no_error(store: Folder) -> None:
    put(store, "jobs/a")
    store.delete("jobs/a")
    store.delete("jobs/a")
    assert not store.has("jobs/a")


def test_keys_are_listed_in_order_and_drafts_are_not(store: Folder) -> None:
    for key in ("jobs/b", "jobs/a/c", "jobs/a/b", "other/x"):
        put(store, key)
    (store.root / "jobs" / ".draft").touch()
    assert list(store.keys("jobs")) == ["jobs/a/b", "jobs/a/c", "jobs/b"]
    assert list(store.keys("none")) == []


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", "A", "a b", ".hidden", "a/.b", "a\0", "ä", "a\n"],
)
def test_a_key_that_is_none_is_refused(store: Folder, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        store.has(key)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(max_size=30) | st.text(alphabet="./ab-_\\\n", max_size=12))
def test_no_key_leads_out_of_the_folder(store: Folder, key: str) -> None:
    try:
        path = store._path(key)
    except ValueError:
        return
    assert Path(os.path.normpath(path)).is_relative_to(store.root)
    assert str(path) == os.path.normpath(path)


def test_nothing_is_begun_on_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(StorageFull) as caught, Folder(tmp_path, 1 << 60).writing("jobs/a"):
        raise AssertionError("must not get here")
    assert caught.value.wanted_bytes == 1 << 60
    assert caught.value.free_bytes > 0


# -- what is kept for later ------------------------------------------------------------------------------------------

HOURS = 3600.0


def aged(store: Folder, key: str, hours: float) -> None:
    then = time.time() - hours * HOURS
    os.utime(store.root / key, (then, then))


def age_h(store: Folder, key: str) -> float:
    return (time.time() - (store.root / key).stat().st_mtime) / HOURS


def test_who_asks_for_a_kept_thing_makes_it_young_again(store: Folder) -> None:
    put(store, "cache/plate/ab/ab.npy")
    aged(store, "cache/plate/ab/ab.npy", 30)
    assert store.has("cache/plate/ab/ab.npy")
    assert age_h(store, "cache/plate/ab/ab.npy") < 0.1


def test_looking_at_a_kept_thing_or_asking_for_another_makes_nothing_young(store: Folder) -> None:
    for key in ("cache/a.npy", "runs/a.json"):
        put(store, key)
        aged(store, key, 30)
    assert store.local("cache/a.npy")
    assert len(list(store.pieces("cache"))) == 1
    assert store.has("runs/a.json")
    assert not store.has("cache/none.npy")
    assert not store.has("cache/a.npy/below")
    assert age_h(store, "cache/a.npy") > 29
    assert age_h(store, "runs/a.json") > 29


def test_a_young_or_missing_thing_is_not_evicted(store: Folder) -> None:
    put(store, "cache/a")
    aged(store, "cache/a", 0.9)
    assert not store.evict("cache/a")
    assert store.has("cache/a")
    assert not store.evict("cache/none")


def test_an_old_thing_is_evicted_unless_somebody_asks_for_it(store: Folder) -> None:
    for key in ("cache/a", "cache/b"):
        put(store, key)
        aged(store, key, 1.1)
    assert store.has("cache/a")
    assert [store.evict(key) for key in ("cache/a", "cache/b")] == [False, True]
    assert [store.has(key) for key in ("cache/a", "cache/b")] == [True, False]


def test_what_is_said_to_be_there_is_there_however_much_is_evicted_meanwhile(store: Folder) -> None:
    for number in range(400):
        put(store, f"cache/{number}", b"")
        aged(store, f"cache/{number}", 30)
    evictor = threading.Thread(target=lambda: [store.evict(f"cache/{number}") for number in range(400)])
    evictor.start()
    promised = [number for number in reversed(range(400)) if store.has(f"cache/{number}")]
    evictor.join()
    assert [number for number in promised if not (store.root / f"cache/{number}").is_file()] == []
    assert promised


def test_each_piece_is_told_with_its_size_and_names(store: Folder) -> None:
    put(store, "cache/a/b", b"12345")
    store.link("cache/a/b", "jobs/c")
    (store.root / "cache" / "a" / ".draft").touch()
    (piece,) = store.pieces("cache")
    (linked,) = store.pieces("jobs")
    assert (piece.key, piece.bytes, piece.names) == ("cache/a/b", 5, 2)
    assert piece.inode == linked.inode
    assert list(store.pieces("none")) == []


def test_a_place_to_work_in_lies_in_the_home_and_is_gone_afterwards() -> None:
    with scratch() as folder, scratch() as other:
        assert folder != other
        assert folder.parent == settings().home.absolute() / "tmp"
        (folder / "raw.wav").write_bytes(b"sound")
    assert not folder.exists()


def test_json_comes_back_as_it_was(store: Folder) -> None:
    plain = {"title": "Grüße 東京", "scenes": [1, 2.5, None, True]}
    write_json(store, "runs/r/a.json", plain)
    assert read_json(store, "runs/r/a.json") == plain
    assert "Grüße" in store.local("runs/r/a.json").read_text(encoding="utf-8")


def test_every_kind_of_key_is_a_key_and_in_its_own_room() -> None:
    made = [
        asset_key("ast_abc234", ".jpg"),
        cache_key("plate", "abcdef", ".npy"),
        run_key("de449790-6086-440b-9b99-c904dfddf323", "scene_graph.json"),
        job_key("job_1", "scenes/scene_1.mp4"),
    ]
    assert [key.split("/")[0] for key in made] == ["assets", "cache", "runs", "jobs"]
    assert all(KEY.fullmatch(key) for key in made)


def test_nobody_works_in_a_place_where_nothing_would_be_found() -> None:
    root = Path(__file__).parents[3]
    files = [path for room in ("app", "tasks", "engines", "audio", "assembly") for path in (root / room).rglob("*.py")]
    users = {path.relative_to(root).as_posix() for path in files if "TemporaryDirectory(" in path.read_text()}
    assert users <= {"app/store/scratch.py", "app/cli/demo.py"}
