"""After an upgrade the files that an earlier version wrote get rows, and nothing that is needed is evicted."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, update

from app.core import config
from app.database.models import JobRow, RevisionRow, RunRow, StoredFileRow, now
from app.database.session import MIGRATIONS, engine, transaction
from app.store import factory
from app.store.backends.folder import Folder
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import artifact_key, cache_key, job_key, run_key
from app.store.retention.sweep import delete_old_data

KB = 1024
BEFORE = "0002"


def to(revision: str) -> None:
    """Migrates up or down to the tables of another version."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine().connect() as connection:
        settings.attributes["connection"] = connection
        current = "stored_file" in inspect(connection).get_table_names()
        (command.downgrade if current else command.upgrade)(settings, revision)
        connection.commit()


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A home as the version before left it: files, and a database that does not know them."""
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    for name, value in {"CACHE_MB": 1, "REVISIONS_MB": 0, "KEEP_REVISIONS": 0, "ASSET_DAYS": 7}.items():
        monkeypatch.setenv(f"PYTOON_{name}", str(value))
    config.settings.cache_clear()
    factory.storage.cache_clear()
    to(BEFORE)
    yield Folder(tmp_path)
    engine().dispose()
    monkeypatch.undo()
    config.settings.cache_clear()
    factory.storage.cache_clear()


def put(store: Folder, name: str, kb: int = 600) -> str:
    key = cache_key(name, uuid.uuid4().hex * 2, ".bin")
    with store.writing(key) as path:
        path.write_bytes(os.urandom(kb * KB))
    return key


def a_run() -> str:
    run_id, ended = str(uuid.uuid4()), now() - timedelta(days=2)
    with transaction() as session:
        session.add(JobRow(id="job_1", request={}))
        session.flush()
        revision = RevisionRow(job_id="job_1", number=1, scene_graph=None)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id="job_1", revision_id=revision.id, state="DONE", ended_at=ended))
    return run_id


def days_later() -> None:
    with transaction() as session:
        session.execute(update(StoredFileRow).values(used_at=now() - timedelta(days=3)))


def test_nothing_that_a_kept_run_needs_is_evicted_after_an_upgrade(old: Folder) -> None:
    plate, segment, free = (put(old, kind) for kind in ("plate", "segment", "loose"))
    clip = cache_key("clip", "c" * 64, ".json")
    write_json(old, clip, {"key": plate})
    run_id = a_run()
    write_json(old, run_key(run_id, "segments.json"), [{"incoming": {"clip": {"key": plate}}}])
    write_json(old, run_key(run_id, "film.json"), {"segments": [segment]})
    to("head")
    first = delete_old_data()
    assert first.removed == {}
    assert first.needed_bytes == 1200 * KB
    days_later()
    second = delete_old_data()
    assert second.removed["cache"].files == 1
    assert [storage().has(key) for key in (plate, segment, clip, free)] == [True, True, True, False]


def test_copies_that_an_earlier_version_linked_count_once(old: Folder) -> None:
    film, run_id = put(old, "film", kb=900), a_run()
    for key in (artifact_key(run_id, "output.mp4"), job_key("job_1", "output.mp4")):
        old.copy(film, key)
    to("head")
    report = delete_old_data()
    assert report.before_bytes == 900 * KB
    assert report.cache_bytes == 0


def test_a_file_that_is_used_before_the_first_pass_is_found_without_being_made_again(old: Folder) -> None:
    plate = put(old, "plate")
    to("head")
    assert storage().claim([plate]) == {plate}


def test_rows_of_lost_files_are_deleted_once_no_write_can_be_under_way(old: Folder) -> None:
    to("head")
    key = "cache/x/ab/lost.bin"
    with storage().writing(key) as path:
        path.touch()
    storage().backend.delete([key])
    delete_old_data()
    with transaction() as session:
        assert session.get(StoredFileRow, key)
    days_later()
    delete_old_data()
    with transaction() as session:
        assert session.get(StoredFileRow, key) is None


def test_rows_come_back_when_the_database_is_lost(old: Folder) -> None:
    to("head")
    plate = put(old, "plate", kb=1500)
    write_json(storage(), run_key("elsewhere", "film.json"), {"film": plate})
    delete_old_data()
    to(BEFORE)
    to("head")
    days_later()
    delete_old_data()
    days_later()
    assert delete_old_data().removed == {}
    assert storage().has(plate)
