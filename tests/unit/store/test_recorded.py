"""Rows of stored files: files without a row are adopted, use is recorded, and claimed files are not evicted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from app.database.models import FileReferenceRow, StoredFileRow, now
from app.database.session import engine, transaction
from app.store import file_rows
from app.store.backends.folder import Folder
from app.store.base import StoredFile
from app.store.cache import get_or_make
from app.store.json_files import write_json
from app.store.recorded import Recorded

KEY = "cache/plate/ab/ab12.npy"


@pytest.fixture
def store(migrated_home: Path) -> Recorded:
    return Recorded(Folder(migrated_home))


def put(store: Recorded, key: str = KEY, data: bytes = b"data", hours: float = 0.0) -> str:
    with store.writing(key) as path:
        path.write_bytes(data)
    age(key, hours)
    return key


def age(key: str, hours: float) -> None:
    with transaction() as session:
        session.execute(
            update(StoredFileRow).where(StoredFileRow.key == key).values(used_at=now() - timedelta(hours=hours))
        )


def row(key: str = KEY) -> StoredFileRow:
    with transaction() as session:
        return session.get_one(StoredFileRow, key)


def has_row(key: str = KEY) -> bool:
    with transaction() as session:
        return session.get(StoredFileRow, key) is not None


def references(owner: str) -> set[str]:
    with transaction() as session:
        return set(session.scalars(select(FileReferenceRow.identity).where(FileReferenceRow.owner == owner)))


def age_h(key: str = KEY) -> float:
    return (now() - row(key).used_at) / timedelta(hours=1)


class Statements(list[str]):
    """The SQL statements that are executed in the block, without those of transactions."""

    def __enter__(self) -> Statements:
        event.listen(engine(), "before_cursor_execute", self._record)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(engine(), "before_cursor_execute", self._record)

    def _record(self, _connection: Any, _cursor: Any, statement: str, *_args: Any) -> None:
        self.append(statement)


# -- rows ------------------------------------------------------------------------------------------------------------


def test_written_file_has_a_row_with_its_size_and_identity(store: Recorded) -> None:
    put(store, data=b"12345")
    assert (row().bytes, row().identity, row().deleting_at) == (5, "ab12", None)
    assert age_h() < 0.1


def test_failed_write_leaves_no_row(store: Recorded) -> None:
    with pytest.raises(RuntimeError), store.writing(KEY) as path:
        path.touch()
        raise RuntimeError("killed")
    assert not has_row()


def test_copies_share_their_content_until_one_is_replaced(store: Recorded) -> None:
    put(store)
    store.copy(KEY, "jobs/j/a.npy")
    assert row("jobs/j/a.npy").content == row().content
    assert row("jobs/j/a.npy").bytes == 4
    put(store, data=b"other")
    assert row("jobs/j/a.npy").content != row().content


def test_deleted_files_lose_their_rows_and_references(store: Recorded) -> None:
    write_json(store, "runs/r/a.json", [KEY])
    store.delete(["runs/r/a.json"])
    assert not has_row("runs/r/a.json")
    assert references("runs/r/a.json") == set()


def test_written_document_and_its_copies_have_their_references(store: Recorded) -> None:
    write_json(store, "runs/r/segments.json", [{"clip": {"key": KEY}}, "f" * 64])
    store.copy("runs/r/segments.json", "runs/s/segments.json")
    assert references("runs/r/segments.json") == references("runs/s/segments.json") == {"ab12", "f" * 64}


def test_references_are_recorded_before_the_document_is_stored(store: Recorded) -> None:
    store.refer("runs/r/a.json", {"ab12"})
    assert references("runs/r/a.json") == {"ab12"}
    assert not store.has("runs/r/a.json")
    assert store.evict([put(store, hours=9)]) == set()


# -- claims ----------------------------------------------------------------------------------------------------------


def test_claim_marks_a_file_as_used(store: Recorded) -> None:
    put(store, hours=30)
    assert store.claim([KEY]) == {KEY}
    assert age_h() < 0.1


def test_read_existence_check_and_list_do_not_mark_a_file_as_used(store: Recorded) -> None:
    put(store, hours=30)
    assert store.has(KEY)
    assert store.local(KEY)
    assert len(list(store.list("cache/"))) == 1
    assert not store.claim(["cache/none.npy", f"{KEY}/below"])
    assert age_h() > 29


def test_use_is_recorded_at_most_every_ten_minutes(store: Recorded) -> None:
    put(store, hours=9 / 60)
    before = row().used_at
    assert store.claim([KEY])
    assert row().used_at == before
    age(KEY, 11 / 60)
    assert store.claim([KEY])
    assert row().used_at > before


def test_use_of_a_cached_file_executes_one_select(store: Recorded) -> None:
    put(store)
    with Statements() as statements:
        key, reused = get_or_make(store, "plate", "ab12", ".npy", Path.touch)
    assert (key, reused) == (KEY, True)
    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_many_files_are_claimed_with_one_select(store: Recorded) -> None:
    keys = {put(store, f"cache/x/{number}") for number in range(50)}
    with Statements() as statements:
        assert store.claim(keys) == keys
    assert len(statements) == 1


def test_read_and_existence_check_execute_no_statement(store: Recorded) -> None:
    put(store)
    with Statements() as statements:
        assert store.has(KEY)
        assert store.local(KEY)
    assert statements == []


def test_lost_file_is_not_claimed_and_is_created_again(store: Recorded) -> None:
    put(store)
    store.backend.delete([KEY])
    assert store.claim([KEY]) == set()
    assert get_or_make(store, "plate", "ab12", ".npy", lambda path: path.write_bytes(b"again")) == (KEY, False)
    assert row().bytes == 5


def test_file_without_a_row_is_claimed_with_its_references(store: Recorded) -> None:
    document = "cache/clip/cd/cd34.json"
    write_json(store.backend, document, {"key": KEY})
    assert store.claim([document]) == {document}
    assert references(document) == {"ab12"}
    assert age_h(document) < 0.1


def test_file_without_a_row_can_be_copied(store: Recorded) -> None:
    write_json(store.backend, "runs/r/a.json", {"key": KEY})
    store.copy("runs/r/a.json", "runs/s/a.json")
    assert row("runs/s/a.json").content == row("runs/r/a.json").content
    assert references("runs/s/a.json") == {"ab12"}


# -- eviction --------------------------------------------------------------------------------------------------------


def test_file_used_within_the_last_hour_and_missing_file_are_not_evicted(store: Recorded) -> None:
    put(store, hours=0.9)
    assert store.evict([KEY, "cache/none"]) == set()
    assert store.has(KEY)


def test_old_file_is_evicted_unless_it_is_claimed(store: Recorded) -> None:
    keys = [put(store, key, hours=1.1) for key in ("cache/a", "cache/b")]
    assert store.claim(["cache/a"])
    assert store.evict(keys) == {"cache/b"}
    assert [store.has(key) for key in keys] == [True, False]
    assert [has_row(key) for key in keys] == [True, False]


def test_file_referenced_by_a_run_is_not_evicted_however_old(store: Recorded) -> None:
    put(store, hours=30)
    write_json(store, "runs/r/a.json", [KEY])
    assert store.evict([KEY]) == set()
    store.delete(["runs/r/a.json"])
    assert store.evict([KEY]) == {KEY}


def assert_waits_for_eviction(store: Recorded, use: Callable[[], object]) -> None:
    """Evict the file while a thread calls ``use``: it waits until the eviction has ended."""
    put(store, hours=2)
    at = now()
    assert file_rows.mark_for_deletion([KEY], at) == {KEY}
    user = threading.Thread(target=use)
    user.start()
    user.join(0.3)
    assert user.is_alive()
    store.backend.delete([KEY])
    file_rows.forget_evicted([KEY], at)
    user.join(30)


def test_claim_waits_for_the_eviction_of_its_file(store: Recorded) -> None:
    results: list[set[str]] = []
    assert_waits_for_eviction(store, lambda: results.append(store.claim([KEY])))
    assert results == [set()]


def test_write_waits_for_the_eviction_of_its_file(store: Recorded) -> None:
    assert_waits_for_eviction(store, lambda: put(store, KEY, b"new"))
    assert store.local(KEY).read_bytes() == b"new"
    assert row().bytes == 3


def abandoned_mark(store: Recorded) -> datetime:
    """The time of a deletion mark whose process died over a minute ago."""
    put(store, hours=5)
    at = now() - timedelta(seconds=61)
    assert file_rows.mark_for_deletion([KEY], at) == {KEY}
    return at


def test_claim_takes_over_an_abandoned_mark_whose_process_then_deletes_nothing(store: Recorded) -> None:
    at = abandoned_mark(store)
    assert store.claim([KEY]) == {KEY}
    assert file_rows.renew_mark([KEY], at, now()) == set()
    file_rows.forget_evicted([KEY], at)
    assert row().deleting_at is None


def test_write_takes_over_an_abandoned_mark(store: Recorded) -> None:
    at = abandoned_mark(store)
    put(store, data=b"new")
    assert file_rows.renew_mark([KEY], at, now()) == set()
    assert row().deleting_at is None


def test_next_eviction_takes_over_an_abandoned_mark(store: Recorded) -> None:
    abandoned_mark(store)
    assert store.evict([KEY]) == {KEY}
    assert not store.has(KEY)
    assert not has_row()


class CountingFolder(Folder):
    """A folder that counts how often it is listed."""

    listings = 0

    def list(self, prefix: str) -> Iterator[StoredFile]:
        self.listings += 1
        return super().list(prefix)


def test_a_directory_without_rows_is_listed_once_however_many_of_its_files_are_copied(
    store: Recorded, tmp_path: Path
) -> None:
    folder = CountingFolder(tmp_path)
    keys = [f"runs/r1/file_{number}.txt" for number in range(20)]
    for key in keys:
        with folder.writing(key) as path:
            path.write_text(key)
    recorded = Recorded(folder)
    for key in keys:
        recorded.copy(key, key.replace("r1", "r2"))
    assert folder.listings == 1
    assert all(has_row(key) and has_row(key.replace("r1", "r2")) for key in keys)
