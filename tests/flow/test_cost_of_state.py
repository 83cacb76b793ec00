"""Queries, documents and requests that a job needs: as many for 300 scenes as for three."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from celery import states
from sqlalchemy import event, text

from app.core.config import settings
from app.core.errors import StageFailed
from app.database.session import engine, migrate, transaction
from app.jobs import events, runs, workspace
from app.jobs import queries as job_queries
from app.media import ffmpeg
from app.queue import application, canvas, run_state
from app.queue.embedded_broker import Broker
from app.revisions import edits, queries
from app.store.factory import storage
from app.store.keys import cache_key
from schemas.contract import fingerprint
from schemas.edit import SceneEdit
from schemas.job import JobRequest, State
from schemas.money import ZERO
from schemas.scene_graph import Media, Scene, Transition, VoiceChoice
from tasks import film as finishing
from tasks import planning, rendering, sound
from tests.stored_runs import graph_of, record_finished_tasks, stored_job, stored_run, write_documents

FEW, MANY = 3, 300


@dataclass(frozen=True)
class Cost:
    """Database queries, JSON documents opened for reading, and MGET requests to the result store."""

    queries: int
    documents: int
    mgets: int


class CostCounter:
    """Counts queries and documents inside ``on()``. An audit hook cannot be removed from a process."""

    def __init__(self) -> None:
        self.is_on = False
        self.counts: Counter[str] = Counter()
        sys.addaudithook(self._opened)

    def _opened(self, name: str, args: tuple[Any, ...]) -> None:
        if not self.is_on or name != "open":
            return
        path, mode = Path(str(args[0])), str(args[1] or "r")
        # A file that is being written has a name with a leading dot; it is opened again to be flushed to disk.
        if path.suffix == ".json" and "r" in mode and not path.name.startswith("."):
            self.counts["documents"] += path.is_relative_to(settings().home)

    def executed(self, *_: Any) -> None:
        self.counts["queries"] += self.is_on

    @contextmanager
    def on(self) -> Iterator[None]:
        self.counts.clear()
        event.listen(engine(), "before_cursor_execute", self.executed)
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False
            event.remove(engine(), "before_cursor_execute", self.executed)


COUNTER = CostCounter()


def mgets() -> int:
    """The number of MGETs that the result store has answered since its start."""
    stats = application.backend().client.info("commandstats").get("cmdstat_mget", {"calls": 0})
    return int(stats["calls"])


def cost_of(work: Callable[..., Any], *args: Any, **named: Any) -> Cost:
    before = mgets()
    with COUNTER.on():
        work(*args, **named)
    return Cost(COUNTER.counts["queries"], COUNTER.counts["documents"], mgets() - before)


@dataclass(frozen=True)
class Film:
    """A stored job whose scenes are rendered, and its run."""

    scenes: int
    job_id: str
    run_id: str


@pytest.fixture(scope="module", autouse=True)
def _services(broker: Broker) -> None:
    migrate()


def stored_film(scenes: int) -> Film:
    """Store a job with the documents and the events of a run whose segments are cut."""
    job_id, graph = stored_job(), graph_of(scenes)
    run_id = stored_run(job_id)
    write_documents(run_id, graph, clip_files=False)
    record_finished_tasks(job_id, run_id, "scene", range(scenes), reused=True)
    record_finished_tasks(job_id, run_id, "voice", range(1))
    return Film(scenes, job_id, run_id)


@pytest.fixture(scope="module")
def films() -> tuple[Film, Film]:
    return stored_film(FEW), stored_film(MANY)


@pytest.fixture(scope="module")
def settled() -> dict[int, tuple[Film, Cost]]:
    """Films whose runs are done, by the number of their scenes, each with the cost of settling its run."""
    done = {}
    for scenes in (FEW, MANY):
        film = stored_film(scenes)
        run_state.set_done(film.run_id, {})
        done[scenes] = film, cost_of(runs.settle, film.run_id)
    return done


def set_state(film: Film, state: State) -> None:
    """Set the live state of a film's run, even if the run has ended."""
    application.backend().set(application.backend().get_key_for_task(film.run_id), b"")
    application.backend().client.delete(application.backend().get_key_for_task(film.run_id))
    assert run_state.set_state(film.run_id, state)


# -- requests of callers ----------------------------------------------------------------------------------------------


def test_job_view_costs_six_queries_and_one_mget_for_any_number_of_scenes(films: tuple[Film, Film]) -> None:
    for film in films:
        set_state(film, State.COMPOSING)
        segment_id = canvas.segment_ids(film.run_id, film.scenes)[0]
        application.backend().set_unless_ended(segment_id, states.SUCCESS, {})
        assert cost_of(job_queries.get_job, film.job_id) == Cost(queries=6, documents=1, mgets=1)
        view = job_queries.get_job(film.job_id)
        assert (view.state, len(view.scenes), view.steps["segments"]) == (
            State.COMPOSING,
            film.scenes,
            f"1/{film.scenes}",
        )
        assert view.warnings == ("of the job", "of the voice") and view.title == "Planned"
        assert view.timings_ms == {"scene": film.scenes * 1000 - 500, "voice": 500}
        assert view.reused == {"scene": list(range(film.scenes))}


def test_warnings_in_the_result_of_the_voice_step_need_no_document(films: tuple[Film, Film]) -> None:
    for film in films:
        voice_id = canvas.step_ids(film.run_id)["voice"]
        application.backend().set_unless_ended(voice_id, states.SUCCESS, {"warnings": ["as returned"]})
        assert cost_of(job_queries.get_job, film.job_id).documents == 0
        assert job_queries.get_job(film.job_id).warnings == ("of the job", "as returned")
        application.backend().forget(voice_id)
        assert job_queries.get_job(film.job_id).warnings == ("of the job", "of the voice")


def test_page_of_jobs_costs_one_query_and_one_mget(films: tuple[Film, Film]) -> None:
    for _ in range(20):
        job_id = stored_job(JobRequest(script="Words.", title="Not planned"))
        stored_run(job_id)
    assert cost_of(job_queries.list_jobs, 2) == cost_of(job_queries.list_jobs, 22) == Cost(1, 0, 1)
    titles = {line["job_id"]: line["title"] for line in job_queries.list_jobs(22)}
    assert {titles[film.job_id] for film in films} == {"Planned"} and "Not planned" in titles.values()


def test_list_of_events_costs_one_query(films: tuple[Film, Film]) -> None:
    assert [cost_of(events.list_events, film.job_id) for film in films] == [Cost(1, 0, 0)] * 2


@pytest.mark.parametrize("count", [1, 12])
def test_list_of_revisions_costs_the_same_for_any_number_of_revisions(count: int) -> None:
    job_id = stored_job()
    for number in range(1, count + 1):
        stored_run(job_id, number, graph_of(FEW), kind="edit")
    assert cost_of(queries.list_revisions, job_id) == Cost(queries=3, documents=0, mgets=1)
    assert [line.number for line in queries.list_revisions(job_id)] == list(range(1, count + 1))


def test_list_of_revisions_reads_no_scene_graph() -> None:
    job_id = stored_job()
    stored_run(job_id, 1, graph_of(FEW))
    with transaction() as session:
        session.execute(text("UPDATE revision SET scene_graph = 'not JSON' WHERE job_id = :job"), {"job": job_id})
    assert [line.number for line in queries.list_revisions(job_id)] == [1]
    with transaction() as session:
        assert queries.newest_number(session, job_id) == 1
        with pytest.raises(ValueError, match="Expecting value"):
            queries.revision_row(session, job_id, 1)
        session.execute(text("UPDATE revision SET scene_graph = 'null' WHERE job_id = :job"), {"job": job_id})


def test_revision_view_costs_the_same_for_any_number_of_scenes(films: tuple[Film, Film]) -> None:
    costs = [cost_of(queries.get_revision, film.job_id, 1) for film in films]
    assert costs[0] == costs[1]


def test_preview_of_an_edit_costs_the_same_for_any_number_of_scenes(settled: dict[int, tuple[Film, Cost]]) -> None:
    change = SceneEdit(1, caption="Another one")
    costs = [cost_of(edits.edit, film.job_id, [change], dry_run=True) for film, _ in settled.values()]
    assert costs[0] == costs[1]


def test_resuming_a_job_costs_the_same_for_any_number_of_revisions() -> None:
    costs = []
    for count in (2, 12):
        job_id = stored_job()
        for number in range(1, count + 1):
            run_id = stored_run(job_id, number, graph_of(FEW), kind="edit")
            run_state.set_failed(
                run_id, StageFailed("scene", 1, "bad_media", "no frames", False, "Send another.", ZERO)
            )
            runs.settle(run_id)
        costs.append(cost_of(runs.resume, job_id))
    assert costs[0] == costs[1]


def test_settling_a_run_costs_the_same_for_any_number_of_scenes(settled: dict[int, tuple[Film, Cost]]) -> None:
    assert settled[FEW][1] == settled[MANY][1]


# -- tasks -----------------------------------------------------------------------------------------------------------


def colour_scenes(scenes: int) -> JobRequest:
    """A request for a silent film of colour scenes."""
    given_scenes = tuple(
        Scene(
            number,
            duration_ms=300,
            media=Media("colour", colours=("#204060",)),
            caption="Words",
            transition=Transition(),
        )
        for number in range(1, scenes + 1)
    )
    return JobRequest(scenes=given_scenes, voice=VoiceChoice("none"), music="none", quality="draft")


@pytest.fixture(scope="module")
def costs() -> tuple[dict[str, Cost], dict[str, Cost]]:
    """The costs of each task in a run of few scenes and in one of many, with a warm cache."""
    costs_of_tasks(FEW)
    return costs_of_tasks(FEW), costs_of_tasks(MANY)


def costs_of_tasks(scenes: int) -> dict[str, Cost]:
    """Run the tasks with one real scene and one real segment; all other scenes share the same plate."""
    run_id = stored_run(stored_job(colour_scenes(scenes)))
    costs = {"plan": cost_of(planning.plan, run_id), "timeline": cost_of(planning.timeline, run_id)}
    rendering.scene(run_id, 1)  # loads what each process loads once
    costs["scene"] = cost_of(rendering.scene, run_id, 2)
    plate = workspace.open_workspace(run_id).clip(2)
    for scene in workspace.open_workspace(run_id).graph.scenes[2:]:
        clip, _ = workspace.open_workspace(run_id).get_or_render_clip(
            scene.id, fingerprint(run_id, scene.id), 0, lambda: plate
        )
        workspace.store_clip(run_id, clip)
    costs["voice"] = cost_of(sound.voice, run_id)
    costs["settle"] = cost_of(finishing.settle, run_id)
    costs["segment"] = cost_of(finishing.segment, run_id, 1)
    costs["deliver"] = cost_of(deliver, run_id)
    assert len(workspace.open_workspace(run_id).segments) == scenes
    return costs


def deliver(run_id: str) -> None:
    """Run the task with a short film in place of the joined one; only the task itself is counted."""
    run = workspace.open_workspace(run_id)
    film = stored_mp4(run_id)
    run.write("film.json", {**film, "segments": [film["film"]] * run.segment_count()})
    COUNTER.counts.clear()
    result = finishing.deliver(run_id)
    assert len(result["artefacts"]) == run.segment_count() + 8


def stored_mp4(run_id: str) -> dict[str, Any]:
    """Store a short film in place of the joined one; its measurements do not depend on the number of segments."""
    identity = fingerprint("film for a test", run_id)
    key = cache_key("film", identity, ".mp4")
    with storage().writing(key) as path:
        ffmpeg.run(ffmpeg.command("a film", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=30:duration=2", path))
    return {"film": key, "identity": identity, "mix": key}


@pytest.mark.parametrize("task", ["plan", "timeline", "scene", "voice", "settle", "segment"])
def test_task_costs_the_same_for_any_number_of_scenes(
    costs: tuple[dict[str, Cost], dict[str, Cost]], task: str
) -> None:
    few, many = costs
    assert few[task] == many[task]


def test_delivery_costs_two_queries_for_each_further_scene(
    costs: tuple[dict[str, Cost], dict[str, Cost]],
) -> None:
    few, many = (run_costs["deliver"] for run_costs in costs)
    added = MANY - FEW
    # The file of a scene is copied to the run and to the job; each copy adds one row of the storage.
    assert replace(many, queries=many.queries - 2 * added) == few


def test_segment_task_costs_two_queries_and_one_document(
    costs: tuple[dict[str, Cost], dict[str, Cost]],
) -> None:
    assert costs[1]["segment"] == Cost(queries=2, documents=1, mgets=0)
