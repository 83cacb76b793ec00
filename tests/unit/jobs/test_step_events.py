"""How long the steps of a run took, and what existed already, from the events of its tasks."""

from __future__ import annotations

from app.jobs.step_events import durations_ms, reused


def facts(step: str, started_ms: int = 0, ended_ms: int = 10, **more: object) -> dict[str, object]:
    return {"step": step, "started_ms": started_ms, "ended_ms": ended_ms, **more}


def test_a_step_of_many_tasks_lasts_from_the_first_start_to_the_last_end() -> None:
    found = durations_ms([facts("scene", 50, 90), facts("scene", 20, 60), facts("plan", 0, 5)])
    assert found == {"scene": 70, "plan": 5}


def test_scenes_that_existed_are_listed_once_and_in_order() -> None:
    tasks = [facts("scene", number=n, reused=r) for n, r in ((3, True), (1, True), (2, False), (3, True))]
    assert reused(tasks) == {"scene": [1, 3]}


def test_a_step_without_numbers_that_existed_is_true() -> None:
    assert reused([facts("mux", reused=True), facts("voice", reused=False), facts("music")]) == {"mux": True}


def test_without_events_there_is_nothing_to_tell() -> None:
    assert durations_ms([]) == reused([]) == {}
