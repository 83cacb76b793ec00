"""Edits: changes are serialised with the fields that they name, and invalid changes are caught."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from schemas import export
from schemas.edit import KEEP, Edit, EditSchema, Insertion, Removal, Reorder, SceneEdit, change_to_plain, changed_fields
from schemas.scene_graph import Media, Scene, SceneSchema, rendered_part

CHANGES: list[dict[str, Any]] = [
    {"scene": 3, "caption": "New", "voice_script": "", "duration_ms": 4000, "take": "new", "description": "a cup"},
    {"scene": 3, "media": {"asset": "a1", "kind": "video", "fit": None, "start_ms": 500, "colours": ["#112233"]}},
    {"scene": 3, "media": {"sound": "mute"}},
    {"scene": 3, "media": {"sound": None}},
    {"scene": 3, "focus": {"x": 0.2, "y": 0.4}, "engine": None},
    {"scene": 1, "take": 3, "engine": "runway:gen4.5"},
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
    {"film": {"clip_sound": "keep"}},
    {"film": {"effects": False}},
    {"film": {"effects": None}},
]
INVALID: list[Any] = [
    {},
    3,
    {"caption": "of no scene"},
    {"scene": 1, "remove": 2},
    {"scene": 0, "caption": "x"},
    {"scene": 1, "id": 2},
    {"scene": 1, "role": "hook"},
    {"scene": 1, "take": "old"},
    {"scene": 1, "take": 0},
    {"scene": 1, "take": 1001},
    {"scene": 1, "take": True},
    {"scene": 1, "take": "3"},
    {"scene": 1, "engine": "runway:"},
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
    {"film": {"clip_sound": None}},
    {"film": {"clip_sound": "loud"}},
    {"film": {"effects": "loud"}},
    {"scene": 1, "media": {"sound": "loud"}},
]
VALIDATOR = Draft202012Validator(json.loads((export.DIRECTORY / "edit_v2.json").read_text()))


def read(*changes: Any) -> Edit:
    return EditSchema.read({"changes": list(changes)})


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_change_is_serialised_with_only_its_own_fields(change: dict[str, Any]) -> None:
    (value,) = read(change).changes
    dumped = change_to_plain(value)
    assert set(dumped) == set(change) | ({"after"} if "insert" in change else set())
    unchanged = [name for name in change if name not in ("insert", "overlays")]  # these two get default values
    assert [dumped[name] for name in unchanged] == [change[name] for name in unchanged]
    assert read(dumped).changes == (value,)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_json_schema_accepts_what_the_contract_accepts(change: dict[str, Any]) -> None:
    edit = {"changes": [change], "based_on": 2, "dry_run": True}
    assert EditSchema.read(edit).dry_run
    assert [error.message for error in VALIDATOR.iter_errors(edit)] == []


@pytest.mark.parametrize("change", INVALID, ids=str)
def test_contract_and_json_schema_refuse_an_invalid_change(change: Any) -> None:
    with pytest.raises(ValidationError):
        read(change)
    assert not VALIDATOR.is_valid({"changes": [change]})


@pytest.mark.parametrize("edit", [{}, {"changes": []}, {"changes": [{"remove": 1}], "based_on": 0}, {"change": []}])
def test_contract_and_json_schema_refuse_an_invalid_edit(edit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EditSchema.read(edit)
    assert not VALIDATOR.is_valid(edit)


def test_refusal_names_the_index_of_the_change() -> None:
    with pytest.raises(ValidationError) as caught:
        read({"remove": 1}, {"scene": 2, "media": {"kind": "hologram"}})
    assert list(caught.value.messages["changes"]) == [1]
    assert list(caught.value.messages["changes"][1]["media"]) == ["kind"]


def test_focus_given_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="Given twice"):
        read({"scene": 1, "focus": None, "media": {"focus": {"x": 0, "y": 0}}})


def test_kind_of_a_change_follows_from_its_key() -> None:
    assert read({"order": [2, 1]}, {"remove": 2}, {"insert": {}, "after": 0}).changes == (
        Reorder((2, 1)),
        Removal(2),
        Insertion(Scene(0), 0),
    )


def test_null_differs_from_a_field_that_is_not_named() -> None:
    (change,) = read({"scene": 1, "engine": None}).changes
    assert isinstance(change, SceneEdit)
    assert changed_fields(change) == {"scene": 1, "engine": None} and change.caption is KEEP


def test_rendered_part_has_no_spoken_or_burned_text() -> None:
    scene = Scene(3, "A cup", caption="Hello", voice_script="Hello there.")
    rendered = rendered_part(scene)
    assert set(SceneSchema.plain(scene)) - set(rendered) == {
        "duration_ms",
        "caption",
        "voice_script",
        "overlays",
        "transition",
        "key_words",
        "item",
        "attribution",
    }
    json.dumps(rendered)


def test_rendered_part_is_the_same_for_any_sound_of_a_clip() -> None:
    scene = Scene(3, media=Media("video", "v1"))
    assert rendered_part(scene) == rendered_part(Scene(3, media=Media("video", "v1", sound="mute")))
    assert "sound" not in rendered_part(scene)["media"]  # the identities of clips rendered before it existed
