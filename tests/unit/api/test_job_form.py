"""Parsing of requests: form fields have the values of the same JSON, and invalid text is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest as MalformedRequest

from app.api.form_parts import parse_field
from app.api.json_body import check, parse
from app.core.errors import BadRequest

VALID_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
JSON_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | VALID_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(VALID_TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80)
@given(JSON_DATA)
def test_parsed_json_equals_the_serialized_data(data: Any) -> None:
    assert parse(json.dumps(data)) == data
    assert parse(json.dumps(data, ensure_ascii=False).encode()) == data
    check(data)


@settings(max_examples=60)
@given(VALID_TEXT, VALID_TEXT, st.sampled_from(["\x00", "\ud800", "\udfff"]), st.integers(0, 3))
def test_invalid_character_is_found_at_any_place(before: str, after: str, invalid: str, place: int) -> None:
    text = before + invalid + after
    data = [{"scenes": [{"caption": text}]}, {"a": {"b": [0, [text]]}}, {text: 1}, [text]][place]
    with pytest.raises(BadRequest):
        check(data)


def test_field_of_invalid_text_is_named() -> None:
    with pytest.raises(BadRequest) as raised:
        check({"title": "fine", "scenes": [{"caption": "fine"}, {"caption": "not \x00"}]})
    assert raised.value.field == "scenes.1.caption"


def test_deeply_nested_data_is_checked_without_recursion() -> None:
    nested: Any = "end"
    for _ in range(40_000):
        nested = [nested]
    check(nested)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1" * 5000, "[" * 5000, "", b"\xff", "{'a'}"]
)
def test_invalid_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedRequest) as raised:
        parse(text)
    assert str(raised.value.description).startswith("This is not JSON")


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("script", ["12"], "12"),
        ("script", ["null"], "null"),
        ("script", ['{"a": 1}'], '{"a": 1}'),
        ("title", ["true"], "true"),
        ("seed", ["12"], 12),
        ("captions", ["false"], False),
        ("captions", ["on"], "on"),
        ("target_duration_seconds", ["30"], 30),
        ("target_duration_seconds", ["soon"], "soon"),
        ("voice", ['{"provider": "none"}'], {"provider": "none"}),
        ("music", ["none"], "none"),
        ("music", ['{"mood": "calm"}'], {"mood": "calm"}),
        ("media", ["asset_1"], ["asset_1"]),
        ("media", ["asset_1", "asset_2"], ["asset_1", "asset_2"]),
        ("media", ['["asset_1", "asset_2"]'], ["asset_1", "asset_2"]),
        ("scenes", ['[{"description": "bread"}]'], [{"description": "bread"}]),
        ("unheard_of", ["7"], 7),
    ],
)
def test_form_field_is_parsed_by_its_type_in_the_schema(name: str, texts: list[str], value: Any) -> None:
    assert parse_field(name, texts) == value


@settings(max_examples=60)
@given(VALID_TEXT.filter(str.strip))
def test_script_in_a_form_is_not_changed(text: str) -> None:
    assert parse_field("script", [text]) == text


def test_repeated_form_field_is_refused() -> None:
    with pytest.raises(BadRequest, match="given 2 times"):
        parse_field("script", ["one", "two"])
