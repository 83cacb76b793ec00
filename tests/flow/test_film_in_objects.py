"""A film with an object store: two machines share a database, a broker and the store, but no directory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import av
import pytest
from sqlalchemy import select, update

from app.assets.intake import store_upload
from app.core.config import settings
from app.database.models import ArtifactRow, RunRow, StoredFileRow, now
from app.database.session import engine, migrate, transaction
from app.jobs import queries, runs, submit
from app.jobs.queries import JobView
from app.queue.application import celery
from app.queue.embedded_broker import Broker
from app.revisions import edits
from app.store import factory
from app.store.deployment import deployment_id
from app.store.factory import storage
from app.store.keys import PREFIXES, artifact_key, job_key, run_prefix
from app.store.retention.sweep import delete_old_data
from schemas.edit import SceneEdit
from schemas.job import JobRequest, State
from schemas.scene_graph import Media, Scene, VoiceChoice
from tests import object_store
from tests.conftest import ROOT, running_worker
from tests.flow.serving import ALL_QUEUES
from tests.flow.test_whole_film import photo
from tests.waiting import wait_until

SCENE_MS = 1000
FPS = 30


@dataclass(frozen=True)
class Machines:
    """The homes of this process, ``api``, and of the worker."""

    api: Path
    worker: Path


@pytest.fixture(scope="module")
def machines(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    api, worker = (tmp_path_factory.mktemp(name) for name in ("api", "worker"))
    site = tmp_path_factory.mktemp("site")
    urls = {"PYTOON_BROKER_URL": settings().broker, "PYTOON_RESULT_URL": settings().results}
    with pytest.MonkeyPatch.context() as patch, object_store.installed(site, patch):
        assert celery.conf.broker_url == urls["PYTOON_BROKER_URL"]
        shared = {**urls, "PYTOON_DATABASE_URL": f"sqlite:///{api / 'pytoon.db'}", "PYTOON_STORAGE": "object_store"}
        shared["TEST_OBJECTS"] = str(tmp_path_factory.mktemp("objects") / "objects.db")
        for name, value in {**shared, "PYTOON_HOME": str(api)}.items():
            patch.setenv(name, value)
        _clear_settings()
        migrate()
        celery.control.purge()
        env = {"PYTOON_HOME": str(worker), "PYTHONPATH": f"{ROOT}:{site}"}
        with running_worker(ALL_QUEUES, children=2, env=env):
            yield Machines(api, worker)
        engine().dispose()
    _clear_settings()


def _clear_settings() -> None:
    settings.cache_clear()
    factory.storage.cache_clear()
    deployment_id.cache_clear()


def ended(job_id: str) -> JobView:
    """The job when its newest run is done."""
    wait_until(
        lambda: queries.get_job(job_id).state.ended, lambda: f"the end of {queries.get_job(job_id)}", pause_s=0.1
    )
    view = queries.get_job(job_id)
    assert view.state is State.DONE, view.error
    runs.settle(view.run_id)
    return view


@pytest.fixture(scope="module")
def film(machines: Machines) -> JobView:
    asset_ids = [store_upload(io.BytesIO(photo(number, (480, 640))), "a.jpg", "media").id for number in range(2)]
    scenes = tuple(
        Scene(number, duration_ms=SCENE_MS, media=Media("image", asset_id), caption=f"Part {number}")
        for number, asset_id in enumerate(asset_ids, 1)
    )
    request = JobRequest(scenes=scenes, voice=VoiceChoice("none"), music="none", quality="draft")
    return ended(submit.submit(request).job_id)


def frame_count(job_id: str) -> int:
    with av.open(str(storage().local(job_key(job_id, "output.mp4")))) as file:
        return sum(1 for _ in file.decode(video=0))


def edited(job_id: str, caption: str) -> JobView:
    edits.edit(job_id, [SceneEdit(2, caption=caption)])
    return ended(job_id)


def files_below(home: Path) -> list[str]:
    return [path.as_posix() for prefix in PREFIXES for path in (home / prefix).rglob("*") if path.is_file()]


def age_by_days() -> None:
    """Make all files and runs three days old."""
    with transaction() as session:
        session.execute(update(StoredFileRow).values(used_at=now() - timedelta(days=3)))
        session.execute(update(RunRow).values(ended_at=now() - timedelta(days=3)))


def missing_artifacts(run_id: str) -> list[str]:
    with transaction() as session:
        names = session.scalars(select(ArtifactRow.name).where(ArtifactRow.run_id == run_id)).all()
    assert names
    return [name for name in names if not storage().has(artifact_key(run_id, name))]


def test_film_is_rendered_by_a_worker_that_shares_no_directory(film: JobView, machines: Machines) -> None:
    assert frame_count(film.id) == 2 * SCENE_MS * FPS // 1000
    assert {artifact.name for artifact in film.artifacts} >= {"output.mp4", "thumbnail.jpg", "metadata.json"}
    assert missing_artifacts(film.run_id) == []
    assert files_below(machines.api) == files_below(machines.worker) == []


def test_edit_reuses_unchanged_results_and_retention_removes_old_revisions(
    film: JobView, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_film = storage().local(job_key(film.id, "output.mp4")).read_bytes()
    second = edited(film.id, "Another word")
    assert second.reused["scene"] == [1, 2]
    assert second.reused["segment"] == [0]
    assert storage().local(job_key(film.id, "output.mp4")).read_bytes() != first_film

    rollback = edits.roll_back(film.id, 1)
    assert rollback.at_once
    assert storage().local(job_key(film.id, "output.mp4")).read_bytes() == first_film
    assert missing_artifacts(rollback.run.run_id) == []

    unused_key = "cache/loose/ab/abcd.bin"
    with storage().writing(unused_key) as path:
        path.write_bytes(bytes(2 << 20))
    age_by_days()
    monkeypatch.setenv("PYTOON_CACHE_MB", "1")
    monkeypatch.setenv("PYTOON_KEEP_REVISIONS", "1")
    _clear_settings()
    expected = delete_old_data(dry_run=True)
    report = delete_old_data()
    assert {**expected.as_dict(), "dry_run": False} == report.as_dict()
    assert report.removed.keys() == {"revisions", "cache"}
    assert not storage().has(unused_key)
    assert list(storage().list(run_prefix(second.run_id))) == []
    assert missing_artifacts(rollback.run.run_id) == []
    assert delete_old_data().removed == {}

    third = edited(film.id, "The last word")
    assert third.reused["scene"] == [1, 2]
    assert frame_count(film.id) == 2 * SCENE_MS * FPS // 1000
    assert files_below(machines.api) == files_below(machines.worker) == []
