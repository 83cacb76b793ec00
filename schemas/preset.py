"""A preset: the style of a film's captions, motion, transitions, colours and sound, one YAML file in ``presets/``.

``FITS`` says how a picture of another aspect is brought to the frame: "blur" is the whole picture on a blurred copy of
itself, "crop" fills the frame, "pad" is the whole picture on the background colour. ``HIGHLIGHTS`` says how the spoken
word of a caption is marked: "word" (coloured), "box" (a box behind it), "grow" (coloured and larger) or "spoken" (like
"word", and the words already spoken keep the colour).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from marshmallow import post_dump, pre_load, validate

from schemas import fields
from schemas.animation import Animation, AnimationSchema
from schemas.contract import COLOUR, ENGINE_NAME, NAME, Contract, Items, Plain
from schemas.exposure import MAX_STOPS
from schemas.fields import doc

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

    All ``…_px`` are pixels of a frame whose shorter side is 1080, and scale with it.
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
    """The margins that platforms cover with their controls; no caption or title enters them."""

    top: float = 0.12
    bottom: float = 0.20
    left: float = 0.07
    right: float = 0.07


@dataclass(frozen=True, slots=True)
class MotionStyle:
    """The camera: moves over stills, and how often the view changes."""

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
    """The transitions between scenes.

    Every ``every``-th change of scene has one of the ``kinds`` that suit it; the changes between are cuts, and those
    between two similar subjects match cuts if "match_cut" is among the ``kinds``.
    """

    kinds: tuple[str, ...] = ("fade",)
    duration_ms: int = 500
    every: int = 1


@dataclass(frozen=True, slots=True)
class Grade:
    """Colour correction of the picture; the defaults are neutral. ``app.media.grading`` has the formulas."""

    brightness: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0
    fade: float = 0.0
    vignette: float = 0.0


@dataclass(frozen=True, slots=True)
class SoundStyle:
    """Music, effects and levels.

    Under speech the music is 9.3 dB lower than ``music_db`` and where nothing is spoken for more than two seconds 5 dB
    higher (``audio.ducking``), in every preset. Every spoken line is brought to −18 LUFS.
    """

    mood: str = "calm"
    music_db: float = -7.0
    effects_db: float | None = None
    cut_to_beat: bool = True
    target_lufs: float = -14.0
    true_peak_db: float = -1.0


@dataclass(frozen=True, slots=True)
class Pacing:
    """Durations of scenes."""

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
    """How a film looks and sounds."""

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
    prompt_style: str = ""

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


def _share(**more: Any) -> fields.Float:
    return fields.Float(validate=validate.Range(0, 0.45), **more)


class CaptionStyleSchema(Contract[CaptionStyle]):
    dataclass_type = CaptionStyle
    font = fields.Str(validate=validate.Length(1, 64), metadata=doc("Font family of the captions."))
    bold = fields.Bool(metadata=doc("Whether the bold style of the font is used."))
    size_px = fields.Int(
        validate=validate.Range(20, 300),
        metadata=doc("Size of the letters in pixels of a frame whose shorter side is 1080."),
    )
    colour = fields.Str(validate=COLOUR, metadata=doc("Colour of the letters."))
    highlight = fields.Str(
        validate=validate.OneOf(HIGHLIGHTS),
        metadata=doc(
            "How the spoken word is marked: `word` (coloured), `box` (a box behind it), `grow` (coloured and "
            "larger) or `spoken` (the words already spoken keep the colour)."
        ),
    )
    highlight_colour = fields.Str(validate=COLOUR, metadata=doc("Colour of the spoken word, or of the box behind it."))
    outline_colour = fields.Str(validate=COLOUR, metadata=doc("Colour of the outline of the letters."))
    outline_px = fields.Float(
        validate=validate.Range(0, 30),
        metadata=doc("Width of the outline in pixels of a frame whose shorter side is 1080."),
    )
    shadow_px = fields.Float(
        validate=validate.Range(0, 30),
        metadata=doc("Distance of the shadow in pixels of a frame whose shorter side is 1080."),
    )
    box_colour = fields.Str(
        validate=COLOUR, allow_none=True, metadata=doc("Colour of a box behind each line; null is no box.")
    )
    uppercase = fields.Bool(metadata=doc("Whether captions are in upper case."))
    spacing_px = fields.Float(
        validate=validate.Range(-10, 40),
        metadata=doc("Additional space between letters in pixels of a frame whose shorter side is 1080."),
    )
    position = fields.Str(
        validate=validate.OneOf(POSITIONS), metadata=doc("Place of the captions within the safe zone.")
    )
    max_lines = fields.Int(validate=validate.Range(1, 3), metadata=doc("Largest number of lines of a caption."))
    max_chars = fields.Int(
        validate=validate.Range(8, 60),
        metadata=doc("Largest number of columns of a line in upright frames; a full-width character has two."),
    )
    title_font = fields.Str(validate=validate.Length(1, 64), metadata=doc("Font family of the titles."))
    title_size_px = fields.Int(
        validate=validate.Range(20, 400),
        metadata=doc("Size of titles in pixels of a frame whose shorter side is 1080."),
    )
    title_colour = fields.Str(validate=COLOUR, metadata=doc("Colour of titles."))
    animation = fields.Nested(AnimationSchema, metadata=doc("How captions appear."))
    title_animation = fields.Nested(AnimationSchema, metadata=doc("How titles appear."))
    max_words = fields.Int(
        allow_none=True,
        validate=validate.Range(1, 20),
        metadata=doc("Largest number of words of a caption; null is no limit."),
    )
    key_words = fields.Bool(metadata=doc("Whether the key word of each sentence is stressed."))
    key_scale = fields.Float(
        validate=validate.Range(1, MAX_KEY_SCALE), metadata=doc("Factor of the size of key words.")
    )
    accent = fields.Str(
        validate=COLOUR, allow_none=True, metadata=doc("Colour of key words; null is the accent of the preset.")
    )
    callouts = fields.Str(
        validate=validate.OneOf(CALLOUTS),
        metadata=doc("Which amounts the planner shows as a card: none, `prices`, or `all` numbers that matter."),
    )

    @post_dump(pass_original=True)
    def _drop_defaults(self, data: dict[str, Any], original: CaptionStyle, **_: Any) -> dict[str, Any]:
        default = CaptionStyle()
        dropped = {name for name in LATER_CAPTION_FIELDS if getattr(original, name) == getattr(default, name)}
        return {name: value for name, value in data.items() if name not in dropped}


class SafeZoneSchema(Contract[SafeZone]):
    dataclass_type = SafeZone
    top = _share(metadata=doc("Upper margin, as a share of the frame's height."))
    bottom = _share(metadata=doc("Lower margin, as a share of the frame's height."))
    left = _share(metadata=doc("Left margin, as a share of the frame's width."))
    right = _share(metadata=doc("Right margin, as a share of the frame's width."))


class MotionStyleSchema(Contract[MotionStyle]):
    dataclass_type = MotionStyle
    kinds = Items(
        fields.Str(validate=validate.OneOf(MOTIONS)),
        validate=validate.Length(1),
        metadata=doc("The movements of the camera."),
    )
    zoom = fields.Float(validate=validate.Range(1.0, 1.6), metadata=doc("Largest factor of a movement: 1.15 is 15 %."))
    shot_ms = fields.Int(
        validate=validate.Range(1000, 60_000),
        metadata=doc("Approximate length of a shot in milliseconds; a scene is cut into shots between its words."),
    )
    punch_in = fields.Float(
        validate=validate.Range(1.25, 1.5), metadata=doc("Factor by which every second shot shows its picture larger.")
    )


class TransitionStyleSchema(Contract[TransitionStyle]):
    dataclass_type = TransitionStyle
    kinds = Items(
        fields.Str(validate=validate.OneOf(TRANSITIONS)),
        validate=validate.Length(1),
        metadata=doc("The kinds of transitions."),
    )
    duration_ms = fields.Int(
        validate=validate.Range(0, 3000), metadata=doc("Longest duration of a transition in milliseconds.")
    )
    every = fields.Int(
        validate=validate.Range(1, 100),
        metadata=doc("Every how many changes of scene have a transition; the others are cuts."),
    )


class GradeSchema(Contract[Grade]):
    dataclass_type = Grade
    brightness = fields.Float(
        validate=validate.Range(-0.5, 0.5), metadata=doc("Amount that is added to each channel, from −0.5 to 0.5.")
    )
    contrast = fields.Float(validate=validate.Range(0.5, 2), metadata=doc("Slope of the levels around 0.5."))
    saturation = fields.Float(validate=validate.Range(0, 2), metadata=doc("Factor of the distance from grey."))
    warmth = fields.Float(validate=validate.Range(-1, 1), metadata=doc("From −1 (blue) to 1 (amber)."))
    fade = fields.Float(validate=validate.Range(0, 0.5), metadata=doc("Level to which black is raised."))
    vignette = fields.Float(
        validate=validate.Range(0, 1), metadata=doc("By how much the edges are darkened, from 0 to 1.")
    )


class SoundStyleSchema(Contract[SoundStyle]):
    dataclass_type = SoundStyle
    mood = fields.Str(validate=validate.OneOf(MOODS), metadata=doc("Mood of the music."))
    music_db = fields.Float(
        validate=validate.Range(-40, 6), metadata=doc("Level of the music in pauses, relative to the voice, in dB.")
    )
    effects_db = fields.Float(
        allow_none=True,
        validate=validate.Range(-40, 0),
        metadata=doc("Level of the sound effects relative to the voice in dB; null turns them off."),
    )
    cut_to_beat = fields.Bool(metadata=doc("Whether cuts are moved to the beats of the music."))
    target_lufs = fields.Float(
        validate=validate.Range(-30, -8), metadata=doc("Integrated loudness of the film in LUFS (EBU R 128).")
    )
    true_peak_db = fields.Float(
        validate=validate.Range(-6, -0.1), metadata=doc("Highest true peak of the film in dBTP.")
    )

    @pre_load
    def _drop_former(self, data: Any, **_: Any) -> Any:
        # Presets of other packages may name voice_lufs, which never had an effect.
        return {name: value for name, value in data.items() if name != "voice_lufs"} if isinstance(data, dict) else data


class PacingSchema(Contract[Pacing]):
    dataclass_type = Pacing
    later: ClassVar[Plain] = {"turn_ms": 0}
    lead_ms = fields.Int(
        validate=validate.Range(0, 3000), metadata=doc("Pause before the spoken line of a scene, in milliseconds.")
    )
    tail_ms = fields.Int(
        validate=validate.Range(0, 3000), metadata=doc("Pause after the spoken line of a scene, in milliseconds.")
    )
    stretch_ms = fields.Int(
        validate=validate.Range(0, 1000),
        metadata=doc("By how much the pause after a line may be longer for a cut on a beat, in milliseconds."),
    )
    min_scene_ms = fields.Int(
        validate=validate.Range(300, 20000), metadata=doc("Shortest duration of a scene in milliseconds.")
    )
    max_scene_ms = fields.Int(
        validate=validate.Range(1000, 60000),
        metadata=doc("Longest duration of a scene in milliseconds; longer lines are split."),
    )
    silent_scene_ms = fields.Int(
        validate=validate.Range(500, 20000), metadata=doc("Duration of a scene without speech in milliseconds.")
    )
    max_hold_ms = fields.Int(
        validate=validate.Range(0, 10000),
        metadata=doc(
            "How long the last frame of a video that is too short may be held in a silent scene, in milliseconds."
        ),
    )
    slowest = fields.Float(
        validate=validate.Range(0.25, 1), metadata=doc("Lowest speed of a video that is too short; 1 is its own speed.")
    )
    hook = fields.Bool(metadata=doc("Whether the title is shown over the first scene."))
    closing = fields.Bool(metadata=doc("Whether a silent scene is appended."))
    closing_text = fields.Str(
        validate=validate.Length(max=120), metadata=doc("Text of the appended scene; the title if it is empty.")
    )
    turn_ms = fields.Int(
        validate=validate.Range(0, 3000),
        metadata=doc("Length in milliseconds of the two pauses together where the text turns, if that is longer."),
    )


class PresetSchema(Contract[Preset]):
    dataclass_type = Preset
    later: ClassVar[Plain] = {"shapes": [], "prompt_style": ""}
    id = fields.Str(required=True, validate=NAME, metadata=doc("Id of the preset, the name of its file."))
    name = fields.Str(required=True, validate=validate.Length(1, 80), metadata=doc("Name for users."))
    description = fields.Str(required=True, validate=validate.Length(1, 400), metadata=doc("Description for users."))
    fit = fields.Str(
        validate=validate.OneOf(FITS),
        metadata=doc(
            "How a picture of another aspect is brought to the frame: `blur` shows it whole on a blurred copy "
            "of itself, `crop` fills the frame, `pad` shows it whole on the background colour."
        ),
    )
    layouts = Items(
        fields.Str(validate=NAME),
        metadata=doc("Ids of the layouts that the planner may choose, the preferred ones first."),
    )
    palette = Items(
        fields.Str(validate=COLOUR),
        validate=validate.Length(1, 6),
        metadata=doc("Colours of backgrounds: behind a padded picture, and of scenes without a picture."),
    )
    accent = fields.Str(validate=COLOUR, metadata=doc("Colour of key words, of headlines and of the cards of amounts."))
    captions = fields.Nested(CaptionStyleSchema, metadata=doc("Style of captions and titles."))
    safe_zone = fields.Nested(
        SafeZoneSchema, metadata=doc("Margins of upright frames that platforms cover with their controls.")
    )
    wide_safe_zone = fields.Nested(
        SafeZoneSchema, metadata=doc("Margins of the other frames, which no platform covers.")
    )
    motion = fields.Nested(MotionStyleSchema, metadata=doc("The camera."))
    transition = fields.Nested(TransitionStyleSchema, metadata=doc("Transitions between scenes."))
    grade = fields.Nested(GradeSchema, metadata=doc("Colour correction of the picture."))
    sound = fields.Nested(SoundStyleSchema, metadata=doc("Music, effects and levels."))
    pacing = fields.Nested(PacingSchema, metadata=doc("Durations of scenes."))
    engines = Items(
        fields.Str(validate=ENGINE_NAME),
        validate=validate.Length(1),
        metadata=doc("Names of the engines to try first, in this order, each alone or with one of its models."),
    )
    voice_speed = fields.Float(
        validate=validate.Range(0.5, 2.0), metadata=doc("Factor of the requested speed of the voice.")
    )
    match_exposure = fields.Float(
        validate=validate.Range(0, MAX_STOPS),
        metadata=doc(
            "By how many stops at most the planner corrects a picture that is brighter or darker than the "
            "others; 0 leaves all as they are."
        ),
    )
    progress = fields.Str(
        validate=validate.OneOf(PROGRESS),
        metadata=doc(
            "How films with a list show how far they are: not at all, by a bar, or by a segment for each scene."
        ),
    )
    shapes = Items(
        fields.Str(validate=validate.OneOf(SHAPES)),
        validate=validate.Length(max=6),
        metadata=doc("Shapes on the backgrounds of scenes without a picture, the kinds in turn."),
    )
    prompt_style = fields.Str(
        validate=validate.Length(max=300),
        metadata=doc(
            "Words on light, colours and material that are added, in English and separated by commas, to the prompts "
            "of generated pictures; none if it is empty."
        ),
    )


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
