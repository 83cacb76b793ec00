"""``--from``: the script, title and language of a file become fields of the request."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.core.config import settings

RunCommand = Callable[..., Any]
MARKDOWN = "---\nlang: de\n---\n# Brot\n\nBrot *braucht* [Zeit](https://example.org).\n\n- Mehl\n- Wasser\n"
FIELDS = {"script": "Brot braucht Zeit.\n\n- Mehl\n\n- Wasser", "title": "Brot", "language": "de"}


@pytest.fixture
def markdown_file(tmp_path: Path) -> Path:
    path = tmp_path / "story.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    return path


@pytest.fixture
def fake_server_in_settings(fake_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_PUBLIC_URL", fake_server.url)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_markdown_gives_script_title_and_language(pytoon: RunCommand, fake_server: Any, markdown_file: Path) -> None:
    result = pytoon("create", "--from", str(markdown_file))
    assert result.code == 0, result.words
    assert fake_server.requests == [FIELDS]


def test_options_override_title_and_language_of_the_file(
    pytoon: RunCommand, fake_server: Any, markdown_file: Path
) -> None:
    pytoon("create", "--from", str(markdown_file), "--title", "Bread", "--language", "en")
    assert (fake_server.requests[0]["title"], fake_server.requests[0]["language"]) == ("Bread", "en")


def test_a_tilde_in_a_path_is_expanded(
    pytoon: RunCommand, fake_server: Any, markdown_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(markdown_file.parent))
    assert pytoon("create", "--from", "~/story.md").code == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_standard_input_may_have_any_encoding(
    pytoon: RunCommand, fake_server: Any, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Grüße.\r\nEnde.".encode(encoding)), "ascii"))
    assert pytoon("create", "--from", "-").code == 0
    assert fake_server.requests[0]["script"] == "Grüße.\nEnde."


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (
            "story.docx",
            b"PK\x03\x04\x00",
            "it is a zip archive; save its words as text or Markdown; inputs: markdown (.md,",
        ),
        ("story.md", b"\x00", "story.md cannot be read as text"),
        ("story.md", b"---\ntitle: a: b\n---\none", "the front matter of story.md is not valid YAML"),
        ("story.txt", b"", "there are no words in story.txt"),
        ("story.txt", b"a" * 20_001, "20,001 characters to speak; the limit is 20,000"),
        ("story.txt", bytes((32 << 20) + 1), "larger than 32 MiB"),
    ],
)
def test_an_invalid_script_is_refused_before_anything_is_sent(
    pytoon: RunCommand, fake_server: Any, tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(data)
    result = pytoon("create", "--from", str(tmp_path / name))
    assert result.code == 2
    assert why in result.words
    assert fake_server.requests == []


def test_a_directory_is_not_a_script(pytoon: RunCommand, tmp_path: Path) -> None:
    result = pytoon("create", "--from", str(tmp_path))
    assert result.code == 2
    assert "cannot be read: Is a directory" in result.words


def test_a_demo_uses_the_script_and_title_of_a_file(
    fake_server_in_settings: None, fake_server: Any, markdown_file: Path
) -> None:
    assert run(["demo", "--from", str(markdown_file)]) == 0
    (request,) = fake_server.requests
    assert {name: request[name] for name in FIELDS} == FIELDS


def test_the_sample_demo_has_a_title_and_a_demo_of_own_media_has_none(
    fake_server_in_settings: None, fake_server: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff a picture")
    assert run(["demo"]) == run(["demo", "--media", str(tmp_path)]) == 0
    assert ["title" in request for request in fake_server.requests] == [True, False]
