"""Reading a request: forms mean what JSON means, and what is not text is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest as Malformed

from app.api.job_form import parsed, refuse_unfit, typed
from app.core.errors import BadRequest

FIT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | FIT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIT, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80)
@given(PLAIN)
def test_json_is_read_as_it_was_written(plain: Any) -> None:
    assert parsed(json.dumps(plain)) == plain
    assert parsed(json.dumps(plain, ensure_ascii=False).encode()) == plain
    refuse_unfit(plain)


@settings(max_examples=60)
@given(FIT, FIT, st.sampled_from(["\x00", "\ud800", "\udfff"]), st.integers(0, 3))
def test_half_a_character_is_found_wherever_it_hides(before: str, after: str, unfit: str, place: int) -> None:
    text = before + unfit + after
    hidden = [{"scenes": [{"caption": text}]}, {"a": {"b": [0, [text]]}}, {text: 1}, [text]][place]
    with pytest.raises(BadRequest):
        refuse_unfit(hidden)


def test_the_field_of_an_unfit_text_is_named() -> None:
    with pytest.raises(BadRequest) as refused:
        refuse_unfit({"title": "fine", "scenes": [{"caption": "fine"}, {"caption": "not \x00"}]})
    assert refused.value.field == "scenes.1.caption"


def test_depth_is_no_danger_to_the_search() -> None:
    deep: Any = "end"
    for _ in range(50_000):
        deep = [deep]
    refuse_unfit(deep)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1" * 5000, "[" * 5000, "", b"\xff", "{'a'}"]
)
def test_what_json_does_not_allow_is_not_read(text: str | bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parsed(text)
    assert str(refused.value.description).startswith("This is not JSON")


@pytest.mark.parametrize(
    ("name", "texts", "meant"),
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
def test_a_form_field_means_what_its_contract_wants(name: str, texts: list[str], meant: Any) -> None:
    assert typed(name, texts) == meant


@settings(max_examples=60)
@given(FIT.filter(str.strip))
def test_a_script_in_a_form_is_kept_to_the_letter(text: str) -> None:
    assert typed("script", [text]) == text


def test_a_field_that_is_said_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="given 2 times"):
        typed("script", ["one", "two"])
