"""The timeline: the frames and milliseconds at which everything is shown and heard. No later step changes a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.clip import CameraShot, CameraShotSchema
from schemas.contract import Contract, Items, Plain, Rate, Versioned
from schemas.fields import doc
from schemas.preset import TRANSITIONS
from schemas.speech import Word, WordSchema, text_of
from schemas.timing import ms_of

AUDIO_KINDS = ("voice", "music", "clip", "effect")
EFFECTS = ("whoosh", "pop", "riser")


@dataclass(frozen=True, slots=True)
class TimedScene:
    """The time ``[start, end)`` of a scene; scenes overlap during transitions."""

    scene_id: int
    start_frame: int
    end_frame: int
    start_ms: int
    end_ms: int

    @property
    def frames(self) -> int:
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True)
class TimedTransition:
    """A transition during ``[start_frame, end_frame)``; cuts are not listed, because they have no frames."""

    kind: str
    out_of: int
    into: int
    start_frame: int
    end_frame: int

    @property
    def frames(self) -> int:
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True)
class VideoItem:
    """The playback of a scene's clip during ``[start_frame, end_frame)``.

    Without ``shots``, the clip's own motion lasts the whole scene.
    """

    scene_id: int
    start_frame: int
    end_frame: int
    in_ms: int = 0
    speed: float = 1.0
    hold_frames: int = 0
    shots: tuple[CameraShot, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioItem:
    """A sound during ``[start_ms, end_ms)`` of the film.

    ``gain_db`` is relative to the source after it has been brought to its loudness (−18 LUFS).
    """

    kind: str
    start_ms: int
    end_ms: int
    key: str | None = None
    scene_id: int | None = None
    gain_db: float = 0.0
    in_ms: int = 0
    speed: float = 1.0
    fade_in_ms: int = 0
    fade_out_ms: int = 0
    ducked: bool = False
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption that is visible during ``[start_ms, end_ms)`` of the film."""

    scene_id: int
    start_ms: int
    end_ms: int
    lines: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(map(text_of, self.lines))


@dataclass(frozen=True, slots=True)
class OverlayItem:
    """An overlay that is shown during a part of its scene only."""

    scene_id: int
    overlay: int
    start_frame: int
    end_frame: int
    turn_frame: int
    row_frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks of a timeline."""

    video: tuple[VideoItem, ...] = ()
    audio: tuple[AudioItem, ...] = ()
    captions: tuple[Cue, ...] = ()
    overlays: tuple[OverlayItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The frames and milliseconds at which everything is shown and heard."""

    version: str
    fps: Fraction
    width: int
    height: int
    total_frames: int
    scenes: tuple[TimedScene, ...]
    tracks: Tracks
    transitions: tuple[TimedTransition, ...] = ()
    final: bool = False

    @property
    def length_ms(self) -> int:
        return ms_of(self.total_frames, self.fps)

    def scene(self, scene_id: int) -> TimedScene:
        """Return the scene with the id ``scene_id``; raises ``KeyError`` if there is none."""
        for scene in self.scenes:
            if scene.scene_id == scene_id:
                return scene
        raise KeyError(scene_id)


class TimedSceneSchema(Contract[TimedScene]):
    dataclass_type = TimedScene
    scene_id = fields.Int(required=True, metadata=doc("Number of the scene."))
    start_frame = fields.Int(required=True, metadata=doc("First frame."))
    end_frame = fields.Int(required=True, metadata=doc("Frame after the last one."))
    start_ms = fields.Int(required=True, metadata=doc("Start in milliseconds."))
    end_ms = fields.Int(required=True, metadata=doc("End in milliseconds."))


class TimedTransitionSchema(Contract[TimedTransition]):
    dataclass_type = TimedTransition
    kind = fields.Str(required=True, validate=validate.OneOf(TRANSITIONS), metadata=doc("Kind of transition."))
    out_of = fields.Int(required=True, metadata=doc("Number of the scene that ends."))
    into = fields.Int(required=True, metadata=doc("Number of the scene that begins."))
    start_frame = fields.Int(required=True, metadata=doc("First frame."))
    end_frame = fields.Int(required=True, metadata=doc("Frame after the last one."))


class VideoItemSchema(Contract[VideoItem]):
    dataclass_type = VideoItem
    scene_id = fields.Int(required=True, metadata=doc("Number of the scene."))
    start_frame = fields.Int(required=True, metadata=doc("First frame."))
    end_frame = fields.Int(required=True, metadata=doc("Frame after the last one."))
    in_ms = fields.Int(metadata=doc("Where playback begins in the clip, in milliseconds."))
    speed = fields.Float(metadata=doc("Factor of the speed; 1 is the clip's own."))
    hold_frames = fields.Int(metadata=doc("Number of frames at the end that hold the last picture."))
    shots = Items(
        fields.Nested(CameraShotSchema),
        metadata=doc("The shots that cut the scene into several views of its picture, in order from its first frame."),
    )


class AudioItemSchema(Contract[AudioItem]):
    dataclass_type = AudioItem
    kind = fields.Str(
        required=True,
        validate=validate.OneOf(AUDIO_KINDS),
        metadata=doc(
            "What sounds: the `voice` of a scene, the `music`, the sound of a video (`clip`), or an `effect`."
        ),
    )
    start_ms = fields.Int(required=True, metadata=doc("Start in milliseconds of the film."))
    end_ms = fields.Int(required=True, metadata=doc("End in milliseconds of the film."))
    key = fields.Str(allow_none=True, metadata=doc("Storage key of the file of a voice or a clip."))
    scene_id = fields.Int(allow_none=True, metadata=doc("Number of the scene of a voice or a clip."))
    gain_db = fields.Float(metadata=doc("Gain in dB, relative to the source at −18 LUFS."))
    in_ms = fields.Int(metadata=doc("Where a clip begins in its file, in milliseconds."))
    speed = fields.Float(metadata=doc("Factor of the speed of a clip; 1 is its own."))
    fade_in_ms = fields.Int(metadata=doc("Length of the fade at the start of a clip in milliseconds."))
    fade_out_ms = fields.Int(metadata=doc("Length of the fade at the end of a clip in milliseconds."))
    ducked = fields.Bool(metadata=doc("Whether a clip is lowered under the voice."))
    effect = fields.Str(
        allow_none=True, validate=validate.OneOf(EFFECTS), metadata=doc("Kind of effect, which is synthesised.")
    )


class CueSchema(Contract[Cue]):
    dataclass_type = Cue
    scene_id = fields.Int(required=True, metadata=doc("Number of the scene."))
    start_ms = fields.Int(required=True, metadata=doc("Start in milliseconds of the film."))
    end_ms = fields.Int(required=True, metadata=doc("End in milliseconds of the film."))
    lines = Items(
        Items(fields.Nested(WordSchema)),
        required=True,
        metadata=doc("The lines, each with its words and their times in the film."),
    )


class OverlayItemSchema(Contract[OverlayItem]):
    dataclass_type = OverlayItem
    later: ClassVar[Plain] = {"row_frames": []}
    scene_id = fields.Int(required=True, metadata=doc("Number of the scene."))
    overlay = fields.Int(
        required=True, validate=validate.Range(0), metadata=doc("Index of the overlay in the scene, from 0.")
    )
    start_frame = fields.Int(required=True, metadata=doc("First frame."))
    end_frame = fields.Int(required=True, metadata=doc("Frame after the last one."))
    turn_frame = fields.Int(required=True, metadata=doc("Frame in which the old amount of a card is struck through."))
    row_frames = Items(
        fields.Int(), metadata=doc("Frames in which the rows of a table, without its header, are spoken.")
    )


class TracksSchema(Contract[Tracks]):
    dataclass_type = Tracks
    video = Items(fields.Nested(VideoItemSchema), metadata=doc("Pictures."))
    audio = Items(fields.Nested(AudioItemSchema), metadata=doc("Sounds."))
    captions = Items(fields.Nested(CueSchema), metadata=doc("Captions."))
    overlays = Items(
        fields.Nested(OverlayItemSchema), metadata=doc("Overlays that are not shown during all of a scene.")
    )


class TimelineSchema(Versioned[Timeline]):
    dataclass_type = Timeline
    current = "2.0"
    fps = Rate(required=True, metadata=doc("Frames per second as an exact fraction such as `30000/1001`."))
    width = fields.Int(required=True, validate=validate.Range(2, 8192), metadata=doc("Width of the frames in pixels."))
    height = fields.Int(
        required=True, validate=validate.Range(2, 8192), metadata=doc("Height of the frames in pixels.")
    )
    total_frames = fields.Int(required=True, validate=validate.Range(1), metadata=doc("Number of frames of the film."))
    scenes = Items(
        fields.Nested(TimedSceneSchema),
        required=True,
        validate=validate.Length(1),
        metadata=doc("The time of each scene."),
    )
    tracks = fields.Nested(TracksSchema, required=True, metadata=doc("What is shown and heard."))
    transitions = Items(fields.Nested(TimedTransitionSchema), metadata=doc("Transitions between scenes."))
    final = fields.Bool(
        metadata=doc(
            "False while times are planned, and true once they follow the real lengths of spoken lines and clips."
        )
    )
