"""A witness must be right himself: what he says of steps, of workers that are gone, and of what was done twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.ledger import ORDER, Ledger, Line, finished, lives, unfinished, worker, wrong
from tests.faults.strikes import KINDS, WEIGHTS, strikes
from tests.faults.wishes import wishes


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


def whole(scenes: int) -> list[Line]:
    """A run as it should be."""
    steps = {"SCENE": [f"SCENE {n + 1}" for n in range(scenes)], "SEGMENT": [f"SEGMENT {n}" for n in range(scenes)]}
    lines: list[Line] = []
    for step in [step for group in ORDER for kind in group for step in steps.get(kind, [kind])]:
        lines += [Line("begin", step, "1/1", len(lines)), Line("end", step, "1/1", len(lines) + 1)]
    return lines


def test_a_step_leaves_its_begin_and_its_end(ledger: Ledger) -> None:
    with ledger.working("run", "SCENE 1"):
        assert [line.what for line in ledger.of("run")] == ["begin"]
    assert [(line.what, line.step, line.pid) for line in ledger.of("run")] == [
        ("begin", "SCENE 1", os.getpid()),
        ("end", "SCENE 1", os.getpid()),
    ]


def test_a_step_that_failed_has_left_and_not_ended(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.working("run", "SCENE 1"):
        _ = 1 / 0
    assert [line.what for line in ledger.of("run")] == ["begin", "left"]
    assert not unfinished(ledger.of("run"), "SCENE 1")


def test_two_living_processes_at_the_same_step_are_seen(ledger: Ledger) -> None:
    with other_at_work(ledger) as other:
        assert lives(worker(other.pid))
        with ledger.working("run", "SCENE 1"):
            pass
        assert "twice" in [line.what for line in ledger.of("run")]


def test_a_step_of_a_process_that_is_gone_may_be_begun_again(ledger: Ledger) -> None:
    with other_at_work(ledger) as other:
        other.kill()
        other.wait()
    with ledger.working("run", "SCENE 1"):
        pass
    assert "twice" not in [line.what for line in ledger.of("run")]


def test_a_process_that_was_killed_is_dead_before_anybody_buried_it(ledger: Ledger) -> None:
    with other_at_work(ledger) as other:
        name = worker(other.pid)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{other.pid}").exists()
        assert not lives(name)


def other_at_work(ledger: Ledger) -> subprocess.Popen[str]:
    code = "from pathlib import Path; from tests.faults.ledger import Ledger\n"
    code += f"with Ledger(Path({str(ledger.folder)!r})).working('run', 'SCENE 1'):\n"
    code += " print('now', flush=True)\n input()"
    root = str(Path(__file__).parent.parent.parent)
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    other.stdout.readline()
    return other


def test_a_run_that_is_as_it_should_be_is_right() -> None:
    assert wrong(whole(3), 3) == []


@pytest.mark.parametrize("step", ["PLAN", "SCENE 2", "SEGMENT 0", "VOICE", "DELIVER"])
def test_a_step_that_never_ended_is_missed(step: str) -> None:
    assert wrong([line for line in whole(3) if (line.what, line.step) != ("end", step)], 3)


def test_scenes_nobody_asked_for_are_seen() -> None:
    assert wrong(whole(4), 3) == ["SCENE 4 was not asked for", "SEGMENT 3 was not asked for"]


def test_a_step_that_did_not_wait_is_seen() -> None:
    early = [Line("begin", "MUX", "1/1", 0.5), *whole(2)]
    assert wrong(early, 2) == ["MUX began before what it needs"]


def test_what_was_finished_twice_is_counted() -> None:
    assert finished([*whole(2), Line("end", "SCENE 1", "2/2", 99)], "SCENE") == {"SCENE 1": 2, "SCENE 2": 1}


def test_a_number_tells_all_strikes() -> None:
    assert strikes(7, 50) == strikes(7, 50)
    assert strikes(7, 50) != strikes(8, 50)
    assert {each.kind for each in strikes(7, 500)} == set(WEIGHTS) == set(KINDS)


def test_a_title_says_what_happens_to_steps() -> None:
    slow, bad = wishes("SCENE waits 0.5; SCENE 2 dies")
    assert (slow.verb, slow.seconds) == ("waits", 0.5)
    assert (slow.concerns("SCENE 7"), slow.concerns("SEGMENT 7")) == (True, False)
    assert (bad.verb, bad.concerns("SCENE 2"), bad.concerns("SCENE 7")) == ("dies", True, False)
