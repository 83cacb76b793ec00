"""Every input of the house keeps the same promises; a new file in ``app/inputs`` is held to them by itself.

Each one has a file in ``stories``, named after it, that tells the same story in its format.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.core.errors import BadRequest
from app.core.plugins import scan
from app.inputs.registry import GROUP, PACKAGE, build_inputs, script_of

EVERY = build_inputs(settings()).present
STORIES = Path(__file__).parent / "stories"
STORY = "Bread takes time. Good bread takes longer: two days, and a “strong” café. Flour, water, salt."
each = pytest.mark.parametrize("name", EVERY)


def story(name: str) -> Path:
    return next(iter(STORIES.glob(f"{name}.*")))


def test_text_and_markdown_can_be_read() -> None:
    assert {"text", "markdown"} <= set(EVERY)


@each
def test_it_is_named_by_its_file_and_known_by_its_suffixes(name: str) -> None:
    assert EVERY[name].name == name
    assert EVERY[name].suffixes
    for suffix in EVERY[name].suffixes:
        assert suffix.startswith(".")
        assert suffix == suffix.lower()
        assert suffix.count(".") == 1


def test_no_two_have_the_same_suffix() -> None:
    suffixes = [suffix for kind in EVERY.values() for suffix in kind.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_nothing_is_missing_on_a_machine_where_all_is_installed() -> None:
    assert build_inputs(settings()).missing == {}
    assert set(scan(PACKAGE, GROUP)) == set(EVERY)


@each
def test_it_tells_the_same_story_as_its_neighbours(name: str) -> None:
    script = script_of(story(name).read_bytes(), story(name).name)
    assert " ".join(script.text.split()) == STORY
    assert script.title in (None, "Bread")
    assert script.language in (None, "en")


@each
def test_its_story_is_read_under_each_of_its_suffixes_in_any_letters(name: str) -> None:
    data = story(name).read_bytes()
    told = {script_of(data, f"My story{suffix}") for suffix in EVERY[name].suffixes}
    told |= {script_of(data, f"../MY.STORY{suffix.upper()}") for suffix in EVERY[name].suffixes}
    assert told == {script_of(data, story(name).name)}


@each
def test_its_text_is_plain(name: str) -> None:
    text = script_of(story(name).read_bytes(), story(name).name).text
    assert text == text.strip()
    assert not [char for char in text if unicodedata.category(char) == "Cc" and char != "\n"]


@each
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_whatever_the_bytes_they_are_read_or_refused_in_words(name: str, data: bytes) -> None:
    try:
        script = EVERY[name].read(data, "a.file")
    except BadRequest as error:
        assert "a.file" in str(error)
    else:
        assert script == EVERY[name].read(data, "a.file")


@each
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    whole = story(name).read_bytes()
    place = data.draw(st.integers(0, len(whole)))
    damaged = whole[:place] + data.draw(st.binary(max_size=6)) + whole[place + data.draw(st.integers(0, 40)) :]
    try:
        EVERY[name].read(damaged, "a.file")
    except BadRequest as error:
        assert "a.file" in str(error)
