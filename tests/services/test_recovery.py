"""Recovery of lost runs and resuming of failed jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import states
from celery.exceptions import ChordError
from sqlalchemy import update

from app.core.config import settings
from app.core.errors import Conflict
from app.database.models import JobRow, RunRow, now
from app.database.session import transaction
from app.jobs import cancel, events, queries, recovery, runs
from app.queue import application, canvas, inspection, run_state
from app.queue.embedded_broker import Broker
from schemas.job import State
from schemas.steps import Step
from tests.conftest import running_worker
from tests.servers import QUEUES
from tests.services.noop_runs import STEPS, executed_steps, set_behaviour, store_run, submit_run, wait_for_end
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _no_other_runs(broker: Broker) -> Iterator[None]:
    """Delete all messages and results, and end the open runs of other tests."""
    broker_client(broker).flushdb()
    application.backend().client.flushdb()
    with transaction() as session:
        session.execute(update(RunRow).where(RunRow.ended_at.is_(None)).values(ended_at=now(), state=State.CANCELLED))
    yield
    (settings().home / "behaviour").unlink(missing_ok=True)


@pytest.fixture(scope="class")
def worker(broker: Broker) -> Iterator[None]:
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        yield


def broker_client(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket), db=0)


def event_kinds(job_id: str) -> list[str]:
    return [event.kind for event in events.list_events(job_id)]


# -- recovery --------------------------------------------------------------------------------------------------------


def test_run_without_messages_in_two_passes_is_sent_again(broker: Broker) -> None:
    job_id, run_id = submit_run()
    broker_client(broker).flushdb()
    assert recovery.recover_runs() == {"failed": 0, "sent": 0}
    assert recovery.recover_runs() == {"failed": 0, "sent": 1}
    assert inspection.root_ids_with_messages([run_id]) == {run_id}
    assert event_kinds(job_id) == ["run.sent_again"]
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        assert wait_for_end(run_id)[0] is State.DONE
    assert sorted(executed_steps(run_id)) == STEPS


def test_run_with_a_message_in_a_queue_is_not_sent_again() -> None:
    submit_run()
    assert [recovery.recover_runs() for _ in range(3)] == [{"failed": 0, "sent": 0}] * 3


def test_run_that_loses_its_messages_while_it_runs_repeats_no_finished_step(broker: Broker) -> None:
    set_behaviour("slow 1")
    with running_worker(("orch", "gpu", "cpu", "api"), "tests.services.noop_app:celery"):
        _, run_id = submit_run()
        wait_until(lambda: "SCENE 2" in executed_steps(run_id), "the second scene", ignoring=(FileNotFoundError,))
    broker_client(broker).flushdb()
    steps_before = executed_steps(run_id)
    set_behaviour("slow 0")
    recovery.recover_runs()
    recovery.recover_runs()
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        assert wait_for_end(run_id)[0] is State.DONE
    steps_after = executed_steps(run_id)
    finished = [step for step in steps_before if step.startswith("SCENE")][:-1]  # the last one may be unfinished
    assert [steps_after.count(step) for step in finished] == [1] * len(finished)


def test_run_that_waits_for_review_is_not_lost() -> None:
    _, run_id = store_run()
    with transaction() as session:
        session.get_one(RunRow, run_id).sent_at = now()
    run_state.set_state(run_id, State.AWAITING_REVIEW)
    assert [recovery.recover_runs()["sent"] for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("error", "code"),
    [(TimeLimitExceeded(60), "took_too_long"), (WorkerLostError("signal 9"), "killed_workers")],
)
def test_step_that_celery_ended_fails_its_run_with_code_and_advice(broker: Broker, error: Exception, code: str) -> None:
    job_id, run_id = submit_run()
    broker_client(broker).flushdb()
    scene_task_id = canvas.scene_ids(run_id, [3])[3]
    application.backend().store_result(scene_task_id, error, states.FAILURE)
    assert recovery.recover_runs() == {"failed": 1, "sent": 0}
    job_error = queries.get_job(job_id).error
    assert job_error is not None
    assert (job_error["stage"], job_error["scene_id"], job_error["code"]) == ("scene", 3, code)
    assert job_error["advice"]
    assert event_kinds(job_id) == ["step.failed", "job.failed"]


def test_sync_runs_sends_a_stored_run_that_was_never_sent() -> None:
    _, run_id = store_run()
    with transaction() as session:
        session.get_one(RunRow, run_id).created_at = now() - 2 * recovery.UNSENT_AFTER
    assert recovery.sync_runs()["sent"] == 1
    assert inspection.root_ids_with_messages([run_id]) == {run_id}


# -- resume ----------------------------------------------------------------------------------------------------------


def test_cancelled_job_cannot_be_resumed() -> None:
    job_id, _ = submit_run()
    cancel.cancel(job_id)
    with pytest.raises(Conflict, match="CANCELLED"):
        runs.resume(job_id)


def test_concurrent_resumes_create_one_run() -> None:
    job_id, run_id = submit_run()
    run_state.set_failed(run_id, RuntimeError("damaged"))
    outcomes: list[str] = []

    def resume() -> None:
        try:
            runs.resume(job_id)
            outcomes.append("done")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=resume) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["done", *["refused"] * 5]
    with transaction() as session:
        assert len(session.get_one(JobRow, job_id).runs) == 2


# -- with a worker ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
class TestWithAWorker:
    def test_chord_that_could_not_be_joined_is_not_a_failure_and_is_sent_again(self) -> None:
        job_id, run_id = store_run()
        application.backend().store_result(run_id, ChordError("Join error: the store was away"), states.FAILURE)
        with transaction() as session:
            session.get_one(RunRow, run_id).sent_at = now()
        assert queries.get_job(job_id).state is State.QUEUED
        recovery.recover_runs()
        assert recovery.recover_runs()["sent"] == 1
        assert wait_for_end(run_id)[0] is State.DONE

    def test_sync_runs_copies_the_end_of_a_run_to_the_database(self) -> None:
        job_id, run_id = submit_run()
        wait_for_end(run_id)
        recovery.sync_runs()
        application.backend().forget(run_id)
        assert queries.get_job(job_id).state is State.DONE
        assert event_kinds(job_id)[-1] == "job.done"

    def test_failed_job_is_resumed_as_a_new_run_and_is_done(self) -> None:
        set_behaviour("fail 5")
        job_id, run_id = submit_run()
        wait_for_end(run_id)
        set_behaviour("slow 0")
        resumed = runs.resume(job_id)
        assert resumed.run_id != run_id
        assert wait_for_end(resumed.run_id)[0] is State.DONE
        view = queries.get_job(job_id)
        assert (view.state, view.run_id, view.error, view.revision) == (State.DONE, resumed.run_id, None, 1)
        assert "job.resumed" in event_kinds(job_id)

    def test_running_and_finished_jobs_cannot_be_resumed(self) -> None:
        job_id, run_id = submit_run()
        with pytest.raises(Conflict, match="wait until it has ended"):
            runs.resume(job_id)
        wait_for_end(run_id)
        with pytest.raises(Conflict, match="DONE"):
            runs.resume(job_id)

    def test_step_that_kills_its_process_at_each_attempt_fails_only_its_run(self) -> None:
        set_behaviour("poison 5")
        job_id, run_id = submit_run()

        def has_ended_after_recovery() -> bool:
            recovery.recover_runs()
            return run_state.task_status(run_id).state.ended

        wait_until(has_ended_after_recovery, "the end of the run", pause_s=settings().recovery_period_s)
        assert run_state.task_status(run_id).state is State.FAILED
        error = run_state.error_of_task(run_state.task_status(run_id))
        assert error is not None
        assert "killed_workers" in str(error.args)
        assert executed_steps(run_id).count("SCENE 5") <= 6
        set_behaviour("slow 0")
        _, next_run_id = submit_run()
        assert wait_for_end(next_run_id)[0] is State.DONE
        assert "step.begun_again" in event_kinds(job_id)

    def test_retry_of_a_step_is_not_counted_as_death_of_a_worker(self) -> None:
        set_behaviour("busy 5")
        job_id, run_id = submit_run()
        assert wait_for_end(run_id)[0] is State.DONE
        assert "step.begun_again" not in event_kinds(job_id)
        assert event_kinds(job_id).count("step.retried") == 1
        assert Step.SCENE.name.lower() in {event.data.get("step") for event in events.list_events(job_id)}
