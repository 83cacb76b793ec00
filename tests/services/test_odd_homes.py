"""A home folder whose path has any signs, is long, relative or a link: it works, and only its owner can read it."""

from __future__ import annotations

import hashlib
import stat
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


def test_film_is_the_same_in_a_home_with_every_sign_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    with running_stack(tmp_path / "plain") as stack:
        plain = hashes(stack)
    odd_home = tmp_path / SIGNS
    with running_stack(odd_home) as stack:
        assert hashes(stack) == plain
        assert readable_by_others(odd_home) == []
        assert str(odd_home) in stack.output.read_text()
    assert len(plain) > 1
    assert {path.name for path in tmp_path.iterdir()} == {"plain", SIGNS, "empty", "output.txt"}


@pytest.mark.parametrize("kind", ["long", "link", "relative"])
def test_long_linked_and_relative_homes_become_ready(tmp_path: Path, kind: str) -> None:
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    # A relative path is relative to the working directory of the command, which is "empty" here.
    homes = {
        "long": tmp_path.joinpath(*["d" * 100] * 3),
        "link": tmp_path / "link",
        "relative": tmp_path / "empty" / "r",
    }
    setting = {"relative": "./r/", "link": f"{tmp_path}/link/"}.get(kind, str(homes[kind]))
    with running_stack(homes[kind], {"PYTOON_HOME": setting}, output=tmp_path / "output.txt"):
        assert (homes[kind] / "pytoon.db").is_file()
        assert readable_by_others(homes[kind].resolve()) == []


def test_existing_home_is_closed_to_others_and_this_is_logged(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("jobs/a", "cache", "logs"):
        (home / name).mkdir(parents=True)
    for name in ("jobs/a/output.mp4", "pytoon.db", "logs/web.log", "mine.txt"):
        (home / name).touch()
        (home / name).chmod(0o644)
    home.chmod(0o755)
    (home / "pytoon.db").unlink()
    with running_stack(home) as stack:
        assert readable_by_others(home) == [str(home / "mine.txt")]
        assert "access to the home was restricted" in stack.output.read_text()


def test_group_has_access_where_the_umask_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_stack(home, {"PYTOON_UMASK": "007"}):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home, home / "pytoon.db")}
    assert modes == {"home": 0o770, "pytoon.db": 0o660}
