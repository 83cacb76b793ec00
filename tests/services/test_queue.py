"""The canvas with a real broker and real workers, and with the steps of ``noop_app``."""

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
from tests.services.noop_runs import STEPS, executed_steps, set_behaviour, submit_run, wait_for_end, wait_for_state


@pytest.fixture(scope="module", autouse=True)
def workers(broker: Broker) -> Iterator[None]:
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        yield


@pytest.fixture(autouse=True)
def _default_behaviour() -> Iterator[None]:
    yield
    (settings().home / "behaviour").unlink(missing_ok=True)


def test_states_of_a_run_are_in_order_and_the_last_is_done() -> None:
    _, run_id = submit_run()
    final_state, observed = wait_for_end(run_id)
    assert final_state is State.DONE
    order = [list(State).index(state) for state in observed]
    assert order == sorted(order)


def test_each_step_is_executed_once() -> None:
    _, run_id = submit_run()
    wait_for_end(run_id)
    assert sorted(executed_steps(run_id)) == STEPS


def test_sending_a_finished_run_again_executes_no_step() -> None:
    _, run_id = submit_run()
    wait_for_end(run_id)
    before = executed_steps(run_id)
    canvas.send_run(run_id)
    time.sleep(1.5)
    assert executed_steps(run_id) == before
    assert run_state.task_status(run_id).state is State.DONE


def test_failed_scene_fails_the_run_with_stage_scene_and_cause() -> None:
    set_behaviour("fail 5")
    job_id, run_id = submit_run()
    assert wait_for_end(run_id)[0] is State.FAILED
    error = run_state.error_of_task(run_state.task_status(run_id))
    assert isinstance(error, StageFailed)
    assert error.as_dict()["stage"] == "scene"
    assert error.as_dict()["scene_id"] == 5
    assert "media.4: is damaged" in error.as_dict()["message"]
    assert queries.get_job(job_id).error == error.as_dict()
    assert [event.kind for event in events.list_events(job_id)].count("step.failed") == 1


def test_failed_run_keeps_its_first_cause_when_its_chord_fails() -> None:
    set_behaviour("fail 5")
    _, run_id = submit_run()
    wait_for_end(run_id)
    first = run_state.task_status(run_id).result
    time.sleep(1)
    assert str(run_state.task_status(run_id).result) == str(first)


def test_failed_run_starts_no_further_step() -> None:
    set_behaviour("fail 1")
    _, run_id = submit_run()
    wait_for_end(run_id)
    time.sleep(1)
    assert not [step for step in executed_steps(run_id) if step.startswith(("SETTLE", "SEGMENT", "MUX", "DELIVER"))]


def test_step_with_a_busy_provider_is_retried_and_the_run_is_done() -> None:
    set_behaviour("busy 5")
    _, run_id = submit_run()
    assert wait_for_end(run_id)[0] is State.DONE
    assert executed_steps(run_id).count("SCENE 5") == 2


@pytest.mark.parametrize("cause", ["again", "lost"])
def test_retry_of_a_step_is_recorded_and_its_end_is_recorded_once(cause: str) -> None:
    set_behaviour(f"{cause} 5")
    job_id, run_id = submit_run()
    assert wait_for_end(run_id)[0] is State.DONE
    assert executed_steps(run_id).count("SCENE 5") == 2
    scene_events = [
        event for event in events.list_events(job_id) if (event.data["step"], event.data.get("number")) == ("scene", 5)
    ]
    assert [(event.kind, event.data["attempt"]) for event in scene_events] == [
        ("step.retried", 1),
        ("step.finished", 2),
    ]
    assert scene_events[0].data["cause"] and scene_events[0].data["in_s"] > 0


def test_step_that_is_replaced_by_a_chord_is_recorded_as_finished() -> None:
    job_id, run_id = submit_run()
    wait_for_end(run_id)
    kinds = [event.kind for event in events.list_events(job_id) if event.data.get("step") in ("render", "compose")]
    assert kinds == ["step.finished"] * 2


def test_scene_whose_process_is_killed_is_rendered_by_another_process() -> None:
    set_behaviour("die 5")
    _, run_id = submit_run()
    assert wait_for_end(run_id)[0] is State.DONE
    steps = executed_steps(run_id)
    assert steps.count("SCENE 5") == 2
    assert steps.count("SETTLE") == 1


def test_cancelled_run_stays_cancelled_and_starts_no_further_step() -> None:
    set_behaviour("slow 1")
    job_id, run_id = submit_run()
    wait_for_state(run_id, State.RENDERING_SCENES)
    assert cancel.cancel(job_id).state is State.CANCELLED
    time.sleep(0.5)
    before = executed_steps(run_id)
    time.sleep(2.5)
    assert executed_steps(run_id) == before
    assert run_state.task_status(run_id).state is State.CANCELLED
    assert cancel.cancel(job_id).state is State.CANCELLED


def test_worker_of_a_cancelled_run_is_free_for_the_next_run() -> None:
    set_behaviour("slow 600")  # longer than the wait for the next run
    job_id, run_id = submit_run()
    wait_for_state(run_id, State.RENDERING_SCENES)
    cancel.cancel(job_id)
    set_behaviour("slow 0")
    _, next_run_id = submit_run()
    assert wait_for_end(next_run_id)[0] is State.DONE


def test_cancelling_a_finished_job_is_a_conflict() -> None:
    job_id, run_id = submit_run()
    wait_for_end(run_id)
    with pytest.raises(Conflict, match="DONE"):
        cancel.cancel(job_id)


def test_state_of_a_settled_run_is_kept_when_its_result_is_deleted() -> None:
    job_id, run_id = submit_run()
    wait_for_end(run_id)
    assert runs.settle(run_id) is State.DONE
    application.backend().forget(run_id)
    view = queries.get_job(job_id)
    assert view.state is State.DONE
    assert view.ended_at is not None


def test_job_view_has_the_state_of_each_scene_and_the_duration_of_each_step() -> None:
    job_id, run_id = submit_run()
    wait_for_end(run_id)
    view = queries.get_job(job_id)
    assert [scene.state for scene in view.scenes] == ["DONE"] * 8
    assert {"plan", "timeline", "scene", "voice", "music", "settle", "segment", "mux", "deliver"} <= set(
        view.timings_ms
    )
