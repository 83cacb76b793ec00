"""A job: what a caller may ask for, and the states it goes through."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.contract import NAME, Contract, Items
from schemas.frame import ASPECTS, DEFAULT_ASPECT, DEFAULT_QUALITY, QUALITIES
from schemas.preset import MOODS
from schemas.scene_graph import MAX_SCENES, MusicChoice, Scene, SceneSchema, VoiceChoice, VoiceChoiceSchema

MAX_PROMPT = 4_000
MAX_SCRIPT = 20_000
MAX_TITLE = 200
MAX_MEDIA = 200
POLICIES = ("local_only", "local_preferred", "api_only")
SOURCES = ("prompt", "script", "scenes")


class State(StrEnum):
    """The Celery result states of a run, as the API shows them."""

    QUEUED = "QUEUED"
    PLANNING_SCENES = "PLANNING_SCENES"
    AWAITING_REVIEW = "AWAITING_REVIEW"
    BUILDING_TIMELINE = "BUILDING_TIMELINE"
    RENDERING_SCENES = "RENDERING_SCENES"
    COMPOSING = "COMPOSING"
    AUDIO_ASSEMBLY = "AUDIO_ASSEMBLY"
    FINALIZING = "FINALIZING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        return self in ENDED


class SceneState(StrEnum):
    """The states of a scene, as the API shows them."""

    QUEUED = "QUEUED"
    RENDERING = "RENDERING"
    DONE = "DONE"
    FALLBACK = "FALLBACK"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class MusicWish:
    """Exactly one: an ``asset`` id, a ``mood``, or neither for none of the user's own choice."""

    asset: str | None = None
    mood: str | None = None


def music_choice(wish: str | MusicWish | None) -> MusicChoice:
    """The music of a film as a request or an edit asks for it; ``None`` is the preset's mood, "none" is no music."""
    if isinstance(wish, MusicWish):
        return MusicChoice("asset", asset=wish.asset) if wish.asset else MusicChoice("mood", mood=wish.mood)
    return MusicChoice("none" if wish == "none" else "mood")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a caller asks for. Exactly one of ``prompt``, ``script`` and ``scenes`` is given."""

    prompt: str | None = None
    script: str | None = None
    scenes: tuple[Scene, ...] = ()
    media: tuple[str, ...] = ()
    title: str | None = None
    language: str | None = None
    preset_id: str = "clean_bold"
    voice: VoiceChoice = field(default_factory=VoiceChoice)
    music: str | MusicWish | None = None
    engine_preference: str | None = None
    engine_policy: str = "local_preferred"
    brand_safe: bool = True
    aspect: str = DEFAULT_ASPECT
    quality: str = DEFAULT_QUALITY
    target_duration_seconds: int | None = None
    captions: bool = True
    review: bool = False
    seed: int = 0

    @property
    def text(self) -> str:
        return self.script or self.prompt or ""


class Music(fields.Field[Any]):
    """``"none"``, ``{"mood": …}`` or ``{"asset": …}``; absent means the preset's mood."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value == "none":
            return "none"
        if not isinstance(value, dict) or set(value) - {"mood", "asset"} or len(value) != 1:
            raise ValidationError('Must be "none", {"mood": …} or {"asset": …}.')
        if "mood" in value and value["mood"] not in MOODS:
            raise ValidationError(f"Mood must be one of: {', '.join(MOODS)}.")
        if "asset" in value and not (isinstance(value["asset"], str) and 0 < len(value["asset"]) <= 64):
            raise ValidationError("Asset must be an asset id.")
        return MusicWish(**value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if isinstance(value, MusicWish):
            return {"asset": value.asset} if value.asset else {"mood": value.mood}
        return value


class SceneDraftSchema(SceneSchema):
    """A scene given outright; the planner numbers it, so it needs no id."""

    id = fields.Int(load_default=0, validate=validate.Range(0, 100_000))


class JobRequestSchema(Contract[JobRequest]):
    dataclass_type = JobRequest
    prompt = fields.Str(allow_none=True, validate=validate.Length(max=MAX_PROMPT))
    script = fields.Str(allow_none=True, validate=validate.Length(max=MAX_SCRIPT))
    scenes = Items(fields.Nested(SceneDraftSchema), validate=validate.Length(max=MAX_SCENES))
    media = Items(fields.Str(validate=validate.Length(1, 2048)), validate=validate.Length(max=MAX_MEDIA))
    title = fields.Str(allow_none=True, validate=validate.Length(max=MAX_TITLE))
    language = fields.Str(allow_none=True, validate=validate.Length(2, 16))
    preset_id = fields.Str(validate=NAME)
    voice = fields.Nested(VoiceChoiceSchema)
    music = Music(allow_none=True)
    engine_preference = fields.Str(allow_none=True, validate=NAME)
    engine_policy = fields.Str(validate=validate.OneOf(POLICIES))
    brand_safe = fields.Bool()
    aspect = fields.Str(validate=validate.OneOf(list(ASPECTS)))
    quality = fields.Str(validate=validate.OneOf(QUALITIES))
    target_duration_seconds = fields.Int(allow_none=True, strict=True, validate=validate.Range(1, 600))
    captions = fields.Bool()
    review = fields.Bool()
    seed = fields.Int(validate=validate.Range(0, 2**32 - 1))

    @validates_schema
    def _check_one_source(self, data: dict[str, Any], **_: Any) -> None:
        given = [name for name in SOURCES if data.get(name)]
        if len(given) != 1:
            got = " and ".join(given) or "none"
            raise ValidationError(
                f"Give exactly one of {', '.join(SOURCES)}; got {got}.", given[0] if given else "script"
            )
        text = data.get(given[0])
        if isinstance(text, str) and not any(c.isalnum() for c in text):
            raise ValidationError("There are no words in it.", given[0])
