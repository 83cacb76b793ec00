"""The JSON Schema files accept and refuse the same data as the contracts."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from presets.library import presets
from schemas import export
from schemas.job import JobRequest, JobRequestSchema, MusicRequest
from schemas.preset import PresetSchema
from schemas.scene_graph import (
    Focus,
    GlobalAudio,
    Media,
    MusicChoice,
    Overlay,
    Scene,
    SceneGraph,
    SceneGraphSchema,
    Transition,
    VoiceChoice,
)
from schemas.speech import Word
from schemas.timeline import (
    AudioItem,
    Cue,
    TimedScene,
    TimedTransition,
    Timeline,
    TimelineSchema,
    Tracks,
    VideoItem,
)

FULL_SCENE = Scene(
    1,
    "A cup",
    "hook",
    4000,
    Media("image", "a1", "crop", Focus(0.4, 0.6), 0, ("#112233",), "cup"),
    "Hello",
    "Hello there.",
    overlays=(Overlay("text", "New"),),
    transition=Transition("fade", 400),
    engine="local",
)
GRAPH = SceneGraph(
    "2.0",
    "Cups",
    "en",
    "clean_bold",
    (FULL_SCENE, Scene(2)),
    global_audio=GlobalAudio(VoiceChoice("hibari"), None, MusicChoice("asset", None, "a9"), -12.0, -14.0),
)
TIMELINE = Timeline(
    "2.0",
    Fraction(30000, 1001),
    1080,
    1920,
    200,
    (TimedScene(1, 0, 110, 0, 3670), TimedScene(2, 98, 200, 3270, 6673)),
    Tracks(
        (VideoItem(1, 0, 110), VideoItem(2, 98, 200, 40, 0.8, 3)),
        (
            AudioItem("voice", 200, 2000, "cache/line.wav", 1, -1.5),
            AudioItem("music", 0, 6673),
            AudioItem("clip", 3270, 6500, "assets/v1.mp4", 2, -3.0, 40, 0.8, 400, 20, True),
        ),
        (Cue(1, 200, 900, ((Word("Hello", 200, 500), Word("there.", 500, 900)),)),),
    ),
    (TimedTransition("fade", 1, 2, 98, 110),),
    True,
)
REQUEST = JobRequest(script="Hello there.", media=("a1",), music=MusicRequest(mood="calm"), target_duration_seconds=30)

VALID: dict[str, list[dict[str, Any]]] = {
    "scene_graph_v2.json": [SceneGraphSchema.plain(GRAPH)],
    "timeline_v2.json": [TimelineSchema.plain(TIMELINE)],
    "preset_v1.json": [PresetSchema.plain(preset) for preset in presets()],
    "job_request_v2.json": [
        {"script": "Hello"},
        {"scenes": [{"caption": "Hi"}], "music": "none", "voice": {"provider": "none"}},
        JobRequestSchema.plain(REQUEST),
    ],
}
every_file = pytest.mark.parametrize("name", export.FILES)


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((export.DIRECTORY / name).read_text()))


@every_file
def test_files_are_up_to_date(name: str) -> None:
    assert (export.DIRECTORY / name).read_text() == export.file_texts()[name], "run: make schemas"


def test_every_file_has_a_contract() -> None:
    assert {path.name for path in export.DIRECTORY.glob("*.json")} == set(export.FILES)


@every_file
def test_file_is_a_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((export.DIRECTORY / name).read_text()))


@every_file
def test_file_refers_only_to_its_own_definitions(name: str) -> None:
    text = (export.DIRECTORY / name).read_text()
    plain = json.loads(text)
    references = {line.split('"')[3] for line in text.splitlines() if '"$ref"' in line}
    assert references <= {f"#/$defs/{name}" for name in plain.get("$defs", {})}


@pytest.mark.parametrize(("name", "plain"), [(name, plain) for name, documents in VALID.items() for plain in documents])
def test_contract_and_json_schema_accept_valid_data(name: str, plain: dict[str, Any]) -> None:
    export.FILES[name].read(plain)
    assert [error.message for error in validator(name).iter_errors(plain)] == []


def object_paths(plain: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every object in a document."""
    own = [path] if isinstance(plain, dict) else []
    inner = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    return own + [nested for key, value in inner for nested in object_paths(value, (*path, key))]


def value_at(plain: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        plain = plain[key]
    return plain


def both_refuse(name: str, plain: dict[str, Any]) -> bool:
    try:
        export.FILES[name].read(plain)
    except ValidationError:
        return not validator(name).is_valid(plain)
    return False


@pytest.mark.parametrize(("name", "plain"), [(name, documents[-1]) for name, documents in VALID.items()])
def test_contract_and_json_schema_refuse_unknown_fields_at_any_depth(name: str, plain: dict[str, Any]) -> None:
    for path in object_paths(plain):
        invalid = copy.deepcopy(plain)
        value_at(invalid, path)["surprise"] = 1
        assert both_refuse(name, invalid), path


@pytest.mark.parametrize(("name", "plain"), [(name, documents[-1]) for name, documents in VALID.items()])
def test_contract_and_json_schema_refuse_a_list_instead_of_a_value(name: str, plain: dict[str, Any]) -> None:
    for path in object_paths(plain):
        for key, value in value_at(plain, path).items():
            if isinstance(value, list):
                continue
            invalid = copy.deepcopy(plain)
            value_at(invalid, path)[key] = [[]]
            assert both_refuse(name, invalid), (*path, key)


INVALID: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("scene_graph_v2.json", lambda it: it.pop("title")),
    ("scene_graph_v2.json", lambda it: it.update(scenes=[])),
    ("scene_graph_v2.json", lambda it: it.update(aspect="2:1")),
    ("scene_graph_v2.json", lambda it: it.update(seed=-1)),
    ("scene_graph_v2.json", lambda it: it["scenes"][0].pop("id")),
    ("scene_graph_v2.json", lambda it: it["scenes"][0].update(duration_ms=199)),
    ("scene_graph_v2.json", lambda it: it["scenes"][0].update(role="villain")),
    ("scene_graph_v2.json", lambda it: it["scenes"][0]["media"].update(kind="hologram")),
    ("scene_graph_v2.json", lambda it: it["scenes"][0]["media"].update(colours=["red"])),
    ("scene_graph_v2.json", lambda it: it["scenes"][0]["media"]["focus"].update(x=1.01)),
    ("scene_graph_v2.json", lambda it: it["scenes"][0]["transition"].update(kind="explode")),
    ("scene_graph_v2.json", lambda it: it["scenes"][0].update(caption="c" * 501)),
    ("scene_graph_v2.json", lambda it: it["global_audio"]["voice"].update(speed=3)),
    ("timeline_v2.json", lambda it: it.pop("tracks")),
    ("timeline_v2.json", lambda it: it.update(total_frames=0)),
    ("timeline_v2.json", lambda it: it.update(width=1)),
    ("timeline_v2.json", lambda it: it["transitions"][0].update(kind="explode")),
    ("timeline_v2.json", lambda it: it["tracks"]["audio"][0].update(kind="noise")),
    ("preset_v1.json", lambda it: it.pop("id")),
    ("preset_v1.json", lambda it: it.update(id="No Name")),
    ("preset_v1.json", lambda it: it.update(fit="squeeze")),
    ("preset_v1.json", lambda it: it.update(palette=[])),
    ("preset_v1.json", lambda it: it["captions"].update(colour="#FFF")),
    ("preset_v1.json", lambda it: it["captions"].update(max_lines=4)),
    ("preset_v1.json", lambda it: it["sound"].update(mood="angry")),
    ("preset_v1.json", lambda it: it["motion"].update(kinds=["spin"])),
    ("job_request_v2.json", lambda it: it.update(target_duration_seconds=601)),
    ("job_request_v2.json", lambda it: it.update(quality="best")),
    ("job_request_v2.json", lambda it: it.update(media=[""])),
    ("job_request_v2.json", lambda it: it.update(preset_id="Clean Bold")),
    ("job_request_v2.json", lambda it: it.update(seed=1.9)),
    ("job_request_v2.json", lambda it: it.update(seed="5")),
    ("job_request_v2.json", lambda it: it.update(captions="yes")),
    ("job_request_v2.json", lambda it: it.update(captions=1)),
    ("job_request_v2.json", lambda it: it.update(voice={"speed": "1"})),
    ("job_request_v2.json", lambda it: it.update(music="loud")),
    ("job_request_v2.json", lambda it: it.update(music={"mood": "calm", "asset": "a1"})),
    ("job_request_v2.json", lambda it: it.update(prompt="Bread")),
    ("job_request_v2.json", lambda it: it.update(scenes=[{"caption": "Hi"}])),
    ("job_request_v2.json", lambda it: it.update(script=None)),
    ("job_request_v2.json", lambda it: it.update(script="")),
]


def declared_fields(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of all objects of a JSON Schema file by "Object.field"."""
    objects = {schema["title"]: schema, **schema.get("$defs", {})}
    return {
        f"{name}.{field}": declared
        for name, described in objects.items()
        for field, declared in described["properties"].items()
    }


@every_file
def test_every_object_and_field_is_described(name: str) -> None:
    schema = json.loads((export.DIRECTORY / name).read_text())
    assert [field for field, declared in declared_fields(schema).items() if not declared.get("description")] == []
    assert [title for title, described in schema.get("$defs", {}).items() if not described.get("description")] == []


def test_defaults_are_those_of_the_dataclasses() -> None:
    declared = declared_fields(json.loads((export.DIRECTORY / "job_request_v2.json").read_text()))
    request = JobRequestSchema.plain(JobRequest())
    for name, value in request.items():
        assert declared[f"JobRequest.{name}"]["default"] == value
    assert declared["Brand.logo"]["default"] is None and declared["VoiceChoice.speed"]["default"] == 1.0
    edit = declared_fields(json.loads((export.DIRECTORY / "edit_v2.json").read_text()))
    assert [name for name, field in edit.items() if name.startswith("SceneEdit.") and "default" in field] == []


@every_file
def test_every_default_is_valid(name: str) -> None:
    schema = json.loads((export.DIRECTORY / name).read_text())
    for field, declared in declared_fields(schema).items():
        if "default" in declared:
            one = {**declared, "$defs": schema.get("$defs", {})}
            assert Draft202012Validator(one).is_valid(declared["default"]), field


@pytest.mark.parametrize(("name", "change"), INVALID)
def test_contract_and_json_schema_refuse_invalid_data(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    plain = copy.deepcopy(VALID[name][-1])
    change(plain)
    assert both_refuse(name, plain)
