"""Directories given to ``--media``: every file in them is used or named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from schemas.job import MAX_MEDIA

RunCommand = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with two pictures, one hidden file, a text, sound by its name only and a directory."""
    folder = tmp_path / "holiday"
    (folder / "more").mkdir(parents=True)
    for name in ("1.jpg", "2.jfif"):
        Image.new("RGB", (40, 30), "red").save(folder / name, "JPEG")
    (folder / "._1.jpg").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")
    (folder / "notes.txt").write_text("milk, eggs")
    return folder


def omissions_of(request: dict[str, Any]) -> dict[str, str]:
    return {omission["what"]: omission["why"] for omission in request.get("omissions", [])}


def create(pytoon: RunCommand, folder: Path, *more: str) -> Any:
    return pytoon("create", "--title", "Holiday", "--media", str(folder), *more)


def test_files_of_a_directory_are_used_by_content_and_the_others_are_named(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    result = create(pytoon, folder)
    assert result.code == 0, result.words
    assert [name for name, _ in fake_server.uploads] == ["1.jpg", "2.jfif"]
    omissions = omissions_of(fake_server.requests[0])
    assert omissions["notes.txt"] == "it is text"
    assert omissions["more"].startswith("it is a directory")
    assert "hidden files are not used (1): ._1.jpg" in result.words


def test_link_of_a_directory_to_a_file_that_does_not_exist_is_named(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    (folder / "3.jpg").symlink_to(folder / "gone.jpg")
    create(pytoon, folder)
    assert omissions_of(fake_server.requests[0])["3.jpg"] == "it is a link to a file that does not exist"


def test_strict_names_all_unusable_files_of_a_directory_before_the_first_upload(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    result = create(pytoon, folder, "--strict")
    assert result.code != 0
    assert "not in the film: more: it is a directory" in result.words and "notes.txt: it is text" in result.words
    assert fake_server.uploads == []


def test_strict_does_not_refuse_hidden_files(pytoon: RunCommand, fake_server: Any, folder: Path) -> None:
    (folder / "notes.txt").unlink()
    (folder / "more").rmdir()
    assert create(pytoon, folder, "--strict").code == 0
    assert fake_server.requests[0]["strict"] is True


def test_file_of_a_directory_that_the_server_refuses_is_named_and_the_others_are_used(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    fake_server.refuse_upload("2.jfif", "file: the JPEG is damaged")
    assert create(pytoon, folder).code == 0
    request = fake_server.requests[0]
    assert request["media"] == ["ast_1"]
    assert omissions_of(request)["2.jfif"] == "the JPEG is damaged"


def test_file_that_the_user_named_and_the_server_refuses_ends_the_command_with_its_name(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    fake_server.refuse_upload("2.jfif", "file: the JPEG is damaged")
    result = create(pytoon, folder / "2.jfif")
    assert result.code != 0 and "2.jfif: the JPEG is damaged" in result.words
    assert fake_server.requests == []


def test_sound_in_a_directory_is_named(pytoon: RunCommand, fake_server: Any, folder: Path) -> None:
    fake_server.kinds["2.jfif"] = "audio"
    assert create(pytoon, folder).code == 0
    assert "--music" in omissions_of(fake_server.requests[0])["2.jfif"]


def test_directory_without_media_is_refused_with_the_reason_for_each_file(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    for name in ("1.jpg", "2.jfif"):
        (folder / name).unlink()
    result = create(pytoon, folder)
    assert result.code != 0 and "notes.txt: it is text" in result.words and "._1.jpg" in result.words


def test_more_files_than_a_film_may_have_are_refused_before_the_first_upload(
    pytoon: RunCommand, fake_server: Any, tmp_path: Path
) -> None:
    for number in range(MAX_MEDIA + 1):
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    result = create(pytoon, tmp_path)
    assert result.code != 0 and f"{MAX_MEDIA + 1} files, and a film has at most {MAX_MEDIA}" in result.words
    assert fake_server.uploads == []


# -- limits of the server --------------------------------------------------------------------------------------------

LIMITS = {"max_file_bytes": 1 << 20, "max_request_bytes": 2 << 20}


@pytest.fixture
def large(folder: Path) -> Path:
    """A picture that is larger than the limit, after one that is not."""
    path = folder / "3.jpg"
    path.write_bytes((folder / "1.jpg").read_bytes() + bytes(1 << 20))
    return path


def test_named_file_above_the_limit_of_the_server_is_refused_before_the_first_upload(
    pytoon: RunCommand, fake_server: Any, folder: Path, large: Path
) -> None:
    fake_server.limits = LIMITS
    result = create(pytoon, folder / "1.jpg", str(large))
    assert result.code == 2 and "3.jpg: larger than 1 MB" in result.err
    assert fake_server.uploads == []


def test_limit_of_the_request_is_a_limit_of_each_file(
    pytoon: RunCommand, fake_server: Any, folder: Path, large: Path
) -> None:
    fake_server.limits = LIMITS | {"max_file_bytes": 1 << 30, "max_request_bytes": 1 << 20}
    assert create(pytoon, large).code == 2
    assert fake_server.uploads == []


def test_file_of_a_directory_above_the_limit_is_left_out_and_named(
    pytoon: RunCommand, fake_server: Any, folder: Path, large: Path
) -> None:
    fake_server.limits = LIMITS
    assert create(pytoon, folder).code == 0
    assert [name for name, _ in fake_server.uploads] == ["1.jpg", "2.jfif"]
    assert omissions_of(fake_server.requests[0])["3.jpg"] == "it is larger than 1 MB"


def test_directory_of_files_above_the_limit_is_refused_with_their_names(
    pytoon: RunCommand, fake_server: Any, folder: Path
) -> None:
    fake_server.limits = LIMITS | {"max_file_bytes": 10}
    result = create(pytoon, folder)
    assert (
        result.code == 2 and "1.jpg: it is larger than" in result.words and "2.jfif: it is larger than" in result.words
    )
    assert fake_server.uploads == []


@pytest.mark.parametrize("option", ["--music", "--logo"])
def test_other_files_are_checked_before_the_first_upload(
    pytoon: RunCommand, fake_server: Any, folder: Path, large: Path, option: str
) -> None:
    fake_server.limits = LIMITS
    result = create(pytoon, folder / "1.jpg", option, str(large))
    assert result.code == 2 and "3.jpg: larger than" in result.err
    assert fake_server.uploads == []


@pytest.mark.parametrize("limits", [LIMITS, None])
def test_named_file_of_a_type_that_is_not_accepted_is_refused_before_the_first_upload(
    pytoon: RunCommand, fake_server: Any, folder: Path, limits: dict[str, int] | None
) -> None:
    fake_server.limits = limits
    (folder / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    result = create(pytoon, folder / "1.jpg", str(folder / "a.zip"))
    assert result.code == 2 and "a.zip: the file is a zip archive" in result.err and "Unpack it" in result.err
    assert fake_server.uploads == []


def test_file_of_any_size_is_sent_to_a_server_that_does_not_tell_its_limits(
    pytoon: RunCommand, fake_server: Any, large: Path
) -> None:
    assert create(pytoon, large).code == 0
    assert [name for name, _ in fake_server.uploads] == ["3.jpg"]
