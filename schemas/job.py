"""A job: the request that creates it, and the states of its runs and scenes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import ValidationError, validate, validates_schema

from schemas import fields
from schemas.brand import Brand, BrandSchema
from schemas.contract import ENGINE_NAME, NAME, Contract, Items, Plain
from schemas.fields import doc
from schemas.frame import ASPECTS, DEFAULT_ASPECT, DEFAULT_QUALITY, QUALITIES
from schemas.money import ZERO, Usd
from schemas.omissions import MAX_OMISSIONS, Omission, OmissionSchema
from schemas.preset import MOODS, PROGRESS
from schemas.scene_graph import (
    ARCHETYPES,
    CLIP_SOUNDS,
    DEFAULT_CLIP_SOUND,
    MAX_SCENES,
    MusicChoice,
    Scene,
    SceneSchema,
    VoiceChoice,
    VoiceChoiceSchema,
)
from schemas.visible_text import check_visible, has_words

MAX_PROMPT = 4_000
MAX_SCRIPT = 20_000
MAX_TITLE = 200
MAX_MEDIA = 200
POLICIES = ("local_only", "local_preferred", "api_only")
SOURCES = ("prompt", "script", "scenes")
MEDIA_ORDERS = ("given", "story")
MAX_TAKES = 4
MAX_BUDGET_USD = 1_000_000
CONTINUITIES = ("none", "character", "previous_frame")


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
    """The request for a film: exactly one of ``prompt``, ``script`` and ``scenes``, or ``media`` with a ``title``.

    Without a text, the film shows ``media`` under ``title``, and nothing is spoken.
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
    budget_usd: Decimal | None = None
    takes: int = 1
    continuity: str = "none"
    aspect: str = DEFAULT_ASPECT
    quality: str = DEFAULT_QUALITY
    target_duration_seconds: int | None = None
    captions: bool = True
    review: bool = False
    seed: int = 0
    progress: str | None = None
    strict: bool = False
    omissions: tuple[Omission, ...] = ()
    archetype: str | None = None
    credits: bool = False

    @property
    def text(self) -> str:
        """The script or the prompt; empty for given scenes."""
        return self.script or self.prompt or ""


def _music_object(name: str, value: Plain) -> Plain:
    return {
        "title": name.capitalize(),
        "type": "object",
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


class Music(fields.Field[Any]):
    """The music of a request: ``"none"``, ``{"mood": …}`` or ``{"asset": …}``; absent means the preset's mood."""

    json_schema: ClassVar[Plain] = {
        "oneOf": [
            {"title": "No music", "type": "string", "enum": ["none"]},
            _music_object("mood", {"type": "string", "enum": list(MOODS), "description": "Mood of the music."}),
            _music_object(
                "asset", {"type": "string", "minLength": 1, "maxLength": 64, "description": "Id of an audio asset."}
            ),
            {"title": "Mood of the preset", "type": "null"},
        ]
    }

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


class Budget(Usd):
    """A budget: an amount in US dollars that is a JSON number, not a text."""

    json_schema: ClassVar[Plain] = {**Usd.json_schema, "maximum": MAX_BUDGET_USD}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, str):
            raise ValidationError("Must be a number.")
        amount = super()._deserialize(value, attr, data, **kwargs)
        if not ZERO <= amount <= MAX_BUDGET_USD:
            raise ValidationError(f"Must be 0 to {MAX_BUDGET_USD} US dollars.")
        return amount


class SceneDraftSchema(SceneSchema):
    """A scene of a request; its id is optional, because the planner numbers the scenes."""

    id = fields.Int(
        load_default=0,
        validate=validate.Range(0, 100_000),
        metadata=doc("Number of the scene; 0 lets the planner number the scenes."),
    )


_NO_TEXT = {"type": ["string", "null"], "maxLength": 0}
_NOTHING: Plain = {"prompt": _NO_TEXT, "script": _NO_TEXT, "scenes": {"type": "array", "maxItems": 0}}
_WORDS = {"type": "string", "minLength": 1, "pattern": r"\S"}


def _source(label: str, /, **given: Plain) -> Plain:
    """Return the rule that ``given`` are given, and of the other sources none."""
    return {"title": label, "required": list(given), "properties": _NOTHING | given}


class JobRequestSchema(Contract[JobRequest]):
    dataclass_type = JobRequest
    rules: ClassVar[Plain] = {
        "oneOf": [
            _source("From a prompt", prompt=_WORDS),
            _source("From a script", script=_WORDS),
            _source("From scenes", scenes={"type": "array", "minItems": 1}),
            _source("From media with a title", media={"type": "array", "minItems": 1}, title=_WORDS),
        ]
    }
    later: ClassVar[Plain] = {
        "media_order": None,
        "brand": BrandSchema.plain(Brand()),
        "effects": None,
        "progress": None,
        "strict": False,
        "omissions": [],
        "budget_usd": None,
        "takes": 1,
        "continuity": "none",
        "archetype": None,
        "credits": False,
    }
    prompt = fields.Str(
        allow_none=True,
        validate=validate.Length(max=MAX_PROMPT),
        metadata=doc(
            "What the film is about, in words; the planner writes the scenes from it. The text may also say "
            "how long, how fast and for whom."
        ),
    )
    script = fields.Str(
        allow_none=True,
        validate=validate.Length(max=MAX_SCRIPT),
        metadata=doc("The words that are spoken, unchanged. The planner divides them into scenes."),
    )
    scenes = Items(
        fields.Nested(SceneDraftSchema),
        validate=validate.Length(max=MAX_SCENES),
        metadata=doc("The scenes of the film, in order, when they are already planned."),
    )
    media = Items(
        fields.Str(validate=validate.Length(1, 2048)),
        validate=validate.Length(max=MAX_MEDIA),
        metadata=doc(
            "The pictures and videos of the film: ids of assets, or paths or `file://` URIs in the upload "
            "area of the server."
        ),
    )
    media_order = fields.Str(
        allow_none=True,
        validate=validate.OneOf(MEDIA_ORDERS),
        metadata=doc(
            "How `media` are given to scenes: `given` in this order, `story` by the words of their names that "
            "occur in the lines. With null, in this order, except those whose names have words of a line."
        ),
    )
    title = fields.Str(
        allow_none=True,
        validate=(validate.Length(max=MAX_TITLE), check_visible),
        metadata=doc("Title of the film; derived from the text if it is null."),
    )
    language = fields.Str(
        allow_none=True,
        validate=validate.Length(2, 16),
        metadata=doc("Language of the text as a code such as `en` or `pt-BR`; detected if it is null."),
    )
    preset_id = fields.Str(
        validate=NAME,
        metadata=doc("Id of the preset, which says how the film looks and sounds; `/api/v1/presets` lists them."),
    )
    voice = fields.Nested(VoiceChoiceSchema, metadata=doc("The voice that speaks the text."))
    music = Music(
        allow_none=True,
        metadata=doc("The background music: `none`, a mood, or an audio asset. With null, the mood of the preset."),
    )
    clip_sound = fields.Str(
        validate=validate.OneOf(CLIP_SOUNDS),
        metadata=doc(
            "How the sound of videos is heard: `keep` at one level, `duck` lower under the voice, `mute` not at all."
        ),
    )
    brand = fields.Nested(BrandSchema, metadata=doc("What the last scene shows of the one who publishes the film."))
    effects = fields.Bool(
        allow_none=True, metadata=doc("Whether there are sound effects; null leaves the choice to the preset.")
    )
    engine_preference = fields.Str(
        allow_none=True,
        validate=ENGINE_NAME,
        metadata=doc(
            "Name of the engine that is tried first for each scene, alone (`runway`) or with one of its models "
            "(`runway:gen4_turbo`); null leaves the choice to the preset."
        ),
    )
    engine_policy = fields.Str(
        validate=validate.OneOf(POLICIES),
        metadata=doc(
            "Which engines may be used: `local_only`, `local_preferred` (hosted ones as a fallback) or `api_only`."
        ),
    )
    brand_safe = fields.Bool(
        metadata=doc("Whether your pictures are only moved and cropped, and never generated anew.")
    )
    budget_usd = Budget(
        allow_none=True,
        metadata=doc(
            "The most that the film may cost in US dollars, later revisions included; null is no limit but those of "
            "the server. With a budget, scenes that need generated motion may use hosted engines that nothing names."
        ),
    )
    takes = fields.Int(
        validate=validate.Range(1, MAX_TAKES),
        metadata=doc("Number of clips that are ordered for each scene that a hosted engine generates, to choose from."),
    )
    continuity = fields.Str(
        validate=validate.OneOf(CONTINUITIES),
        metadata=doc(
            "What generated scenes have in common: `none` nothing, `character` the same characters, `previous_frame` "
            "each one begins with the last frame of the scene before."
        ),
    )
    aspect = fields.Str(
        validate=validate.OneOf(list(ASPECTS)), metadata=doc("Aspect ratio of the film, width to height.")
    )
    quality = fields.Str(
        validate=validate.OneOf(QUALITIES),
        metadata=doc(
            "Size of the frames, as the length of their shorter side: `draft` 540, `low` 720, `medium` 1080, "
            "`high` 2160 pixels."
        ),
    )
    target_duration_seconds = fields.Int(
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 600),
        metadata=doc("Wanted length of the film in seconds; null leaves it to the text."),
    )
    captions = fields.Bool(metadata=doc("Whether captions are burned into the film."))
    review = fields.Bool(metadata=doc("Whether the job waits after the plan until it is approved."))
    seed = fields.Int(
        validate=validate.Range(0, 2**32 - 1),
        metadata=doc("Start of every random choice: equal requests with an equal seed give equal films."),
    )
    progress = fields.Str(
        allow_none=True,
        validate=validate.OneOf(PROGRESS),
        metadata=doc(
            "How the film shows how far it is: not at all, by a bar, or by a segment for each scene. With "
            "null, films with a list show it as the preset does."
        ),
    )
    strict = fields.Bool(
        metadata=doc(
            "Whether the request is refused, or the job fails, if something that it gives would not be in the "
            "film; otherwise that is a warning."
        )
    )
    omissions = Items(
        fields.Nested(OmissionSchema),
        validate=validate.Length(max=MAX_OMISSIONS),
        metadata=doc(
            "What the client has left out of the request, such as files of a directory; each becomes a warning."
        ),
    )
    archetype = fields.Str(
        allow_none=True,
        validate=validate.OneOf(ARCHETYPES),
        metadata=doc(
            "The archetype of the scenes that have none of their own: `product_hero`, `overlay` or `meme_text`. It is "
            "not that of a scene that shows a video, or of the last scene. Null makes scenes without an archetype."
        ),
    )
    credits = fields.Bool(
        metadata=doc(
            "Whether the last scene shows who made the stock footage of the film; without such footage it shows "
            "nothing. `credits.txt` has all credits in any case."
        )
    )

    @validates_schema
    def _check_one_source(self, data: dict[str, Any], **_: Any) -> None:
        sources = [name for name in SOURCES if data.get(name)]
        if not sources and data.get("media"):
            if not has_words(data.get("title") or ""):
                raise ValidationError("A film of media without a text needs a title.", "title")
            return
        if len(sources) != 1:
            got = " and ".join(sources) or "none"
            raise ValidationError(
                f"Give exactly one of {', '.join(SOURCES)}, or media with a title; got {got}.",
                sources[0] if sources else "script",
            )
        text = data.get(sources[0])
        if isinstance(text, str) and not has_words(text):
            raise ValidationError("It has no words.", sources[0])
