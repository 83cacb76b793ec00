"""A preset: the style of a film's captions, motion, transitions, colours and sound, one YAML file in ``presets/``.

``FITS`` says how a picture of another aspect is brought to the frame: "blur" is the whole picture on a blurred copy of
itself, "crop" fills the frame, "pad" is the whole picture on the background colour. ``HIGHLIGHTS`` says how the spoken
word of a caption is marked: "word" (coloured), "box" (a box behind it), "grow" (coloured and larger) or "spoken" (like
"word", and the words already spoken keep the colour).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from marshmallow import fields, post_dump, pre_load, validate

from schemas.animation import Animation, AnimationSchema
from schemas.contract import COLOUR, NAME, Contract, Items, Plain
from schemas.exposure import MAX_STOPS

FITS = ("blur", "crop", "pad")
MOTIONS = ("push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "drift", "still")
TRANSITIONS = (
    "cut",
    "fade",
    "fade_black",
    "fade_white",
    "wipe_left",
    "wipe_right",
    "wipe_up",
    "slide_left",
    "slide_right",
    "slide_up",
    "circle_open",
    "zoom_in",
    "blur",
    "whip",
    "whip_left",
    "whip_right",
    "whip_up",
    "whip_down",
    "zoom_through",
    "push_card",
    "match_cut",
)
# Kinds without an overlap of the two scenes.
CUTS = ("cut", "match_cut")
HIGHLIGHTS = ("none", "word", "box", "grow", "spoken")
# Shapes on backgrounds (engines.stills.shapes draws them).
SHAPES = ("discs", "rings", "blobs", "bands", "dots", "rays", "strokes", "bokeh", "lines")
POSITIONS = ("top", "middle", "bottom")
MAX_KEY_SCALE = 1.6
CALLOUTS = ("none", "prices", "all")
# How a film shows how far it is: not at all, by a bar, or by a segment for each scene.
PROGRESS = ("none", "bar", "segments")
# Frames narrower than this (width ÷ height) are shown full screen on a phone, under the controls of the platform.
UPRIGHT_ASPECT = 0.7
# Frames that are wider than this have subtitles: one line of captions.
WIDE_ASPECT = 1.2
# In frames that are wider than the first value (width ÷ height), captions are as large relative to those of upright
# frames as the second one says, because there is less height, and their lines have as many columns as the third one.
FRAME_SIZES = ((WIDE_ASPECT, 0.72, 1.7), (0.9, 0.72, 1.35), (UPRIGHT_ASPECT, 0.85, 1.15))
# Columns of a subtitle relative to those of a line in upright frames, and the most that is read at a glance.
SUBTITLE_CHARS, MAX_SUBTITLE_CHARS = 2.4, 42
MOODS = ("happy", "calm", "tender", "nostalgic", "energetic")


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """The style of captions and titles.

    All ``…_px`` are pixels of a frame whose shorter side is 1080 and scale with it; colours are #RRGGBB or #RRGGBBAA.
    ``font`` and ``title_font`` are font families; ``bold`` chooses the caption's bold style. ``highlight`` is one of
    ``HIGHLIGHTS``, in ``highlight_colour``. Letters have an outline (``outline_px``) and a shadow (``shadow_px``), and
    with ``box_colour`` a box behind each line. ``spacing_px`` is added between letters. ``position`` (one of
    ``POSITIONS``) is within the safe zone. A caption has at most ``max_lines`` lines of ``max_chars`` columns (a
    full-width character has two) and at most ``max_words`` words, if that is set.

    ``animation`` is how captions appear, ``title_animation`` how titles do. With ``key_words``, the key word of a
    sentence is in ``accent``, the preset's if ``None``, and ``key_scale`` times larger. ``callouts`` (one of
    ``CALLOUTS``) are the amounts that the planner shows as a card: prices, or all numbers that matter.
    """

    font: str = "Poppins"
    bold: bool = True
    size_px: int = 76
    colour: str = "#FFFFFF"
    highlight: str = "word"
    highlight_colour: str = "#FFD700"
    outline_colour: str = "#000000"
    outline_px: float = 5.0
    shadow_px: float = 2.0
    box_colour: str | None = None
    uppercase: bool = False
    spacing_px: float = 0.0
    position: str = "bottom"
    max_lines: int = 2
    max_chars: int = 26
    title_font: str = "Poppins"
    title_size_px: int = 112
    title_colour: str = "#FFFFFF"
    animation: Animation = Animation()
    title_animation: Animation = Animation("fade", ms=250, out_ms=250)
    max_words: int | None = None
    key_words: bool = False
    key_scale: float = 1.0
    accent: str | None = None
    callouts: str = "prices"


# Fields that old documents do not have. Their defaults are not written, so that the documents and the identities of
# segments without them stay as they were.
LATER_CAPTION_FIELDS = ("animation", "title_animation", "max_words", "key_words", "key_scale", "accent", "callouts")


@dataclass(frozen=True, slots=True)
class SafeZone:
    """The margins that platforms cover with their controls, as shares of the frame; no caption or title enters them."""

    top: float = 0.12
    bottom: float = 0.20
    left: float = 0.07
    right: float = 0.07


@dataclass(frozen=True, slots=True)
class MotionStyle:
    """The camera: moves over stills, and how often the view changes.

    ``kinds`` are the moves (of ``MOTIONS``) and ``zoom`` is their largest factor (1.15 is 15 %). A scene is cut into
    shots of about ``shot_ms`` between its words; every second shot shows its picture ``punch_in`` times larger.
    """

    kinds: tuple[str, ...] = ("push_in", "pull_out", "pan_left", "pan_right")
    zoom: float = 1.15
    shot_ms: int = 3500
    punch_in: float = 1.35

    @property
    def is_still(self) -> bool:
        """Whether the camera never moves."""
        return set(self.kinds) == {"still"}


@dataclass(frozen=True, slots=True)
class TransitionStyle:
    """The transitions between scenes: ``kinds`` (of ``TRANSITIONS``) and their longest ``duration_ms``.

    Every ``every``-th change of scene has one of the ``kinds`` that suit it; the changes between are cuts, and those
    between two similar subjects match cuts if "match_cut" is among the ``kinds``.
    """

    kinds: tuple[str, ...] = ("fade",)
    duration_ms: int = 500
    every: int = 1


@dataclass(frozen=True, slots=True)
class Grade:
    """Colour correction of the picture; the defaults are neutral. ``app.media.grading`` has the formulas.

    ``brightness`` is added to each channel (0 … 1), ``contrast`` is the slope around 0.5, ``saturation`` scales the
    distance from grey. ``warmth`` goes from −1 (blue) to 1 (amber), ``fade`` is the level to which black is raised, and
    ``vignette`` (0 … 1) darkens the edges.
    """

    brightness: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0
    fade: float = 0.0
    vignette: float = 0.0


@dataclass(frozen=True, slots=True)
class SoundStyle:
    """Music, effects and levels.

    ``mood`` is one of ``MOODS``. ``music_db`` is the level of the music relative to the voice in dB in pauses; under
    speech it is 9.3 dB lower and where nothing is spoken for more than two seconds 5 dB higher (``audio.ducking``), in
    every preset. ``effects_db`` is the level of the sound effects relative to the voice; ``None`` turns them off.
    ``cut_to_beat`` moves cuts to the beats of the music. ``target_lufs`` is the integrated loudness of the film in LUFS
    (EBU R 128) and ``true_peak_db`` its highest true peak in dBTP. Every spoken line is brought to −18 LUFS.
    """

    mood: str = "calm"
    music_db: float = -7.0
    effects_db: float | None = None
    cut_to_beat: bool = True
    target_lufs: float = -14.0
    true_peak_db: float = -1.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """Durations of scenes, in ms.

    ``lead_ms`` and ``tail_ms`` are the pauses before and after a scene's spoken line; for a cut on a beat the latter is
    lengthened by at most ``stretch_ms``. Where the text turns, they are ``turn_ms`` together if that is longer. A scene
    lasts at least ``min_scene_ms``; lines are split into scenes of at most ``max_scene_ms``; a scene without speech
    lasts ``silent_scene_ms``. A clip that is too short is slowed to a speed of at least ``slowest`` (1 is its own
    speed), then its last frame is held, at most ``max_hold_ms`` in a silent scene. ``hook`` shows the title over the
    first scene. ``closing`` appends a silent scene with ``closing_text``, or with the title if that is empty.
    """

    lead_ms: int = 200
    tail_ms: int = 350
    stretch_ms: int = 200
    min_scene_ms: int = 1500
    max_scene_ms: int = 9000
    silent_scene_ms: int = 3500
    max_hold_ms: int = 1500
    slowest: float = 0.6
    hook: bool = True
    closing: bool = False
    closing_text: str = ""
    turn_ms: int = 0


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset.

    ``id`` is the name of its file; ``name`` and ``description`` are shown to users. ``fit`` is one of ``FITS``.
    ``safe_zone`` is for upright frames and ``wide_safe_zone`` for the others, which no platform covers with controls.
    ``layouts`` are the ids of the layouts (``schemas.layout``) that the planner may choose, the preferred ones first.
    ``palette`` are the background colours, behind a padded picture and of scenes without a picture, where ``shapes``
    (of ``SHAPES``) are drawn on them, the kinds in turn; ``accent`` is the
    colour of key words, of headlines and of the cards of amounts. ``engines`` are the names of the engines to try
    first, in this order. ``voice_speed`` multiplies the requested speed of the voice. ``match_exposure`` is by how many
    stops at most the planner corrects a picture that is brighter or darker than the others; 0 leaves all as they are.
    ``progress`` (one of ``PROGRESS``) is how films with a list show how far they are.
    """

    id: str
    name: str
    description: str
    fit: str = "blur"
    layouts: tuple[str, ...] = ("full", "card", "card_wide", "stack_two", "grid_three", "grid_four", "text_card")
    palette: tuple[str, ...] = ("#101418", "#2B3A4A")
    accent: str = "#FFD700"
    captions: CaptionStyle = field(default_factory=CaptionStyle)
    safe_zone: SafeZone = field(default_factory=SafeZone)
    wide_safe_zone: SafeZone = field(default_factory=lambda: SafeZone(0.08, 0.08, 0.07, 0.07))
    motion: MotionStyle = field(default_factory=MotionStyle)
    transition: TransitionStyle = field(default_factory=TransitionStyle)
    grade: Grade = field(default_factory=Grade)
    sound: SoundStyle = field(default_factory=SoundStyle)
    pacing: Pacing = field(default_factory=Pacing)
    engines: tuple[str, ...] = ("local",)
    voice_speed: float = 1.0
    match_exposure: float = 1.5
    progress: str = "none"
    shapes: tuple[str, ...] = ()

    def safe_zone_of(self, width: int, height: int) -> SafeZone:
        """Return the safe zone of frames of this size."""
        return self.safe_zone if width / height < UPRIGHT_ASPECT else self.wide_safe_zone

    def captions_of(self, width: int, height: int, *, may_stack: bool = False) -> CaptionStyle:
        """Return the style of captions and titles in frames of this size, with the accent.

        Captions of wide frames are subtitles of one line unless they ``may_stack``.
        """
        style = replace(self.captions, accent=self.captions.accent or self.accent)
        aspect = width / height
        size, chars = next(((size, chars) for least, size, chars in FRAME_SIZES if aspect > least), (1.0, 1.0))
        columns = round(style.max_chars * chars)
        style = replace(style, size_px=round(style.size_px * size), max_chars=columns)
        if aspect <= WIDE_ASPECT or may_stack or style.max_lines == 1:
            return style
        longest = min(MAX_SUBTITLE_CHARS, round(self.captions.max_chars * SUBTITLE_CHARS))
        return replace(style, max_lines=1, max_chars=max(columns, longest))


def _share() -> fields.Float:
    return fields.Float(validate=validate.Range(0, 0.45))


class CaptionStyleSchema(Contract[CaptionStyle]):
    dataclass_type = CaptionStyle
    font = fields.Str(validate=validate.Length(1, 64))
    bold = fields.Bool()
    size_px = fields.Int(validate=validate.Range(20, 300))
    colour = fields.Str(validate=COLOUR)
    highlight = fields.Str(validate=validate.OneOf(HIGHLIGHTS))
    highlight_colour = fields.Str(validate=COLOUR)
    outline_colour = fields.Str(validate=COLOUR)
    outline_px = fields.Float(validate=validate.Range(0, 30))
    shadow_px = fields.Float(validate=validate.Range(0, 30))
    box_colour = fields.Str(validate=COLOUR, allow_none=True)
    uppercase = fields.Bool()
    spacing_px = fields.Float(validate=validate.Range(-10, 40))
    position = fields.Str(validate=validate.OneOf(POSITIONS))
    max_lines = fields.Int(validate=validate.Range(1, 3))
    max_chars = fields.Int(validate=validate.Range(8, 60))
    title_font = fields.Str(validate=validate.Length(1, 64))
    title_size_px = fields.Int(validate=validate.Range(20, 400))
    title_colour = fields.Str(validate=COLOUR)
    animation = fields.Nested(AnimationSchema)
    title_animation = fields.Nested(AnimationSchema)
    max_words = fields.Int(allow_none=True, validate=validate.Range(1, 20))
    key_words = fields.Bool()
    key_scale = fields.Float(validate=validate.Range(1, MAX_KEY_SCALE))
    accent = fields.Str(validate=COLOUR, allow_none=True)
    callouts = fields.Str(validate=validate.OneOf(CALLOUTS))

    @post_dump(pass_original=True)
    def _drop_defaults(self, data: dict[str, Any], original: CaptionStyle, **_: Any) -> dict[str, Any]:
        default = CaptionStyle()
        dropped = {name for name in LATER_CAPTION_FIELDS if getattr(original, name) == getattr(default, name)}
        return {name: value for name, value in data.items() if name not in dropped}


class SafeZoneSchema(Contract[SafeZone]):
    dataclass_type = SafeZone
    top = _share()
    bottom = _share()
    left = _share()
    right = _share()


class MotionStyleSchema(Contract[MotionStyle]):
    dataclass_type = MotionStyle
    kinds = Items(fields.Str(validate=validate.OneOf(MOTIONS)), validate=validate.Length(1))
    zoom = fields.Float(validate=validate.Range(1.0, 1.6))
    shot_ms = fields.Int(validate=validate.Range(1000, 60_000))
    punch_in = fields.Float(validate=validate.Range(1.25, 1.5))


class TransitionStyleSchema(Contract[TransitionStyle]):
    dataclass_type = TransitionStyle
    kinds = Items(fields.Str(validate=validate.OneOf(TRANSITIONS)), validate=validate.Length(1))
    duration_ms = fields.Int(validate=validate.Range(0, 3000))
    every = fields.Int(validate=validate.Range(1, 100))


class GradeSchema(Contract[Grade]):
    dataclass_type = Grade
    brightness = fields.Float(validate=validate.Range(-0.5, 0.5))
    contrast = fields.Float(validate=validate.Range(0.5, 2))
    saturation = fields.Float(validate=validate.Range(0, 2))
    warmth = fields.Float(validate=validate.Range(-1, 1))
    fade = fields.Float(validate=validate.Range(0, 0.5))
    vignette = fields.Float(validate=validate.Range(0, 1))


class SoundStyleSchema(Contract[SoundStyle]):
    dataclass_type = SoundStyle
    mood = fields.Str(validate=validate.OneOf(MOODS))
    music_db = fields.Float(validate=validate.Range(-40, 6))
    effects_db = fields.Float(allow_none=True, validate=validate.Range(-40, 0))
    cut_to_beat = fields.Bool()
    target_lufs = fields.Float(validate=validate.Range(-30, -8))
    true_peak_db = fields.Float(validate=validate.Range(-6, -0.1))

    @pre_load
    def _drop_former(self, data: Any, **_: Any) -> Any:
        # Presets of other packages may name voice_lufs, which never had an effect.
        return {name: value for name, value in data.items() if name != "voice_lufs"} if isinstance(data, dict) else data


class PacingSchema(Contract[Pacing]):
    dataclass_type = Pacing
    later: ClassVar[Plain] = {"turn_ms": 0}
    lead_ms = fields.Int(validate=validate.Range(0, 3000))
    tail_ms = fields.Int(validate=validate.Range(0, 3000))
    stretch_ms = fields.Int(validate=validate.Range(0, 1000))
    min_scene_ms = fields.Int(validate=validate.Range(300, 20000))
    max_scene_ms = fields.Int(validate=validate.Range(1000, 60000))
    silent_scene_ms = fields.Int(validate=validate.Range(500, 20000))
    max_hold_ms = fields.Int(validate=validate.Range(0, 10000))
    slowest = fields.Float(validate=validate.Range(0.25, 1))
    hook = fields.Bool()
    closing = fields.Bool()
    closing_text = fields.Str(validate=validate.Length(max=120))
    turn_ms = fields.Int(validate=validate.Range(0, 3000))


class PresetSchema(Contract[Preset]):
    dataclass_type = Preset
    later: ClassVar[Plain] = {"shapes": []}
    id = fields.Str(required=True, validate=NAME)
    name = fields.Str(required=True, validate=validate.Length(1, 80))
    description = fields.Str(required=True, validate=validate.Length(1, 400))
    fit = fields.Str(validate=validate.OneOf(FITS))
    layouts = Items(fields.Str(validate=NAME))
    palette = Items(fields.Str(validate=COLOUR), validate=validate.Length(1, 6))
    accent = fields.Str(validate=COLOUR)
    captions = fields.Nested(CaptionStyleSchema)
    safe_zone = fields.Nested(SafeZoneSchema)
    wide_safe_zone = fields.Nested(SafeZoneSchema)
    motion = fields.Nested(MotionStyleSchema)
    transition = fields.Nested(TransitionStyleSchema)
    grade = fields.Nested(GradeSchema)
    sound = fields.Nested(SoundStyleSchema)
    pacing = fields.Nested(PacingSchema)
    engines = Items(fields.Str(validate=NAME), validate=validate.Length(1))
    voice_speed = fields.Float(validate=validate.Range(0.5, 2.0))
    match_exposure = fields.Float(validate=validate.Range(0, MAX_STOPS))
    progress = fields.Str(validate=validate.OneOf(PROGRESS))
    shapes = Items(fields.Str(validate=validate.OneOf(SHAPES)), validate=validate.Length(max=6))


def rendered_style(preset: Preset) -> dict[str, Any]:
    """Return the part of ``preset`` that engines use, as plain data: with equal parts a scene is rendered equally."""
    plain = PresetSchema.plain(preset)
    style = {name: plain[name] for name in ("fit", "palette", "accent", "motion", "grade", "engines")}
    return {**style, "card": card_style(preset)} if preset.shapes else style


def card_style(preset: Preset) -> dict[str, Any]:
    """Return what backgrounds with shapes depend on beside the palette: shapes, and the letters to be read on them."""
    style = preset.captions
    letters = (style.colour, style.title_colour, style.highlight, style.highlight_colour, style.box_colour)
    accents = (preset.accent, style.accent, style.key_words)
    return {"shapes": list(preset.shapes), "letters": [*letters, *accents]}
