"""The execution log: events of steps, processes that have ended, concurrent and repeated steps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.execution_log import (
    ORDER,
    Entry,
    ExecutionLog,
    find_errors,
    finish_counts,
    is_alive,
    process_key,
    unfinished,
)


@pytest.fixture
def log(tmp_path: Path) -> ExecutionLog:
    return ExecutionLog(tmp_path / "execution_log")


def complete_run(scenes: int) -> list[Entry]:
    """Return the log of a run without errors."""
    steps = {"SCENE": [f"SCENE {n + 1}" for n in range(scenes)], "SEGMENT": [f"SEGMENT {n}" for n in range(scenes)]}
    entries: list[Entry] = []
    for step in [step for group in ORDER for kind in group for step in steps.get(kind, [kind])]:
        entries += [Entry("start", step, "1/1", len(entries)), Entry("end", step, "1/1", len(entries) + 1)]
    return entries


def test_finished_steps_of_all_runs_are_counted(log: ExecutionLog) -> None:
    assert log.finished_steps() == 0
    for run_id in ("first", "second"):
        with log.record(run_id, "PLAN"):
            pass
    with pytest.raises(KeyError), log.record("first", "TIMELINE"):
        raise KeyError
    assert log.finished_steps() == 2


def test_start_and_end_of_a_step_are_recorded(log: ExecutionLog) -> None:
    with log.record("run", "SCENE 1"):
        assert [entry.event for entry in log.entries("run")] == ["start"]
    assert [(entry.event, entry.step, entry.pid) for entry in log.entries("run")] == [
        ("start", "SCENE 1", os.getpid()),
        ("end", "SCENE 1", os.getpid()),
    ]


def test_exception_in_a_step_is_recorded_as_failed(log: ExecutionLog) -> None:
    with pytest.raises(ZeroDivisionError), log.record("run", "SCENE 1"):
        _ = 1 / 0
    assert [entry.event for entry in log.entries("run")] == ["start", "failed"]
    assert not unfinished(log.entries("run"), "SCENE 1")


def test_two_live_processes_at_the_same_step_are_concurrent(log: ExecutionLog) -> None:
    with process_running_the_step(log) as other:
        assert is_alive(process_key(other.pid))
        with log.record("run", "SCENE 1"):
            pass
        assert "concurrent" in [entry.event for entry in log.entries("run")]


def test_step_of_a_dead_process_may_start_again(log: ExecutionLog) -> None:
    with process_running_the_step(log) as other:
        other.kill()
        other.wait()
    with log.record("run", "SCENE 1"):
        pass
    assert "concurrent" not in [entry.event for entry in log.entries("run")]


def test_zombie_process_is_not_alive(log: ExecutionLog) -> None:
    with process_running_the_step(log) as other:
        process = process_key(other.pid)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{other.pid}").exists()
        assert not is_alive(process)


def process_running_the_step(log: ExecutionLog) -> subprocess.Popen[str]:
    code = "from pathlib import Path; from tests.faults.execution_log import ExecutionLog\n"
    code += f"with ExecutionLog(Path({str(log.directory)!r})).record('run', 'SCENE 1'):\n"
    code += " print('started', flush=True)\n input()"
    root = str(Path(__file__).parent.parent.parent)
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    other.stdout.readline()
    return other


def test_complete_run_has_no_errors() -> None:
    assert find_errors(complete_run(3), 3) == []


@pytest.mark.parametrize("step", ["PLAN", "SCENE 2", "SEGMENT 0", "VOICE", "DELIVER"])
def test_unfinished_step_is_an_error(step: str) -> None:
    assert find_errors([entry for entry in complete_run(3) if (entry.event, entry.step) != ("end", step)], 3)


def test_extra_scenes_are_errors() -> None:
    assert find_errors(complete_run(4), 3) == ["SCENE 4 was not requested", "SEGMENT 3 was not requested"]


def test_step_that_starts_before_its_inputs_is_an_error() -> None:
    early = [Entry("start", "MUX", "1/1", 0.5), *complete_run(2)]
    assert find_errors(early, 2) == ["MUX started before its inputs were ready"]


def test_finish_counts_counts_repeated_steps() -> None:
    entries = [*complete_run(2), Entry("end", "SCENE 1", "2/2", 99)]
    assert finish_counts(entries, "SCENE") == {"SCENE 1": 2, "SCENE 2": 1}
