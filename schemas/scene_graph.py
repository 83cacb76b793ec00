"""The scene graph: the planned scenes of a film, in order, before they are timed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.contract import COLOUR, NAME, Contract, Items, Plain, Versioned
from schemas.emoji import EMOJI
from schemas.exposure import MAX_CONTRAST, MAX_STOPS, Exposure
from schemas.frame import ASPECTS, DEFAULT_ASPECT
from schemas.preset import FITS, MOODS, MOTIONS, POSITIONS, PROGRESS, TRANSITIONS
from schemas.region import Region, RegionSchema

MEDIA_KINDS = ("image", "video", "generated", "stock", "colour")
ROLES = ("hook", "body", "closing")
OVERLAY_KINDS = ("text", "image", "emoji")
OVERLAY_STYLES = ("title", "headline", "amount", "lower_third", "counter", "table", "code")
# Overlays of these styles may have longer texts than the others.
LONG_STYLES = ("table", "code")
MAX_OVERLAY_TEXT, MAX_LONG_TEXT = 300, 1200
CLIP_SOUNDS = ("keep", "duck", "mute")
DEFAULT_CLIP_SOUND = "duck"
MAX_SCENES = 400
MAX_SCENE_MS = 600_000
MAX_TEXT = 5_000
MAX_SCALE = 3.0
# The pictures of a layout beside the first one.
MAX_MORE_PICTURES = 3


@dataclass(frozen=True, slots=True)
class Focus:
    """The point of a picture that must stay in the frame, as shares of width and height from the top left."""

    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True, slots=True)
class Media:
    """The picture material of a scene.

    ``kind`` is one of ``MEDIA_KINDS``; ``asset`` is the id of the asset of an image or video. ``fit`` (one of
    ``schemas.preset.FITS``) is the preset's if ``None``. ``focus`` and ``subject``, the part of the picture that is to
    be seen and not covered, are detected if ``None``. ``start_ms`` is where playback of a video begins. ``colours`` are
    those of the background of a scene without an asset, the preset's palette if empty. ``query`` is the text for an
    engine that generates the picture or searches for it. ``sound`` (one of ``CLIP_SOUNDS``) says how a video's own
    sound is heard; the film's ``clip_sound`` if ``None``. ``exposure`` (stops) and ``contrast`` (a factor) correct the
    picture, see ``schemas.exposure``; with ``None`` the planner matches it to the other pictures of the film.
    ``reason`` says why the planner chose the picture for the scene; it is empty for pictures in the order given, and
    has no effect.
    """

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
    """A text, an image or a large emoji over the picture.

    ``kind`` is one of ``OVERLAY_KINDS``, with ``text``, with the id of an image ``asset``, or with one emoji as
    ``text``. ``position`` is within the safe zone, that of an emoji within the icon zone of its layout. ``scale``
    multiplies the preset's title size, or the largest size at which the image or the emoji fits its zone.

    ``style`` is one of ``OVERLAY_STYLES``: a "headline" has its key word and a bar in the preset's accent; an "amount"
    is a card with the first line of ``text`` large and the others small, and with the old amount ``was`` struck
    through. A "lower_third" names a person, in the first line of ``text``, with the role or affiliation in the second,
    for a few seconds. A "counter" is the place in a list ("2/5"), with a row of dots if a second line has the place
    ("Step 2", then "2/5"). Each line of a "table" is a row with its cells between "|", the first is the header. "code"
    may begin with a fence that names its language ("```python"). An overlay with ``at`` appears when these words of the
    scene are spoken, the others with the scene.
    """

    kind: str = "text"
    text: str = ""
    asset: str | None = None
    position: str = "middle"
    scale: float = 1.0
    style: str = "title"
    was: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """The transition from the previous scene into this one, of ``duration_ms``; the two scenes overlap by that time."""

    kind: str = "cut"
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class SceneStyle:
    """The camera ``motion`` (one of ``schemas.preset.MOTIONS``) and ``zoom`` factor of a still.

    ``shots`` is the number of shots into which the scene is cut; 1 keeps one view for the whole scene. ``None`` leaves
    the choice to the preset and the seed.
    """

    motion: str | None = None
    zoom: float | None = None
    shots: int | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    """The place of a scene in a list, which is shown as a counter.

    ``number`` is the item's, as written, and ``total`` the highest. ``label`` is the word before the number of a step,
    as the source has it ("Step", "Schritt"). With ``dots``, as for the steps of instructions, a row of dots shows the
    places of all items.
    """

    number: int
    total: int
    label: str = ""
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene.

    ``id`` is unique within the graph and stays the same through edits. ``description`` says what the picture shows, for
    engines that generate it. ``role`` is one of ``ROLES``. ``duration_ms`` is the planned length; a spoken
    scene becomes as long as its speech needs. ``caption`` is the text of the captions and ``voice_script`` the spoken
    text. ``engine`` is the name of the engine to try first. ``take`` counts renderings of the scene: another take is
    another picture and another recording of the same scene. ``key_words`` are the words that the captions stress: with
    ``None`` one is chosen in each sentence, with an empty list none. ``layout`` is the id of a layout
    (``schemas.layout``), which says where pictures and words are; ``pictures`` are those that it shows beside
    ``media``. ``item`` is set if the scene shows an item of a list, and ``attribution`` is the author of a quotation
    that the scene shows. ``turn`` says that the text turns before the scene, as at a new paragraph; the pause before
    its line is then ``schemas.preset.Pacing.turn_ms``.
    """

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
    """The voice of a film.

    ``provider`` is the name of a voice adapter; "none" turns the voice off. ``voice`` is one of the provider's voices.
    ``language`` is a code such as "en" or "pt-BR", the film's if ``None``. A field that is ``None`` takes the
    provider's default. ``speed`` is a factor; 1 is the normal speed.
    """

    provider: str | None = None
    voice: str | None = None
    language: str | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class MusicChoice:
    """The music of a film: ``kind`` is "none", "mood" (with ``mood``; ``None`` is the preset's) or "asset" (its id).

    ``seed`` chooses among the music of a mood; ``None`` is the seed of the film.
    """

    kind: str = "mood"
    mood: str | None = None
    asset: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GlobalAudio:
    """The sound of the whole film.

    ``voiceover`` is reserved for the id of an audio asset and has no effect. ``music_db`` (dB relative to the voice)
    and ``target_lufs`` (LUFS) are the preset's if ``None``. ``clip_sound`` (one of ``CLIP_SOUNDS``) says how the own
    sound of videos is heard: "keep" at one level, "duck" lower under the voice, "mute" not at all. ``effects`` says
    whether there are sound effects; ``None`` is the preset's choice.
    """

    voice: VoiceChoice = field(default_factory=VoiceChoice)
    voiceover: str | None = None
    music: MusicChoice = field(default_factory=MusicChoice)
    music_db: float | None = None
    target_lufs: float | None = None
    clip_sound: str = DEFAULT_CLIP_SOUND
    effects: bool | None = None


@dataclass(frozen=True, slots=True)
class SceneGraph:
    """The scenes of a film and its global settings.

    ``version`` is that of the format. ``language`` is a code such as "en" or "pt-BR". ``aspect`` is a key of
    ``schemas.frame.ASPECTS``. ``captions`` says whether captions are burned in. ``progress`` (one of
    ``schemas.preset.PROGRESS``) is
    how the film shows how far it is. Equal graphs with an equal ``seed`` give equal films.
    """

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
    they belong to the film.
    """
    plain = SceneSchema.plain(scene)
    del plain["media"]["sound"], plain["style"]["shots"]
    for media in (plain["media"], *plain["pictures"]):
        media.pop("reason", None)
    names = ("id", "description", "role", "media", "style", "engine", "take", "layout", "pictures")
    return {name: plain[name] for name in names}


class FocusSchema(Contract[Focus]):
    dataclass_type = Focus
    x = fields.Float(validate=validate.Range(0, 1))
    y = fields.Float(validate=validate.Range(0, 1))


class MediaSchema(Contract[Media]):
    dataclass_type = Media
    later: ClassVar[Plain] = {"exposure": None, "contrast": None, "reason": ""}
    kind = fields.Str(validate=validate.OneOf(MEDIA_KINDS))
    asset = fields.Str(allow_none=True, validate=validate.Length(1, 64))
    fit = fields.Str(allow_none=True, validate=validate.OneOf(FITS))
    focus = fields.Nested(FocusSchema, allow_none=True)
    subject = fields.Nested(RegionSchema, allow_none=True)
    start_ms = fields.Int(validate=validate.Range(0, 86_400_000))
    colours = Items(fields.Str(validate=COLOUR), validate=validate.Length(max=4))
    query = fields.Str(validate=validate.Length(max=200))
    sound = fields.Str(allow_none=True, validate=validate.OneOf(CLIP_SOUNDS))
    exposure = fields.Float(allow_none=True, validate=validate.Range(-MAX_STOPS, MAX_STOPS))
    contrast = fields.Float(allow_none=True, validate=validate.Range(1 / MAX_CONTRAST, MAX_CONTRAST))
    reason = fields.Str(validate=validate.Length(max=300))


class OverlaySchema(Contract[Overlay]):
    dataclass_type = Overlay
    later: ClassVar[Plain] = {"style": "title", "was": "", "at": ""}
    kind = fields.Str(validate=validate.OneOf(OVERLAY_KINDS))
    text = fields.Str(validate=validate.Length(max=MAX_LONG_TEXT))
    asset = fields.Str(allow_none=True, validate=validate.Length(1, 64))
    position = fields.Str(validate=validate.OneOf(POSITIONS))
    scale = fields.Float(validate=validate.Range(0.05, MAX_SCALE))
    style = fields.Str(validate=validate.OneOf(OVERLAY_STYLES))
    was = fields.Str(validate=validate.Length(max=40))
    at = fields.Str(validate=validate.Length(max=300))

    @validates_schema
    def _check_text(self, data: dict[str, Any], **_: Any) -> None:
        text = data.get("text", "")
        if len(text) > MAX_OVERLAY_TEXT and data.get("style") not in LONG_STYLES:
            raise ValidationError(f"Longer than maximum length {MAX_OVERLAY_TEXT}.", "text")
        if data.get("kind") == "emoji" and not EMOJI.fullmatch(text):
            raise ValidationError("An overlay of the kind emoji has one emoji as its text.", "text")


class TransitionSchema(Contract[Transition]):
    dataclass_type = Transition
    kind = fields.Str(validate=validate.OneOf(TRANSITIONS))
    duration_ms = fields.Int(validate=validate.Range(0, 5000))


class SceneStyleSchema(Contract[SceneStyle]):
    dataclass_type = SceneStyle
    motion = fields.Str(allow_none=True, validate=validate.OneOf(MOTIONS))
    zoom = fields.Float(allow_none=True, validate=validate.Range(1, 1.6))
    shots = fields.Int(allow_none=True, validate=validate.Range(1, 100))


class ListItemSchema(Contract[ListItem]):
    dataclass_type = ListItem
    later: ClassVar[Plain] = {"label": "", "dots": False}
    number = fields.Int(required=True, validate=validate.Range(0, 999))
    total = fields.Int(required=True, validate=validate.Range(0, 999))
    label = fields.Str(validate=validate.Length(max=20))
    dots = fields.Bool()


class SceneSchema(Contract[Scene]):
    dataclass_type = Scene
    later: ClassVar[Plain] = {"turn": False}
    id = fields.Int(required=True, validate=validate.Range(1, 100_000))
    description = fields.Str(validate=validate.Length(max=2000))
    role = fields.Str(validate=validate.OneOf(ROLES))
    duration_ms = fields.Int(validate=validate.Range(200, MAX_SCENE_MS))
    media = fields.Nested(MediaSchema)
    caption = fields.Str(validate=validate.Length(max=500))
    voice_script = fields.Str(validate=validate.Length(max=MAX_TEXT))
    style = fields.Nested(SceneStyleSchema)
    overlays = Items(fields.Nested(OverlaySchema), validate=validate.Length(max=8))
    transition = fields.Nested(TransitionSchema)
    engine = fields.Str(allow_none=True, validate=NAME)
    take = fields.Int(validate=validate.Range(1, 1000))
    key_words = Items(fields.Str(validate=validate.Length(1, 80)), allow_none=True, validate=validate.Length(max=50))
    layout = fields.Str(allow_none=True, validate=NAME)
    pictures = Items(fields.Nested(MediaSchema), validate=validate.Length(max=MAX_MORE_PICTURES))
    item = fields.Nested(ListItemSchema, allow_none=True)
    attribution = fields.Str(validate=validate.Length(max=200))
    turn = fields.Bool()


class VoiceChoiceSchema(Contract[VoiceChoice]):
    dataclass_type = VoiceChoice
    provider = fields.Str(allow_none=True, validate=NAME)
    voice = fields.Str(allow_none=True, validate=validate.Length(1, 80))
    language = fields.Str(allow_none=True, validate=validate.Length(2, 16))
    speed = fields.Float(validate=validate.Range(0.5, 2.0))


class MusicChoiceSchema(Contract[MusicChoice]):
    dataclass_type = MusicChoice
    kind = fields.Str(validate=validate.OneOf(("none", "mood", "asset")))
    mood = fields.Str(allow_none=True, validate=validate.OneOf(MOODS))
    asset = fields.Str(allow_none=True, validate=validate.Length(1, 64))
    seed = fields.Int(allow_none=True, validate=validate.Range(0))


class GlobalAudioSchema(Contract[GlobalAudio]):
    dataclass_type = GlobalAudio
    later: ClassVar[Plain] = {"effects": None}
    voice = fields.Nested(VoiceChoiceSchema)
    voiceover = fields.Str(allow_none=True, validate=validate.Length(1, 64))
    music = fields.Nested(MusicChoiceSchema)
    music_db = fields.Float(allow_none=True, validate=validate.Range(-40, 6))
    target_lufs = fields.Float(allow_none=True, validate=validate.Range(-30, -8))
    clip_sound = fields.Str(validate=validate.OneOf(CLIP_SOUNDS))
    effects = fields.Bool(allow_none=True)


class SceneGraphSchema(Versioned[SceneGraph]):
    dataclass_type = SceneGraph
    later: ClassVar[Plain] = {"progress": "none"}
    current = "2.0"
    title = fields.Str(required=True, validate=validate.Length(max=200))
    language = fields.Str(required=True, validate=validate.Length(2, 16))
    preset_id = fields.Str(required=True, validate=NAME)
    scenes = Items(fields.Nested(SceneSchema), required=True, validate=validate.Length(1, MAX_SCENES))
    aspect = fields.Str(validate=validate.OneOf(list(ASPECTS)))
    captions = fields.Bool()
    seed = fields.Int(validate=validate.Range(0, 2**32 - 1))
    progress = fields.Str(validate=validate.OneOf(PROGRESS))
    global_audio = fields.Nested(GlobalAudioSchema)

    @validates_schema
    def _check_unique_ids(self, data: dict[str, Any], **_: Any) -> None:
        ids = [scene.id for scene in data["scenes"]]
        if len(set(ids)) != len(ids):
            raise ValidationError("Scene ids must be unique.", "scenes")
