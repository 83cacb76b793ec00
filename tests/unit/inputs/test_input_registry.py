"""From a file to a script that a job takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.core.errors import BadRequest, TooLarge
from app.inputs.registry import GROUP, MAX_SOURCE_BYTES, build_inputs, check_script, script_of
from schemas.job import MAX_SCRIPT, MAX_TITLE, JobRequestSchema
from schemas.script import Script
from tests.distributions import installed

GUESTS = {
    "loud": "build = lambda settings: Loud()\n",
    "thief": "build = lambda settings: Loud('thief', ('.txt', '.steal'))\n",
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
def guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution that brings inputs: one that works, one that takes ".txt" too, two that lack something."""
    modules = {f"guest_{name}": LOUD + code for name, code in GUESTS.items()}
    with installed(tmp_path, modules, {GROUP: {name: f"guest_{name}" for name in GUESTS}}, monkeypatch):
        yield


def why(data: bytes, file: str) -> str:
    with pytest.raises(BadRequest) as caught:
        script_of(data, file)
    assert caught.value.field == "from"
    return str(caught.value.reason)


@pytest.mark.parametrize("file", ["story", "story.log", "standard input", ".hidden", "a.md.bak", "story.TXT"])
def test_what_is_named_like_nothing_known_is_text(file: str) -> None:
    assert script_of(b"# One *two*.", file) == Script("# One *two*.")


def test_what_is_neither_known_nor_text_is_told_which_kinds_there_are() -> None:
    reason = why(b"PK\x03\x04\x00\x00", "story.docx")
    assert "story.docx cannot be read as text" in reason
    assert "markdown (.md, .markdown" in reason
    assert "text (.txt" in reason


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"...", "\ufeff".encode(), "— … —".encode()])
@pytest.mark.parametrize("file", ["a.txt", "a.md", "a"])
def test_a_file_without_words_is_refused(data: bytes, file: str) -> None:
    assert why(data, file) == f"there are no words in {file}"


def test_too_long_a_script_is_refused_with_both_lengths() -> None:
    assert script_of(b"a" * MAX_SCRIPT, "a.txt").text == "a" * MAX_SCRIPT
    assert (
        why(b"a" * (MAX_SCRIPT + 1), "a.txt")
        == "a.txt has 20,001 characters to speak; 20,000 are the most for one film"
    )


def test_what_is_not_spoken_does_not_count() -> None:
    assert script_of(b"Bread.\n\n```\n" + b"x\n" * MAX_SCRIPT + b"```\n", "a.md").text == "Bread."


def test_a_file_that_no_script_could_fill_is_not_even_read() -> None:
    with pytest.raises(TooLarge, match="32 MiB"):
        script_of(bytes(MAX_SOURCE_BYTES + 1), "a.txt")


def test_a_long_title_is_cut_and_a_title_is_one_line() -> None:
    assert check_script(Script("a", "one\n two"), "f").title == "one two"
    assert check_script(Script("a", "  "), "f").title is None
    cut = check_script(Script("a", "語" * 500), "f").title
    assert cut is not None
    assert (len(cut), cut[-1]) == (MAX_TITLE, "…")


@pytest.mark.parametrize(
    ("said", "kept"),
    [("en", "en"), ("pt_BR", "pt-BR"), (" zh-Hant-TW ", "zh-Hant-TW"), ("English", None), ("e", None), ("", None)],
)
def test_only_a_code_is_a_language(said: str, kept: str | None) -> None:
    assert check_script(Script("a", None, said), "f").language == kept


@hypothesis_settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=400), st.text("aAzZ_-09 ", max_size=20))
def test_what_fits_is_taken_by_the_api(text: str, title: str, language: str) -> None:
    script = check_script(Script(f"a{text}", title, language), "f")
    request = JobRequestSchema.read({"script": script.text, "title": script.title, "language": script.language})
    assert request.script == script.text


# -- guests ----------------------------------------------------------------------------------------------------------


def test_another_package_brings_an_input_by_an_entry_point(guests: None) -> None:
    script = script_of(b"hey", "a.loud")
    assert (script.text, script.language) == ("HEY", None)
    assert len(script.title or "") <= MAX_TITLE


def test_a_guest_never_takes_a_suffix_of_our_own(guests: None) -> None:
    assert script_of(b"hey", "a.txt").text == "hey"
    assert script_of(b"hey", "a.steal").text == "HEY"


def test_an_input_that_lacks_something_is_missing_and_says_why(guests: None) -> None:
    kinds = build_inputs(settings())
    assert set(kinds.missing) == {"keyless", "broken"}
    reason = why(b"\x00", "a.key")
    assert "keyless is missing: keyless is not configured: set KEYLESS_TOKEN" in reason
    assert "a_package_that_is_not_there" in reason
