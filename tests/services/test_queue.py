"""The canvas over a real broker and real workers, with steps that make nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from app.core.config import settings
from app.core.errors import Conflict, StageFailed
from app.jobs import cancel, events, queries, runs
from app.queue import application, canvas, run_state
from app.queue.embedded_broker import Broker
from schemas.job import State
from tests.conftest import running_worker
from tests.servers import QUEUES
from tests.services.noop_runs import STEPS, ended, mood, sent, until, worked


@pytest.fixture(scope="module", autouse=True)
def workers(broker: Broker) -> Iterator[None]:
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        yield


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    yield
    (settings().home / "mood").unlink(missing_ok=True)


def test_a_run_goes_through_its_states_forward_only_and_is_done() -> None:
    _, run_id = sent()
    state, seen = ended(run_id)
    assert state is State.DONE
    live = list(State)
    assert [live.index(each) for each in seen] == sorted(live.index(each) for each in seen)


def test_every_step_is_worked_once() -> None:
    _, run_id = sent()
    ended(run_id)
    assert sorted(worked(run_id)) == STEPS


def test_sending_a_finished_run_again_works_nothing_again() -> None:
    _, run_id = sent()
    ended(run_id)
    before = worked(run_id)
    canvas.send_run(run_id)
    time.sleep(1.5)
    assert worked(run_id) == before
    assert run_state.task_status(run_id).state is State.DONE


def test_a_failed_scene_fails_the_run_with_stage_scene_cause_and_advice() -> None:
    mood("fail 5")
    job_id, run_id = sent()
    assert ended(run_id)[0] is State.FAILED
    error = run_state.error_of_task(run_state.task_status(run_id))
    assert isinstance(error, StageFailed)
    assert error.as_dict()["stage"] == "scene"
    assert error.as_dict()["scene_id"] == 5
    assert "media.4: is torn" in error.as_dict()["message"]
    assert queries.job(job_id).error == error.as_dict()
    assert [event.kind for event in events.list_events(job_id)].count("step.failed") == 1


def test_a_failed_run_keeps_its_first_cause_when_its_chord_reports_too() -> None:
    mood("fail 5")
    _, run_id = sent()
    ended(run_id)
    first = run_state.task_status(run_id).result
    time.sleep(1)
    assert str(run_state.task_status(run_id).result) == str(first)


def test_a_failed_run_starts_nothing_more() -> None:
    mood("fail 1")
    _, run_id = sent()
    ended(run_id)
    time.sleep(1)
    assert not [step for step in worked(run_id) if step.startswith(("SETTLE", "SEGMENT", "MUX", "DELIVER"))]


def test_a_busy_provider_is_asked_again_and_the_run_is_done() -> None:
    mood("busy 5")
    _, run_id = sent()
    assert ended(run_id)[0] is State.DONE
    assert worked(run_id).count("SCENE 5") == 2


@pytest.mark.parametrize("cause", ["again", "lost"])
def test_another_try_of_a_step_is_recorded_as_a_retry_and_its_end_once(cause: str) -> None:
    mood(f"{cause} 5")
    job_id, run_id = sent()
    assert ended(run_id)[0] is State.DONE
    assert worked(run_id).count("SCENE 5") == 2
    of_scene = [
        event for event in events.list_events(job_id) if (event.data["step"], event.data.get("number")) == ("scene", 5)
    ]
    assert [(event.kind, event.data["attempt"]) for event in of_scene] == [("step.retried", 1), ("step.finished", 2)]
    assert of_scene[0].data["cause"] and of_scene[0].data["in_s"] > 0


def test_a_step_that_its_canvas_replaces_is_recorded_as_finished() -> None:
    job_id, run_id = sent()
    ended(run_id)
    kinds = [event.kind for event in events.list_events(job_id) if event.data.get("step") in ("render", "compose")]
    assert kinds == ["step.finished"] * 2


def test_a_scene_whose_process_is_killed_is_made_by_another() -> None:
    mood("die 5")
    _, run_id = sent()
    assert ended(run_id)[0] is State.DONE
    steps = worked(run_id)
    assert steps.count("SCENE 5") == 2
    assert steps.count("SETTLE") == 1


def test_a_cancelled_run_stays_cancelled_and_starts_nothing_more() -> None:
    mood("slow 1")
    job_id, run_id = sent()
    until(run_id, State.RENDERING_SCENES)
    assert cancel.cancel(job_id).state is State.CANCELLED
    time.sleep(0.5)
    before = worked(run_id)
    time.sleep(2.5)
    assert worked(run_id) == before
    assert run_state.task_status(run_id).state is State.CANCELLED
    assert cancel.cancel(job_id).state is State.CANCELLED


def test_the_slot_of_a_cancelled_run_is_free_at_once() -> None:
    mood("slow 600")  # longer than the next run is waited for
    job_id, run_id = sent()
    until(run_id, State.RENDERING_SCENES)
    cancel.cancel(job_id)
    mood("slow 0")
    _, next_run = sent()
    assert ended(next_run)[0] is State.DONE


def test_a_job_that_is_done_cannot_be_cancelled() -> None:
    job_id, run_id = sent()
    ended(run_id)
    with pytest.raises(Conflict, match="DONE"):
        cancel.cancel(job_id)


def test_the_end_of_a_run_gets_into_the_database_and_outlives_its_result() -> None:
    job_id, run_id = sent()
    ended(run_id)
    assert runs.settle(run_id) is State.DONE
    application.backend().forget(run_id)
    view = queries.job(job_id)
    assert view.state is State.DONE
    assert view.ended_at is not None


def test_a_view_tells_every_scene_and_how_long_each_step_took() -> None:
    job_id, run_id = sent()
    ended(run_id)
    view = queries.job(job_id)
    assert [scene.state for scene in view.scenes] == ["DONE"] * 8
    assert {"plan", "timeline", "scene", "voice", "music", "settle", "segment", "mux", "deliver"} <= set(
        view.timings_ms
    )
