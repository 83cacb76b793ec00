"""What ``--from`` reads is what the server is asked for."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.core.config import settings

Ask = Callable[..., Any]
STORY = "---\nlang: de\n---\n# Brot\n\nBrot *braucht* [Zeit](https://example.org).\n\n- Mehl\n- Wasser\n"
TOLD = {"script": "Brot braucht Zeit.\n\nMehl\n\nWasser", "title": "Brot", "language": "de"}


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.md"
    path.write_text(STORY, encoding="utf-8")
    return path


@pytest.fixture
def at_the_double(double: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_PUBLIC_URL", double.url)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_markdown_sends_its_words_its_title_and_its_language(pytoon: Ask, double: Any, story: Path) -> None:
    said = pytoon("create", "--from", str(story))
    assert said.code == 0, said.words
    assert double.requests == [TOLD]


def test_what_the_options_say_goes_before_what_the_file_says(pytoon: Ask, double: Any, story: Path) -> None:
    pytoon("create", "--from", str(story), "--title", "Bread", "--language", "en")
    assert (double.requests[0]["title"], double.requests[0]["language"]) == ("Bread", "en")


def test_a_home_is_found(pytoon: Ask, double: Any, story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(story.parent))
    assert pytoon("create", "--from", "~/story.md").code == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_pipe_may_have_any_encoding(pytoon: Ask, double: Any, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Grüße.\r\nEnde.".encode(encoding)), "ascii"))
    assert pytoon("create", "--from", "-").code == 0
    assert double.requests[0]["script"] == "Grüße.\nEnde."


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("story.docx", b"PK\x03\x04\x00", "its type is not supported; inputs: markdown (.md,"),
        ("story.md", b"\x00", "story.md cannot be read as text"),
        ("story.md", b"---\ntitle: a: b\n---\none", "the front matter of story.md is not valid YAML"),
        ("story.txt", b"", "there are no words in story.txt"),
        ("story.txt", b"a" * 20_001, "20,001 characters to speak; the limit is 20,000"),
        ("story.txt", bytes((32 << 20) + 1), "larger than 32 MiB"),
    ],
)
def test_what_cannot_be_a_script_is_refused_before_anything_is_sent(
    pytoon: Ask, double: Any, tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(data)
    said = pytoon("create", "--from", str(tmp_path / name))
    assert said.code == 2
    assert why in said.words
    assert double.requests == []


def test_a_folder_is_no_script(pytoon: Ask, tmp_path: Path) -> None:
    said = pytoon("create", "--from", str(tmp_path))
    assert said.code == 2
    assert "cannot be read: Is a directory" in said.words


def test_a_demo_tells_another_story_with_its_own_title(at_the_double: None, double: Any, story: Path) -> None:
    assert run(["demo", "--from", str(story)]) == 0
    (request,) = double.requests
    assert {name: request[name] for name in TOLD} == TOLD


def test_a_demo_of_its_own_has_a_title_and_one_of_your_pictures_has_none(
    at_the_double: None, double: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a picture")
    assert run(["demo"]) == run(["demo", "--media", str(tmp_path)]) == 0
    assert ["title" in request for request in double.requests] == [True, False]
