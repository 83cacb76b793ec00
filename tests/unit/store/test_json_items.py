"""Single items of a list in a JSON file are read without parsing the other items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.json_items import json_text, read_item

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(VALUES, min_size=1, max_size=5))
def test_every_item_is_read_back_in_both_file_formats(tmp_path: Path, items: list[Any]) -> None:
    for text in (json_text(items), json.dumps(items, ensure_ascii=False, indent=1)):
        path = tmp_path / "list.json"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        assert json.loads(text) == items
        assert [read_item(path, index) for index in range(len(items))] == items
        with pytest.raises(IndexError):
            read_item(path, len(items))


def test_item_is_read_when_the_other_items_are_not_json(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('[\nbroken,\n{"index": 1},\nbroken\n]')
    assert read_item(path, 1) == {"index": 1}


def test_reading_an_item_of_an_empty_list_raises_index_error(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json_text([]))
    with pytest.raises(IndexError):
        read_item(path, 0)


def test_object_is_indented() -> None:
    assert json_text({"a": [1, 2]}) == json.dumps({"a": [1, 2]}, indent=1)
