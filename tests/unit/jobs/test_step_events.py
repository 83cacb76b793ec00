"""Durations and reused results of steps, from the events of a run's tasks."""

from __future__ import annotations

from app.jobs.step_events import durations_ms, reused


def facts(step: str, started_ms: int = 0, ended_ms: int = 10, **more: object) -> dict[str, object]:
    return {"step": step, "started_ms": started_ms, "ended_ms": ended_ms, **more}


def test_step_of_several_tasks_lasts_from_the_first_start_to_the_last_end() -> None:
    finished = [facts("scene", 50, 90), facts("scene", 20, 60), facts("plan", 0, 5)]
    assert durations_ms(finished) == {"scene": 70, "plan": 5}


def test_reused_scenes_are_listed_once_and_in_order() -> None:
    numbers = ((3, True), (1, True), (2, False), (3, True))
    tasks = [facts("scene", number=number, reused=is_reused) for number, is_reused in numbers]
    assert reused(tasks) == {"scene": [1, 3]}


def test_reused_step_without_numbers_is_true() -> None:
    assert reused([facts("mux", reused=True), facts("voice", reused=False), facts("music")]) == {"mux": True}


def test_no_events_give_no_durations_and_no_reused_steps() -> None:
    assert durations_ms([]) == reused([]) == {}
