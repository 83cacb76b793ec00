"""The embedded broker, as a real server on a real socket."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from app.core.config import Settings
from app.core.errors import Unavailable, Unconfigured
from app.queue.embedded_broker import Broker
from tests.waiting import bound_s, has_ended, seconds_of, wait_until

OWNER = """
import sys
from pathlib import Path
from app.queue.embedded_broker import Broker
from app.core.config import Settings

broker = Broker(Settings(home=Path(sys.argv[1])))
broker.start()
print(int(broker.owned), broker.pid, flush=True)
sys.stdin.read()
broker.stop()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def broker(home: Path) -> Iterator[Broker]:
    made = Broker(Settings(home=home))
    yield made
    made.stop()


def client(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket))


def test_it_answers_when_start_returns_and_is_gone_when_stop_returns(broker: Broker) -> None:
    broker.start()
    assert client(broker).ping()
    pid = broker.pid
    assert pid
    broker.stop()
    assert not broker.alive()
    assert not psutil.pid_exists(pid)


def test_it_starts_within_a_second(broker: Broker) -> None:
    usual_s = seconds_of(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    assert seconds_of(broker.start) < bound_s(1.0, usual_s)


def test_starting_a_living_one_again_changes_nothing(broker: Broker) -> None:
    broker.start()
    pid = broker.pid
    broker.start()
    assert broker.pid == pid


def test_nobody_else_on_the_machine_can_reach_it(broker: Broker) -> None:
    broker.start()
    assert broker.pid
    assert psutil.Process(broker.pid).net_connections("inet") == []
    assert stat.S_IMODE(broker.socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.folder.stat().st_mode) == 0o700


def test_it_writes_down_what_it_is_given_and_never_forgets_to_make_room(broker: Broker) -> None:
    broker.start()
    known = client(broker).config_get("*")
    assert known["appendonly"] == "yes"
    assert known["appendfsync"] == "everysec"
    assert known["maxmemory-policy"] == "noeviction"
    assert known["save"] == ""


def test_what_was_queued_is_there_after_a_stop(broker: Broker) -> None:
    broker.start()
    client(broker).rpush("gpu", "one", "two")
    broker.stop()
    broker.start()
    assert client(broker).lrange("gpu", 0, -1) == [b"one", b"two"]


def test_what_was_queued_is_there_after_a_kill(broker: Broker) -> None:
    broker.start()
    client(broker).rpush("gpu", "one")
    assert broker.pid
    os.kill(broker.pid, signal.SIGKILL)
    wait_until(lambda: not broker.alive(), "the end of the broker")
    broker.start()
    assert client(broker).lrange("gpu", 0, -1) == [b"one"]


def test_one_that_died_is_noticed(broker: Broker) -> None:
    broker.start()
    assert broker.alive()
    assert broker.pid
    os.kill(broker.pid, signal.SIGKILL)
    wait_until(lambda: not broker.alive(), "the end of the broker")


def test_a_socket_left_by_a_killed_one_is_in_nobodys_way(broker: Broker, home: Path) -> None:
    broker.socket.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(broker.socket))
    assert broker.socket.exists()
    broker.start()
    assert client(broker).ping()


def test_the_second_on_the_same_home_uses_the_first_ones_server(broker: Broker, home: Path) -> None:
    broker.start()
    second = Broker(Settings(home=home))
    second.start()
    assert second.alive()
    assert (broker.owned, second.owned) == (True, False)
    client(broker).set("a", "1")
    assert client(second).get("a") == b"1"


def test_the_second_does_not_stop_what_the_first_one_started(broker: Broker, home: Path) -> None:
    broker.start()
    second = Broker(Settings(home=home))
    second.start()
    second.stop()
    assert broker.alive()


def test_the_second_takes_over_when_the_first_one_has_stopped(broker: Broker, home: Path) -> None:
    broker.start()
    second = Broker(Settings(home=home))
    second.start()
    broker.stop()
    assert not second.alive()
    second.start()
    try:
        assert second.owned
    finally:
        second.stop()


def test_two_that_start_at_the_same_time_make_one_server(home: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(home)]
    racers = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        owners = [racer.stdout.readline().split()[0] for racer in racers if racer.stdout]
        assert sorted(owners) == ["0", "0", "1"]
    finally:
        for racer in racers:
            racer.communicate("")


def test_two_homes_have_two_servers(broker: Broker, tmp_path: Path) -> None:
    other = Broker(Settings(home=tmp_path / "other"))
    broker.start()
    other.start()
    try:
        client(broker).set("a", "1")
        assert client(other).get("a") is None
    finally:
        other.stop()


def test_a_home_too_deep_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    broker = Broker(Settings(home=deep))
    broker.start()
    try:
        assert len(str(broker.socket)) < 100
        assert client(broker).ping()
        assert (deep / "broker" / "appendonlydir").is_dir()
    finally:
        broker.stop()


def test_it_ends_with_a_parent_that_was_killed(home: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(home)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline().split()[1])
        parent.kill()
    wait_until(lambda: has_ended(pid), "the end of the broker")


def test_one_that_cannot_start_says_why(broker: Broker) -> None:
    broker.folder.mkdir(parents=True)
    (broker.folder / "appendonlydir").write_text("not a folder")
    with pytest.raises(Unavailable, match=r"exited at once: .*appendonly"):
        broker.start()
    assert not broker.owned


def test_a_folder_that_is_only_a_link_is_refused(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    broker.folder.parent.mkdir(parents=True)
    broker.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unconfigured, match="is a link or belongs to another user"):
        broker.start()


def test_stopping_what_never_started_is_no_error(broker: Broker) -> None:
    broker.stop()
    assert not broker.alive()
