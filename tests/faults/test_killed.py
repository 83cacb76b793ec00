"""Whatever is killed, whatever it was at: the job is done, right, and once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.fleet import Fleet, Job, await_, fleet
from tests.faults.ledger import Line, begins, finished, lives, unfinished, wrong
from tests.faults.strikes import KINDS, Strike

PATIENCE_S = 120
# The first step, one of many side by side, one that only joins others, one of many again, and the last.
STAGES = ("PLAN", "SCENE 2", "SETTLE", "SEGMENT 1", "DELIVER")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("killed") / "home", "embedded", lease_s=3) as made:
        yield made


@pytest.fixture
def at_work(house: Fleet) -> Iterator[dict[str, Job]]:
    """A job at each stage, where it stays until it is let go."""
    yield {stage: held(house, stage) for stage in reversed(STAGES)}
    house.open()


def held(house: Fleet, stage: str) -> Job:
    house.ready()
    house.shut()
    job = house.submit(3, f"{stage} holds")
    house.begun(job, stage)
    return job


def begun(house: Fleet, jobs: dict[str, Job]) -> list[Line]:
    return [house.begun(job, stage) for stage, job in jobs.items()]


def wait_until_over(house: Fleet, jobs: dict[str, Job], lines: list[Line]) -> None:
    """Returns when those who began these lines are at them no more: they are gone, or were told to leave."""

    def nobody() -> bool:
        left = [each for job in jobs.values() for line in lines for each in unfinished(house.lines(job), line.step)]
        return not any(line in left and lives(line.worker) for line in lines)

    await_(nobody, PATIENCE_S, "the end of what was struck")


def all_done_right(house: Fleet, jobs: dict[str, Job]) -> None:
    house.open()
    assert set(house.drain([*jobs.values()], PATIENCE_S).values()) == {"DONE"}
    for job in jobs.values():
        assert wrong(house.lines(job), job.scenes) == []
        assert "twice" not in [line.what for line in house.lines(job)]


def all_done_right_and_once(house: Fleet, jobs: dict[str, Job]) -> None:
    all_done_right(house, jobs)
    for stage, job in jobs.items():
        assert finished(house.lines(job), stage.partition(" ")[0])[stage] == 1


def tries(house: Fleet, jobs: dict[str, Job]) -> dict[str, int]:
    return {stage: len(begins(house.lines(job), stage)) for stage, job in jobs.items()}


def test_the_process_that_does_a_step(house: Fleet, at_work: dict[str, Job]) -> None:
    lines = begun(house, at_work)
    for line in lines:
        assert house.kill_process(line.pid)
    wait_until_over(house, at_work, lines)
    all_done_right_and_once(house, at_work)
    assert tries(house, at_work) == dict.fromkeys(STAGES, 2)


def test_the_workers_that_do_a_step(house: Fleet, at_work: dict[str, Job]) -> None:
    lines = begun(house, at_work)
    for name in {house.worker_of(line) for line in lines}:
        assert house.kill_whole(name)
    wait_until_over(house, at_work, lines)
    all_done_right_and_once(house, at_work)
    assert tries(house, at_work) == dict.fromkeys(STAGES, 2)


def test_every_worker(house: Fleet, at_work: dict[str, Job]) -> None:
    lines = begun(house, at_work)
    assert house.strike(Strike("all", 0, 0))
    wait_until_over(house, at_work, lines)
    all_done_right_and_once(house, at_work)


def test_the_server_that_keeps_messages_and_results(house: Fleet, at_work: dict[str, Job]) -> None:
    """Some workers end what they do, others are told to leave it; who has just ended it then does it again."""
    assert house.strike(Strike("broker", 0, 0))
    house.ready()
    all_done_right(house, at_work)


@pytest.mark.parametrize("kind", ["api", "beat"])
def test_what_no_step_needs(house: Fleet, at_work: dict[str, Job], kind: str) -> None:
    assert house.strike(Strike(kind, 0.9, 0)), KINDS[kind]
    all_done_right_and_once(house, at_work)
    assert tries(house, at_work) == dict.fromkeys(STAGES, 1)


def test_a_worker_that_is_asked_to_end_ends_what_it_does_first(house: Fleet) -> None:
    job = held(house, "SCENE 2")
    name = house.worker_of(house.begun(job, "SCENE 2"))
    before = house.workers[name].pid
    assert house.ask_to_end(name)
    all_done_right_and_once(house, {"SCENE 2": job})
    assert len(begins(house.lines(job), "SCENE 2")) == 1
    await_(lambda: house.workers[name].pid != before and house.up(name), PATIENCE_S, "a new worker")


def test_a_job_whose_answer_was_lost_is_there_once(house: Fleet) -> None:
    house.ready()
    before = house.stored()
    job = house.submit(1, key="the same")
    assert house.strike(Strike("api", 0.9, 0))
    assert house.submit(1, key="the same").id == job.id
    all_done_right_and_once(house, {"SCENE 1": job})
    assert house.stored() - before == {job.id}


def test_a_job_that_is_cancelled_while_its_worker_is_killed_stays_cancelled(house: Fleet) -> None:
    job = held(house, "SCENE 2")
    name = house.worker_of(house.begun(job, "SCENE 2"))
    assert house.cancel(job) == "CANCELLED"
    house.kill_whole(name)
    next_one = house.submit(2)
    all_done_right_and_once(house, {"SCENE 1": next_one})
    assert house.state(job) == "CANCELLED"
    assert not finished(house.lines(job), "SETTLE")
