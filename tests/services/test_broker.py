"""The embedded broker with a real server process and socket."""

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
    embedded_broker = Broker(Settings(home=home))
    yield embedded_broker
    embedded_broker.stop()


def client(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket))


def test_server_answers_after_start_and_has_exited_after_stop(broker: Broker) -> None:
    broker.start()
    assert client(broker).ping()
    pid = broker.pid
    assert pid
    broker.stop()
    assert not broker.alive()
    assert not psutil.pid_exists(pid)


def test_server_starts_within_a_second(broker: Broker) -> None:
    usual_s = seconds_of(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    assert seconds_of(broker.start) < bound_s(1.0, usual_s)


def test_starting_a_running_server_again_has_no_effect(broker: Broker) -> None:
    broker.start()
    pid = broker.pid
    broker.start()
    assert broker.pid == pid


def test_server_has_no_network_port_and_its_files_are_private(broker: Broker) -> None:
    broker.start()
    assert broker.pid
    assert psutil.Process(broker.pid).net_connections("inet") == []
    assert stat.S_IMODE(broker.socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(broker.folder.stat().st_mode) == 0o700


def test_server_writes_an_append_only_file_and_evicts_nothing(broker: Broker) -> None:
    broker.start()
    config = client(broker).config_get("*")
    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "everysec"
    assert config["maxmemory-policy"] == "noeviction"
    assert config["save"] == ""


def test_queued_messages_survive_a_stop(broker: Broker) -> None:
    broker.start()
    client(broker).rpush("gpu", "one", "two")
    broker.stop()
    broker.start()
    assert client(broker).lrange("gpu", 0, -1) == [b"one", b"two"]


def test_queued_messages_survive_a_kill(broker: Broker) -> None:
    broker.start()
    client(broker).rpush("gpu", "one")
    assert broker.pid
    os.kill(broker.pid, signal.SIGKILL)
    wait_until(lambda: not broker.alive(), "the end of the broker")
    broker.start()
    assert client(broker).lrange("gpu", 0, -1) == [b"one"]


def test_killed_server_is_not_alive(broker: Broker) -> None:
    broker.start()
    assert broker.alive()
    assert broker.pid
    os.kill(broker.pid, signal.SIGKILL)
    wait_until(lambda: not broker.alive(), "the end of the broker")


def test_socket_of_a_killed_server_is_replaced(broker: Broker, home: Path) -> None:
    broker.socket.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as stale_socket:
        stale_socket.bind(str(broker.socket))
    assert broker.socket.exists()
    broker.start()
    assert client(broker).ping()


def test_second_broker_of_a_home_uses_the_running_server(broker: Broker, home: Path) -> None:
    broker.start()
    second = Broker(Settings(home=home))
    second.start()
    assert second.alive()
    assert (broker.owned, second.owned) == (True, False)
    client(broker).set("a", "1")
    assert client(second).get("a") == b"1"


def test_second_broker_does_not_stop_the_server_of_the_first(broker: Broker, home: Path) -> None:
    broker.start()
    second = Broker(Settings(home=home))
    second.start()
    second.stop()
    assert broker.alive()


def test_second_broker_starts_a_server_after_the_first_has_stopped(broker: Broker, home: Path) -> None:
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


def test_concurrent_starts_create_one_server(home: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(home)]
    processes = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        owners = [process.stdout.readline().split()[0] for process in processes if process.stdout]
        assert sorted(owners) == ["0", "0", "1"]
    finally:
        for process in processes:
            process.communicate("")


def test_each_home_has_its_own_server(broker: Broker, tmp_path: Path) -> None:
    other = Broker(Settings(home=tmp_path / "other"))
    broker.start()
    other.start()
    try:
        client(broker).set("a", "1")
        assert client(other).get("a") is None
    finally:
        other.stop()


def test_home_with_a_long_path_gets_a_short_socket_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    broker = Broker(Settings(home=deep))
    broker.start()
    try:
        assert len(str(broker.socket)) < 100
        assert client(broker).ping()
        assert (deep / "broker" / "appendonlydir").is_dir()
    finally:
        broker.stop()


def test_server_ends_when_its_parent_is_killed(home: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(home)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline().split()[1])
        parent.kill()
    wait_until(lambda: has_ended(pid), "the end of the broker")


def test_error_of_a_failed_start_has_the_last_line_of_the_log(broker: Broker) -> None:
    broker.folder.mkdir(parents=True)
    (broker.folder / "appendonlydir").write_text("not a folder")
    with pytest.raises(Unavailable, match=r"exited at once: .*appendonly"):
        broker.start()
    assert not broker.owned


def test_folder_that_is_a_link_is_rejected(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    broker.folder.parent.mkdir(parents=True)
    broker.folder.symlink_to(tmp_path / "target")
    with pytest.raises(Unconfigured, match="is a link or belongs to another user"):
        broker.start()


def test_stop_without_start_is_allowed(broker: Broker) -> None:
    broker.stop()
    assert not broker.alive()
