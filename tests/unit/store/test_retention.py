"""Room is made: what nobody needs goes, what a kept revision needs stays, and everything is told."""

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
from sqlalchemy import select

from app.cli.main import run as pytoon
from app.core import config, db
from app.core.models import AssetRow, JobRow, RevisionRow, RunRow, now
from app.store import factory
from app.store.cache import kept
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import cache_key, job_key, left_key, run_key
from app.store.retention.orphans import ROOMS
from app.store.retention.sweep import Removed, tidied
from tasks.tidying import tidy

HOUR, DAY = 3600.0, 86_400.0
KB = 1024


@dataclass
class House:
    """A home with a database of its own, and what can be put into it."""

    home: Path
    set: Callable[..., None]
    count: int = 0
    jobs: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, kb: float = 1, hours: float = 48) -> str:
        path = self.home / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(int(kb * KB)))
        self.age(path, hours)
        return key

    def age(self, path: Path, hours: float) -> None:
        then = time.time() - hours * HOUR
        os.utime(path, (then, then))

    def made(self, kind: str = "segment", kb: float = 1, hours: float = 48, suffix: str = ".mp4") -> str:
        """Something kept in the cache."""
        self.count += 1
        return self.put(cache_key(kind, sha256(str(self.count).encode()).hexdigest(), suffix), kb, hours)

    def job(self, request: dict[str, Any] | None = None) -> str:
        job_id = f"job_{uuid.uuid4().hex}"
        with db.session() as session:
            session.add(JobRow(id=job_id, request=request or {}))
        self.jobs[job_id] = 0
        return job_id

    def revision(self, job_id: str, graph: dict[str, Any] | None = None) -> int:
        self.jobs[job_id] += 1
        row = RevisionRow(job_id=job_id, number=self.jobs[job_id], scene_graph=graph)
        with db.session() as session:
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
        with db.session() as session:
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
        self.put(left_key(run_id, "output.mp4"), kb)
        return run_id

    def upload(self, days: float, kb: float = 1) -> AssetRow:
        asset_id = "ast_" + "".join("abcdefghijklmnopqrstuvwxyz234567"[byte % 32] for byte in os.urandom(26))
        key = self.put(f"assets/{asset_id[-2:]}/{asset_id}.jpg", kb, days * 24)
        row = AssetRow(
            id=asset_id, kind="image", key=key, sha256="0" * 64, bytes=int(kb * KB), content_type="image/jpeg"
        )
        row.created_at = now() - timedelta(days=days)
        with db.session() as session:
            session.add(row)
        return row

    def has(self, key: str) -> bool:
        return (self.home / key).exists()

    def has_run(self, run_id: str) -> bool:
        return self.has(run_key(run_id))

    def pruned(self, revision: int) -> bool:
        with db.session() as session:
            return session.get_one(RevisionRow, revision).pruned_at is not None


def fresh() -> None:
    config.settings.cache_clear()
    factory.storage.cache_clear()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Without limits, until ``set`` sets some."""

    def put(**limits: float) -> None:
        for name, value in limits.items():
            monkeypatch.setenv(f"PYTOON_{name.upper()}", str(value))
        fresh()

    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    put(cache_mb=0, revisions_mb=0, keep_revisions=0, asset_days=7)
    db.migrate()
    yield House(tmp_path, put)
    db.engine().dispose()
    monkeypatch.undo()
    fresh()


# -- the cache -------------------------------------------------------------------------------------------------------


def test_a_home_within_its_limits_is_left_as_it_is(house: House) -> None:
    house.set(cache_mb=1, revisions_mb=1, keep_revisions=20)
    house.made(kb=10)
    house.run(house.job())
    report = tidied()
    assert report.removed == {}
    assert report.before_bytes == report.after_bytes > 11 * KB
    assert report.cache_bytes == 10 * KB


def test_over_its_limit_the_cache_loses_the_least_recently_used(house: House) -> None:
    house.set(cache_mb=1)
    old, new, middle = house.made(kb=500, hours=72), house.made(kb=500, hours=2), house.made(kb=500, hours=24)
    report = tidied()
    assert [house.has(key) for key in (old, middle, new)] == [False, True, True]
    assert report.removed == {"cache": Removed(1, 500 * KB)}
    assert report.before_bytes - report.after_bytes == 500 * KB


def test_what_was_asked_for_again_is_not_the_least_recently_used(house: House) -> None:
    house.set(cache_mb=1)
    old, other = house.made(kb=600, hours=72), house.made(kb=600, hours=24)
    assert storage().has(old)
    tidied()
    assert (house.has(old), house.has(other)) == (True, False)


def test_nothing_younger_than_an_hour_goes(house: House) -> None:
    house.set(cache_mb=1)
    keys = [house.made(kb=900, hours=0.9) for _ in range(3)]
    tidied()
    assert all(house.has(key) for key in keys)


@pytest.mark.parametrize("state", ["DONE", "FAILED", "COMPOSING", "AWAITING_REVIEW"])
def test_what_a_kept_revision_or_an_open_run_names_stays(house: House, state: str) -> None:
    house.set(cache_mb=1)
    needed = house.made(kb=900, hours=999)
    free = house.made(kb=900, hours=2)
    house.run(house.job(), state=state, names=[{"incoming": {"clip": {"key": needed}}}])
    report = tidied()
    assert (house.has(needed), house.has(free)) == (True, False)
    assert report.needed_bytes == 900 * KB


def test_what_was_made_with_a_needed_thing_stays_with_it(house: House) -> None:
    house.set(cache_mb=1)
    plate = house.made("plate", kb=900, suffix=".npy")
    motion = house.put(plate.replace("plate", "motion").replace(".npy", ".json"))
    paper = cache_key("clip", "f" * 64, ".json")
    write_json(storage(), paper, {"key": plate})
    house.age(house.home / paper, 99)
    free = house.made(kb=900, hours=2)
    house.run(house.job(), names=[plate])
    tidied()
    assert [house.has(key) for key in (plate, motion, paper, free)] == [True, True, True, False]


def test_what_only_a_run_folder_that_goes_needed_goes_too(house: House) -> None:
    house.set(cache_mb=1, keep_revisions=1)
    job, old = house.job(), house.made(kb=1100)
    first = house.run(job, names=[old])
    house.run(job, days=1)
    tidied()
    assert (house.has_run(first), house.has(old)) == (False, False)


def test_a_kept_thing_that_has_another_name_frees_nothing_and_stays(house: House) -> None:
    house.set(cache_mb=1)
    film, loose = house.made("film", kb=2000, hours=99), house.made(kb=900)
    storage().link(film, job_key("job_x", "output.mp4"))
    report = tidied()
    assert (house.has(film), house.has(loose)) == (True, True)
    assert report.cache_bytes == 900 * KB
    assert report.before_bytes == 2900 * KB


def test_over_its_limit_with_needed_things_alone_it_says_so(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.set(cache_mb=1)
    house.run(house.job(), names=[house.made(kb=1500)])
    report = tidied()
    assert (report.cache_bytes, report.needed_bytes) == (1500 * KB, 1500 * KB)
    assert pytoon(["gc"]) == 0
    assert "still over its limit: 1.5 MiB of it are needed" in capsys.readouterr().out


FILES = st.lists(st.tuples(st.integers(0, 700), st.integers(2, 90), st.booleans()), max_size=8)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(FILES, st.integers(1, 2), st.booleans())
def test_whatever_there_is_nothing_needed_goes_and_the_limit_holds(
    house: House, files: list[tuple[int, int, bool]], limit_mb: int, dry_run: bool
) -> None:
    house.set(cache_mb=limit_mb)
    keys = [(house.made(kb=kb, hours=hours), kb, needed) for kb, hours, needed in files]
    run_id = house.run(house.job(), names=[key for key, _, needed in keys if needed])
    report = tidied(dry_run)
    assert all(house.has(key) for key, _, needed in keys if needed or dry_run)
    wanted = sum(kb * KB for key, kb, needed in keys if needed)
    assert report.cache_bytes <= max(limit_mb << 20, wanted)
    if not dry_run:
        assert report.cache_bytes == sum(piece.bytes for piece in storage().pieces("cache"))
    for key, *_ in keys:
        storage().delete(key)
    storage().clear(run_key(run_id))


def test_who_is_told_that_a_thing_is_kept_has_it_however_often_room_is_made(house: House) -> None:
    house.set(cache_mb=1)
    identities = [sha256(str(number).encode()).hexdigest() for number in range(200)]
    for identity in identities:
        house.put(cache_key("segment", identity, ".mp4"), kb=40, hours=9)
    over = threading.Event()

    def make_room() -> None:
        while not over.is_set():
            tidied()

    attendant = threading.Thread(target=make_room)
    attendant.start()
    while len(list(storage().pieces("cache"))) == len(identities):
        time.sleep(0.001)
    asked = [
        kept(storage(), "segment", identity, ".mp4", lambda path: path.write_bytes(b"made again"))
        for identity in reversed(identities)
    ]
    over.set()
    attendant.join()
    assert [key for key, _ in asked if not house.has(key)] == []
    assert not all(reused for _, reused in asked)


# -- runs and revisions ----------------------------------------------------------------------------------------------


def test_revisions_beyond_the_limit_lose_their_folders_and_stay_known(house: House) -> None:
    house.set(keep_revisions=2)
    job = house.job()
    revisions = [house.revision(job, {"title": str(number)}) for number in range(4)]
    made = [house.run(job, revision, days=9 - place) for place, revision in enumerate(revisions)]
    report = tidied()
    assert [house.has_run(run_id) for run_id in made] == [False, False, True, True]
    assert [house.pruned(revision) for revision in revisions] == [True, True, False, False]
    assert report.removed["revisions"].files == 4
    with db.session() as session:
        assert session.get_one(RevisionRow, revisions[0]).scene_graph == {"title": "0"}


def test_old_revisions_share_a_limit_over_all_jobs_and_the_oldest_goes_first(house: House) -> None:
    house.set(revisions_mb=1)
    one, other = house.job(), house.job()
    first, second = house.run(one, days=5, kb=600), house.run(other, days=9, kb=600)
    newest = [house.run(one, days=1, kb=2000), house.run(other, days=1, kb=2000)]
    report = tidied()
    assert (house.has_run(first), house.has_run(second)) == (True, False)
    assert all(house.has_run(run_id) for run_id in newest)
    assert 600 * KB <= report.revisions_bytes < 605 * KB


def test_a_film_that_two_revisions_share_is_no_reason_to_lose_one(house: House) -> None:
    house.set(revisions_mb=1)
    job = house.job()
    old, new = house.run(job, days=3), house.run(job, days=2)
    film = house.put(job_key(job, "output.mp4"), kb=3000)
    for run_id in (old, new):
        storage().link(film, left_key(run_id, "output.mp4"))
    assert tidied().removed == {}


def test_the_newest_finished_revision_and_the_newest_of_all_always_stay(house: House) -> None:
    house.set(keep_revisions=1, revisions_mb=1)
    job = house.job()
    done = house.run(job, days=8, kb=3000)
    failed = house.run(job, state="FAILED", days=7, kb=3000)
    newest = house.run(job, state="FAILED", days=6, kb=3000)
    tidied()
    assert [house.has_run(run_id) for run_id in (done, failed, newest)] == [True, False, True]


@pytest.mark.parametrize(("state", "days"), [("COMPOSING", 3), ("DONE", 0.01)])
def test_an_old_revision_that_is_made_again_or_was_just_now_stays(house: House, state: str, days: float) -> None:
    house.set(keep_revisions=1)
    job = house.job()
    again = house.run(job, state=state, days=days)
    house.run(job, days=2)
    tidied()
    assert house.has_run(again)


@pytest.mark.parametrize(("keep", "stays"), [(1, True), (0, False)])
def test_what_a_cancelled_run_had_made_stays_or_goes_as_the_operator_says(house: House, keep: int, stays: bool) -> None:
    house.set(keep_cancelled=keep)
    cancelled, just_now = house.run(house.job(), state="CANCELLED"), house.run(house.job(), state="CANCELLED", days=0)
    tidied()
    assert [house.has_run(run_id) for run_id in (cancelled, just_now)] == [stays, True]


def test_a_failed_run_that_was_resumed_loses_its_folder_after_a_week(house: House) -> None:
    job = house.job()
    revision = house.revision(job)
    long_ago, lately = (house.run(job, revision, "FAILED", days) for days in (8, 6))
    resumed = house.run(job, revision, days=5)
    alone = house.run(house.job(), state="FAILED", days=99)
    report = tidied()
    assert [house.has_run(run_id) for run_id in (long_ago, lately, resumed, alone)] == [False, True, True, True]
    assert not house.pruned(revision)
    assert list(report.removed) == ["runs"]


def test_a_folder_of_which_the_database_knows_nothing_stays_and_so_does_what_it_needs(house: House) -> None:
    house.set(cache_mb=1)
    needed = house.made(kb=1500)
    write_json(storage(), run_key("elsewhere", "film.json"), {"film": needed})
    assert tidied().removed == {}


# -- uploads ---------------------------------------------------------------------------------------------------------


def test_uploads_that_no_job_names_go_after_a_week_with_their_rows(house: House) -> None:
    old, young, asked, shown = (house.upload(days) for days in (8, 6, 99, 99))
    edited, in_a_run = house.upload(99), house.upload(99)
    job = house.job({"media": [asked.id], "script": "Bread."})
    house.revision(job, {"scenes": [{"media": {"asset": shown.id}}]})
    with db.session() as session:
        session.add(RevisionRow(job_id=job, number=9, scene_graph=None, changes=[{"asset": edited.id}]))
    house.run(job, names={"key": in_a_run.key})
    report = tidied()
    assert report.removed == {"assets": Removed(1, KB)}
    assert not house.has(old.key)
    with db.session() as session:
        assert old.id not in set(session.scalars(select(AssetRow.id)))
    assert all(house.has(row.key) for row in (young, asked, shown, edited, in_a_run))


def test_uploads_stay_for_ever_where_the_operator_says_so(house: House) -> None:
    house.set(asset_days=0)
    old = house.upload(999)
    assert tidied().removed == {}
    assert house.has(old.key)


def test_a_file_without_a_row_and_a_row_without_a_file_go_as_well(house: House) -> None:
    stray, young = house.put("assets/xx/stray.jpg", hours=8 * 24), house.put("assets/xx/young.jpg", hours=24)
    storage().delete(house.upload(9).key)
    assert tidied().removed["assets"] == Removed(1, KB)
    assert (house.has(stray), house.has(young)) == (False, True)
    with db.session() as session:
        assert list(session.scalars(select(AssetRow))) == []


# -- leftovers -------------------------------------------------------------------------------------------------------

DRAFT = f".{'0' * 32}"


def test_what_killed_processes_left_goes_after_a_day(house: House) -> None:
    old = [house.put(f"cache/film/ab/{DRAFT}.mp4", hours=25), house.put(f"runs/r/left/{DRAFT}", hours=25)]
    old += [house.put("tmp/tmpx/raw.wav", hours=25), house.put("incoming/tmpy", hours=25)]
    house.age(house.home / "tmp/tmpx", 25)
    young = [house.put(f"cache/film/ab/{DRAFT[:-1]}1.mp4", hours=23), house.put("tmp/tmpz/raw.wav", hours=23)]
    house.age(house.home / "tmp/tmpz", 25)
    report = tidied()
    assert report.removed == {"leftovers": Removed(4, 4 * KB)}
    assert [house.has(key) for key in (*old, *young)] == [False] * 4 + [True] * 2
    assert not house.has("tmp/tmpx")


def test_fonts_that_were_half_made_go_and_others_stay(house: House) -> None:
    half, whole = house.put("fonts/.fonts-abc/fonts.conf", hours=25), house.put("fonts/abc/fonts.conf", hours=999)
    house.age(house.home / "fonts/.fonts-abc", 25)
    tidied()
    assert (house.has(half), house.has(whole)) == (False, True)


def test_what_is_none_of_the_attics_is_left_alone(house: House) -> None:
    others = [house.put(key, hours=9999) for key in ("uploads/a.jpg", "beat.db", "runs/r/.hidden", "logs/x.log")]
    link = house.home / "cache" / "plate" / "link.npy"
    link.parent.mkdir(parents=True)
    link.symlink_to(house.home / "beat.db")
    house.set(cache_mb=1)
    assert tidied().removed == {}
    assert all(house.has(key) for key in others)


# -- telling ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_told_and_nothing_breaks(house: House) -> None:
    house.set(cache_mb=1)
    free = house.made(kb=1500)
    run_id = house.run(house.job())
    bad = {"half.json": b'{"a": ', "bytes.json": b"\xff\xfe", "deep.json": b"[" * 100_000}
    for name, data in bad.items():
        (house.home / run_key(run_id, name)).write_bytes(data)
    report = tidied()
    assert report.broken == tuple(sorted(run_key(run_id, name) for name in bad))
    assert not house.has(free)


def everything(house: House) -> set[str]:
    return {str(path) for room in ("cache", "runs", "assets", "tmp") for path in (house.home / room).rglob("*")}


def full(house: House) -> None:
    house.set(cache_mb=1, keep_revisions=1)
    job, old = house.job(), house.made(kb=1100)
    film = house.made("film", kb=700)
    storage().link(film, left_key(house.run(job, names=[old, film], days=5), "film.mp4"))
    house.run(job, days=1)
    house.upload(30)
    house.put("tmp/tmpx", hours=30)


def test_a_dry_run_removes_nothing_and_tells_the_same(house: House) -> None:
    full(house)
    before = everything(house)
    told = tidied(dry_run=True)
    assert everything(house) == before
    assert told.dry_run
    done = tidied().as_dict()
    assert {**told.as_dict(), "dry_run": False} == done
    assert set(done["removed"]) == {"leftovers", "revisions", "cache", "assets"}
    left = sum(piece.bytes for room in ROOMS for piece in storage().pieces(room))
    assert done["after_bytes"] == left
    assert tidied().removed == {}


def test_the_command_tells_what_would_go_and_the_clock_lets_it_go(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    full(house)
    assert pytoon(["gc", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert pytoon(["gc", "--dry-run"]) == 0
    assert "would go: 1 files uploads that no job names" in capsys.readouterr().out
    done = tidy()
    assert json.loads(json.dumps(done)) == {**told, "dry_run": False}
    assert pytoon(["gc"]) == 0
    assert "before" in capsys.readouterr().out


def test_a_home_that_is_not_there_is_not_made(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_HOME", str(house.home / "none"))
    fresh()
    assert pytoon(["gc"]) == 2
    assert not (house.home / "none").exists()
