"""What it costs to read the state of a job: no more queries, documents and commands for 300 scenes than for three."""

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
from tests.stored_runs import graph_of, keep_documents, record_finished, stored_job, stored_run

FEW, MANY = 3, 300


@dataclass(frozen=True)
class Cost:
    """Queries to the database, JSON documents opened for reading, questions for many results at once."""

    queries: int
    documents: int
    mgets: int


class Counting:
    """Counts while it is told to; an audit hook stays for as long as the process lives."""

    def __init__(self) -> None:
        self.is_on = False
        self.counts: Counter[str] = Counter()
        sys.addaudithook(self._opened)

    def _opened(self, name: str, args: tuple[Any, ...]) -> None:
        if not self.is_on or name != "open":
            return
        path, mode = Path(str(args[0])), str(args[1] or "r")
        # A file that is being written has a name with a dot; it is opened once more to bring it to the disk.
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


COUNTING = Counting()


def mgets() -> int:
    """How many MGETs the result store has answered since it was started."""
    asked = application.backend().client.info("commandstats").get("cmdstat_mget", {"calls": 0})
    return int(asked["calls"])


def cost_of(work: Callable[..., Any], *args: Any, **named: Any) -> Cost:
    before = mgets()
    with COUNTING.on():
        work(*args, **named)
    return Cost(COUNTING.counts["queries"], COUNTING.counts["documents"], mgets() - before)


@dataclass(frozen=True)
class Film:
    """A job whose run has come to its end, or is just being composed."""

    scenes: int
    job_id: str
    run_id: str


@pytest.fixture(scope="module", autouse=True)
def _services(broker: Broker) -> None:
    migrate()


def stored_film(scenes: int) -> Film:
    """Everything a run leaves that has been narrated and cut, and what its tasks have told of it."""
    job_id, graph = stored_job(), graph_of(scenes)
    run_id = stored_run(job_id)
    keep_documents(run_id, graph, clip_files=False)
    record_finished(job_id, run_id, "scene", range(scenes), reused=True)
    record_finished(job_id, run_id, "voice", range(1))
    return Film(scenes, job_id, run_id)


@pytest.fixture(scope="module")
def films() -> tuple[Film, Film]:
    return stored_film(FEW), stored_film(MANY)


def in_state(film: Film, state: State) -> None:
    application.backend().set(application.backend().get_key_for_task(film.run_id), b"")
    application.backend().client.delete(application.backend().get_key_for_task(film.run_id))
    assert run_state.set_state(film.run_id, state)


# -- what callers ask ------------------------------------------------------------------------------------------------


def test_a_job_costs_five_queries_and_one_mget_however_long_its_film(films: tuple[Film, Film]) -> None:
    for film in films:
        in_state(film, State.COMPOSING)
        done = canvas.segment_ids(film.run_id, film.scenes)[0]
        application.backend().set_unless_ended(done, states.SUCCESS, {})
        assert cost_of(job_queries.job, film.job_id) == Cost(queries=5, documents=1, mgets=1)
        shown = job_queries.job(film.job_id)
        assert (shown.state, len(shown.scenes), shown.steps["segments"]) == (
            State.COMPOSING,
            film.scenes,
            f"1/{film.scenes}",
        )
        assert shown.warnings == ("of the job", "of the voice") and shown.title == "Planned"
        assert shown.timings_ms == {"scene": film.scenes * 1000 - 500, "voice": 500}
        assert shown.reused == {"scene": list(range(film.scenes))}


def test_warnings_that_the_voice_returned_take_no_document(films: tuple[Film, Film]) -> None:
    for film in films:
        voice = canvas.step_ids(film.run_id)["voice"]
        application.backend().set_unless_ended(voice, states.SUCCESS, {"warnings": ["as returned"]})
        assert cost_of(job_queries.job, film.job_id).documents == 0
        assert job_queries.job(film.job_id).warnings == ("of the job", "as returned")
        application.backend().forget(voice)
        assert job_queries.job(film.job_id).warnings == ("of the job", "of the voice")


def test_a_page_of_jobs_is_one_query_and_one_mget(films: tuple[Film, Film]) -> None:
    for _ in range(20):
        job_id = stored_job(JobRequest(script="Words.", title="Not planned"))
        stored_run(job_id)
    assert cost_of(job_queries.jobs, 2) == cost_of(job_queries.jobs, 22) == Cost(1, 0, 1)
    found = {each["job_id"]: each["title"] for each in job_queries.jobs(22)}
    assert {found[film.job_id] for film in films} == {"Planned"} and "Not planned" in found.values()


def test_events_are_one_query(films: tuple[Film, Film]) -> None:
    assert [cost_of(events.list_events, film.job_id) for film in films] == [Cost(1, 0, 0)] * 2


@pytest.mark.parametrize("count", [1, 12])
def test_a_list_of_revisions_costs_the_same_however_many_there_are(count: int) -> None:
    job_id = stored_job()
    for number in range(1, count + 1):
        stored_run(job_id, number, graph_of(FEW), kind="edit")
    assert cost_of(queries.list_revisions, job_id) == Cost(queries=3, documents=0, mgets=1)
    assert [line.number for line in queries.list_revisions(job_id)] == list(range(1, count + 1))


def test_a_list_of_revisions_reads_no_scene_graph() -> None:
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


def test_one_revision_and_one_file_cost_the_same_however_long_the_film(films: tuple[Film, Film]) -> None:
    costs = [cost_of(queries.get_revision, film.job_id, 1) for film in films]
    assert costs[0] == costs[1]


def test_asking_what_an_edit_takes_reads_as_many_documents_however_long_the_film() -> None:
    costs = []
    for scenes in (FEW, MANY):
        film = stored_film(scenes)
        application.backend().set_unless_ended(film.run_id, states.SUCCESS, {})
        runs.settle(film.run_id)
        change = SceneEdit(1, caption="Another one")
        costs.append(cost_of(edits.edit, film.job_id, [change], dry_run=True))
    assert costs[0] == costs[1]


def test_resuming_a_job_takes_as_many_queries_however_many_revisions_it_has() -> None:
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


def test_settling_how_a_run_ended_costs_the_same_however_long_its_film() -> None:
    costs = []
    for scenes in (FEW, MANY):
        film = stored_film(scenes)
        run_state.set_done(film.run_id, {})
        costs.append(cost_of(runs.settle, film.run_id))
    assert costs[0] == costs[1]


# -- what tasks read -------------------------------------------------------------------------------------------------


def colours(scenes: int) -> JobRequest:
    """A silent film of colours, given outright."""
    given = tuple(
        Scene(
            number,
            duration_ms=300,
            media=Media("colour", colours=("#204060",)),
            caption="Words",
            transition=Transition(),
        )
        for number in range(1, scenes + 1)
    )
    return JobRequest(scenes=given, voice=VoiceChoice("none"), music="none", quality="draft")


@pytest.fixture(scope="module")
def costs() -> tuple[dict[str, Cost], dict[str, Cost]]:
    """What each real task costs in a run of few scenes and in one of many, once the cache has what both need."""
    costs_of_tasks(FEW)
    return costs_of_tasks(FEW), costs_of_tasks(MANY)


def costs_of_tasks(scenes: int) -> dict[str, Cost]:
    """One scene and one segment are really made; the clips of the other scenes are stood in for by the same plate."""
    run_id = stored_run(stored_job(colours(scenes)))
    found = {"plan": cost_of(planning.plan, run_id), "timeline": cost_of(planning.timeline, run_id)}
    rendering.scene(run_id, 1)  # what every process loads once is loaded
    found["scene"] = cost_of(rendering.scene, run_id, 2)
    plate = workspace.open_workspace(run_id).clip(2)
    for scene in workspace.open_workspace(run_id).graph.scenes[2:]:
        clip, _ = workspace.open_workspace(run_id).get_or_render_clip(
            scene.id, fingerprint(run_id, scene.id), 0, lambda: plate
        )
        workspace.store_clip(run_id, clip)
    found["voice"] = cost_of(sound.voice, run_id)
    found["settle"] = cost_of(finishing.settle, run_id)
    found["segment"] = cost_of(finishing.segment, run_id, 1)
    found["deliver"] = cost_of(deliver, run_id)
    assert len(workspace.open_workspace(run_id).segments) == scenes
    return found


def deliver(run_id: str) -> None:
    run = workspace.open_workspace(run_id)
    film = stored_mp4(run_id)
    run.write("film.json", {**film, "segments": [film["film"]] * run.segment_count()})
    COUNTING.counts.clear()
    found = finishing.deliver(run_id)
    assert len(found["artefacts"]) == run.segment_count() + 8


def stored_mp4(run_id: str) -> dict[str, Any]:
    """A short film in the place of the joined one: what deliver measures is not how many segments it has."""
    identity = fingerprint("film for a test", run_id)
    key = cache_key("film", identity, ".mp4")
    with storage().writing(key) as into:
        ffmpeg.run(ffmpeg.command("a film", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=30:duration=2", into))
    return {"film": key, "identity": identity, "mix": key}


@pytest.mark.parametrize("task", ["plan", "timeline", "scene", "voice", "settle", "segment"])
def test_a_task_costs_the_same_however_many_scenes_its_run_has(
    costs: tuple[dict[str, Cost], dict[str, Cost]], task: str
) -> None:
    few, many = costs
    assert few[task] == many[task]


def test_delivery_reads_as_many_documents_for_every_length_and_writes_one_row_for_each_copy_of_a_file(
    costs: tuple[dict[str, Cost], dict[str, Cost]],
) -> None:
    few, many = (each["deliver"] for each in costs)
    added = MANY - FEW
    # A scene's file is copied to the run and to the job, and each copy is a row of the storage.
    assert replace(many, queries=many.queries - 2 * added) == few


def test_a_segment_task_reads_one_document_and_its_run_and_claims_one_file(
    costs: tuple[dict[str, Cost], dict[str, Cost]],
) -> None:
    assert costs[1]["segment"] == Cost(queries=2, documents=1, mgets=0)
