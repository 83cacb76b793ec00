"""The scene graph: the planned scenes of a film, in order, before they are timed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from marshmallow import ValidationError, validate, validates_schema

from schemas import fields
from schemas.alias import MAX_ALIASES, Alias, AliasSchema
from schemas.contract import COLOUR, ENGINE_NAME, NAME, Contract, Items, Plain, Versioned
from schemas.emoji import EMOJI
from schemas.exposure import MAX_CONTRAST, MAX_STOPS, Exposure
from schemas.fields import doc
from schemas.frame import ASPECTS, DEFAULT_ASPECT
from schemas.preset import FITS, MOODS, MOTIONS, POSITIONS, PROGRESS, TRANSITIONS
from schemas.region import Region, RegionSchema

MEDIA_KINDS = ("image", "video", "generated", "stock", "colour")
ROLES = ("hook", "body", "closing")
# What a scene is made of: a moved product, a product over a background, large words over a background.
ARCHETYPES = ("product_hero", "overlay", "meme_text")
PRODUCT_HERO, OVERLAY, MEME_TEXT = ARCHETYPES
OVERLAY_KINDS = ("text", "image", "emoji")
OVERLAY_STYLES = ("title", "headline", "amount", "lower_third", "counter", "table", "code", "credits")
# Overlays of these styles may have longer texts than the others.
LONG_STYLES = ("table", "code")
MAX_OVERLAY_TEXT, MAX_LONG_TEXT = 300, 1200
CLIP_SOUNDS = ("keep", "duck", "mute")
DEFAULT_CLIP_SOUND = "duck"
MAX_SCENES = 400
MAX_SCENE_MS = 600_000
MAX_SCENE_TAKES = 1000
MAX_TEXT = 5_000
MAX_SCALE = 3.0
# The engines whose pictures depend on the words of the scene.
WORD_ENGINES = ("moviepy",)
# The pictures of a layout beside the first one.
MAX_MORE_PICTURES = 3


@dataclass(frozen=True, slots=True)
class Focus:
    """The point of a picture that must stay in the frame."""

    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True, slots=True)
class Media:
    """The picture material of a scene."""

    kind: str = "colour"
    asset: str | None = None
    fit: str | None = None
    focus: Focus | None = None
    start_ms: int = 0
    colours: tuple[str, ...] = ()
    query: str = ""
    subject: Region | None = None
    sound: str | None = None
    exposure: float | None = None
    contrast: float | None = None
    reason: str = ""

    @property
    def correction(self) -> Exposure:
        return Exposure(self.exposure or 0.0, self.contrast or 1.0)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A text, an image or a large emoji over the picture."""

    kind: str = "text"
    text: str = ""
    asset: str | None = None
    position: str = "middle"
    scale: float = 1.0
    style: str = "title"
    was: str = ""
    at: str = ""
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """The transition from the previous scene into this one; the two scenes overlap by its length."""

    kind: str = "cut"
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class SceneStyle:
    """The camera over a still; ``None`` leaves the choice to the preset and the seed."""

    motion: str | None = None
    zoom: float | None = None
    shots: int | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    """The place of a scene in a list, which is shown as a counter."""

    number: int
    total: int
    label: str = ""
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene of a film."""

    id: int
    description: str = ""
    role: str = "body"
    duration_ms: int = 4000
    media: Media = field(default_factory=Media)
    caption: str = ""
    voice_script: str = ""
    style: SceneStyle = field(default_factory=SceneStyle)
    overlays: tuple[Overlay, ...] = ()
    transition: Transition = field(default_factory=Transition)
    engine: str | None = None
    take: int = 1
    key_words: tuple[str, ...] | None = None
    layout: str | None = None
    pictures: tuple[Media, ...] = ()
    item: ListItem | None = None
    attribution: str = ""
    turn: bool = False
    archetype: str | None = None

    @property
    def all_media(self) -> tuple[Media, ...]:
        """``media`` and ``pictures``, in order."""
        return (self.media, *self.pictures)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words that the scene may show: its narration, its caption and its text overlays."""
        shown = (overlay.text for overlay in self.overlays if overlay.kind != "image")
        return (self.voice_script, self.caption, *shown)

    @property
    def asset_ids(self) -> tuple[str, ...]:
        """The ids of the files that the scene shows, its image overlays included."""
        files = (*(media.asset for media in self.all_media), *(overlay.asset for overlay in self.overlays))
        return tuple(asset for asset in files if asset)


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """The voice of a film; a field that is ``None`` takes the provider's default."""

    provider: str | None = None
    voice: str | None = None
    language: str | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class MusicChoice:
    """The music of a film."""

    kind: str = "mood"
    mood: str | None = None
    asset: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GlobalAudio:
    """The sound of the whole film."""

    voice: VoiceChoice = field(default_factory=VoiceChoice)
    voiceover: str | None = None
    music: MusicChoice = field(default_factory=MusicChoice)
    music_db: float | None = None
    target_lufs: float | None = None
    clip_sound: str = DEFAULT_CLIP_SOUND
    effects: bool | None = None
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneGraph:
    """The scenes of a film and its global settings."""

    version: str
    title: str
    language: str
    preset_id: str
    scenes: tuple[Scene, ...]
    aspect: str = DEFAULT_ASPECT
    captions: bool = True
    seed: int = 0
    progress: str = "none"
    global_audio: GlobalAudio = field(default_factory=GlobalAudio)
    credits: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The words that the film may show."""
        return (self.title, *(text for scene in self.scenes for text in scene.texts))

    def scene(self, scene_id: int) -> Scene:
        """Return the scene with the id ``scene_id``; raises ``KeyError`` if there is none."""
        for scene in self.scenes:
            if scene.id == scene_id:
                return scene
        raise KeyError(scene_id)

    def with_scene(self, scene: Scene) -> SceneGraph:
        """Return a copy in which ``scene`` replaces the scene with the same id."""
        return replace(self, scenes=tuple(scene if s.id == scene.id else s for s in self.scenes))


def rendered_part(scene: Scene) -> dict[str, Any]:
    """Return the part of ``scene`` that engines use, as plain data: within a film, equal parts are the same shot.

    Spoken text, captions, overlays, the transition, the sound of a clip, the number of shots and the reason for a
    picture are left out, because they do not change the rendered picture. Size, length, seed and preset are left out:
    they belong to the film. A scene for an engine that draws words has its caption and its narration, one with an
    archetype has that.
    """
    plain = SceneSchema.plain(scene)
    del plain["media"]["sound"], plain["style"]["shots"]
    for media in (plain["media"], *plain["pictures"]):
        media.pop("reason", None)
    words = ("caption", "voice_script") if scene.engine in WORD_ENGINES else ()
    names = ("id", "description", "role", "media", "style", "engine", "take", "layout", "pictures", *words)
    names += ("archetype",) if scene.archetype else ()
    return {name: plain[name] for name in names}


class FocusSchema(Contract[Focus]):
    dataclass_type = Focus
    x = fields.Float(
        validate=validate.Range(0, 1), metadata=doc("Distance from the left, as a share of the picture's width.")
    )
    y = fields.Float(
        validate=validate.Range(0, 1), metadata=doc("Distance from the top, as a share of the picture's height.")
    )


class MediaSchema(Contract[Media]):
    dataclass_type = Media
    later: ClassVar[Plain] = {"exposure": None, "contrast": None, "reason": ""}
    kind = fields.Str(
        validate=validate.OneOf(MEDIA_KINDS),
        metadata=doc(
            "Kind of material: an `image` or a `video` asset, a picture that is `generated` or searched in a "
            "`stock`, or a background of `colour`."
        ),
    )
    asset = fields.Str(
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata=doc("Id of the image or video asset; null for the other kinds."),
    )
    fit = fields.Str(
        allow_none=True,
        validate=validate.OneOf(FITS),
        metadata=doc(
            "How a picture of another aspect is brought to the frame: `blur` shows it whole on a blurred copy "
            "of itself, `crop` fills the frame, `pad` shows it whole on the background colour. Null leaves "
            "the choice to the preset."
        ),
    )
    focus = fields.Nested(
        FocusSchema, allow_none=True, metadata=doc("The point that must stay in the frame; detected if it is null.")
    )
    subject = fields.Nested(
        RegionSchema,
        allow_none=True,
        metadata=doc("The part of the picture that must be seen and not be covered; detected if it is null."),
    )
    start_ms = fields.Int(
        validate=validate.Range(0, 86_400_000),
        metadata=doc("Where playback of a video begins, in milliseconds from the start of its file."),
    )
    colours = Items(
        fields.Str(validate=COLOUR),
        validate=validate.Length(max=4),
        metadata=doc(
            "Colours of the background of a scene without an asset; the palette of the preset if the list is empty."
        ),
    )
    query = fields.Str(
        validate=validate.Length(max=200),
        metadata=doc("Text for an engine that generates the picture or searches for it."),
    )
    sound = fields.Str(
        allow_none=True,
        validate=validate.OneOf(CLIP_SOUNDS),
        metadata=doc(
            "How the sound of a video is heard: `keep` at one level, `duck` lower under the voice, `mute` not "
            "at all. Null is the `clip_sound` of the film."
        ),
    )
    exposure = fields.Float(
        allow_none=True,
        validate=validate.Range(-MAX_STOPS, MAX_STOPS),
        metadata=doc(
            "Correction of the brightness in stops; above 0 is brighter. With null, it is matched to the "
            "other pictures of the film."
        ),
    )
    contrast = fields.Float(
        allow_none=True,
        validate=validate.Range(1 / MAX_CONTRAST, MAX_CONTRAST),
        metadata=doc(
            "Correction of the contrast as a factor; 1 changes nothing. With null, it is matched to the other "
            "pictures of the film."
        ),
    )
    reason = fields.Str(
        validate=validate.Length(max=300),
        metadata=doc(
            "Why the planner chose the picture for this scene; empty for pictures in the order given. It has no effect."
        ),
    )


class OverlaySchema(Contract[Overlay]):
    dataclass_type = Overlay
    later: ClassVar[Plain] = {"style": "title", "was": "", "at": "", "shadow": False}
    kind = fields.Str(
        validate=validate.OneOf(OVERLAY_KINDS),
        metadata=doc("Kind of overlay: `text`, an `image` asset, or one `emoji` as `text`."),
    )
    text = fields.Str(
        validate=validate.Length(max=MAX_LONG_TEXT),
        metadata=doc("The text or the emoji. 300 characters at most, 1200 for a `table` and for `code`."),
    )
    asset = fields.Str(
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata=doc("Id of the image asset; null for the other kinds."),
    )
    position = fields.Str(
        validate=validate.OneOf(POSITIONS),
        metadata=doc("Place within the safe zone; that of an emoji is within the icon zone of the layout."),
    )
    scale = fields.Float(
        validate=validate.Range(0.05, MAX_SCALE),
        metadata=doc(
            "Factor of the title size of the preset, or of the largest size at which the image or the emoji "
            "fits its zone."
        ),
    )
    style = fields.Str(
        validate=validate.OneOf(OVERLAY_STYLES),
        metadata=doc(
            "What a text is: a `title`; a `headline`, with its key word and a bar in the accent of the preset; a card "
            "with an `amount`, the first line large and the others small; a `lower_third` with a person's name in the "
            "first line and the role in the second, for some seconds; a `counter`, the place in a list (`2/5`), with a "
            "row of dots if a second line has the place (`Step 2`, then `2/5`); a `table` with a row in each line and "
            "cells between `|`, the first row the header; `code`, which may begin with a fence that names its "
            "language; or `credits`, a small text that says who made what is shown."
        ),
    )
    was = fields.Str(
        validate=validate.Length(max=40), metadata=doc("The old amount, which an `amount` shows struck through.")
    )
    at = fields.Str(
        validate=validate.Length(max=300),
        metadata=doc(
            "Words of the scene: the overlay appears when they are spoken. If it is empty, it appears with the scene."
        ),
    )
    shadow = fields.Bool(
        metadata=doc(
            "Whether an image has a soft shadow on the picture behind it, and round corners if it fills its rectangle."
        )
    )

    @validates_schema
    def _check_text(self, data: dict[str, Any], **_: Any) -> None:
        text = data.get("text", "")
        if len(text) > MAX_OVERLAY_TEXT and data.get("style") not in LONG_STYLES:
            raise ValidationError(f"Longer than maximum length {MAX_OVERLAY_TEXT}.", "text")
        if data.get("kind") == "emoji" and not EMOJI.fullmatch(text):
            raise ValidationError("An overlay of the kind emoji has one emoji as its text.", "text")


class TransitionSchema(Contract[Transition]):
    dataclass_type = Transition
    kind = fields.Str(validate=validate.OneOf(TRANSITIONS), metadata=doc("Kind of transition."))
    duration_ms = fields.Int(
        validate=validate.Range(0, 5000), metadata=doc("Length of the transition in milliseconds.")
    )


class SceneStyleSchema(Contract[SceneStyle]):
    dataclass_type = SceneStyle
    motion = fields.Str(
        allow_none=True,
        validate=validate.OneOf(MOTIONS),
        metadata=doc("Movement of the camera; null leaves the choice to the preset."),
    )
    zoom = fields.Float(
        allow_none=True,
        validate=validate.Range(1, 1.6),
        metadata=doc("Largest factor of the movement: 1.15 is 15 %. Null leaves the choice to the preset."),
    )
    shots = fields.Int(
        allow_none=True,
        validate=validate.Range(1, 100),
        metadata=doc(
            "Number of shots into which the scene is cut; 1 keeps one view for the whole scene. Null leaves "
            "the choice to the preset."
        ),
    )


class ListItemSchema(Contract[ListItem]):
    dataclass_type = ListItem
    later: ClassVar[Plain] = {"label": "", "dots": False}
    number = fields.Int(
        required=True, validate=validate.Range(0, 999), metadata=doc("Number of the item, as it is written.")
    )
    total = fields.Int(required=True, validate=validate.Range(0, 999), metadata=doc("The highest number of the list."))
    label = fields.Str(
        validate=validate.Length(max=20),
        metadata=doc("The word before the number, as the source has it, such as `Step`."),
    )
    dots = fields.Bool(
        metadata=doc("Whether a row of dots shows the places of all items, as for the steps of instructions.")
    )


class SceneSchema(Contract[Scene]):
    dataclass_type = Scene
    later: ClassVar[Plain] = {"turn": False, "archetype": None}
    id = fields.Int(
        required=True,
        validate=validate.Range(1, 100_000),
        metadata=doc("Number of the scene. It is unique within the film and stays the same through edits."),
    )
    description = fields.Str(
        validate=validate.Length(max=2000), metadata=doc("What the picture shows, for engines that generate it.")
    )
    role = fields.Str(validate=validate.OneOf(ROLES), metadata=doc("Part of the scene in the film."))
    duration_ms = fields.Int(
        validate=validate.Range(200, MAX_SCENE_MS),
        metadata=doc("Planned length in milliseconds; a spoken scene becomes as long as its speech needs."),
    )
    media = fields.Nested(MediaSchema, metadata=doc("The picture or video of the scene."))
    caption = fields.Str(validate=validate.Length(max=500), metadata=doc("Text of the captions."))
    voice_script = fields.Str(validate=validate.Length(max=MAX_TEXT), metadata=doc("Text that is spoken."))
    style = fields.Nested(SceneStyleSchema, metadata=doc("Camera and shots."))
    overlays = Items(
        fields.Nested(OverlaySchema),
        validate=validate.Length(max=8),
        metadata=doc("Texts, images and emoji over the picture."),
    )
    transition = fields.Nested(TransitionSchema, metadata=doc("Transition from the previous scene into this one."))
    engine = fields.Str(
        allow_none=True,
        validate=ENGINE_NAME,
        metadata=doc(
            "Name of the engine that is tried first, alone (`runway`) or with one of its models "
            "(`runway:gen4_turbo`); null leaves the choice to the film."
        ),
    )
    take = fields.Int(
        validate=validate.Range(1, MAX_SCENE_TAKES),
        metadata=doc(
            "Number of the rendering: another take is another picture and another recording of the same scene."
        ),
    )
    key_words = Items(
        fields.Str(validate=validate.Length(1, 80)),
        allow_none=True,
        validate=validate.Length(max=50),
        metadata=doc(
            "Words that the captions stress: with null one is chosen in each sentence, with an empty list none."
        ),
    )
    layout = fields.Str(
        allow_none=True,
        validate=NAME,
        metadata=doc(
            "Id of the layout, which says where pictures and words are; `/api/v1/layouts` lists them. Null is "
            "one picture in the whole frame."
        ),
    )
    pictures = Items(
        fields.Nested(MediaSchema),
        validate=validate.Length(max=MAX_MORE_PICTURES),
        metadata=doc("The pictures that the layout shows beside `media`, in the order of its panels."),
    )
    item = fields.Nested(
        ListItemSchema, allow_none=True, metadata=doc("Place in a list, if the scene shows an item of one.")
    )
    attribution = fields.Str(
        validate=validate.Length(max=200), metadata=doc("Author of the quotation that the scene shows.")
    )
    turn = fields.Bool(
        metadata=doc(
            "Whether the text turns before the scene, as at a new paragraph; the pause before its line is then longer."
        )
    )
    archetype = fields.Str(
        allow_none=True,
        validate=validate.OneOf(ARCHETYPES),
        metadata=doc(
            "What the scene is made of: `product_hero`, a product that is moved and shown whole; `overlay`, a product "
            "over a background that is generated or searched; `meme_text`, large words over a generated background. "
            "Null leaves media and overlays as they are."
        ),
    )


class VoiceChoiceSchema(Contract[VoiceChoice]):
    dataclass_type = VoiceChoice
    provider = fields.Str(
        allow_none=True,
        validate=NAME,
        metadata=doc("Name of the voice adapter; `none` turns the voice off. Null is the default of the server."),
    )
    voice = fields.Str(
        allow_none=True,
        validate=validate.Length(1, 80),
        metadata=doc("Name of one of the provider's voices; null is the provider's default."),
    )
    language = fields.Str(
        allow_none=True,
        validate=validate.Length(2, 16),
        metadata=doc("Language of the voice as a code such as `en` or `pt-BR`; null is that of the film."),
    )
    speed = fields.Float(validate=validate.Range(0.5, 2.0), metadata=doc("Factor of the speed; 1 is normal."))


class MusicChoiceSchema(Contract[MusicChoice]):
    dataclass_type = MusicChoice
    kind = fields.Str(
        validate=validate.OneOf(("none", "mood", "asset")),
        metadata=doc("`none`, the music of a `mood`, or an audio `asset`."),
    )
    mood = fields.Str(
        allow_none=True, validate=validate.OneOf(MOODS), metadata=doc("Mood of the music; null is that of the preset.")
    )
    asset = fields.Str(
        allow_none=True, validate=validate.Length(1, 64), metadata=doc("Id of the audio asset, for the kind `asset`.")
    )
    seed = fields.Int(
        allow_none=True,
        validate=validate.Range(0),
        metadata=doc("Chooses among the music of a mood; null is the seed of the film."),
    )


class GlobalAudioSchema(Contract[GlobalAudio]):
    dataclass_type = GlobalAudio
    later: ClassVar[Plain] = {"effects": None, "aliases": []}
    voice = fields.Nested(VoiceChoiceSchema, metadata=doc("The voice that speaks."))
    voiceover = fields.Str(
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata=doc("Reserved for the id of an audio asset; it has no effect."),
    )
    music = fields.Nested(MusicChoiceSchema, metadata=doc("The background music."))
    music_db = fields.Float(
        allow_none=True,
        validate=validate.Range(-40, 6),
        metadata=doc("Level of the music relative to the voice in dB; null is the preset's."),
    )
    target_lufs = fields.Float(
        allow_none=True,
        validate=validate.Range(-30, -8),
        metadata=doc("Integrated loudness of the film in LUFS (EBU R 128); null is the preset's."),
    )
    clip_sound = fields.Str(
        validate=validate.OneOf(CLIP_SOUNDS),
        metadata=doc(
            "How the sound of videos is heard: `keep` at one level, `duck` lower under the voice, `mute` not at all."
        ),
    )
    effects = fields.Bool(
        allow_none=True, metadata=doc("Whether there are sound effects; null leaves the choice to the preset.")
    )
    aliases = Items(
        fields.Nested(AliasSchema),
        validate=validate.Length(max=MAX_ALIASES),
        metadata=doc("Words that the voice says otherwise than captions show them, wherever they stand."),
    )


class SceneGraphSchema(Versioned[SceneGraph]):
    dataclass_type = SceneGraph
    later: ClassVar[Plain] = {"progress": "none", "credits": False}
    current = "2.0"
    title = fields.Str(required=True, validate=validate.Length(max=200), metadata=doc("Title of the film."))
    language = fields.Str(
        required=True,
        validate=validate.Length(2, 16),
        metadata=doc("Language of the text as a code such as `en` or `pt-BR`."),
    )
    preset_id = fields.Str(required=True, validate=NAME, metadata=doc("Id of the preset."))
    scenes = Items(
        fields.Nested(SceneSchema),
        required=True,
        validate=validate.Length(1, MAX_SCENES),
        metadata=doc("The scenes, in order."),
    )
    aspect = fields.Str(
        validate=validate.OneOf(list(ASPECTS)), metadata=doc("Aspect ratio of the film, width to height.")
    )
    captions = fields.Bool(metadata=doc("Whether captions are burned into the film."))
    seed = fields.Int(
        validate=validate.Range(0, 2**32 - 1),
        metadata=doc("Start of every random choice: equal graphs with an equal seed give equal films."),
    )
    progress = fields.Str(
        validate=validate.OneOf(PROGRESS),
        metadata=doc("How the film shows how far it is: not at all, by a bar, or by a segment for each scene."),
    )
    global_audio = fields.Nested(GlobalAudioSchema, metadata=doc("The sound of the whole film."))
    credits = fields.Bool(
        metadata=doc("Whether the last scene shows who made the stock footage; without such footage it shows nothing.")
    )

    @validates_schema
    def _check_unique_ids(self, data: dict[str, Any], **_: Any) -> None:
        ids = [scene.id for scene in data["scenes"]]
        if len(set(ids)) != len(ids):
            raise ValidationError("Scene ids must be unique.", "scenes")
