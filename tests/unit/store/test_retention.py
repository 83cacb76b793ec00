"""Retention deletes what exceeds the limits, keeps what a kept revision needs, and reports both."""

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
    """A home directory with a database of its own, and what can be put into it."""

    path: Path
    set: Callable[..., None]
    count: int = 0
    jobs: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, kb: float = 1, hours: float = 48) -> str:
        """A file that was stored and last used so long ago."""
        with storage().writing(key) as path:
            path.write_bytes(os.urandom(int(kb * KB)))
        self.age(key, hours)
        return key

    def age(self, key: str, hours: float) -> None:
        then = now() - timedelta(hours=hours)
        with transaction() as session:
            session.execute(update(StoredFileRow).where(StoredFileRow.key == key).values(used_at=then, created_at=then))

    def put_alone(self, name: str, kb: float = 1, hours: float = 48) -> str:
        """A file without a row; its directory is as old."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(int(kb * KB)))
        then = time.time() - hours * HOUR
        for each in (path, path.parent):
            os.utime(each, (then, then))
        return name

    def made(self, kind: str = "segment", kb: float = 1, hours: float = 48, suffix: str = ".mp4") -> str:
        """Something kept in the cache."""
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
        """A run that ended so long ago, with a folder that names ``names``."""
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

    def has_alone(self, name: str) -> bool:
        return (self.path / name).exists()

    def has_run(self, run_id: str) -> bool:
        return any(storage().list(run_prefix(run_id)))

    def pruned(self, revision: int) -> bool:
        with transaction() as session:
            return session.get_one(RevisionRow, revision).pruned_at is not None


def fresh() -> None:
    config.settings.cache_clear()
    factory.storage.cache_clear()


@pytest.fixture(params=["folder", "object_store"])
def home(
    request: pytest.FixtureRequest, object_store_installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """Without limits, until ``set`` sets some; with each backend."""

    def put(**limits: float) -> None:
        for name, value in limits.items():
            monkeypatch.setenv(f"PYTOON_{name.upper()}", str(value))
        fresh()

    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    monkeypatch.setenv("PYTOON_STORAGE", request.param)
    put(cache_mb=0, revisions_mb=0, keep_revisions=0, asset_days=7)
    migrate()
    yield Home(tmp_path, put)
    engine().dispose()
    monkeypatch.undo()
    fresh()


# -- the cache -------------------------------------------------------------------------------------------------------


def test_a_home_within_its_limits_is_left_as_it_is(home: Home) -> None:
    home.set(cache_mb=1, revisions_mb=1, keep_revisions=20)
    home.made(kb=10)
    home.run(home.job())
    report = delete_old_data()
    assert report.removed == {}
    assert report.before_bytes == report.after_bytes > 11 * KB
    assert report.cache_bytes == 10 * KB


def test_a_cache_over_its_limit_loses_the_least_recently_used(home: Home) -> None:
    home.set(cache_mb=1)
    old, new, middle = home.made(kb=500, hours=72), home.made(kb=500, hours=2), home.made(kb=500, hours=24)
    report = delete_old_data()
    assert [home.has(key) for key in (old, middle, new)] == [False, True, True]
    assert report.removed == {"cache": Removed(1, 500 * KB)}
    assert report.before_bytes - report.after_bytes == 500 * KB


def test_a_claimed_file_is_not_the_least_recently_used(home: Home) -> None:
    home.set(cache_mb=1)
    old, other = home.made(kb=600, hours=72), home.made(kb=600, hours=24)
    assert storage().claim([old])
    delete_old_data()
    assert (home.has(old), home.has(other)) == (True, False)


def test_a_file_used_within_the_hour_is_not_evicted(home: Home) -> None:
    home.set(cache_mb=1)
    keys = [home.made(kb=900, hours=0.9) for _ in range(3)]
    delete_old_data()
    assert all(home.has(key) for key in keys)


@pytest.mark.parametrize("state", ["DONE", "FAILED", "COMPOSING", "AWAITING_REVIEW"])
def test_files_named_by_a_kept_revision_or_an_open_run_stay(home: Home, state: str) -> None:
    home.set(cache_mb=1)
    needed = home.made(kb=900, hours=999)
    free = home.made(kb=900, hours=2)
    home.run(home.job(), state=state, names=[{"incoming": {"clip": {"key": needed}}}])
    report = delete_old_data()
    assert (home.has(needed), home.has(free)) == (True, False)
    assert report.needed_bytes == 900 * KB


def test_files_with_the_identity_of_a_needed_file_and_documents_that_name_one_stay(home: Home) -> None:
    home.set(cache_mb=1)
    plate = home.made("plate", kb=900, suffix=".npy")
    motion = home.put(plate.replace("plate", "motion").replace(".npy", ".json"))
    paper = cache_key("clip", "f" * 64, ".json")
    write_json(storage(), paper, {"key": plate})
    home.age(paper, 99)
    free = home.made(kb=900, hours=2)
    home.run(home.job(), names=[plate])
    delete_old_data()
    assert [home.has(key) for key in (plate, motion, paper, free)] == [True, True, True, False]


def test_a_file_that_only_a_pruned_run_needed_is_evicted(home: Home) -> None:
    home.set(cache_mb=1, keep_revisions=1)
    job, old = home.job(), home.made(kb=1100)
    first = home.run(job, names=[old])
    home.run(job, days=1)
    delete_old_data()
    assert (home.has_run(first), home.has(old)) == (False, False)


def test_a_file_with_a_copy_outside_the_cache_frees_nothing_and_stays(home: Home) -> None:
    home.set(cache_mb=1)
    film, loose = home.made("film", kb=2000, hours=99), home.made(kb=900)
    storage().copy(film, job_key("job_x", "output.mp4"))
    report = delete_old_data()
    assert (home.has(film), home.has(loose)) == (True, True)
    assert report.cache_bytes == 900 * KB
    assert report.before_bytes == 2900 * KB


def test_a_cache_over_its_limit_with_needed_files_alone_is_reported(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.set(cache_mb=1)
    home.run(home.job(), names=[home.made(kb=1500)])
    report = delete_old_data()
    assert (report.cache_bytes, report.needed_bytes) == (1500 * KB, 1500 * KB)
    assert pytoon(["gc"]) == 0
    assert "still over its limit: 1.5 MiB of it are needed" in capsys.readouterr().out


FILES = st.lists(st.tuples(st.integers(0, 700), st.integers(2, 90), st.booleans()), max_size=8)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(FILES, st.integers(1, 2), st.booleans())
def test_no_needed_file_is_evicted_and_the_limit_holds(
    home: Home, files: list[tuple[int, int, bool]], limit_mb: int, dry_run: bool
) -> None:
    home.set(cache_mb=limit_mb)
    keys = [(home.made(kb=kb, hours=hours), kb, needed) for kb, hours, needed in files]
    run_id = home.run(home.job(), names=[key for key, _, needed in keys if needed])
    report = delete_old_data(dry_run)
    assert all(home.has(key) for key, _, needed in keys if needed or dry_run)
    wanted = sum(kb * KB for key, kb, needed in keys if needed)
    assert report.cache_bytes <= max(limit_mb << 20, wanted)
    if not dry_run:
        assert report.cache_bytes == sum(file.bytes for file in storage().list("cache/"))
    storage().delete([*(key for key, *_ in keys), *(file.key for file in storage().list(run_prefix(run_id)))])


def test_a_claimed_file_exists_however_often_the_cache_is_swept(home: Home) -> None:
    home.set(cache_mb=1)
    identities = [sha256(str(number).encode()).hexdigest() for number in range(200)]
    for identity in identities:
        home.put(cache_key("segment", identity, ".mp4"), kb=40, hours=9)
    over = threading.Event()

    def make_room() -> None:
        while not over.is_set():
            delete_old_data()

    attendant = threading.Thread(target=make_room)
    attendant.start()
    while len(list(storage().list("cache/"))) == len(identities):
        time.sleep(0.001)
    asked = [
        get_or_make(storage(), "segment", identity, ".mp4", lambda path: path.write_bytes(b"made again"))
        for identity in reversed(identities)
    ]
    over.set()
    attendant.join()
    assert [key for key, _ in asked if not home.has(key)] == []
    assert not all(reused for _, reused in asked)


# -- runs and revisions ----------------------------------------------------------------------------------------------


def test_revisions_beyond_the_limit_lose_their_files_and_stay_known(home: Home) -> None:
    home.set(keep_revisions=2)
    job = home.job()
    revisions = [home.revision(job, {"title": str(number)}) for number in range(4)]
    made = [home.run(job, revision, days=9 - place) for place, revision in enumerate(revisions)]
    report = delete_old_data()
    assert [home.has_run(run_id) for run_id in made] == [False, False, True, True]
    assert [home.pruned(revision) for revision in revisions] == [True, True, False, False]
    assert report.removed["revisions"].files == 4
    with transaction() as session:
        assert session.get_one(RevisionRow, revisions[0]).scene_graph == {"title": "0"}


def test_old_revisions_of_all_jobs_share_a_limit_and_the_oldest_is_pruned_first(home: Home) -> None:
    home.set(revisions_mb=1)
    one, other = home.job(), home.job()
    first, second = home.run(one, days=5, kb=600), home.run(other, days=9, kb=600)
    newest = [home.run(one, days=1, kb=2000), home.run(other, days=1, kb=2000)]
    report = delete_old_data()
    assert (home.has_run(first), home.has_run(second)) == (True, False)
    assert all(home.has_run(run_id) for run_id in newest)
    assert 600 * KB <= report.revisions_bytes < 605 * KB


def test_a_film_that_a_job_still_delivers_does_not_count_for_its_old_revisions(home: Home) -> None:
    home.set(revisions_mb=1)
    job = home.job()
    old, new = home.run(job, days=3), home.run(job, days=2)
    film = home.put(job_key(job, "output.mp4"), kb=3000)
    for run_id in (old, new):
        storage().copy(film, artifact_key(run_id, "output.mp4"))
    assert delete_old_data().removed == {}


def test_the_newest_finished_revision_and_the_newest_of_all_are_never_pruned(home: Home) -> None:
    home.set(keep_revisions=1, revisions_mb=1)
    job = home.job()
    done = home.run(job, days=8, kb=3000)
    failed = home.run(job, state="FAILED", days=7, kb=3000)
    newest = home.run(job, state="FAILED", days=6, kb=3000)
    delete_old_data()
    assert [home.has_run(run_id) for run_id in (done, failed, newest)] == [True, False, True]


@pytest.mark.parametrize(("state", "days"), [("COMPOSING", 3), ("DONE", 0.01)])
def test_an_old_revision_that_is_made_again_or_was_just_now_stays(home: Home, state: str, days: float) -> None:
    home.set(keep_revisions=1)
    job = home.job()
    again = home.run(job, state=state, days=days)
    home.run(job, days=2)
    delete_old_data()
    assert home.has_run(again)


@pytest.mark.parametrize(("keep", "stays"), [(1, True), (0, False)])
def test_files_of_a_cancelled_run_stay_or_are_deleted_by_the_setting(home: Home, keep: int, stays: bool) -> None:
    home.set(keep_cancelled=keep)
    cancelled, just_now = home.run(home.job(), state="CANCELLED"), home.run(home.job(), state="CANCELLED", days=0)
    delete_old_data()
    assert [home.has_run(run_id) for run_id in (cancelled, just_now)] == [stays, True]


def test_a_failed_run_that_was_resumed_loses_its_files_after_a_week(home: Home) -> None:
    job = home.job()
    revision = home.revision(job)
    long_ago, lately = (home.run(job, revision, "FAILED", days) for days in (8, 6))
    resumed = home.run(job, revision, days=5)
    alone = home.run(home.job(), state="FAILED", days=99)
    report = delete_old_data()
    assert [home.has_run(run_id) for run_id in (long_ago, lately, resumed, alone)] == [False, True, True, True]
    assert not home.pruned(revision)
    assert list(report.removed) == ["runs"]


def test_failed_and_cancelled_runs_are_reported_by_their_own_names(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
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
    assert "would go: 2 files of failed runs that were resumed" in output
    assert "would go: 4 files of cancelled runs" in output


def test_the_files_of_an_unknown_run_stay_and_so_do_those_it_needs(home: Home) -> None:
    home.set(cache_mb=1)
    needed = home.made(kb=1500)
    write_json(storage(), run_key("elsewhere", "film.json"), {"film": needed})
    assert delete_old_data().removed == {}


# -- uploads ---------------------------------------------------------------------------------------------------------


def test_uploads_that_no_job_names_are_deleted_after_a_week_with_their_rows(home: Home) -> None:
    old, young, asked, shown = (home.upload(days) for days in (8, 6, 99, 99))
    edited, in_a_run = home.upload(99), home.upload(99)
    job = home.job({"media": [asked.id], "script": "Bread."})
    home.revision(job, {"scenes": [{"media": {"asset": shown.id}}]})
    with transaction() as session:
        session.add(RevisionRow(job_id=job, number=9, scene_graph=None, changes=[{"asset": edited.id}]))
    home.run(job, names={"key": in_a_run.key})
    report = delete_old_data()
    assert report.removed == {"assets": Removed(1, KB)}
    assert not home.has(old.key)
    with transaction() as session:
        assert old.id not in set(session.scalars(select(AssetRow.id)))
    assert all(home.has(row.key) for row in (young, asked, shown, edited, in_a_run))


def test_uploads_are_kept_forever_where_the_limit_is_zero(home: Home) -> None:
    home.set(asset_days=0)
    old = home.upload(999)
    assert delete_old_data().removed == {}
    assert home.has(old.key)


def test_an_upload_without_an_asset_and_an_asset_without_a_file_are_deleted(home: Home) -> None:
    stray, young = home.put("assets/xx/stray.jpg", hours=8 * 24), home.put("assets/xx/young.jpg", hours=24)
    storage().delete([home.upload(9).key])
    assert delete_old_data().removed["assets"] == Removed(1, KB)
    assert (home.has(stray), home.has(young)) == (False, True)
    with transaction() as session:
        assert list(session.scalars(select(AssetRow))) == []


# -- orphans -------------------------------------------------------------------------------------------------------

DRAFT = f".{'0' * 32}"


def test_orphans_of_killed_processes_are_removed_after_a_day(home: Home) -> None:
    old = [home.put_alone(f"cache/film/ab/{DRAFT}.mp4", hours=25), home.put_alone(f"runs/r/left/{DRAFT}", hours=25)]
    old += [home.put_alone("tmp/tmpx/raw.wav", hours=25), home.put_alone("incoming/tmpy", hours=25)]
    young = [home.put_alone(f"cache/film/ab/{DRAFT[:-1]}1.mp4", hours=23), home.put_alone("tmp/tmpz/raw.wav", hours=23)]
    then = time.time() - 25 * HOUR
    os.utime(home.path / "tmp/tmpz", (then, then))
    report = delete_old_data()
    assert report.removed == {"leftovers": Removed(4, 4 * KB)}
    assert [home.has_alone(name) for name in (*old, *young)] == [False] * 4 + [True] * 2
    assert not home.has_alone("tmp/tmpx")


def test_half_made_font_directories_are_removed_and_others_stay(home: Home) -> None:
    half, whole = (home.put_alone(f"fonts/{name}/fonts.conf", hours=25) for name in (".fonts-abc", "abc"))
    delete_old_data()
    assert (home.has_alone(half), home.has_alone(whole)) == (False, True)


def test_other_files_of_the_home_are_left_alone(home: Home) -> None:
    others = [home.put_alone(key, hours=9999) for key in ("uploads/a.jpg", "beat.db", "runs/r/.hidden", "logs/x.log")]
    link = home.path / "cache" / "plate" / "link.npy"
    link.parent.mkdir(parents=True)
    link.symlink_to(home.path / "beat.db")
    home.set(cache_mb=1)
    assert delete_old_data().removed == {}
    assert all(home.has_alone(name) for name in others)


# -- reports ---------------------------------------------------------------------------------------------------------


def test_unreadable_documents_are_reported_and_do_not_stop_the_pass(home: Home) -> None:
    home.set(cache_mb=1)
    free = home.made(kb=1500)
    run_id = home.run(home.job())
    bad = {"half.json": b'{"a": ', "bytes.json": b"\xff\xfe", "deep.json": b"[" * 100_000}
    for name, data in bad.items():
        with storage().backend.writing(run_key(run_id, name)) as path:
            path.write_bytes(data)
    report = delete_old_data()
    assert report.broken == tuple(sorted(run_key(run_id, name) for name in bad))
    assert not home.has(free)


def everything(home: Home) -> set[str]:
    stored = {file.key for prefix in PREFIXES for file in storage().list(prefix)}
    return stored | {str(path) for path in (home.path / "tmp").rglob("*")}


def full(home: Home) -> None:
    home.set(cache_mb=1, keep_revisions=1)
    job, old = home.job(), home.made(kb=1100)
    film = home.made("film", kb=700)
    storage().copy(film, artifact_key(home.run(job, names=[old, film], days=5), "film.mp4"))
    home.run(job, days=1)
    home.upload(30)
    home.put_alone("tmp/tmpx", hours=30)


def test_a_dry_run_removes_nothing_and_reports_the_same(home: Home) -> None:
    full(home)
    before = everything(home)
    told = delete_old_data(dry_run=True)
    assert everything(home) == before
    assert told.dry_run
    done = delete_old_data().as_dict()
    assert {**told.as_dict(), "dry_run": False} == done
    assert set(done["removed"]) == {"leftovers", "revisions", "cache", "assets"}
    left = sum(file.bytes for prefix in PREFIXES for file in storage().list(prefix))
    assert done["after_bytes"] == left
    assert delete_old_data().removed == {}


def test_the_command_reports_what_the_hourly_task_then_removes(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    full(home)
    assert pytoon(["gc", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert pytoon(["gc", "--dry-run"]) == 0
    assert "would go: 1 files uploads that no job names" in capsys.readouterr().out
    done = maintenance.delete_old_data()
    assert json.loads(json.dumps(done)) == {**told, "dry_run": False}
    assert pytoon(["gc"]) == 0
    assert "before" in capsys.readouterr().out


def test_a_missing_home_is_not_created(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_HOME", str(home.path / "none"))
    fresh()
    assert pytoon(["gc"]) == 2
    assert not (home.path / "none").exists()
