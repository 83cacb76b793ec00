"""Edits of a scene graph: lists of changes that name only the fields to be changed.

The kind of a change is told by the one key that only this kind has: ``scene`` (fields of one scene), ``order``,
``remove``, ``insert`` or ``film`` (fields of the whole film). A field that a change does not name has the value
``KEEP`` and is not serialised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from marshmallow import ValidationError, missing, validate, validates_schema

from schemas import fields as wire
from schemas.contract import Contract, Items, Plain
from schemas.fields import doc
from schemas.job import MAX_TITLE, JobRequestSchema, Music, MusicRequest, SceneDraftSchema
from schemas.region import Region
from schemas.scene_graph import (
    MAX_SCENE_TAKES,
    MAX_SCENES,
    Focus,
    GlobalAudioSchema,
    ListItem,
    Media,
    MediaSchema,
    Overlay,
    Scene,
    SceneGraphSchema,
    SceneSchema,
    SceneStyleSchema,
    TransitionSchema,
    VoiceChoiceSchema,
)
from schemas.visible_text import check_visible

# The value of a field that an edit does not change: marshmallow's ``missing``, which it neither validates nor dumps.
KEEP: Any = missing
MAX_CHANGES = 500


@dataclass(frozen=True, slots=True)
class MediaEdit:
    """Changes of a scene's media.

    A new ``asset`` resets the others: ``kind`` becomes that of the file, and ``start_ms``, ``focus``, ``subject``,
    ``sound``, ``exposure`` and ``contrast`` of the old asset are dropped.
    """

    kind: str = KEEP
    asset: str | None = KEEP
    fit: str | None = KEEP
    focus: Focus | None = KEEP
    start_ms: int = KEEP
    colours: tuple[str, ...] = KEEP
    query: str = KEEP
    subject: Region | None = KEEP
    sound: str | None = KEEP
    exposure: float | None = KEEP
    contrast: float | None = KEEP


@dataclass(frozen=True, slots=True)
class StyleEdit:
    """Changes of a scene's style; ``None`` leaves the choice to the preset again."""

    motion: str | None = KEEP
    zoom: float | None = KEEP
    shots: int | None = KEEP


@dataclass(frozen=True, slots=True)
class TransitionEdit:
    """Changes of the transition into a scene."""

    kind: str = KEEP
    duration_ms: int = KEEP


@dataclass(frozen=True, slots=True)
class VoiceEdit:
    """Changes of the voice; a new ``provider`` without a ``voice`` uses the provider's default voice."""

    provider: str | None = KEEP
    voice: str | None = KEEP
    language: str | None = KEEP
    speed: float = KEEP


@dataclass(frozen=True, slots=True)
class SceneEdit:
    """Changes of one scene.

    A ``layout`` that shows fewer pictures than the scene has keeps the first ones, unless ``pictures`` names them.
    Another ``archetype`` makes media, overlays and layout anew from the product and the words of the scene.
    """

    scene: int
    description: str = KEEP
    duration_ms: int = KEEP
    media: MediaEdit = KEEP
    focus: Focus | None = KEEP
    caption: str = KEEP
    voice_script: str = KEEP
    style: StyleEdit = KEEP
    overlays: tuple[Overlay, ...] = KEEP
    transition: TransitionEdit = KEEP
    engine: str | None = KEEP
    take: str | int = KEEP
    key_words: tuple[str, ...] | None = KEEP
    layout: str | None = KEEP
    pictures: tuple[Media, ...] = KEEP
    item: ListItem | None = KEEP
    attribution: str = KEEP
    turn: bool = KEEP
    archetype: str | None = KEEP


@dataclass(frozen=True, slots=True)
class Reorder:
    """A new order of the scenes."""

    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a scene."""

    remove: int


@dataclass(frozen=True, slots=True)
class Insertion:
    """A new scene."""

    insert: Scene
    after: int | None = None


@dataclass(frozen=True, slots=True)
class FilmFields:
    """Changes of the whole film."""

    title: str = KEEP
    preset_id: str = KEEP
    captions: bool = KEEP
    voice: VoiceEdit = KEEP
    music: str | MusicRequest | None = KEEP
    music_db: float | None = KEEP
    target_lufs: float | None = KEEP
    clip_sound: str = KEEP
    effects: bool | None = KEEP
    progress: str = KEEP
    credits: bool = KEEP


@dataclass(frozen=True, slots=True)
class FilmEdit:
    """A change of the whole film."""

    film: FilmFields


Change = SceneEdit | Reorder | Removal | Insertion | FilmEdit


@dataclass(frozen=True, slots=True)
class Edit:
    """A list of changes."""

    changes: tuple[Change, ...]
    based_on: int | None = None
    dry_run: bool = False


def changed_fields(edit: Any) -> dict[str, Any]:
    """Return the fields that ``edit`` changes, by name."""
    values = {field.name: getattr(edit, field.name) for field in fields(edit)}
    return {name: value for name, value in values.items() if value is not KEEP}


def _field_of(schema: type[Contract[Any]], name: str) -> wire.Field[Any]:
    """Return the field ``name`` of ``schema``, so that an edited value is validated like the original one."""
    return schema._declared_fields[name]


def _scene_id(least: int = 1, **more: Any) -> wire.Int:
    return wire.Int(validate=validate.Range(least, 100_000), **more)


class Take(wire.Field[str | int]):
    """The take of a scene: ``"new"`` is the next one, a number is that one."""

    json_schema: ClassVar[Plain] = {
        "oneOf": [
            {"title": "The next take", "type": "string", "enum": ["new"]},
            {"title": "A take", "type": "integer", "minimum": 1, "maximum": MAX_SCENE_TAKES},
        ]
    }

    def _serialize(self, value: str | int | None, attr: str | None, obj: Any, **kwargs: Any) -> str | int | None:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | int:
        if value == "new":
            return "new"
        try:
            take = int(wire.Int().deserialize(value))
        except ValidationError:
            take = 0
        if not 1 <= take <= MAX_SCENE_TAKES:
            raise ValidationError(f'Must be "new" or a number from 1 to {MAX_SCENE_TAKES}.')
        return take


class MediaEditSchema(Contract[MediaEdit]):
    dataclass_type = MediaEdit
    kind = _field_of(MediaSchema, "kind")
    asset = _field_of(MediaSchema, "asset")
    fit = _field_of(MediaSchema, "fit")
    focus = _field_of(MediaSchema, "focus")
    subject = _field_of(MediaSchema, "subject")
    start_ms = _field_of(MediaSchema, "start_ms")
    colours = _field_of(MediaSchema, "colours")
    query = _field_of(MediaSchema, "query")
    sound = _field_of(MediaSchema, "sound")
    exposure = _field_of(MediaSchema, "exposure")
    contrast = _field_of(MediaSchema, "contrast")


class StyleEditSchema(Contract[StyleEdit]):
    dataclass_type = StyleEdit
    motion = _field_of(SceneStyleSchema, "motion")
    zoom = _field_of(SceneStyleSchema, "zoom")
    shots = _field_of(SceneStyleSchema, "shots")


class TransitionEditSchema(Contract[TransitionEdit]):
    dataclass_type = TransitionEdit
    kind = _field_of(TransitionSchema, "kind")
    duration_ms = _field_of(TransitionSchema, "duration_ms")


class VoiceEditSchema(Contract[VoiceEdit]):
    dataclass_type = VoiceEdit
    provider = _field_of(VoiceChoiceSchema, "provider")
    voice = _field_of(VoiceChoiceSchema, "voice")
    language = _field_of(VoiceChoiceSchema, "language")
    speed = _field_of(VoiceChoiceSchema, "speed")


class SceneEditSchema(Contract[SceneEdit]):
    dataclass_type = SceneEdit
    scene = _scene_id(required=True, metadata=doc("Number of the scene to change."))
    description = _field_of(SceneSchema, "description")
    duration_ms = _field_of(SceneSchema, "duration_ms")
    media = wire.Nested(MediaEditSchema, metadata=doc("Changes of the picture or video."))
    focus = _field_of(MediaSchema, "focus")
    caption = _field_of(SceneSchema, "caption")
    voice_script = _field_of(SceneSchema, "voice_script")
    style = wire.Nested(StyleEditSchema, metadata=doc("Changes of camera and shots."))
    overlays = _field_of(SceneSchema, "overlays")
    transition = wire.Nested(TransitionEditSchema, metadata=doc("Changes of the transition into the scene."))
    engine = _field_of(SceneSchema, "engine")
    key_words = _field_of(SceneSchema, "key_words")
    layout = _field_of(SceneSchema, "layout")
    pictures = _field_of(SceneSchema, "pictures")
    item = _field_of(SceneSchema, "item")
    attribution = _field_of(SceneSchema, "attribution")
    turn = _field_of(SceneSchema, "turn")
    archetype = _field_of(SceneSchema, "archetype")
    take = Take(
        metadata=doc(
            "`new` renders and speaks the scene again; a number chooses that take, and makes it if it does not exist."
        )
    )

    @validates_schema
    def _check_focus_given_once(self, data: dict[str, Any], **_: Any) -> None:
        if "focus" in data and data.get("media", MediaEdit()).focus is not KEEP:
            raise ValidationError("Given twice: as focus and as media.focus.", "focus")


class ReorderSchema(Contract[Reorder]):
    dataclass_type = Reorder
    order = Items(
        _scene_id(),
        required=True,
        validate=validate.Length(1, MAX_SCENES),
        metadata=doc("The numbers of all scenes in their new order."),
    )


class RemovalSchema(Contract[Removal]):
    dataclass_type = Removal
    remove = _scene_id(required=True, metadata=doc("Number of the scene to remove."))


class InsertionSchema(Contract[Insertion]):
    dataclass_type = Insertion
    insert = wire.Nested(SceneDraftSchema, required=True, metadata=doc("The new scene."))
    after = _scene_id(
        0,
        allow_none=True,
        metadata=doc("Number of the scene before the new one; 0 is the beginning of the film, null the end."),
    )


class FilmFieldsSchema(Contract[FilmFields]):
    dataclass_type = FilmFields
    title = wire.Str(validate=(validate.Length(1, MAX_TITLE), check_visible), metadata=doc("Title of the film."))
    preset_id = _field_of(JobRequestSchema, "preset_id")
    captions = _field_of(SceneGraphSchema, "captions")
    voice = wire.Nested(VoiceEditSchema, metadata=doc("Changes of the voice."))
    music = Music(
        allow_none=True,
        metadata=doc("The background music: `none`, a mood, or an audio asset. With null, the mood of the preset."),
    )
    music_db = _field_of(GlobalAudioSchema, "music_db")
    target_lufs = _field_of(GlobalAudioSchema, "target_lufs")
    clip_sound = _field_of(GlobalAudioSchema, "clip_sound")
    effects = _field_of(GlobalAudioSchema, "effects")
    progress = _field_of(SceneGraphSchema, "progress")
    credits = _field_of(SceneGraphSchema, "credits")


class FilmEditSchema(Contract[FilmEdit]):
    dataclass_type = FilmEdit
    film = wire.Nested(FilmFieldsSchema, required=True, metadata=doc("The fields to change."))


CHANGE_SCHEMAS: Mapping[str, type[Contract[Any]]] = {
    "scene": SceneEditSchema,
    "order": ReorderSchema,
    "remove": RemovalSchema,
    "insert": InsertionSchema,
    "film": FilmEditSchema,
}


class AnyChange(wire.Field[Change]):
    """A change of any kind in ``CHANGE_SCHEMAS``, recognised by the key that only this kind has."""

    @staticmethod
    def json_schema(resolved: Callable[[type[Contract[Any]]], Any]) -> dict[str, Any]:
        """Return a ``oneOf``: each kind has a required key that no other kind allows."""
        return {"oneOf": [resolved(kind) for kind in CHANGE_SCHEMAS.values()]}

    def _serialize(self, value: Change | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else change_to_plain(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        kinds = [name for name in CHANGE_SCHEMAS if name in value] if isinstance(value, dict) else []
        if len(kinds) != 1:
            raise ValidationError(f"Must be an object with exactly one of {', '.join(CHANGE_SCHEMAS)}.")
        return CHANGE_SCHEMAS[kinds[0]].read(value)


def change_to_plain(change: Change) -> dict[str, Any]:
    """Return ``change`` as JSON-ready data, with only the fields that it names."""
    return next(schema for schema in CHANGE_SCHEMAS.values() if schema.dataclass_type is type(change)).plain(change)


class EditSchema(Contract[Edit]):
    dataclass_type = Edit
    changes = Items(
        AnyChange(),
        required=True,
        validate=validate.Length(1, MAX_CHANGES),
        metadata=doc("The changes, which are applied in this order."),
    )
    based_on = wire.Int(
        allow_none=True,
        validate=validate.Range(1),
        metadata=doc("Number of the revision that the changes refer to; null is the newest."),
    )
    dry_run = wire.Bool(
        metadata=doc("Whether the changes are only previewed: what would be rendered again, and its cost.")
    )
