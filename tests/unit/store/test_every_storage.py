"""The storage protocol: every backend of the package and an object store behind a cache, with and without rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import Settings
from app.core.errors import NotFound, StorageFull
from app.core.plugins import scan
from app.store.base import Storage, StoredFile
from app.store.factory import GROUP, PACKAGE
from app.store.json_files import read_json, write_json
from app.store.keys import KEY, artifact_key, asset_key, cache_key, job_key, run_key
from app.store.recorded import Recorded
from tests import object_store

BACKENDS = {**scan(PACKAGE, GROUP), "object_store": lambda: object_store}
FORMS: dict[str, Callable[[Storage], Storage]] = {"plain": lambda backend: backend, "recorded": Recorded}


@pytest.fixture(params=[(name, form) for name in BACKENDS for form in FORMS], ids="-".join)
def store(request: pytest.FixtureRequest, migrated_home: Path) -> Storage:
    name, form = request.param
    return FORMS[form](BACKENDS[name]().build(Settings(home=migrated_home / "files", min_free_mb=0)))


def put(store: Storage, key: str, data: bytes = b"data") -> None:
    with store.writing(key) as path:
        path.write_bytes(data)


def content(store: Storage, key: str) -> bytes:
    return store.local(key).read_bytes()


def keys(store: Storage, prefix: str = "") -> list[str]:
    return sorted(file.key for file in store.list(prefix))


def test_written_file_can_be_read(store: Storage) -> None:
    put(store, "jobs/job_1/output.mp4", b"film")
    assert store.has("jobs/job_1/output.mp4")
    assert content(store, "jobs/job_1/output.mp4") == b"film"


def test_local_path_has_the_suffix_of_its_key(store: Storage) -> None:
    for key in ("jobs/a.mp4", "cache/x/ab/abc.npy"):
        with store.writing(key) as path:
            assert path.suffix == Path(key).suffix
            path.touch()
        assert store.local(key).suffix == Path(key).suffix


def test_file_does_not_exist_while_it_is_written(store: Storage) -> None:
    with store.writing("jobs/a.mp4") as path:
        path.write_bytes(b"half")
        assert not store.has("jobs/a.mp4")
        assert keys(store) == []
    assert store.has("jobs/a.mp4")


@pytest.mark.parametrize("key", ["jobs/a.txt", "cache/x/a.txt"])
def test_failed_write_leaves_the_file_unchanged(store: Storage, key: str) -> None:
    put(store, key, b"old")

    def fail() -> None:
        with store.writing(key) as path:
            path.write_bytes(b"new")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert content(store, key) == b"old"
    assert keys(store) == [key]


def test_write_without_a_file_is_an_error_and_stores_nothing(store: Storage) -> None:
    with pytest.raises(FileNotFoundError), store.writing("jobs/a.txt"):
        pass
    assert keys(store) == []
    assert not store.has("jobs/a.txt")


@pytest.mark.parametrize("key", ["jobs/a", "cache/x/a"])
def test_file_can_be_replaced(store: Storage, key: str) -> None:
    put(store, key, b"old")
    assert content(store, key) == b"old"
    put(store, key, b"new")
    assert content(store, key) == b"new"


def test_concurrent_writers_of_one_key_leave_one_whole_file(store: Storage) -> None:
    writers = [threading.Thread(target=put, args=(store, "cache/x", bytes([n]) * 50_000)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    data = content(store, "cache/x")
    assert len(data) == 50_000
    assert len(set(data)) == 1
    assert keys(store) == ["cache/x"]


@pytest.mark.parametrize("key", ["jobs/none", "cache/none"])
def test_reading_a_missing_file_names_it(store: Storage, key: str) -> None:
    with pytest.raises(NotFound, match=f"there is no file {key}"):
        store.local(key)


def test_prefix_of_a_key_is_not_a_file(store: Storage) -> None:
    put(store, "jobs/a/b")
    assert not store.has("jobs/a")
    with pytest.raises(NotFound):
        store.local("jobs/a")


def test_copy_has_the_same_content_and_survives_its_source(store: Storage) -> None:
    put(store, "cache/a", b"same")
    store.copy("cache/a", "jobs/b")
    assert content(store, "jobs/b") == content(store, "cache/a") == b"same"
    store.delete(["cache/a"])
    assert content(store, "jobs/b") == b"same"


def test_copy_replaces_an_existing_target_and_can_be_repeated(store: Storage) -> None:
    put(store, "cache/a", b"new")
    put(store, "jobs/b", b"old")
    store.copy("cache/a", "jobs/b")
    store.copy("cache/a", "jobs/b")
    assert content(store, "jobs/b") == b"new"


def test_replacing_the_source_does_not_change_a_copy(store: Storage) -> None:
    put(store, "cache/a", b"one")
    store.copy("cache/a", "jobs/b")
    put(store, "cache/a", b"two")
    assert content(store, "jobs/b") == b"one"


def test_copying_a_missing_file_raises_not_found(store: Storage) -> None:
    with pytest.raises(NotFound):
        store.copy("cache/none", "jobs/b")
    assert not store.has("jobs/b")


def test_several_files_are_deleted_in_one_call_and_missing_files_are_ignored(store: Storage) -> None:
    for key in ("jobs/a", "runs/r/b", "cache/c"):
        put(store, key)
    store.delete(["jobs/a", "jobs/none", "cache/c"])
    store.delete(["jobs/a"])
    assert keys(store) == ["runs/r/b"]
    assert [store.has(key) for key in ("jobs/a", "runs/r/b", "cache/c")] == [False, True, False]
    with pytest.raises(NotFound):
        store.local("cache/c")


def test_files_are_listed_by_prefix_with_their_sizes(store: Storage) -> None:
    for key in ("jobs/ab", "jobs/a/c", "jobs/a/b", "other/x"):
        put(store, key, key.encode())
    assert keys(store) == ["jobs/a/b", "jobs/a/c", "jobs/ab", "other/x"]
    assert keys(store, "jobs/") == ["jobs/a/b", "jobs/a/c", "jobs/ab"]
    assert keys(store, "jobs/a/") == ["jobs/a/b", "jobs/a/c"]
    assert keys(store, "jobs/a") == ["jobs/a/b", "jobs/a/c", "jobs/ab"]
    assert keys(store, "jobs/ab") == ["jobs/ab"]
    assert keys(store, "none/") == keys(store, "jobs/ab/") == []
    assert [(file.key, file.bytes) for file in store.list("other/")] == [("other/x", 7)]


def test_copies_are_listed_with_the_same_content_id_and_other_files_are_not(store: Storage) -> None:
    put(store, "cache/a", b"one")
    put(store, "cache/b", b"two")
    store.copy("cache/a", "jobs/c")
    contents = {file.key: file.content for file in store.list("")}
    assert contents["cache/a"] == contents["jobs/c"] != contents["cache/b"]
    assert all(isinstance(file, StoredFile) and file.content for file in store.list(""))


def test_existing_files_can_be_claimed(store: Storage) -> None:
    put(store, "cache/a")
    put(store, "cache/b")
    assert store.claim(["cache/a", "cache/none", "cache/b"]) == {"cache/a", "cache/b"}
    assert store.claim([]) == set()


def test_json_is_read_back_unchanged(store: Storage) -> None:
    document = {"title": "Grüße 東京", "scenes": [1, 2.5, None, True], "key": "cache/x/a.npy"}
    write_json(store, "runs/r/a.json", document)
    assert read_json(store, "runs/r/a.json") == document
    assert "Grüße" in store.local("runs/r/a.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", "A", "a b", ".hidden", "a/.b", "a\0", "ä", "a\n"],
)
def test_malformed_key_is_refused(store: Storage, key: str) -> None:
    def write() -> None:
        with store.writing(key):
            raise AssertionError("the write must be refused")

    calls: list[Callable[[], object]] = [lambda: store.has(key), lambda: store.local(key), write]
    calls += [lambda: store.copy("cache/a", key), lambda: store.copy(key, "cache/a"), lambda: store.delete([key])]
    put(store, "cache/a")
    for call in calls:
        with pytest.raises(ValueError, match="not a storage key"):
            call()


@pytest.mark.parametrize("prefix", ["/", "..", "../", "a/../", "a//", "A", "a/.b"])
def test_malformed_prefix_is_refused(store: Storage, prefix: str) -> None:
    with pytest.raises(ValueError, match="not a prefix"):
        list(store.list(prefix))


@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_written_to_a_full_disk(name: str, tmp_path: Path) -> None:
    store = BACKENDS[name]().build(Settings(home=tmp_path, min_free_mb=1 << 40))
    with pytest.raises(StorageFull) as raised, store.writing("jobs/a"):
        raise AssertionError("the write must be refused")
    assert raised.value.wanted_bytes == 1 << 60
    assert raised.value.free_bytes > 0


TEXTS = st.text(max_size=30) | st.text(alphabet="./ab-_\\\n", max_size=12)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(TEXTS)
def test_any_text_is_either_a_valid_key_or_refused(store: Storage, text: str) -> None:
    try:
        exists = store.has(text)
    except ValueError:
        return
    assert not exists
    assert KEY.fullmatch(text)


def test_all_keys_are_well_formed() -> None:
    all_keys = [
        asset_key("ast_abc234", ".jpg"),
        cache_key("plate", "abcdef", ".npy"),
        run_key("de449790-6086-440b-9b99-c904dfddf323", "scene_graph.json"),
        artifact_key("de449790-6086-440b-9b99-c904dfddf323", "output.mp4"),
        job_key("job_1", "scenes/scene_1.mp4"),
    ]
    assert [key.split("/")[0] for key in all_keys] == ["assets", "cache", "runs", "runs", "jobs"]
    assert all(KEY.fullmatch(key) for key in all_keys)
