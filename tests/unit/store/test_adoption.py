"""Adoption: after an upgrade, files written by an earlier version get rows, and no needed file is evicted."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, inspect, update

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
PREVIOUS_REVISION = "0002"


def migrate_to(revision: str) -> None:
    """Migrate the database up or down to a revision."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine().connect() as connection:
        settings.attributes["connection"] = connection
        has_stored_file = "stored_file" in inspect(connection).get_table_names()
        (command.downgrade if has_stored_file else command.upgrade)(settings, revision)
        connection.commit()


@pytest.fixture
def old_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A home directory of the previous version: files, and a database without rows for them."""
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    for name, value in {"CACHE_MB": 1, "REVISIONS_MB": 0, "KEEP_REVISIONS": 0, "ASSET_DAYS": 7}.items():
        monkeypatch.setenv(f"PYTOON_{name}", str(value))
    config.settings.cache_clear()
    factory.storage.cache_clear()
    migrate_to(PREVIOUS_REVISION)
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


def store_run() -> str:
    run_id, ended = str(uuid.uuid4()), now() - timedelta(days=2)
    with transaction() as session:
        session.execute(insert(JobRow).values(id="job_1", request={}))  # a column of later versions is left out
        revision = RevisionRow(job_id="job_1", number=1, scene_graph=None)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id="job_1", revision_id=revision.id, state="DONE", ended_at=ended))
    return run_id


def age_all_files() -> None:
    """Set the last use of every file to three days ago."""
    with transaction() as session:
        session.execute(update(StoredFileRow).values(used_at=now() - timedelta(days=3)))


def test_files_needed_by_a_kept_run_are_not_evicted_after_an_upgrade(old_home: Folder) -> None:
    plate, segment, unneeded = (put(old_home, kind) for kind in ("plate", "segment", "loose"))
    clip = cache_key("clip", "c" * 64, ".json")
    write_json(old_home, clip, {"key": plate})
    run_id = store_run()
    write_json(old_home, run_key(run_id, "segments.json"), [{"incoming": {"clip": {"key": plate}}}])
    write_json(old_home, run_key(run_id, "film.json"), {"segments": [segment]})
    migrate_to("head")
    first = delete_old_data()
    assert first.removed == {}
    assert first.needed_bytes == 1200 * KB
    age_all_files()
    second = delete_old_data()
    assert second.removed["cache"].files == 1
    assert [storage().has(key) for key in (plate, segment, clip, unneeded)] == [True, True, True, False]


def test_hard_links_of_an_earlier_version_count_once(old_home: Folder) -> None:
    film, run_id = put(old_home, "film", kb=900), store_run()
    for key in (artifact_key(run_id, "output.mp4"), job_key("job_1", "output.mp4")):
        old_home.copy(film, key)
    migrate_to("head")
    report = delete_old_data()
    assert report.before_bytes == 900 * KB
    assert report.cache_bytes == 0


def test_file_without_a_row_can_be_claimed_before_the_first_pass(old_home: Folder) -> None:
    plate = put(old_home, "plate")
    migrate_to("head")
    assert storage().claim([plate]) == {plate}


def test_rows_of_lost_files_are_deleted_once_no_write_can_be_in_progress(old_home: Folder) -> None:
    migrate_to("head")
    key = "cache/x/ab/lost.bin"
    with storage().writing(key) as path:
        path.touch()
    storage().backend.delete([key])
    delete_old_data()
    with transaction() as session:
        assert session.get(StoredFileRow, key)
    age_all_files()
    delete_old_data()
    with transaction() as session:
        assert session.get(StoredFileRow, key) is None


def test_rows_are_restored_after_the_loss_of_the_database(old_home: Folder) -> None:
    migrate_to("head")
    plate = put(old_home, "plate", kb=1500)
    write_json(storage(), run_key("elsewhere", "film.json"), {"film": plate})
    delete_old_data()
    migrate_to(PREVIOUS_REVISION)
    migrate_to("head")
    age_all_files()
    delete_old_data()
    age_all_files()
    assert delete_old_data().removed == {}
    assert storage().has(plate)
