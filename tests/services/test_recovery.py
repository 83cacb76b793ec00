"""What was lost is found: by the janitor, who looks at what is open, and by whoever resumes what has failed."""

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
from tests.services.noop_runs import STEPS, ended, mood, sent, stored, worked
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def alone(broker: Broker) -> Iterator[None]:
    """No messages, and no runs open but those of the test."""
    queues(broker).flushdb()
    application.backend().client.flushdb()
    with transaction() as session:
        session.execute(update(RunRow).where(RunRow.ended_at.is_(None)).values(ended_at=now(), state=State.CANCELLED))
    yield
    (settings().home / "mood").unlink(missing_ok=True)


@pytest.fixture
def worker(alone: None) -> Iterator[None]:
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        yield


def queues(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket), db=0)


def kinds(job_id: str) -> list[str]:
    return [event.kind for event in events.list_events(job_id)]


# -- the janitor -----------------------------------------------------------------------------------------------------


def test_a_run_whose_messages_were_lost_is_sent_again_the_second_time_it_is_missed(broker: Broker) -> None:
    job_id, run_id = sent()
    queues(broker).flushdb()
    assert recovery.recover_runs() == {"failed": 0, "sent": 0}
    assert recovery.recover_runs() == {"failed": 0, "sent": 1}
    assert inspection.root_ids_with_messages([run_id]) == {run_id}
    assert kinds(job_id) == ["run.sent_again"]
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        assert ended(run_id)[0] is State.DONE
    assert sorted(worked(run_id)) == STEPS


def test_a_run_that_waits_in_a_queue_is_left_there() -> None:
    sent()
    assert [recovery.recover_runs() for _ in range(3)] == [{"failed": 0, "sent": 0}] * 3


def test_a_run_that_lost_its_messages_halfway_does_nothing_twice(broker: Broker) -> None:
    mood("slow 1")
    with running_worker(("orch", "gpu", "cpu", "api"), "tests.services.noop_app:celery"):
        _, run_id = sent()
        wait_until(lambda: "SCENE 2" in worked(run_id), "the second scene", ignoring=(FileNotFoundError,))
    queues(broker).flushdb()
    before = worked(run_id)
    mood("slow 0")
    recovery.recover_runs()
    recovery.recover_runs()
    with running_worker(QUEUES, "tests.services.noop_app:celery", children=2):
        assert ended(run_id)[0] is State.DONE
    after = worked(run_id)
    finished = [step for step in before if step.startswith("SCENE")][:-1]  # the last one may have been cut short
    assert [after.count(step) for step in finished] == [1] * len(finished)


def test_a_run_that_waits_for_a_person_is_not_lost() -> None:
    _, run_id = stored()
    with transaction() as session:
        session.get_one(RunRow, run_id).sent_at = now()
    run_state.set_state(run_id, State.AWAITING_REVIEW)
    assert [recovery.recover_runs()["sent"] for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("error", "code"),
    [(TimeLimitExceeded(60), "took_too_long"), (WorkerLostError("signal 9"), "killed_workers")],
)
def test_a_step_that_celery_ended_for_good_fails_its_run_in_words(broker: Broker, error: Exception, code: str) -> None:
    job_id, run_id = sent()
    queues(broker).flushdb()
    scene = canvas.scene_ids(run_id, [3])[3]
    application.backend().store_result(scene, error, states.FAILURE)
    assert recovery.recover_runs() == {"failed": 1, "sent": 0}
    told = queries.job(job_id).error
    assert told is not None
    assert (told["stage"], told["scene_id"], told["code"]) == ("scene", 3, code)
    assert told["advice"]
    assert kinds(job_id) == ["step.failed", "job.failed"]


def test_a_chord_that_could_not_be_joined_is_no_failure_and_is_done_again(worker: None) -> None:
    job_id, run_id = stored()
    application.backend().store_result(run_id, ChordError("Join error: the store was away"), states.FAILURE)
    with transaction() as session:
        session.get_one(RunRow, run_id).sent_at = now()
    assert queries.job(job_id).state is State.QUEUED
    recovery.recover_runs()
    assert recovery.recover_runs()["sent"] == 1
    assert ended(run_id)[0] is State.DONE


def test_the_end_of_a_run_gets_into_the_database_by_itself(worker: None) -> None:
    job_id, run_id = sent()
    ended(run_id)
    recovery.sync_runs()
    application.backend().forget(run_id)
    assert queries.job(job_id).state is State.DONE
    assert kinds(job_id)[-1] == "job.done"


def test_what_was_stored_and_never_sent_is_sent() -> None:
    _, run_id = stored()
    with transaction() as session:
        session.get_one(RunRow, run_id).created_at = now() - 2 * recovery.UNSENT_AFTER
    assert recovery.sync_runs()["sent"] == 1
    assert inspection.root_ids_with_messages([run_id]) == {run_id}


# -- resume ----------------------------------------------------------------------------------------------------------


def test_a_failed_job_is_resumed_as_a_new_run_and_is_done(worker: None) -> None:
    mood("fail 5")
    job_id, run_id = sent()
    ended(run_id)
    mood("slow 0")
    again = runs.resume(job_id)
    assert again.run_id != run_id
    assert ended(again.run_id)[0] is State.DONE
    view = queries.job(job_id)
    assert (view.state, view.run_id, view.error, view.revision) == (State.DONE, again.run_id, None, 1)
    assert "job.resumed" in kinds(job_id)


def test_only_what_has_failed_can_be_resumed(worker: None) -> None:
    job_id, run_id = sent()
    with pytest.raises(Conflict, match="wait until it has ended"):
        runs.resume(job_id)
    ended(run_id)
    with pytest.raises(Conflict, match="DONE"):
        runs.resume(job_id)


def test_a_cancelled_job_stays_cancelled() -> None:
    job_id, _ = sent()
    cancel.cancel(job_id)
    with pytest.raises(Conflict, match="CANCELLED"):
        runs.resume(job_id)


def test_of_many_who_resume_at_the_same_time_one_does() -> None:
    job_id, run_id = sent()
    run_state.set_failed(run_id, RuntimeError("torn"))
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


# -- a step that ends whoever works on it ----------------------------------------------------------------------------


def test_a_step_that_kills_its_worker_each_time_fails_its_run_alone(worker: None) -> None:
    mood("poison 5")
    job_id, run_id = sent()

    def has_ended_after_a_look() -> bool:
        recovery.recover_runs()
        return run_state.task_status(run_id).state.ended

    wait_until(has_ended_after_a_look, "the end of the run", pause_s=settings().mend_s)
    assert run_state.task_status(run_id).state is State.FAILED
    told = run_state.error_of_task(run_state.task_status(run_id))
    assert told is not None
    assert "killed_workers" in str(told.args)
    assert worked(run_id).count("SCENE 5") <= 6
    mood("slow 0")
    _, other = sent()
    assert ended(other)[0] is State.DONE
    assert "step.begun_again" in kinds(job_id)


def test_a_process_that_ends_in_order_leaves_no_death_behind(worker: None) -> None:
    mood("busy 5")
    job_id, run_id = sent()
    assert ended(run_id)[0] is State.DONE
    assert "step.begun_again" not in kinds(job_id)
    assert kinds(job_id).count("step.retried") == 1
    assert Step.SCENE.name.lower() in {event.data.get("step") for event in events.list_events(job_id)}
