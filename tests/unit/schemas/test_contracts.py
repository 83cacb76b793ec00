"""Contracts: what is written is read again as it was, what is not known is refused, in words that name the field."""

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
    OVERLAY_KINDS,
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


def some(item: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(item, min_size=least, max_size=3).map(tuple)


windows = st.builds(Window, x=shares, y=shares, width=shares)
motions = st.builds(Motion, kind=st.sampled_from(MOTIONS), start=windows, end=windows)
focuses = st.builds(Focus, x=shares, y=shares)
clips = st.builds(
    Clip,
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
    steps_down=some(st.builds(Fallback, engine=names, reason=words)),
    warnings=some(words),
)
overlays = st.builds(
    Overlay,
    kind=st.sampled_from(OVERLAY_KINDS),
    text=words,
    asset=st.none() | names,
    position=st.sampled_from(POSITIONS),
    scale=st.floats(0.05, 3),
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
        colours=some(colours),
        query=words,
    ),
    caption=words,
    voice_script=words,
    style=st.builds(SceneStyle, motion=st.none() | st.sampled_from(MOTIONS), zoom=st.none() | st.floats(1, 1.6)),
    overlays=some(overlays),
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
    words=some(spoken_words),
    voice=names,
    method=st.sampled_from(METHODS),
    confidence=shares,
)
cues = st.builds(Cue, scene_id=whole, start_ms=whole, end_ms=whole, lines=some(some(spoken_words)))
timelines = st.builds(
    Timeline,
    version=st.just("2.0"),
    fps=rates,
    width=st.integers(2, 8192),
    height=st.integers(2, 8192),
    total_frames=frames,
    scenes=some(
        st.builds(TimedScene, scene_id=whole, start_frame=whole, end_frame=whole, start_ms=whole, end_ms=whole), 1
    ),
    tracks=st.builds(
        Tracks,
        video=some(st.builds(VideoItem, scene_id=whole, start_frame=whole, end_frame=whole, speed=st.floats(0.25, 4))),
        audio=some(
            st.builds(
                AudioItem, kind=st.sampled_from(("voice", "music")), start_ms=whole, end_ms=whole, key=st.none() | names
            )
        ),
        captions=some(cues),
    ),
    transitions=some(
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
strips = st.builds(ClipRange, clip=clips, first=whole, frames=frames, of=frames, in_ms=whole, hold_frames=whole)
segments = st.builds(
    Segment,
    index=whole,
    scene_id=whole,
    start_frame=whole,
    frames=frames,
    fps=rates,
    width=frames,
    height=frames,
    incoming=strips,
    outgoing=st.none() | strips,
    transition=st.sampled_from(TRANSITIONS),
    cues=some(cues),
    overlays=some(st.builds(TimedOverlay, overlay=overlays, first=whole, frames=frames, key=st.none() | names)),
    encoding=st.builds(Encoding, x264_preset=names, crf=st.integers(0, 51), keyint=frames),
)
looks = st.builds(
    Preset,
    id=names,
    name=words,
    description=words,
    fit=st.sampled_from(FITS),
    palette=some(colours, 1),
    captions=st.builds(CaptionStyle, colour=colours, box_colour=st.none() | colours),
    safe_zone=st.builds(SafeZone, top=st.floats(0, 0.45)),
    transition=st.builds(TransitionStyle, kinds=some(st.sampled_from(TRANSITIONS), 1)),
    grade=st.builds(Grade, warmth=st.floats(-1, 1)),
)
speeches = st.builds(Speech, language=names, lines=some(lines), warnings=some(words))
CONTRACTS: list[tuple[type[Contract[Any]], st.SearchStrategy[Any]]] = [
    (ClipSchema, clips),
    (PresetSchema, looks),
    (SceneGraphSchema, graphs),
    (SegmentSchema, segments),
    (SpeechSchema, speeches),
    (TimelineSchema, timelines),
]
every = pytest.mark.parametrize(("contract", "values"), CONTRACTS, ids=lambda it: getattr(it, "__name__", ""))


def complaints(contract: type[Contract[Any]], plain: Plain) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        contract.read(plain)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages


@every
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read_again_as_it_was(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)
    through_a_file = json.loads(json.dumps(contract.plain(value), ensure_ascii=False))
    assert contract.read(through_a_file) == value


@every
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_an_unknown_field_is_refused_by_name(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    plain = contract.plain(data.draw(values)) | {"surprise": 1}
    assert complaints(contract, plain) == {"surprise": ["Unknown field."]}


@every
def test_what_must_be_there_is_asked_for_by_name(contract: type[Contract[Any]], values: st.SearchStrategy[Any]) -> None:
    needed = {name for name, field in contract().fields.items() if field.required} - {"version"}
    assert needed <= set(complaints(contract, {}))


@every
def test_a_contract_has_the_fields_of_its_value(contract: type[Contract[Any]], values: st.SearchStrategy[Any]) -> None:
    for schema in _family(contract):
        assert set(schema().fields) == {field.name for field in dataclass_fields(schema.dataclass_type)}


@every
def test_what_may_be_left_out_has_a_default_in_the_value(
    contract: type[Contract[Any]], values: st.SearchStrategy[Any]
) -> None:
    for schema in _family(contract):
        for field in dataclass_fields(schema.dataclass_type):
            has_none = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            assert schema().fields[field.name].required == has_none, (schema, field.name)


@every
def test_values_are_frozen_and_hashable(contract: type[Contract[Any]], values: st.SearchStrategy[Any]) -> None:
    for schema in _family(contract):
        assert schema.dataclass_type.__dataclass_params__.frozen


def _family(contract: type[Contract[Any]]) -> set[type[Contract[Any]]]:
    """A contract and all that are nested in it."""
    found = {contract}
    for field in map(_innermost, contract().fields.values()):
        if isinstance(field, fields.Nested):
            found |= _family(type(field.schema))
    return found


def _innermost(field: Any) -> Any:
    return _innermost(field.inner) if isinstance(field, fields.List) else field


def test_a_wrong_field_deep_inside_is_named_with_its_place() -> None:
    plain = {"title": "T", "language": "en", "preset_id": "x", "scenes": [{"id": 1}, {"id": 2, "duration_ms": 5}]}
    found = complaints(SceneGraphSchema, plain)
    assert list(found["scenes"]) == [1]
    assert list(found["scenes"][1]) == ["duration_ms"]


def test_two_scenes_cannot_have_one_id() -> None:
    plain = {"title": "T", "language": "en", "preset_id": "x", "scenes": [{"id": 1}, {"id": 1}]}
    assert complaints(SceneGraphSchema, plain) == {"scenes": ["Scene ids must be unique."]}


@pytest.mark.parametrize(
    "colour", ["red", "#FFF", "#12345", "#GGGGGG", "FFFFFF", "#FFFFFF\n", "\n#FFFFFF", "#FFFFFF}{\\pos(0,0)"]
)
def test_a_colour_is_six_or_eight_digits_and_nothing_else(colour: str) -> None:
    with pytest.raises(ValidationError):
        PresetSchema.read({"id": "x", "name": "x", "description": "x", "accent": colour})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), "NaN", "Infinity"])
@pytest.mark.parametrize("field", ["x", "y"])
def test_a_number_is_a_number(number: object, field: str) -> None:
    with pytest.raises(ValidationError):
        SceneSchema.read({"id": 1, "media": {"focus": {field: number}}})


@pytest.mark.parametrize("rate", ["0/1", "-30/1", "30/0", "fast", "", None, [], "nan"])
def test_a_rate_is_a_fraction_above_zero(rate: object) -> None:
    plain = TimelineSchema.plain(_timeline())
    with pytest.raises(ValidationError) as caught:
        TimelineSchema.read(plain | {"fps": rate})
    assert list(caught.value.messages) == ["fps"]


def test_a_rate_is_exact() -> None:
    rate = Fraction(30000, 1001)
    plain = TimelineSchema.plain(replace(_timeline(), fps=rate))
    assert plain["fps"] == "30000/1001"
    assert TimelineSchema.read(plain).fps == rate


def _timeline() -> Timeline:
    return Timeline("2.0", Fraction(30), 1080, 1920, 30, (TimedScene(1, 0, 30, 0, 1000),), Tracks())


# -- versions --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Parcel:
    version: str
    weight_g: int


def _grams(old: Plain) -> Plain:
    return {"version": "2.0", "weight_g": old["weight_kg"] * 1000}


def _named(old: Plain) -> Plain:
    return {"version": "1.0", "weight_kg": old["kilos"]}


class ParcelSchema(Versioned[Parcel]):
    dataclass_type = Parcel
    current = "2.0"
    upgrades: ClassVar[dict[str, Upgrade]] = {"0.9": _named, "1.0": _grams}
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
def test_an_old_version_is_brought_up_step_by_step(plain: Plain) -> None:
    before = dict(plain)
    assert ParcelSchema.read(plain) == Parcel("2.0", 3000)
    assert plain == before


@pytest.mark.parametrize("version", ["3.0", "", "2", 7])
def test_a_version_nobody_knows_is_refused_in_words(version: object) -> None:
    found = complaints(ParcelSchema, {"version": version, "weight_g": 1})
    assert found == {"version": [f"Version {version!r} is not supported (current: 2.0)."]}


@pytest.mark.parametrize("contract", [SceneGraphSchema, TimelineSchema])
def test_a_film_of_a_version_to_come_is_refused(contract: type[Contract[Any]]) -> None:
    assert list(complaints(contract, {"version": "9.9"})) == ["version"]


@pytest.mark.parametrize("plain", [None, [], "text", 7])
@pytest.mark.parametrize("contract", [SceneGraphSchema, TimelineSchema, PresetSchema, JobRequestSchema])
def test_what_is_no_object_is_refused(contract: type[Contract[Any]], plain: Any) -> None:
    with pytest.raises(ValidationError):
        contract.read(plain)


# -- fingerprints ----------------------------------------------------------------------------------------------------


@given(st.dictionaries(words, whole, min_size=2, max_size=5))
@settings(max_examples=25)
def test_a_fingerprint_does_not_depend_on_the_order_of_fields(plain: dict[str, int]) -> None:
    turned = dict(reversed(plain.items()))
    assert fingerprint(plain) == fingerprint(turned)


@given(st.lists(words, max_size=3), st.lists(words, max_size=3))
@settings(max_examples=50)
def test_different_parts_have_different_fingerprints(one: list[str], other: list[str]) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    assert fingerprint("é", 1) == "ddfd6ac9292fe9157547b324bd55b462345352d0df4d9e151d7cd8a719b12360"
