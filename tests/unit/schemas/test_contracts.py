"""Contracts: values survive JSON, and invalid data are refused with the name of the field."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from schemas.clip import CLIP_KINDS, Clip, ClipSchema, Fallback, Motion, Window
from schemas.contract import Contract, Plain, Upgrade, Versioned, fingerprint
from schemas.job import JobRequestSchema
from schemas.preset import (
    FITS,
    MOTIONS,
    POSITIONS,
    TRANSITIONS,
    CaptionStyle,
    Grade,
    Preset,
    PresetSchema,
    SafeZone,
    TransitionStyle,
)
from schemas.scene_graph import (
    MEDIA_KINDS,
    ROLES,
    Focus,
    GlobalAudio,
    Media,
    MusicChoice,
    Overlay,
    Scene,
    SceneGraph,
    SceneGraphSchema,
    SceneSchema,
    SceneStyle,
    Transition,
    VoiceChoice,
)
from schemas.segment import ClipRange, Encoding, Segment, SegmentSchema, TimedOverlay
from schemas.speech import METHODS, Speech, SpeechSchema, SpokenLine, Word
from schemas.timeline import (
    AUDIO_KINDS,
    AudioItem,
    Cue,
    TimedScene,
    TimedTransition,
    Timeline,
    TimelineSchema,
    Tracks,
    VideoItem,
)

words = st.text(min_size=1, max_size=12)
names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
colours = st.from_regex(r"#[0-9A-F]{6}([0-9A-F]{2})?", fullmatch=True)
shares = st.floats(0, 1, allow_nan=False)
whole = st.integers(0, 100_000)
frames = st.integers(1, 9_000)
rates = st.sampled_from([Fraction(30), Fraction(24), Fraction(30000, 1001)])


def tuples_of(item: st.SearchStrategy[Any], min_size: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(item, min_size=min_size, max_size=3).map(tuple)


windows = st.builds(Window, x=shares, y=shares, width=shares)
motions = st.builds(Motion, kind=st.sampled_from(MOTIONS), start=windows, end=windows)
focuses = st.builds(Focus, x=shares, y=shares)
clips = st.builds(
    Clip,
    views=tuples_of(motions),
    scene_id=whole,
    kind=st.sampled_from(CLIP_KINDS),
    key=names,
    identity=names,
    engine=names,
    motion=st.none() | motions,
    start_ms=whole,
    length_ms=st.none() | frames,
    fit=st.sampled_from(FITS),
    focus=st.none() | focuses,
    ground=colours,
    steps_down=tuples_of(st.builds(Fallback, engine=names, reason=words)),
    warnings=tuples_of(words),
)
text_overlays = st.builds(
    Overlay,
    kind=st.sampled_from(("text", "image")),
    text=words,
    asset=st.none() | names,
    position=st.sampled_from(POSITIONS),
    scale=st.floats(0.05, 3),
)
overlays = text_overlays | st.builds(
    Overlay, kind=st.just("emoji"), text=st.sampled_from(("☕", "👨‍👩‍👧", "🇫🇷")), at=words
)
scenes = st.builds(
    Scene,
    id=st.integers(1, 100_000),
    description=words,
    role=st.sampled_from(ROLES),
    duration_ms=st.integers(200, 600_000),
    media=st.builds(
        Media,
        kind=st.sampled_from(MEDIA_KINDS),
        asset=st.none() | names,
        fit=st.none() | st.sampled_from(FITS),
        focus=st.none() | focuses,
        start_ms=whole,
        colours=tuples_of(colours),
        query=words,
    ),
    caption=words,
    voice_script=words,
    style=st.builds(SceneStyle, motion=st.none() | st.sampled_from(MOTIONS), zoom=st.none() | st.floats(1, 1.6)),
    overlays=tuples_of(overlays),
    transition=st.builds(Transition, kind=st.sampled_from(TRANSITIONS), duration_ms=st.integers(0, 5000)),
    engine=st.none() | names,
    take=st.integers(1, 1000),
)
graphs = st.builds(
    SceneGraph,
    version=st.just("2.0"),
    title=words,
    language=st.sampled_from(("en", "pt-BR", "zh")),
    preset_id=names,
    scenes=st.lists(scenes, min_size=1, max_size=3, unique_by=lambda scene: scene.id).map(tuple),
    aspect=st.sampled_from(("9:16", "16:9", "1:1", "4:5")),
    captions=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    global_audio=st.builds(
        GlobalAudio,
        voice=st.builds(VoiceChoice, provider=st.none() | names, voice=st.none() | names, speed=st.floats(0.5, 2)),
        voiceover=st.none() | names,
        music=st.builds(MusicChoice, kind=st.sampled_from(("none", "mood", "asset")), asset=st.none() | names),
        music_db=st.none() | st.floats(-40, 6),
    ),
)
spoken_words = st.builds(Word, text=words, start_ms=whole, end_ms=whole)
lines = st.builds(
    SpokenLine,
    scene_id=whole,
    text=words,
    key=names,
    length_ms=whole,
    words=tuples_of(spoken_words),
    voice=names,
    method=st.sampled_from(METHODS),
    confidence=shares,
)
cues = st.builds(Cue, scene_id=whole, start_ms=whole, end_ms=whole, lines=tuples_of(tuples_of(spoken_words)))
timelines = st.builds(
    Timeline,
    version=st.just("2.0"),
    fps=rates,
    width=st.integers(2, 8192),
    height=st.integers(2, 8192),
    total_frames=frames,
    scenes=tuples_of(
        st.builds(TimedScene, scene_id=whole, start_frame=whole, end_frame=whole, start_ms=whole, end_ms=whole), 1
    ),
    tracks=st.builds(
        Tracks,
        video=tuples_of(
            st.builds(VideoItem, scene_id=whole, start_frame=whole, end_frame=whole, speed=st.floats(0.25, 4))
        ),
        audio=tuples_of(
            st.builds(
                AudioItem,
                kind=st.sampled_from(AUDIO_KINDS),
                start_ms=whole,
                end_ms=whole,
                key=st.none() | names,
                in_ms=whole,
                speed=st.floats(0.8, 1),
                ducked=st.booleans(),
            )
        ),
        captions=tuples_of(cues),
    ),
    transitions=tuples_of(
        st.builds(
            TimedTransition,
            kind=st.sampled_from(TRANSITIONS),
            out_of=whole,
            into=whole,
            start_frame=whole,
            end_frame=whole,
        )
    ),
    final=st.booleans(),
)
clip_ranges = st.builds(ClipRange, clip=clips, first=whole, frames=frames, of=frames, in_ms=whole, hold_frames=whole)
segments = st.builds(
    Segment,
    index=whole,
    scene_id=whole,
    start_frame=whole,
    frames=frames,
    fps=rates,
    width=frames,
    height=frames,
    incoming=clip_ranges,
    outgoing=st.none() | clip_ranges,
    transition=st.sampled_from(TRANSITIONS),
    cues=tuples_of(cues),
    overlays=tuples_of(st.builds(TimedOverlay, overlay=overlays, first=whole, frames=frames, key=st.none() | names)),
    encoding=st.builds(Encoding, x264_preset=names, crf=st.integers(0, 51), keyint=frames),
)
preset_values = st.builds(
    Preset,
    id=names,
    name=words,
    description=words,
    fit=st.sampled_from(FITS),
    palette=tuples_of(colours, 1),
    captions=st.builds(CaptionStyle, colour=colours, box_colour=st.none() | colours),
    safe_zone=st.builds(SafeZone, top=st.floats(0, 0.45)),
    transition=st.builds(TransitionStyle, kinds=tuples_of(st.sampled_from(TRANSITIONS), 1)),
    grade=st.builds(Grade, warmth=st.floats(-1, 1)),
)
speeches = st.builds(Speech, language=names, lines=tuples_of(lines), warnings=tuples_of(words))
CONTRACTS: list[tuple[type[Contract[Any]], st.SearchStrategy[Any]]] = [
    (ClipSchema, clips),
    (PresetSchema, preset_values),
    (SceneGraphSchema, graphs),
    (SegmentSchema, segments),
    (SpeechSchema, speeches),
    (TimelineSchema, timelines),
]
every_contract = pytest.mark.parametrize(("contract", "values"), CONTRACTS, ids=lambda it: getattr(it, "__name__", ""))


def messages_of(contract: type[Contract[Any]], plain: Plain) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        contract.read(plain)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages


@every_contract
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_value_survives_json(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)
    through_a_file = json.loads(json.dumps(contract.plain(value), ensure_ascii=False))
    assert contract.read(through_a_file) == value


@every_contract
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_unknown_field_is_refused_by_name(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    plain = contract.plain(data.draw(values)) | {"surprise": 1}
    assert messages_of(contract, plain) == {"surprise": ["Unknown field."]}


@every_contract
def test_missing_required_field_is_refused_by_name(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any]
) -> None:
    required = {name for name, field in contract().fields.items() if field.required} - {"version"}
    assert required <= set(messages_of(contract, {}))


@every_contract
def test_contract_has_the_fields_of_its_dataclass(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any]
) -> None:
    for schema in nested_contracts(contract):
        assert set(schema().fields) == {field.name for field in dataclass_fields(schema.dataclass_type)}


@every_contract
def test_field_is_required_unless_the_dataclass_has_a_default(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any]
) -> None:
    for schema in nested_contracts(contract):
        for field in dataclass_fields(schema.dataclass_type):
            has_no_default = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            assert schema().fields[field.name].required == has_no_default, (schema, field.name)


@every_contract
def test_dataclasses_are_frozen(contract: type[Contract[Any]], values: st.SearchStrategy[Any]) -> None:
    for schema in nested_contracts(contract):
        assert schema.dataclass_type.__dataclass_params__.frozen


def nested_contracts(contract: type[Contract[Any]]) -> set[type[Contract[Any]]]:
    """Return a contract and all contracts that are nested in it."""
    contracts = {contract}
    for field in map(innermost_field, contract().fields.values()):
        if isinstance(field, fields.Nested):
            contracts |= nested_contracts(type(field.schema))
    return contracts


def innermost_field(field: Any) -> Any:
    return innermost_field(field.inner) if isinstance(field, fields.List) else field


def test_nested_invalid_field_is_named_by_its_path() -> None:
    plain = {"title": "T", "language": "en", "preset_id": "x", "scenes": [{"id": 1}, {"id": 2, "duration_ms": 5}]}
    messages = messages_of(SceneGraphSchema, plain)
    assert list(messages["scenes"]) == [1]
    assert list(messages["scenes"][1]) == ["duration_ms"]


def test_duplicate_scene_id_is_refused() -> None:
    plain = {"title": "T", "language": "en", "preset_id": "x", "scenes": [{"id": 1}, {"id": 1}]}
    assert messages_of(SceneGraphSchema, plain) == {"scenes": ["Scene ids must be unique."]}


@pytest.mark.parametrize(
    "colour", ["red", "#FFF", "#12345", "#GGGGGG", "FFFFFF", "#FFFFFF\n", "\n#FFFFFF", "#FFFFFF}{\\pos(0,0)"]
)
def test_invalid_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError):
        PresetSchema.read({"id": "x", "name": "x", "description": "x", "accent": colour})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), "NaN", "Infinity"])
@pytest.mark.parametrize("field", ["x", "y"])
def test_number_that_is_not_finite_is_refused(number: object, field: str) -> None:
    with pytest.raises(ValidationError):
        SceneSchema.read({"id": 1, "media": {"focus": {field: number}}})


@pytest.mark.parametrize("rate", ["0/1", "-30/1", "30/0", "fast", "", None, [], "nan"])
def test_invalid_frame_rate_is_refused(rate: object) -> None:
    plain = TimelineSchema.plain(_timeline())
    with pytest.raises(ValidationError) as caught:
        TimelineSchema.read(plain | {"fps": rate})
    assert list(caught.value.messages) == ["fps"]


def test_frame_rate_is_exact() -> None:
    rate = Fraction(30000, 1001)
    plain = TimelineSchema.plain(replace(_timeline(), fps=rate))
    assert plain["fps"] == "30000/1001"
    assert TimelineSchema.read(plain).fps == rate


def _timeline() -> Timeline:
    return Timeline("2.0", Fraction(30), 1080, 1920, 30, (TimedScene(1, 0, 30, 0, 1000),), Tracks())


# -- versions --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Package:
    version: str
    weight_g: int


def convert_to_grams(old: Plain) -> Plain:
    return {"version": "2.0", "weight_g": old["weight_kg"] * 1000}


def rename_kilos(old: Plain) -> Plain:
    return {"version": "1.0", "weight_kg": old["kilos"]}


class PackageSchema(Versioned[Package]):
    dataclass_type = Package
    current = "2.0"
    upgrades: ClassVar[dict[str, Upgrade]] = {"0.9": rename_kilos, "1.0": convert_to_grams}
    weight_g = fields.Int(required=True)


@pytest.mark.parametrize(
    "plain",
    [
        {"version": "2.0", "weight_g": 3000},
        {"version": "1.0", "weight_kg": 3},
        {"version": "0.9", "kilos": 3},
        {"weight_g": 3000},
    ],
)
def test_old_version_is_upgraded_step_by_step(plain: Plain) -> None:
    before = dict(plain)
    assert PackageSchema.read(plain) == Package("2.0", 3000)
    assert plain == before


@pytest.mark.parametrize("version", ["3.0", "", "2", 7])
def test_unknown_version_is_refused_with_the_current_one(version: object) -> None:
    messages = messages_of(PackageSchema, {"version": version, "weight_g": 1})
    assert messages == {"version": [f"Version {version!r} is not supported (current: 2.0)."]}


@pytest.mark.parametrize("contract", [SceneGraphSchema, TimelineSchema])
def test_later_version_is_refused(contract: type[Contract[Any]]) -> None:
    assert list(messages_of(contract, {"version": "9.9"})) == ["version"]


@pytest.mark.parametrize("plain", [None, [], "text", 7])
@pytest.mark.parametrize("contract", [SceneGraphSchema, TimelineSchema, PresetSchema, JobRequestSchema])
def test_data_that_is_not_an_object_is_refused(contract: type[Contract[Any]], plain: Any) -> None:
    with pytest.raises(ValidationError):
        contract.read(plain)


# -- fingerprints ----------------------------------------------------------------------------------------------------


@given(st.dictionaries(words, whole, min_size=2, max_size=5))
@settings(max_examples=25)
def test_fingerprint_does_not_depend_on_the_order_of_fields(plain: dict[str, int]) -> None:
    reordered = dict(reversed(plain.items()))
    assert fingerprint(plain) == fingerprint(reordered)


@given(st.lists(words, max_size=3), st.lists(words, max_size=3))
@settings(max_examples=50)
def test_fingerprints_are_equal_only_for_equal_parts(first: list[str], second: list[str]) -> None:
    assert (fingerprint(*first) == fingerprint(*second)) == (first == second)


def test_fingerprint_is_the_same_on_every_machine() -> None:
    assert fingerprint("é", 1) == "ddfd6ac9292fe9157547b324bd55b462345352d0df4d9e151d7cd8a719b12360"
