"""The timeline: the frames and milliseconds at which everything is shown and heard. No later step changes a time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from marshmallow import fields, validate

from schemas.clip import CameraShot, CameraShotSchema
from schemas.contract import Contract, Items, Plain, Rate, Versioned
from schemas.preset import TRANSITIONS
from schemas.speech import Word, WordSchema, text_of
from schemas.timing import ms_of

AUDIO_KINDS = ("voice", "music", "clip", "effect")
EFFECTS = ("whoosh", "pop", "riser")


@dataclass(frozen=True, slots=True)
class TimedScene:
    """The frames ``[start_frame, end_frame)`` of a scene, and the same in ms; scenes overlap during transitions."""

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
    """The transition from the scene ``out_of`` to the scene ``into`` during ``[start_frame, end_frame)``.

    ``kind`` is one of ``schemas.preset.TRANSITIONS``; cuts are not listed, because they have no frames.
    """

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

    It begins at ``in_ms`` of the clip, runs at ``speed`` (1 is the clip's own speed) and holds the last picture for the
    last ``hold_frames``. ``shots`` cut the scene into several views of its picture, in order from frame 0 of the scene;
    without any, the clip's own motion lasts the whole scene.
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

    ``kind`` is "voice", with the ``scene_id`` and the storage ``key`` of the spoken line, "music", "clip", the sound of
    a scene's video with the ``key`` of its file, or "effect", with ``effect`` (one of ``EFFECTS``), which is
    synthesised. ``gain_db`` is relative to the source after it has been brought to its loudness (−18 LUFS).

    The other fields are those of a clip: it is read from ``in_ms`` of the file at ``speed`` (1 is its own), faded in
    and out over ``fade_in_ms`` and ``fade_out_ms``, and lowered under the voice if ``ducked``.
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
    """A caption visible during ``[start_ms, end_ms)`` of the film: lines of words with times of the film."""

    scene_id: int
    start_ms: int
    end_ms: int
    lines: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(map(text_of, self.lines))


@dataclass(frozen=True, slots=True)
class OverlayItem:
    """The frames ``[start_frame, end_frame)`` of an overlay that is shown during a part of its scene only.

    ``overlay`` is its index in the scene. At ``turn_frame`` the old amount of a card is struck through. ``row_frames``
    are the frames in which the rows of a table, without its header, are spoken.
    """

    scene_id: int
    overlay: int
    start_frame: int
    end_frame: int
    turn_frame: int
    row_frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks of a timeline: pictures, sounds, captions, and overlays that are not shown during all of a scene."""

    video: tuple[VideoItem, ...] = ()
    audio: tuple[AudioItem, ...] = ()
    captions: tuple[Cue, ...] = ()
    overlays: tuple[OverlayItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timeline of a film of ``total_frames`` frames of ``width`` × ``height`` pixels at ``fps``.

    ``version`` is that of the format. ``final`` is false while times are planned, and true once they follow the real
    lengths of spoken lines and clips.
    """

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
    scene_id = fields.Int(required=True)
    start_frame = fields.Int(required=True)
    end_frame = fields.Int(required=True)
    start_ms = fields.Int(required=True)
    end_ms = fields.Int(required=True)


class TimedTransitionSchema(Contract[TimedTransition]):
    dataclass_type = TimedTransition
    kind = fields.Str(required=True, validate=validate.OneOf(TRANSITIONS))
    out_of = fields.Int(required=True)
    into = fields.Int(required=True)
    start_frame = fields.Int(required=True)
    end_frame = fields.Int(required=True)


class VideoItemSchema(Contract[VideoItem]):
    dataclass_type = VideoItem
    scene_id = fields.Int(required=True)
    start_frame = fields.Int(required=True)
    end_frame = fields.Int(required=True)
    in_ms = fields.Int()
    speed = fields.Float()
    hold_frames = fields.Int()
    shots = Items(fields.Nested(CameraShotSchema))


class AudioItemSchema(Contract[AudioItem]):
    dataclass_type = AudioItem
    kind = fields.Str(required=True, validate=validate.OneOf(AUDIO_KINDS))
    start_ms = fields.Int(required=True)
    end_ms = fields.Int(required=True)
    key = fields.Str(allow_none=True)
    scene_id = fields.Int(allow_none=True)
    gain_db = fields.Float()
    in_ms = fields.Int()
    speed = fields.Float()
    fade_in_ms = fields.Int()
    fade_out_ms = fields.Int()
    ducked = fields.Bool()
    effect = fields.Str(allow_none=True, validate=validate.OneOf(EFFECTS))


class CueSchema(Contract[Cue]):
    dataclass_type = Cue
    scene_id = fields.Int(required=True)
    start_ms = fields.Int(required=True)
    end_ms = fields.Int(required=True)
    lines = Items(Items(fields.Nested(WordSchema)), required=True)


class OverlayItemSchema(Contract[OverlayItem]):
    dataclass_type = OverlayItem
    later: ClassVar[Plain] = {"row_frames": []}
    scene_id = fields.Int(required=True)
    overlay = fields.Int(required=True, validate=validate.Range(0))
    start_frame = fields.Int(required=True)
    end_frame = fields.Int(required=True)
    turn_frame = fields.Int(required=True)
    row_frames = Items(fields.Int())


class TracksSchema(Contract[Tracks]):
    dataclass_type = Tracks
    video = Items(fields.Nested(VideoItemSchema))
    audio = Items(fields.Nested(AudioItemSchema))
    captions = Items(fields.Nested(CueSchema))
    overlays = Items(fields.Nested(OverlayItemSchema))


class TimelineSchema(Versioned[Timeline]):
    dataclass_type = Timeline
    current = "2.0"
    fps = Rate(required=True)
    width = fields.Int(required=True, validate=validate.Range(2, 8192))
    height = fields.Int(required=True, validate=validate.Range(2, 8192))
    total_frames = fields.Int(required=True, validate=validate.Range(1))
    scenes = Items(fields.Nested(TimedSceneSchema), required=True, validate=validate.Length(1))
    tracks = fields.Nested(TracksSchema, required=True)
    transitions = Items(fields.Nested(TimedTransitionSchema))
    final = fields.Bool()
