"""Supervision of children that end, hang, or have children of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from app.cli import supervise
from app.cli.supervise import Process, Program, RestartPolicy, Supervisor, trim
from app.core.errors import Unavailable
from tests.waiting import HANGS_AFTER_S, bound_s, has_ended, seconds_of, wait_until

# On a busy machine a child takes seconds to begin and to end: that must not count as having settled.
QUICK = RestartPolicy(look_s=0.02, first_wait_s=0.02, longest_wait_s=0.1, settled_s=600.0, most_false_starts=4)
STAYS = "import time; time.sleep(900)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(900)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)"])
print(child.pid, flush=True)
time.sleep(900)
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Process]:
    def make(code: str, name: str = "child", **more: object) -> Process:
        spec = Program(name, (sys.executable, "-c", code), **more)  # type: ignore[arg-type]
        return Process(spec, tmp_path / "logs" / f"{name}.log")

    return make


class Running:
    """A supervisor at work in a thread of its own."""

    def __init__(self, *tiers: list[supervise.Child], policy: RestartPolicy = QUICK) -> None:
        self.said: list[tuple[str, str]] = []
        self.outcome: list[str | None] = []
        self.stopping = Event()
        self.supervisor = Supervisor(tiers, lambda name, words: self.said.append((name, words)), policy)
        self.thread = Thread(target=lambda: self.outcome.append(self.supervisor.run(self.stopping)))
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(HANGS_AFTER_S)
        assert not self.thread.is_alive()


@pytest.fixture
def running() -> Iterator[Callable[..., Running]]:
    runners: list[Running] = []

    def start(*tiers: list[supervise.Child], policy: RestartPolicy = QUICK) -> Running:
        runners.append(Running(*tiers, policy=policy))
        return runners[-1]

    yield start
    for runner in runners:
        runner.stop()


def test_all_children_are_started_and_stopped(program: Callable[..., Process], running: Callable[..., Running]) -> None:
    one, two = program(STAYS, "one"), program(STAYS, "two")
    stack = running([one], [two])
    wait_until(lambda: one.alive() and two.alive(), "both children")
    pids = [one.pid, two.pid]
    stack.stop()
    assert all(has_ended(pid) for pid in pids)
    assert stack.outcome == [None]
    assert [name for name, words in stack.said if words == "started"] == ["one", "two"]


def test_a_killed_child_is_started_again(program: Callable[..., Process], running: Callable[..., Running]) -> None:
    child = program(STAYS)
    stack = running([child])
    wait_until(child.alive, "the child")
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: child.alive() and child.pid != first, "another child")
    assert ("child", "ended; it is started again in 0.04 s") in stack.said


def test_other_children_keep_running_when_one_ends(
    program: Callable[..., Process], running: Callable[..., Running]
) -> None:
    weak, strong = program(STAYS, "weak"), program(STAYS, "strong")
    running([weak, strong])
    wait_until(lambda: weak.alive() and strong.alive(), "both children")
    kept, first = strong.pid, weak.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: weak.alive() and weak.pid != first, "another weak child")
    assert strong.pid == kept


def test_a_child_that_never_settles_stops_the_stack_and_is_named(
    program: Callable[..., Process], running: Callable[..., Running]
) -> None:
    good, bad = program(STAYS, "good"), program("raise SystemExit(3)", "bad")
    stack = running([good, bad])
    wait_until(lambda: stack.outcome == ["bad"], "the end of the stack")
    assert [name for name, words in stack.said if words == "started"].count("bad") == QUICK.most_false_starts
    assert has_ended(good.pid)


def test_a_child_that_settles_is_restarted_without_limit(
    program: Callable[..., Process], running: Callable[..., Running]
) -> None:
    child = program("import time; time.sleep(0.2)")
    policy = RestartPolicy(look_s=0.02, first_wait_s=0.01, settled_s=0.1, most_false_starts=2)
    stack = running([child], policy=policy)
    wait_until(lambda: [words for _, words in stack.said].count("started") >= 5, "the fifth start")
    assert stack.outcome == []


@pytest.mark.parametrize(("false_starts", "wait_s"), [(0, 0.5), (1, 1), (2, 2), (5, 16), (6, 30), (40, 30)])
def test_each_false_start_doubles_the_wait(false_starts: int, wait_s: float) -> None:
    assert RestartPolicy().wait_s(false_starts) == wait_s


def test_a_child_that_ignores_signals_is_killed(program: Callable[..., Process], tmp_path: Path) -> None:
    child = program(DEAF, stops=((signal.SIGTERM, 0.2),))
    child.start()
    wait_until(lambda: "deaf" in (tmp_path / "logs" / "child.log").read_text(), "the child's first words")
    pid = child.pid
    usual_s = seconds_of(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    took_s = seconds_of(child.stop)
    assert has_ended(pid)
    assert took_s < bound_s(3, usual_s)


def test_stop_signals_are_sent_in_order(program: Callable[..., Process], tmp_path: Path) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('TERM', flush=True))\n"
        "signal.signal(signal.SIGQUIT, lambda *_: (print('QUIT', flush=True), exit()))\n"
        "print('up', flush=True)\n"
        "while True: time.sleep(0.05)"
    )
    child = program(code, stops=((signal.SIGTERM, 0.3), (signal.SIGQUIT, 5.0)))
    child.start()
    log = tmp_path / "logs" / "child.log"
    wait_until(lambda: "up" in log.read_text(), "the child's first words")
    child.stop()
    assert log.read_text().split() == ["up", "TERM", "QUIT"]


def grandchild(log: Path) -> int:
    wait_until(lambda: log.exists() and log.read_text().strip(), "the pid of the grandchild")
    return int(log.read_text().split()[-1])


def test_the_children_of_a_child_end_with_it(program: Callable[..., Process], tmp_path: Path) -> None:
    child = program(PARENT)
    child.start()
    pid = grandchild(tmp_path / "logs" / "child.log")
    assert not has_ended(pid)
    child.stop()
    wait_until(lambda: has_ended(pid), "the end of the grandchild")


def test_remaining_processes_of_a_dead_child_are_killed_before_its_restart(
    program: Callable[..., Process], tmp_path: Path
) -> None:
    child = program(PARENT)
    child.start()
    pid = grandchild(tmp_path / "logs" / "child.log")
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: not child.alive(), "the end of the child")
    assert not has_ended(pid)
    child.start()
    try:
        wait_until(lambda: has_ended(pid), "the end of the grandchild")
    finally:
        child.stop()


def test_kill_ends_a_stop_in_progress(program: Callable[..., Process], running: Callable[..., Running]) -> None:
    child = program(DEAF, stops=((signal.SIGTERM, 600.0),))
    stack = running([child])
    wait_until(child.alive, "the child")
    stack.stopping.set()
    time.sleep(0.1)
    stack.supervisor.kill()
    usual_s = seconds_of(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    took_s = seconds_of(lambda: stack.thread.join(HANGS_AFTER_S))
    assert not stack.thread.is_alive()
    assert took_s < bound_s(3, usual_s)


def test_a_child_that_cannot_start_stops_the_others(program: Callable[..., Process]) -> None:
    good = program(STAYS, "good")

    class Missing:
        name = "broker"

        def start(self) -> None:
            raise Unavailable("embedded broker", "no disk")

        def alive(self) -> bool:
            return False

        def stop(self) -> None: ...

        def kill(self) -> None: ...

    with pytest.raises(Unavailable):
        Supervisor([[good], [Missing()]], lambda *_: None, QUICK).run(Event())
    assert has_ended(good.pid)


def test_a_lower_tier_runs_until_the_tiers_above_have_ended(tmp_path: Path) -> None:
    happened: list[str] = []

    class Told:
        def __init__(self, name: str) -> None:
            self.name = name

        def start(self) -> None:
            happened.append(f"start {self.name}")

        def alive(self) -> bool:
            return True

        def stop(self) -> None:
            happened.append(f"stop {self.name}")

        def kill(self) -> None: ...

    at_once = Event()
    at_once.set()
    Supervisor([[Told("broker")], [Told("worker")]], lambda *_: None, QUICK).run(at_once)
    assert happened == ["start broker", "start worker", "stop worker", "stop broker"]


SUPERVISING = """
import sys
from pathlib import Path
from threading import Event
from app.cli.supervise import Process, Program, Supervisor

code = "import os, time; print(os.getpid(), flush=True); time.sleep(900)"
child = Process(Program("child", (sys.executable, "-c", code)), Path(sys.argv[1]))
Supervisor([[child]], lambda *_: None).run(Event())
"""


def test_children_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(log)])
    try:
        pid = grandchild(log)
        assert not has_ended(pid)
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: has_ended(pid), "the end of the grandchild")


def test_the_log_of_a_child_is_kept_over_restarts(program: Callable[..., Process], tmp_path: Path) -> None:
    child = program("print('hello')")
    for _ in range(2):
        child.start()
        wait_until(lambda: not child.alive(), "the end of the child")
    assert (tmp_path / "logs" / "child.log").read_text() == "hello\nhello\n"


def test_a_child_has_its_own_environment_variables(program: Callable[..., Process], tmp_path: Path) -> None:
    child = program("import os; print(os.environ['WHO'])", env={"WHO": "gpu"})
    child.start()
    wait_until(lambda: not child.alive(), "the end of the child")
    assert (tmp_path / "logs" / "child.log").read_text() == "gpu\n"


def test_a_large_log_is_truncated_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "MAX_LOG_BYTES", 10)
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old old old old\n")
        trim(log)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"old old old old\n"


def test_a_missing_log_is_ignored(tmp_path: Path) -> None:
    trim(tmp_path / "none.log")
