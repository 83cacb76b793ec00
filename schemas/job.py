"""A job: the request that creates it, and the states of its runs and scenes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.brand import Brand, BrandSchema
from schemas.contract import NAME, Contract, Items, Plain
from schemas.frame import ASPECTS, DEFAULT_ASPECT, DEFAULT_QUALITY, QUALITIES
from schemas.omissions import MAX_OMISSIONS, Omission, OmissionSchema
from schemas.preset import MOODS, PROGRESS
from schemas.scene_graph import (
    CLIP_SOUNDS,
    DEFAULT_CLIP_SOUND,
    MAX_SCENES,
    MusicChoice,
    Scene,
    SceneSchema,
    VoiceChoice,
    VoiceChoiceSchema,
)

MAX_PROMPT = 4_000
MAX_SCRIPT = 20_000
MAX_TITLE = 200
MAX_MEDIA = 200
POLICIES = ("local_only", "local_preferred", "api_only")
SOURCES = ("prompt", "script", "scenes")
MEDIA_ORDERS = ("given", "story")


class State(StrEnum):
    """The states of a run: custom Celery states, shown by the API as they are."""

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
    """The states of a scene, as shown by the API; FALLBACK is a scene rendered by a fallback."""

    QUEUED = "QUEUED"
    RENDERING = "RENDERING"
    DONE = "DONE"
    FALLBACK = "FALLBACK"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class MusicRequest:
    """The requested music: an ``asset`` id or a ``mood`` (one of ``schemas.preset.MOODS``).

    Without either it is the preset's mood.
    """

    asset: str | None = None
    mood: str | None = None


def music_choice(requested: str | MusicRequest | None) -> MusicChoice:
    """Return the scene graph's music for that of a request or edit; ``None`` is the preset's mood, "none" no music."""
    if isinstance(requested, MusicRequest):
        return (
            MusicChoice("asset", asset=requested.asset) if requested.asset else MusicChoice("mood", mood=requested.mood)
        )
    return MusicChoice("none" if requested == "none" else "mood")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """The body of a request for a film; exactly one of ``prompt``, ``script`` and ``scenes`` is set, or none of them.

    Without any, the film shows ``media`` under ``title``, and nothing is spoken. ``media`` are asset ids, or paths or
    ``file://`` URIs in the upload area. ``media_order`` (one of ``MEDIA_ORDERS``) is "given" to show them in this
    order, "story" to match them to the lines by the words of their names; ``None`` shows them in this order, except
    those whose names have words of a line. ``title`` and ``language`` (a code such as "en" or
    "pt-BR") are derived from the text if ``None``. ``music`` is "none", a ``MusicRequest``, or ``None`` for the
    preset's mood. ``clip_sound`` (one of ``schemas.scene_graph.CLIP_SOUNDS``) is how the own sound of videos is heard.
    ``brand`` is shown in the last scene.
    ``effects`` turns sound effects on or off; ``None`` is the preset's choice.
    ``engine_preference`` is the name of the engine to try first and ``engine_policy`` one of ``POLICIES``; if
    ``brand_safe``, the user's pictures are moved and cropped but never generated anew. ``aspect`` and ``quality`` are
    keys of ``schemas.frame``. ``target_duration_seconds`` is the wanted length of the film. ``captions`` burns captions
    in. ``strict`` refuses the request, or fails the job, if something that it gives would not be in the film; otherwise
    that is a warning. ``omissions`` are what the client had to leave out of the request, such as files of a directory.
    ``progress`` (one of ``schemas.preset.PROGRESS``) is how the film shows how far it is; with ``None``, films with a
    list show it as the preset does. ``review`` stops after the plan until it is approved. Equal requests with an equal
    ``seed`` give equal films.
    """

    prompt: str | None = None
    script: str | None = None
    scenes: tuple[Scene, ...] = ()
    media: tuple[str, ...] = ()
    media_order: str | None = None
    title: str | None = None
    language: str | None = None
    preset_id: str = "clean_bold"
    voice: VoiceChoice = field(default_factory=VoiceChoice)
    music: str | MusicRequest | None = None
    clip_sound: str = DEFAULT_CLIP_SOUND
    brand: Brand = field(default_factory=Brand)
    effects: bool | None = None
    engine_preference: str | None = None
    engine_policy: str = "local_preferred"
    brand_safe: bool = True
    aspect: str = DEFAULT_ASPECT
    quality: str = DEFAULT_QUALITY
    target_duration_seconds: int | None = None
    captions: bool = True
    review: bool = False
    seed: int = 0
    progress: str | None = None
    strict: bool = False
    omissions: tuple[Omission, ...] = ()

    @property
    def text(self) -> str:
        """The script or the prompt; empty for given scenes."""
        return self.script or self.prompt or ""


class Music(fields.Field[Any]):
    """The music of a request: ``"none"``, ``{"mood": …}`` or ``{"asset": …}``; absent means the preset's mood."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value == "none":
            return "none"
        if not isinstance(value, dict) or set(value) - {"mood", "asset"} or len(value) != 1:
            raise ValidationError('Must be "none", {"mood": …} or {"asset": …}.')
        if "mood" in value and value["mood"] not in MOODS:
            raise ValidationError(f"Mood must be one of: {', '.join(MOODS)}.")
        if "asset" in value and not (isinstance(value["asset"], str) and 0 < len(value["asset"]) <= 64):
            raise ValidationError("Asset must be an asset id.")
        return MusicRequest(**value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if isinstance(value, MusicRequest):
            return {"asset": value.asset} if value.asset else {"mood": value.mood}
        return value


class SceneDraftSchema(SceneSchema):
    """A scene of a request; its id is optional, because the planner numbers the scenes."""

    id = fields.Int(load_default=0, validate=validate.Range(0, 100_000))


class JobRequestSchema(Contract[JobRequest]):
    dataclass_type = JobRequest
    later: ClassVar[Plain] = {
        "media_order": None,
        "brand": BrandSchema.plain(Brand()),
        "effects": None,
        "progress": None,
        "strict": False,
        "omissions": [],
    }
    prompt = fields.Str(allow_none=True, validate=validate.Length(max=MAX_PROMPT))
    script = fields.Str(allow_none=True, validate=validate.Length(max=MAX_SCRIPT))
    scenes = Items(fields.Nested(SceneDraftSchema), validate=validate.Length(max=MAX_SCENES))
    media = Items(fields.Str(validate=validate.Length(1, 2048)), validate=validate.Length(max=MAX_MEDIA))
    media_order = fields.Str(allow_none=True, validate=validate.OneOf(MEDIA_ORDERS))
    title = fields.Str(allow_none=True, validate=validate.Length(max=MAX_TITLE))
    language = fields.Str(allow_none=True, validate=validate.Length(2, 16))
    preset_id = fields.Str(validate=NAME)
    voice = fields.Nested(VoiceChoiceSchema)
    music = Music(allow_none=True)
    clip_sound = fields.Str(validate=validate.OneOf(CLIP_SOUNDS))
    brand = fields.Nested(BrandSchema)
    effects = fields.Bool(allow_none=True)
    engine_preference = fields.Str(allow_none=True, validate=NAME)
    engine_policy = fields.Str(validate=validate.OneOf(POLICIES))
    brand_safe = fields.Bool()
    aspect = fields.Str(validate=validate.OneOf(list(ASPECTS)))
    quality = fields.Str(validate=validate.OneOf(QUALITIES))
    target_duration_seconds = fields.Int(allow_none=True, strict=True, validate=validate.Range(1, 600))
    captions = fields.Bool()
    review = fields.Bool()
    seed = fields.Int(validate=validate.Range(0, 2**32 - 1))
    progress = fields.Str(allow_none=True, validate=validate.OneOf(PROGRESS))
    strict = fields.Bool()
    omissions = Items(fields.Nested(OmissionSchema), validate=validate.Length(max=MAX_OMISSIONS))

    @validates_schema
    def _check_one_source(self, data: dict[str, Any], **_: Any) -> None:
        sources = [name for name in SOURCES if data.get(name)]
        if not sources and data.get("media"):
            if not any(char.isalnum() for char in data.get("title") or ""):
                raise ValidationError("A film of media without a text needs a title.", "title")
            return
        if len(sources) != 1:
            got = " and ".join(sources) or "none"
            raise ValidationError(
                f"Give exactly one of {', '.join(SOURCES)}, or media with a title; got {got}.",
                sources[0] if sources else "script",
            )
        text = data.get(sources[0])
        if isinstance(text, str) and not any(char.isalnum() for char in text):
            raise ValidationError("It has no words.", sources[0])
