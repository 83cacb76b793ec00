"""A home folder whose path has any signs, is long, relative or a link: it works, and only its owner can read it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stacks import Stack, running_stack

SCRIPT = "The river is quiet today. The bridge is older than the town."
SIGNS = "films #1 ?a%25b;c 'd' \"e\" [f] {g} ü日 (h) @:,&=+!$~|`\\<>*^"


def hashes(stack: Stack) -> dict[str, str]:
    """The hashes of the pictures of a film with captions and sound, by file name."""
    job = stack.wait_for_end(stack.submit(SCRIPT, title="Boats", seed=7, voice={"provider": "none"}))
    assert (job["state"], job["error"]) == ("DONE", None)
    folder = stack.home.absolute() / "jobs" / job["job_id"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("scene_*.mp4"))}


def readable_by_others(home: Path) -> list[str]:
    """The folders and files of the home to which others than its owner have access."""
    found = [home, *home.rglob("*")]
    return [str(path) for path in found if not path.is_symlink() and stat.S_IMODE(path.lstat().st_mode) & 0o077]


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose home others could read before its start."""
    home = tmp_path_factory.mktemp("existing") / "home"
    for name in ("jobs/a", "cache", "logs"):
        (home / name).mkdir(parents=True)
    for name in ("jobs/a/output.mp4", "logs/web.log", "mine.txt"):
        (home / name).touch()
        (home / name).chmod(0o644)
    home.chmod(0o755)
    with running_stack(home) as stack:
        yield stack


def test_existing_home_is_closed_to_others_and_this_is_logged(existing: Stack) -> None:
    assert readable_by_others(existing.home) == [str(existing.home / "mine.txt")]
    assert "access to the home was restricted" in existing.output.read_text()


def test_film_is_the_same_in_a_home_with_every_sign_and_only_its_owner_can_read_it(
    existing: Stack, tmp_path: Path
) -> None:
    odd_home = tmp_path / SIGNS
    with running_stack(odd_home) as stack:
        films = hashes(stack)
        assert readable_by_others(odd_home) == []
        assert str(odd_home) in stack.output.read_text()
    assert len(films) > 1
    assert films == hashes(existing)
    assert {path.name for path in tmp_path.iterdir()} == {SIGNS, "empty", "output.txt"}


def test_relative_home_behind_a_link_becomes_ready(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o755)
    # A relative path is relative to the working directory of the command, which is "empty" here.
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "link").symlink_to(tmp_path / "real")
    with running_stack(tmp_path / "empty" / "link" / "r", {"PYTOON_HOME": "./link/r/"}, tmp_path / "output.txt"):
        assert (tmp_path / "real" / "r" / "pytoon.db").is_file()
        assert readable_by_others(tmp_path / "real" / "r") == []


def test_long_home_becomes_ready_and_the_group_has_access_where_the_umask_says_so(tmp_path: Path) -> None:
    home = tmp_path.joinpath(*["d" * 100] * 3)  # longer than the path of a socket may be
    with running_stack(home, {"PYTOON_UMASK": "007"}, tmp_path / "output.txt"):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home, home / "pytoon.db")}
    assert modes == {home.name: 0o770, "pytoon.db": 0o660}
