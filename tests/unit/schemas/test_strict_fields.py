"""Fields take a value only as their type; a pattern is the whole text; invisible characters are not visible."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas import fields
from schemas.contract import COLOUR, NAME
from schemas.visible_text import check_visible, has_words, is_visible

JSON_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["1", "true", "yes", "1.5", "", b"1"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def read(field: fields.Field[Any], value: Any) -> Any:
    """Return what the field makes of a value, or ``ValidationError``."""
    try:
        return field.deserialize(value)
    except ValidationError:
        return ValidationError


@given(JSON_VALUES)
def test_text_and_truth_values_are_taken_as_they_are(value: Any) -> None:
    assert read(fields.Str(), value) == (value if isinstance(value, str) else ValidationError)
    assert read(fields.Bool(), value) is (value if isinstance(value, bool) else ValidationError)


@given(JSON_VALUES)
def test_whole_number_keeps_its_value(value: Any) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = is_number and (isinstance(value, int) or value.is_integer())
    result = read(fields.Int(), value)
    assert result == (value if is_whole else ValidationError)
    assert not is_whole or type(result) is int


@given(JSON_VALUES)
def test_number_is_finite_and_keeps_its_value(value: Any) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_finite = is_number and abs(value) < float("inf")
    assert read(fields.Float(), value) == (float(value) if is_finite else ValidationError)


def test_number_that_is_too_large_for_a_float_is_refused() -> None:
    assert read(fields.Float(), 10**400) is ValidationError


@pytest.mark.parametrize(("pattern", "text"), [(NAME, "clean_bold"), (COLOUR, "#10203040")])
def test_pattern_is_the_whole_text(pattern: fields.FullMatch, text: str) -> None:
    assert pattern(text) == text
    for other in (f"{text}\n", f"\n{text}", f"{text} ", f"{text}\x00", ""):
        with pytest.raises(ValidationError):
            pattern(other)
        assert re.search(pattern.regex.pattern.replace("$", r"\Z"), other) is None, "as JSON Schema searches"


@pytest.mark.parametrize("text", ["a", "7", "\u4e2d", "\U0001f35e", "\u2014", " x ", "\u200ba", "e\u0301"])
def test_drawn_text_is_visible(text: str) -> None:
    check_visible(text)
    assert is_visible(text)


@pytest.mark.parametrize("text", [" ", "\n", "\u200b\u200d", "\u0301", "\u3164", "\u2800", "\u00ad", "\x07", "\ue000"])
def test_text_without_a_shape_is_not_visible(text: str) -> None:
    assert not is_visible(text) and not has_words(text)
    with pytest.raises(ValidationError):
        check_visible(text)


def test_empty_text_is_left_to_the_length() -> None:
    check_visible("")


def test_description_is_metadata() -> None:
    field = fields.Int(metadata=fields.doc("Length in milliseconds.", examples=[4000]))
    assert field.metadata == {"description": "Length in milliseconds.", "examples": [4000]}
