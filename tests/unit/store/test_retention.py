"""Retention deletes files above the limits, keeps files that kept revisions need, and reports both."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.cli.main import run as pytoon
from app.core import config
from app.database.models import AssetRow, JobRow, RevisionRow, RunRow, StoredFileRow, now
from app.database.session import engine, migrate, transaction
from app.store import factory
from app.store.cache import get_or_make
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import PREFIXES, artifact_key, cache_key, job_key, run_key, run_prefix
from app.store.retention.report import Removed
from app.store.retention.sweep import delete_old_data
from tasks import maintenance

HOUR = 3600.0
KB = 1024


@dataclass
class Home:
    """A home directory with its own database, and methods that store test data in it."""

    path: Path
    set: Callable[..., None]
    count: int = 0
    jobs: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, kb: float = 1, hours: float = 48) -> str:
        """Store a file that was created and last used ``hours`` ago."""
        with storage().writing(key) as path:
            path.write_bytes(os.urandom(int(kb * KB)))
        self.age(key, hours)
        return key

    def age(self, key: str, hours: float) -> None:
        used_at = now() - timedelta(hours=hours)
        with transaction() as session:
            session.execute(
                update(StoredFileRow).where(StoredFileRow.key == key).values(used_at=used_at, created_at=used_at)
            )

    def write(self, name: str, kb: float = 1, hours: float = 48) -> str:
        """Write a file without a row; its directory has the same age."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(int(kb * KB)))
        modified_at = time.time() - hours * HOUR
        for aged_path in (path, path.parent):
            os.utime(aged_path, (modified_at, modified_at))
        return name

    def put_cached(self, kind: str = "segment", kb: float = 1, hours: float = 48, suffix: str = ".mp4") -> str:
        """Store a new file in the cache."""
        self.count += 1
        return self.put(cache_key(kind, sha256(str(self.count).encode()).hexdigest(), suffix), kb, hours)

    def job(self, request: dict[str, Any] | None = None) -> str:
        job_id = f"job_{uuid.uuid4().hex}"
        with transaction() as session:
            session.add(JobRow(id=job_id, request=request or {}))
        self.jobs[job_id] = 0
        return job_id

    def revision(self, job_id: str, graph: dict[str, Any] | None = None) -> int:
        self.jobs[job_id] += 1
        row = RevisionRow(job_id=job_id, number=self.jobs[job_id], scene_graph=graph)
        with transaction() as session:
            session.add(row)
        return row.id

    def run(
        self,
        job_id: str,
        revision: int | None = None,
        state: str = "DONE",
        days: float = 2,
        names: Any = None,
        kb: float = 1,
    ) -> str:
        """Store a run that ended ``days`` ago, with a document that references ``names``."""
        run_id = str(uuid.uuid4())
        ended = now() - timedelta(days=days)
        is_open = state not in ("DONE", "FAILED", "CANCELLED")
        with transaction() as session:
            session.add(
                RunRow(
                    id=run_id,
                    job_id=job_id,
                    revision_id=revision or self.revision(job_id),
                    state=state,
                    created_at=ended - timedelta(minutes=5),
                    ended_at=None if is_open else ended,
                )
            )
        write_json(storage(), run_key(run_id, "segments.json"), names)
        self.put(artifact_key(run_id, "output.mp4"), kb)
        return run_id

    def upload(self, days: float, kb: float = 1) -> AssetRow:
        asset_id = "ast_" + "".join("abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in os.urandom(26))
        key = self.put(f"assets/{asset_id[-2:]}/{asset_id}.jpg", kb, days * 24)
        row = AssetRow(
            id=asset_id, kind="image", key=key, sha256="0" * 64, bytes=int(kb * KB), content_type="image/jpeg"
        )
        row.created_at = now() - timedelta(days=days)
        with transaction() as session:
            session.add(row)
        return row

    def has(self, key: str) -> bool:
        return storage().has(key)

    def has_path(self, name: str) -> bool:
        return (self.path / name).exists()

    def has_run(self, run_id: str) -> bool:
        return any(storage().list(run_prefix(run_id)))

    def pruned(self, revision: int) -> bool:
        with transaction() as session:
            return session.get_one(RevisionRow, revision).pruned_at is not None


def clear_caches() -> None:
    config.settings.cache_clear()
    factory.storage.cache_clear()


@pytest.fixture(params=["folder", "object_store"])
def home(
    request: pytest.FixtureRequest, object_store_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """A home directory for each backend; it has no limits until ``set`` sets them."""

    def set_limits(**limits: float) -> None:
        for name, value in limits.items():
            monkeypatch.setenv(f"PYTOON_{name.upper()}", str(value))
        clear_caches()

    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    monkeypatch.setenv("PYTOON_STORAGE", request.param)
    set_limits(cache_mb=0, revisions_mb=0, keep_revisions=0, asset_days=7)
    migrate()
    yield Home(tmp_path, set_limits)
    engine().dispose()
    monkeypatch.undo()
    clear_caches()


# -- the cache -------------------------------------------------------------------------------------------------------


def test_home_within_its_limits_is_not_changed(home: Home) -> None:
    home.set(cache_mb=1, revisions_mb=1, keep_revisions=20)
    home.put_cached(kb=10)
    home.run(home.job())
    report = delete_old_data()
    assert report.removed == {}
    assert report.before_bytes == report.after_bytes > 11 * KB
    assert report.cache_bytes == 10 * KB


def test_least_recently_used_cache_files_are_evicted_above_the_limit(home: Home) -> None:
    home.set(cache_mb=1)
    old, new, middle = (
        home.put_cached(kb=500, hours=72),
        home.put_cached(kb=500, hours=2),
        home.put_cached(kb=500, hours=24),
    )
    report = delete_old_data()
    assert [home.has(key) for key in (old, middle, new)] == [False, True, True]
    assert report.removed == {"cache": Removed(1, 500 * KB)}
    assert report.before_bytes - report.after_bytes == 500 * KB


def test_claimed_file_counts_as_recently_used(home: Home) -> None:
    home.set(cache_mb=1)
    old, other = home.put_cached(kb=600, hours=72), home.put_cached(kb=600, hours=24)
    assert storage().claim([old])
    delete_old_data()
    assert (home.has(old), home.has(other)) == (True, False)


def test_file_used_within_the_last_hour_is_not_evicted(home: Home) -> None:
    home.set(cache_mb=1)
    keys = [home.put_cached(kb=900, hours=0.9) for _ in range(3)]
    delete_old_data()
    assert all(home.has(key) for key in keys)


@pytest.mark.parametrize("state", ["DONE", "FAILED", "COMPOSING", "AWAITING_REVIEW"])
def test_files_referenced_by_a_kept_revision_or_an_open_run_are_kept(home: Home, state: str) -> None:
    home.set(cache_mb=1)
    needed = home.put_cached(kb=900, hours=999)
    unneeded = home.put_cached(kb=900, hours=2)
    home.run(home.job(), state=state, names=[{"incoming": {"clip": {"key": needed}}}])
    report = delete_old_data()
    assert (home.has(needed), home.has(unneeded)) == (True, False)
    assert report.needed_bytes == 900 * KB


def test_files_with_the_identity_of_a_needed_file_and_documents_that_reference_it_are_kept(home: Home) -> None:
    home.set(cache_mb=1)
    plate = home.put_cached("plate", kb=900, suffix=".npy")
    motion = home.put(plate.replace("plate", "motion").replace(".npy", ".json"))
    document = cache_key("clip", "f" * 64, ".json")
    write_json(storage(), document, {"key": plate})
    home.age(document, 99)
    unneeded = home.put_cached(kb=900, hours=2)
    home.run(home.job(), names=[plate])
    delete_old_data()
    assert [home.has(key) for key in (plate, motion, document, unneeded)] == [True, True, True, False]


def test_file_needed_only_by_a_pruned_run_is_evicted(home: Home) -> None:
    home.set(cache_mb=1, keep_revisions=1)
    job, old = home.job(), home.put_cached(kb=1100)
    first = home.run(job, names=[old])
    home.run(job, days=1)
    delete_old_data()
    assert (home.has_run(first), home.has(old)) == (False, False)


def test_cached_file_with_a_copy_outside_the_cache_is_kept(home: Home) -> None:
    home.set(cache_mb=1)
    film, other = home.put_cached("film", kb=2000, hours=99), home.put_cached(kb=900)
    storage().copy(film, job_key("job_x", "output.mp4"))
    report = delete_old_data()
    assert (home.has(film), home.has(other)) == (True, True)
    assert report.cache_bytes == 900 * KB
    assert report.before_bytes == 2900 * KB


def test_cache_above_its_limit_with_only_needed_files_is_reported(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.set(cache_mb=1)
    home.run(home.job(), names=[home.put_cached(kb=1500)])
    report = delete_old_data()
    assert (report.cache_bytes, report.needed_bytes) == (1500 * KB, 1500 * KB)
    assert pytoon(["gc"]) == 0
    assert "still exceeds its limit: revisions need 1.5 MiB of it" in capsys.readouterr().out


FILES = st.lists(st.tuples(st.integers(0, 700), st.integers(2, 90), st.booleans()), max_size=8)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(FILES, st.integers(1, 2), st.booleans())
def test_no_needed_file_is_evicted_and_the_limit_holds(
    home: Home, files: list[tuple[int, int, bool]], limit_mb: int, dry_run: bool
) -> None:
    home.set(cache_mb=limit_mb)
    keys = [(home.put_cached(kb=kb, hours=hours), kb, needed) for kb, hours, needed in files]
    run_id = home.run(home.job(), names=[key for key, _, needed in keys if needed])
    report = delete_old_data(dry_run)
    assert all(home.has(key) for key, _, needed in keys if needed or dry_run)
    needed_bytes = sum(kb * KB for key, kb, needed in keys if needed)
    assert report.cache_bytes <= max(limit_mb << 20, needed_bytes)
    if not dry_run:
        assert report.cache_bytes == sum(file.bytes for file in storage().list("cache/"))
    storage().delete([*(key for key, *_ in keys), *(file.key for file in storage().list(run_prefix(run_id)))])


def test_claimed_files_exist_during_concurrent_eviction(home: Home) -> None:
    home.set(cache_mb=1)
    identities = [sha256(str(number).encode()).hexdigest() for number in range(200)]
    for identity in identities:
        home.put(cache_key("segment", identity, ".mp4"), kb=40, hours=9)
    stopped = threading.Event()

    def evict_repeatedly() -> None:
        while not stopped.is_set():
            delete_old_data()

    evictor = threading.Thread(target=evict_repeatedly)
    evictor.start()
    while len(list(storage().list("cache/"))) == len(identities):
        time.sleep(0.001)
    results = [
        get_or_make(storage(), "segment", identity, ".mp4", lambda path: path.write_bytes(b"made again"))
        for identity in reversed(identities)
    ]
    stopped.set()
    evictor.join()
    assert [key for key, _ in results if not home.has(key)] == []
    assert not all(reused for _, reused in results)


# -- runs and revisions ----------------------------------------------------------------------------------------------


def test_revisions_above_the_limit_lose_their_files_and_keep_their_rows(home: Home) -> None:
    home.set(keep_revisions=2)
    job = home.job()
    revisions = [home.revision(job, {"title": str(number)}) for number in range(4)]
    run_ids = [home.run(job, revision, days=9 - index) for index, revision in enumerate(revisions)]
    report = delete_old_data()
    assert [home.has_run(run_id) for run_id in run_ids] == [False, False, True, True]
    assert [home.pruned(revision) for revision in revisions] == [True, True, False, False]
    assert report.removed["revisions"].files == 4
    with transaction() as session:
        assert session.get_one(RevisionRow, revisions[0]).scene_graph == {"title": "0"}


def test_old_revisions_of_all_jobs_share_a_limit_and_the_oldest_is_pruned_first(home: Home) -> None:
    home.set(revisions_mb=1)
    first_job, second_job = home.job(), home.job()
    newer, older = home.run(first_job, days=5, kb=600), home.run(second_job, days=9, kb=600)
    newest = [home.run(first_job, days=1, kb=2000), home.run(second_job, days=1, kb=2000)]
    report = delete_old_data()
    assert (home.has_run(newer), home.has_run(older)) == (True, False)
    assert all(home.has_run(run_id) for run_id in newest)
    assert 600 * KB <= report.revisions_bytes < 605 * KB


def test_film_still_delivered_by_a_job_does_not_count_for_its_old_revisions(home: Home) -> None:
    home.set(revisions_mb=1)
    job = home.job()
    old, new = home.run(job, days=3), home.run(job, days=2)
    film = home.put(job_key(job, "output.mp4"), kb=3000)
    for run_id in (old, new):
        storage().copy(film, artifact_key(run_id, "output.mp4"))
    assert delete_old_data().removed == {}


def test_newest_revision_and_newest_finished_revision_are_never_pruned(home: Home) -> None:
    home.set(keep_revisions=1, revisions_mb=1)
    job = home.job()
    done = home.run(job, days=8, kb=3000)
    failed = home.run(job, state="FAILED", days=7, kb=3000)
    newest = home.run(job, state="FAILED", days=6, kb=3000)
    delete_old_data()
    assert [home.has_run(run_id) for run_id in (done, failed, newest)] == [True, False, True]


@pytest.mark.parametrize(("state", "days"), [("COMPOSING", 3), ("DONE", 0.01)])
def test_old_revision_with_an_open_or_recently_ended_run_is_kept(home: Home, state: str, days: float) -> None:
    home.set(keep_revisions=1)
    job = home.job()
    rerun = home.run(job, state=state, days=days)
    home.run(job, days=2)
    delete_old_data()
    assert home.has_run(rerun)


@pytest.mark.parametrize(("keep", "is_kept"), [(1, True), (0, False)])
def test_files_of_a_cancelled_run_are_kept_or_deleted_by_the_setting(home: Home, keep: int, is_kept: bool) -> None:
    home.set(keep_cancelled=keep)
    cancelled, recently_cancelled = (
        home.run(home.job(), state="CANCELLED"),
        home.run(home.job(), state="CANCELLED", days=0),
    )
    delete_old_data()
    assert [home.has_run(run_id) for run_id in (cancelled, recently_cancelled)] == [is_kept, True]


def test_failed_run_that_was_resumed_loses_its_files_after_a_week(home: Home) -> None:
    job = home.job()
    revision = home.revision(job)
    old, recent = (home.run(job, revision, "FAILED", days) for days in (8, 6))
    resumed = home.run(job, revision, days=5)
    not_resumed = home.run(home.job(), state="FAILED", days=99)
    report = delete_old_data()
    assert [home.has_run(run_id) for run_id in (old, recent, resumed, not_resumed)] == [False, True, True, True]
    assert not home.pruned(revision)
    assert list(report.removed) == ["runs"]


def test_failed_and_cancelled_runs_are_reported_separately(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.set(keep_cancelled=0)
    home.run(home.job(), state="CANCELLED")
    job = home.job()
    revision = home.revision(job)
    for state, days in (("FAILED", 9), ("CANCELLED", 8), ("DONE", 7)):
        home.run(job, revision, state, days)
    report = delete_old_data(dry_run=True)
    assert {kind: removed.files for kind, removed in report.removed.items()} == {"runs": 2, "cancelled": 4}
    assert pytoon(["gc", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "would be deleted: 2 files of failed runs that were resumed" in output
    assert "would be deleted: 4 files of cancelled runs" in output


def test_files_of_an_unknown_run_and_the_files_it_needs_are_kept(home: Home) -> None:
    home.set(cache_mb=1)
    needed = home.put_cached(kb=1500)
    write_json(storage(), run_key("elsewhere", "film.json"), {"film": needed})
    assert delete_old_data().removed == {}


# -- uploads ---------------------------------------------------------------------------------------------------------


def test_uploads_that_no_job_uses_are_deleted_with_their_rows_after_a_week(home: Home) -> None:
    old, recent, requested, shown = (home.upload(days) for days in (8, 6, 99, 99))
    edited, in_run = home.upload(99), home.upload(99)
    job = home.job({"media": [requested.id], "script": "Bread."})
    home.revision(job, {"scenes": [{"media": {"asset": shown.id}}]})
    with transaction() as session:
        session.add(RevisionRow(job_id=job, number=9, scene_graph=None, changes=[{"asset": edited.id}]))
    home.run(job, names={"key": in_run.key})
    report = delete_old_data()
    assert report.removed == {"assets": Removed(1, KB)}
    assert not home.has(old.key)
    with transaction() as session:
        assert old.id not in set(session.scalars(select(AssetRow.id)))
    assert all(home.has(row.key) for row in (recent, requested, shown, edited, in_run))


def test_uploads_are_never_deleted_when_the_limit_is_zero(home: Home) -> None:
    home.set(asset_days=0)
    old = home.upload(999)
    assert delete_old_data().removed == {}
    assert home.has(old.key)


def test_upload_without_an_asset_and_asset_without_a_file_are_deleted(home: Home) -> None:
    stray, recent = home.put("assets/xx/stray.jpg", hours=8 * 24), home.put("assets/xx/young.jpg", hours=24)
    storage().delete([home.upload(9).key])
    assert delete_old_data().removed["assets"] == Removed(1, KB)
    assert (home.has(stray), home.has(recent)) == (False, True)
    with transaction() as session:
        assert list(session.scalars(select(AssetRow))) == []


# -- orphans -------------------------------------------------------------------------------------------------------

DRAFT = f".{'0' * 32}"


def test_orphans_of_killed_processes_are_removed_after_a_day(home: Home) -> None:
    old = [
        home.write(f"cache/film/ab/{DRAFT}.mp4", hours=25),
        home.write(f"runs/r/left/{DRAFT}", hours=25),
    ]
    old += [home.write("tmp/tmpx/raw.wav", hours=25), home.write("incoming/tmpy", hours=25)]
    recent = [
        home.write(f"cache/film/ab/{DRAFT[:-1]}1.mp4", hours=23),
        home.write("tmp/tmpz/raw.wav", hours=23),
    ]
    modified_at = time.time() - 25 * HOUR
    os.utime(home.path / "tmp/tmpz", (modified_at, modified_at))
    report = delete_old_data()
    assert report.removed == {"leftovers": Removed(4, 4 * KB)}
    assert [home.has_path(name) for name in (*old, *recent)] == [False] * 4 + [True] * 2
    assert not home.has_path("tmp/tmpx")


def test_incomplete_font_directories_are_removed_and_complete_ones_are_kept(home: Home) -> None:
    incomplete, complete = (home.write(f"fonts/{name}/fonts.conf", hours=25) for name in (".fonts-abc", "abc"))
    delete_old_data()
    assert (home.has_path(incomplete), home.has_path(complete)) == (False, True)


def test_other_files_in_the_home_directory_are_kept(home: Home) -> None:
    others = [home.write(key, hours=9999) for key in ("uploads/a.jpg", "beat.db", "runs/r/.hidden", "logs/x.log")]
    link = home.path / "cache" / "plate" / "link.npy"
    link.parent.mkdir(parents=True)
    link.symlink_to(home.path / "beat.db")
    home.set(cache_mb=1)
    assert delete_old_data().removed == {}
    assert all(home.has_path(name) for name in others)


# -- reports ---------------------------------------------------------------------------------------------------------


def test_unreadable_documents_are_reported_and_do_not_stop_retention(home: Home) -> None:
    home.set(cache_mb=1)
    unneeded = home.put_cached(kb=1500)
    run_id = home.run(home.job())
    documents = {"half.json": b'{"a": ', "bytes.json": b"\xff\xfe", "deep.json": b"[" * 100_000}
    for name, data in documents.items():
        with storage().backend.writing(run_key(run_id, name)) as path:
            path.write_bytes(data)
    report = delete_old_data()
    assert report.broken == tuple(sorted(run_key(run_id, name) for name in documents))
    assert not home.has(unneeded)


def all_files(home: Home) -> set[str]:
    stored = {file.key for prefix in PREFIXES for file in storage().list(prefix)}
    return stored | {str(path) for path in (home.path / "tmp").rglob("*")}


def fill(home: Home) -> None:
    """Store files of every kind that retention deletes."""
    home.set(cache_mb=1, keep_revisions=1)
    job, old = home.job(), home.put_cached(kb=1100)
    film = home.put_cached("film", kb=700)
    storage().copy(film, artifact_key(home.run(job, names=[old, film], days=5), "film.mp4"))
    home.run(job, days=1)
    home.upload(30)
    home.write("tmp/tmpx", hours=30)


def test_dry_run_deletes_nothing_and_reports_the_same(home: Home) -> None:
    fill(home)
    before = all_files(home)
    dry_report = delete_old_data(dry_run=True)
    assert all_files(home) == before
    assert dry_report.dry_run
    report = delete_old_data().as_dict()
    assert {**dry_report.as_dict(), "dry_run": False} == report
    assert set(report["removed"]) == {"leftovers", "revisions", "cache", "assets"}
    remaining_bytes = sum(file.bytes for prefix in PREFIXES for file in storage().list(prefix))
    assert report["after_bytes"] == remaining_bytes
    assert delete_old_data().removed == {}


def test_gc_command_reports_what_the_hourly_task_then_deletes(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    fill(home)
    assert pytoon(["gc", "--dry-run", "--json"]) == 0
    dry_report = json.loads(capsys.readouterr().out)
    assert pytoon(["gc", "--dry-run"]) == 0
    assert "would be deleted: 1 file of uploads that no job names" in capsys.readouterr().out
    report = maintenance.delete_old_data()
    assert json.loads(json.dumps(report)) == {**dry_report, "dry_run": False}
    assert pytoon(["gc"]) == 0
    assert "before" in capsys.readouterr().out


def test_missing_home_directory_is_not_created(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_HOME", str(home.path / "none"))
    clear_caches()
    assert pytoon(["gc"]) == 2
    assert not (home.path / "none").exists()
