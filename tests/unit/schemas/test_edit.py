"""An edit as data: what it names is kept, what it does not name is not written down, what it cannot mean is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from schemas import export
from schemas.edit import KEEP, Edit, EditSchema, Insertion, Removal, Reorder, SceneEdit, plain, set_fields
from schemas.scene_graph import Scene, SceneSchema, rendered_part

CHANGES: list[dict[str, Any]] = [
    {"scene": 3, "caption": "New", "voice_script": "", "duration_ms": 4000, "take": "new", "description": "a cup"},
    {"scene": 3, "media": {"asset": "a1", "kind": "video", "fit": None, "start_ms": 500, "colours": ["#112233"]}},
    {"scene": 3, "focus": {"x": 0.2, "y": 0.4}, "engine": None},
    {"scene": 3, "focus": None, "media": {"query": "cup"}},
    {"scene": 3, "style": {"motion": None, "zoom": 1.2}, "transition": {"kind": "fade"}},
    {"scene": 3, "overlays": [{"text": "Hello", "position": "top"}]},
    {"order": [2, 1, 3]},
    {"remove": 4},
    {"insert": {"caption": "Between", "media": {"kind": "colour"}}, "after": 2},
    {"insert": {"caption": "Last"}},
    {"film": {"title": "Cups", "preset_id": "neon_night", "captions": False, "music_db": None, "target_lufs": -16.0}},
    {"film": {"music": "none", "voice": {"provider": None, "speed": 1.1}}},
    {"film": {"music": {"mood": "calm"}}},
    {"film": {"music": None}},
]
WRONG: list[Any] = [
    {},
    3,
    {"caption": "whose?"},
    {"scene": 1, "remove": 2},
    {"scene": 0, "caption": "x"},
    {"scene": 1, "id": 2},
    {"scene": 1, "role": "hook"},
    {"scene": 1, "take": "old"},
    {"scene": 1, "take": 3},
    {"scene": 1, "duration_ms": 1},
    {"scene": 1, "media": {"kind": "hologram"}},
    {"scene": 1, "media": {"pixels": []}},
    {"scene": 1, "focus": {"x": 2}},
    {"scene": 1, "transition": {"kind": "explode"}},
    {"scene": 1, "style": {"zoom": 9}},
    {"scene": 1, "overlays": [{"blink": True}]},
    {"scene": 1, "caption": None},
    {"scene": 1, "surprise": 1},
    {"order": []},
    {"order": "1,2"},
    {"order": [1], "surprise": 1},
    {"remove": None},
    {"insert": None},
    {"insert": {"surprise": 1}},
    {"insert": {}, "after": -1},
    {"film": {"voiceover": "a1"}},
    {"film": {"title": ""}},
    {"film": {"voice": {"speed": 9}}},
    {"film": {"target_lufs": -5}},
]
VALIDATOR = Draft202012Validator(json.loads((export.DIRECTORY / "edit_v2.json").read_text()))


def read(*changes: Any) -> Edit:
    return EditSchema.read({"changes": list(changes)})


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_a_change_names_comes_back_and_nothing_else(change: dict[str, Any]) -> None:
    (made,) = read(change).changes
    written = plain(made)
    assert set(written) == set(change) | ({"after"} if "insert" in change else set())
    whole = [name for name in change if name not in ("insert", "overlays")]  # their parts get their defaults
    assert [written[name] for name in whole] == [change[name] for name in whole]
    assert read(written).changes == (made,)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_json_schema_allows_what_the_contract_allows(change: dict[str, Any]) -> None:
    edit = {"changes": [change], "based_on": 2, "dry_run": True}
    assert EditSchema.read(edit).dry_run
    assert [error.message for error in VALIDATOR.iter_errors(edit)] == []


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_both_refuse_what_a_change_cannot_be(change: Any) -> None:
    with pytest.raises(ValidationError):
        read(change)
    assert not VALIDATOR.is_valid({"changes": [change]})


@pytest.mark.parametrize("edit", [{}, {"changes": []}, {"changes": [{"remove": 1}], "based_on": 0}, {"change": []}])
def test_both_refuse_what_an_edit_cannot_be(edit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EditSchema.read(edit)
    assert not VALIDATOR.is_valid(edit)


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(ValidationError) as refused:
        read({"remove": 1}, {"scene": 2, "media": {"kind": "hologram"}})
    assert list(refused.value.messages["changes"]) == [1]
    assert list(refused.value.messages["changes"][1]["media"]) == ["kind"]


def test_a_focal_point_is_given_in_one_place() -> None:
    with pytest.raises(ValidationError, match="Given twice"):
        read({"scene": 1, "focus": None, "media": {"focus": {"x": 0, "y": 0}}})


def test_changes_are_told_apart_by_their_names() -> None:
    assert read({"order": [2, 1]}, {"remove": 2}, {"insert": {}, "after": 0}).changes == (
        Reorder((2, 1)),
        Removal(2),
        Insertion(Scene(0), 0),
    )


def test_nothing_is_not_the_same_as_not_named() -> None:
    (change,) = read({"scene": 1, "engine": None}).changes
    assert isinstance(change, SceneEdit)
    assert set_fields(change) == {"scene": 1, "engine": None} and change.caption is KEEP


def test_an_engine_sees_the_picture_and_not_the_words() -> None:
    scene = Scene(3, "A cup", caption="Hello", voice_script="Hello there.")
    seen = rendered_part(scene)
    assert set(SceneSchema.plain(scene)) - set(seen) == {
        "duration_ms",
        "caption",
        "voice_script",
        "overlays",
        "transition",
    }
    json.dumps(seen)
