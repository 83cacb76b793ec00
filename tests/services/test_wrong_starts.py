"""Every wrong way to start a program ends in one sentence that says what, where and what to do, and in an exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.config import Settings
from app.core.home import only_one, open_home
from tests.stacks import free_ports
from tests.waiting import HANGS_AFTER_S


def start(home: Path | str, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "app.cli.main", *command]
    port, flower_port = free_ports(2)
    ports = {"PYTOON_PORT": str(port), "PYTOON_FLOWER_PORT": str(flower_port)}
    environ = {**os.environ, "PYTOON_HOME": str(home), **ports, **env}
    return subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=HANGS_AFTER_S, check=False)


def assert_sentence(ended: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    output = ended.stdout + ended.stderr
    assert ended.returncode == code, output
    assert "Traceback" not in output
    (sentence,) = [line for line in output.splitlines() if line.startswith("pytoon: ")]
    assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize("command", [("serve",), ("worker", "gpu"), ("beat",), ("flower",), ("gc",), ("api",)])
@pytest.mark.parametrize(
    ("name", "value"), [("PYTOON_THREADS", "0"), ("PYTOON_PORT", "99999"), ("PYTOON_BROKER_URL", "redis://:a/Xy7@h/0")]
)
def test_every_command_names_the_setting_that_is_invalid(
    tmp_path: Path, command: tuple[str, ...], name: str, value: str
) -> None:
    ended = start(tmp_path, *command, **{name: value})
    assert_sentence(ended, 2, name)
    assert "Xy7" not in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("serve",), ("api",)])
@pytest.mark.parametrize(
    ("home", "reason"),
    [
        ("/proc/films", "cannot be used as the home folder"),
        (__file__, "a file is in its place"),
        (f"{__file__}/films", "a file is in its place"),
        ("/tmp/" + "d/" * 250, "longer than 400 bytes"),
    ],
)
def test_home_that_cannot_be_used_is_a_sentence(command: tuple[str, ...], home: str, reason: str) -> None:
    assert_sentence(start(home, *command), 2, "PYTOON_HOME", home.rstrip("/"), reason)


@pytest.fixture
def held_home(tmp_path: Path) -> Iterator[Path]:
    """A home whose locks another process holds."""
    code = (
        "import sys\nfrom app.core.home import *\nfrom pathlib import Path\n"
        "home = Path(sys.argv[1])\n"
        "with only_one(home, 'serve', ''), only_one(home, 'beat', ''):\n    print('held', flush=True)\n    input()"
    )
    argv = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        (tmp_path / "pid").write_text(str(holder.pid))
        yield tmp_path
        holder.communicate("\n")


def test_second_server_on_one_home_names_the_process_of_the_first(held_home: Path) -> None:
    pid = (held_home / "pid").read_text()
    assert_sentence(start(held_home, "serve"), 2, f"process {pid} on {socket.gethostname()}", str(held_home))


def test_second_clock_on_one_home_names_the_process_of_the_first(held_home: Path) -> None:
    pid = (held_home / "pid").read_text()
    ended = start(held_home, "beat", PYTOON_BROKER_URL="redis://127.0.0.1:1/0")
    assert_sentence(ended, 2, f"process {pid} on {socket.gethostname()}")


def test_lock_is_free_when_its_holder_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path, "serve", "a server"):
            assert (tmp_path / "serve.lock").read_text() == f"process {os.getpid()} on {socket.gethostname()}"


def test_database_that_is_away_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    ended = start(tmp_path, "serve", PYTOON_DATABASE_URL="postgresql+psycopg://me:Xy7abc@127.0.0.1:1/films")
    assert_sentence(ended, 3, "database", "127.0.0.1:1/films")
    assert "Xy7abc" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", [("serve",), ("api",), ("gc",)])
def test_database_of_a_later_version_is_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    with sa.create_engine(f"sqlite:///{tmp_path / 'pytoon.db'}").begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999')"))
    assert_sentence(start(tmp_path, *command), 2, "database", "version")


def test_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pytoon.db").write_bytes(b"no database" * 100)
    assert_sentence(start(tmp_path, "serve"), 1, "file is not a database")


def test_missing_ffmpeg_and_storage_are_sentences(tmp_path: Path) -> None:
    assert_sentence(start(tmp_path, "serve", PYTOON_FFMPEG="/nowhere/ffmpeg"), 2, "PYTOON_FFMPEG=/nowhere/ffmpeg")
    assert_sentence(start(tmp_path, "serve", PYTOON_STORAGE="tape"), 2, "PYTOON_STORAGE=tape")


def test_doctor_lists_every_invalid_setting(tmp_path: Path) -> None:
    ended = start(tmp_path, "doctor", PYTOON_PORT="0", PYTOON_LEASE_S="soon", COLUMNS="200")
    assert ended.returncode == 1
    assert "PYTOON_PORT='0'" in ended.stdout and "PYTOON_LEASE_S='soon'" in ended.stdout


def test_mistyped_setting_is_a_warning(tmp_path: Path) -> None:
    ended = start(tmp_path, "doctor", "--json", PYTOON_PROT="1")
    assert ended.returncode == 0
    assert "warning: PYTOON_PROT is not a setting; did you mean PYTOON_PORT?" in ended.stderr


def test_home_of_this_process_is_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        home = open_home(Settings(home=tmp_path / "home"))
        (home / "file").touch()
        assert [path.stat().st_mode & 0o777 for path in (home, home / "file")] == [0o700, 0o600]
    finally:
        os.umask(before)
