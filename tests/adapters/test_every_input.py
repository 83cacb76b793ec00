"""Rules for every input; a new file in ``app/inputs`` is found and tested.

Each input has a file in ``samples``, named after it, with the same text in its format.
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
from app.inputs.registry import GROUP, PACKAGE, build_inputs, read_script
from app.planning.text.spoken_text import spoken_text

INPUTS = build_inputs(settings()).present
SAMPLES = Path(__file__).parent / "samples"
SAMPLE_TEXT = "Bread takes time. Good bread takes longer: two days, and a “strong” café. Flour, water, salt."
every_input = pytest.mark.parametrize("name", INPUTS)


def sample(name: str) -> Path:
    return next(iter(SAMPLES.glob(f"{name}.*")))


def test_text_and_markdown_are_present() -> None:
    assert {"text", "markdown"} <= set(INPUTS)


@every_input
def test_input_has_the_name_of_its_file_and_lower_case_suffixes(name: str) -> None:
    assert INPUTS[name].name == name
    assert INPUTS[name].suffixes
    for suffix in INPUTS[name].suffixes:
        assert suffix.startswith(".")
        assert suffix == suffix.lower()
        assert suffix.count(".") == 1


def test_suffixes_are_unique() -> None:
    suffixes = [suffix for adapter in INPUTS.values() for suffix in adapter.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_no_input_is_missing() -> None:
    assert build_inputs(settings()).missing == {}
    assert set(scan(PACKAGE, GROUP)) == set(INPUTS)


@every_input
def test_sample_is_read_as_the_common_text(name: str) -> None:
    script = read_script(sample(name).read_bytes(), sample(name).name)
    assert " ".join(spoken_text(script.text).split()) == SAMPLE_TEXT
    assert script.title in (None, "Bread")
    assert script.language in (None, "en")


@every_input
def test_sample_is_read_under_every_suffix_in_any_case(name: str) -> None:
    data = sample(name).read_bytes()
    scripts = {read_script(data, f"My story{suffix}") for suffix in INPUTS[name].suffixes}
    scripts |= {read_script(data, f"../MY.SAMPLE_TEXT{suffix.upper()}") for suffix in INPUTS[name].suffixes}
    assert scripts == {read_script(data, sample(name).name)}


@every_input
def test_text_has_no_control_characters(name: str) -> None:
    text = read_script(sample(name).read_bytes(), sample(name).name).text
    assert text == text.strip()
    assert not [char for char in text if unicodedata.category(char) == "Cc" and char != "\n"]


@every_input
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_random_bytes_are_read_or_refused_with_the_name_of_the_file(name: str, data: bytes) -> None:
    try:
        script = INPUTS[name].read(data, "a.file")
    except BadRequest as error:
        assert "a.file" in str(error)
    else:
        assert script == INPUTS[name].read(data, "a.file")


@every_input
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_sample_is_read_or_refused_with_the_name_of_the_file(name: str, data: st.DataObject) -> None:
    original = sample(name).read_bytes()
    position = data.draw(st.integers(0, len(original)))
    damaged = (
        original[:position] + data.draw(st.binary(max_size=6)) + original[position + data.draw(st.integers(0, 40)) :]
    )
    try:
        INPUTS[name].read(damaged, "a.file")
    except BadRequest as error:
        assert "a.file" in str(error)
