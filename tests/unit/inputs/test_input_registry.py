"""Reading of a file as a script that is valid for a job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.core.errors import BadRequest, TooLarge
from app.inputs.registry import GROUP, MAX_SOURCE_BYTES, build_inputs, check_script, read_script
from app.planning.text.spoken_text import script_text
from schemas.job import MAX_SCRIPT, MAX_TITLE, JobRequestSchema
from schemas.script import Script
from tests.distributions import installed

INPUTS = {
    "loud": "build = lambda settings: Loud()\n",
    "second_text": "build = lambda settings: Loud('second_text', ('.txt', '.other'))\n",
    "keyless": "def build(settings): raise Unconfigured('keyless', 'set KEYLESS_TOKEN')\n",
    "broken": "import a_package_that_is_not_there\n",
}
LOUD = """
from dataclasses import dataclass
from app.core.errors import Unconfigured
from schemas.script import Script

@dataclass
class Loud:
    name: str = "loud"
    suffixes: tuple = (".loud",)

    def read(self, data, file):
        return Script(data.decode().upper(), "Loud " * 100, "klingon please")
"""


@pytest.fixture
def installed_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution of inputs: one that works, one that claims ".txt" too, one unconfigured, one not importable."""
    modules = {f"input_{name}": LOUD + code for name, code in INPUTS.items()}
    with installed(tmp_path, modules, {GROUP: {name: f"input_{name}" for name in INPUTS}}, monkeypatch):
        yield


def refusal(data: bytes, file: str) -> str:
    with pytest.raises(BadRequest) as caught:
        read_script(data, file)
    assert caught.value.field == "from"
    return str(caught.value.reason)


@pytest.mark.parametrize("file", ["story", "story.log", "standard input", ".hidden", "a.md.bak", "story.TXT"])
def test_file_with_an_unknown_suffix_is_read_as_text(file: str) -> None:
    assert read_script(b"# One *two*.", file) == Script("# One *two*.")


def test_refusal_of_an_unsupported_file_lists_all_inputs() -> None:
    reason = refusal(b"PK\x03\x04\x00\x00", "story.docx")
    assert "story.docx cannot be read as text" in reason
    assert "markdown (.md, .markdown" in reason
    assert "text (.txt" in reason


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"...", "\ufeff".encode(), "— … —".encode()])
@pytest.mark.parametrize("file", ["a.txt", "a.md", "a"])
def test_a_file_without_words_is_refused(data: bytes, file: str) -> None:
    assert refusal(data, file) == f"there are no words in {file}"


def test_refusal_of_a_long_script_names_its_length_and_the_limit() -> None:
    assert read_script(b"a" * MAX_SCRIPT, "a.txt").text == "a" * MAX_SCRIPT
    assert (
        refusal(b"a" * (MAX_SCRIPT + 1), "a.txt")
        == "a.txt has 20,001 characters to speak; the limit is 20,000 per film"
    )


def test_unspoken_text_does_not_count_towards_the_limit() -> None:
    assert read_script(b"Bread.\n\n```\n" + b"x\n" * MAX_SCRIPT + b"```\n", "a.md").text == "Bread."


def test_file_above_the_size_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="32 MiB"):
        read_script(bytes(MAX_SOURCE_BYTES + 1), "a.txt")


def test_title_is_one_line_of_limited_length() -> None:
    assert check_script(Script("a", "one\n two"), "f").title == "one two"
    assert check_script(Script("a", "  "), "f").title is None
    truncated = check_script(Script("a", "語" * 500), "f").title
    assert truncated is not None
    assert (len(truncated), truncated[-1]) == (MAX_TITLE, "…")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "en"), ("pt_BR", "pt-BR"), (" zh-Hant-TW ", "zh-Hant-TW"), ("English", None), ("e", None), ("", None)],
)
def test_only_a_language_code_is_a_language(language: str, expected: str | None) -> None:
    assert check_script(Script("a", None, language), "f").language == expected


@hypothesis_settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=400), st.text("aAzZ_-09 ", max_size=20))
def test_checked_script_is_valid_in_a_job_request(text: str, title: str, language: str) -> None:
    script = check_script(Script(f"a{text}", title, language), "f")
    request = JobRequestSchema.read({"script": script.text, "title": script.title, "language": script.language})
    assert request.script == script.text


# -- inputs of other packages ----------------------------------------------------------------------------------------


def test_another_package_adds_an_input_by_an_entry_point(installed_inputs: None) -> None:
    script = read_script(b"hey", "a.loud")
    assert (script.text, script.language) == ("HEY", None)
    assert len(script.title or "") <= MAX_TITLE


def test_installed_input_does_not_replace_an_input_of_the_project(installed_inputs: None) -> None:
    assert read_script(b"hey", "a.txt").text == "hey"
    assert read_script(b"hey", "a.other").text == "HEY"


def test_unusable_input_is_listed_as_missing_with_its_reason(installed_inputs: None) -> None:
    inputs = build_inputs(settings())
    assert set(inputs.missing) == {"keyless", "broken"}
    reason = refusal(b"\x00", "a.key")
    assert "keyless is missing: keyless is not configured: set KEYLESS_TOKEN" in reason
    assert "a_package_that_is_not_there" in reason


@pytest.mark.parametrize("file", ["a.txt", "a.md", "a.html", "a.rtf", "a.srt"])
def test_text_far_beyond_the_limit_is_refused_before_it_is_parsed(file: str) -> None:
    beginning = {"a.html": "<!DOCTYPE html><html><body>", "a.rtf": "{\\rtf1 "}.get(file, "")
    text = beginning + "Bread takes time, and good bread takes longer.\n\n" * 40_000
    with pytest.raises(BadRequest, match=r"has about 1,5\d\d,\d{3} characters to speak; the limit is 20,000 per film"):
        read_script(text.encode(), file)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "a.html",
            f"<!DOCTYPE html><html><head><style>{'p {{}} ' * 60_000}</style></head><body><p>Bread.</p></body></html>",
        ),
        ("a.md", "Bread.\n\n```\n" + "let a = 1;\n" * 30_000 + "```\n"),
        ("a.md", "<!--" + "later " * 60_000 + "-->Bread."),
        ("a.json", '[{"narration": "Bread.", "id": "' + "7" * 90_000 + '"}]'),
    ],
)
def test_large_file_with_a_short_text_is_read(file: str, text: str) -> None:
    script = read_script(text.encode(), file)
    assert [line.words for line in script_text(script.text).lines] == ["Bread."]
