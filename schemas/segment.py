"""A segment: the frames of the film that are made and encoded together, and everything that goes into them.

Segment *k* is the transition from scene *k−1* into *k* and then the body of *k* up to where its own transition out
begins. It is a value: two equal segments are the same pictures, so its identity is the key under which they are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from marshmallow import fields, validate

from schemas.clip import Clip, ClipSchema
from schemas.contract import Contract, Items, Rate, fingerprint
from schemas.preset import (
    CaptionStyle,
    CaptionStyleSchema,
    Grade,
    GradeSchema,
    SafeZone,
    SafeZoneSchema,
)
from schemas.scene_graph import Overlay, OverlaySchema
from schemas.speech import Word
from schemas.text_width import is_unspaced
from schemas.timeline import Cue, CueSchema
from schemas.timing import frames_of

# Raise this when the same segment would come out as different pictures.
SEGMENT_VERSION = 2
# Raise this when only segments with video clips would (assembly.picture.normalise); stills keep their identity.
FOOTAGE_VERSION = 2
# Raise this when only titles in scripts without spaces would (assembly.text.layout breaks their lines).
UNSPACED_TITLE_VERSION = 2


@dataclass(frozen=True, slots=True)
class Encoding:
    """x264's settings; what differs here gives bytes that cannot be joined by copy."""

    x264_preset: str = "faster"
    crf: int = 20
    keyint: int = 250


# By quality. "high" takes 2 GB an encoder at 2160p: one at a time on a worker.
ENCODINGS = {
    "draft": Encoding("ultrafast", 26),
    "low": Encoding("veryfast", 23),
    # As good as "medium" at 21 to the eye (VMAF 96.9 against 97.3), in three quarters of its time, 8 % larger.
    "medium": Encoding("faster", 20),
    "high": Encoding("slow", 19),
}


@dataclass(frozen=True, slots=True)
class ClipRange:
    """A run of one clip's own frames: ``first`` … ``first + frames`` of ``of`` (the clip's length in this film)."""

    clip: Clip
    first: int
    frames: int
    of: int
    in_ms: int = 0
    speed: float = 1.0
    hold_frames: int = 0


@dataclass(frozen=True, slots=True)
class TimedOverlay:
    """An overlay during frames ``[first, first + frames)`` of the segment; ``key`` is a picture's storage key."""

    overlay: Overlay
    first: int
    frames: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """``frames`` frames. ``incoming`` is the body's strip from its own frame 0; ``outgoing`` the strip of the scene
    before that is under the transition (its length is the transition's), or ``None`` after a cut.

    ``cues`` are those that show in this segment, in film milliseconds; ``start_frame`` is the segment's place in the
    film, needed to set them, and nothing else depends on it.
    """

    index: int
    scene_id: int
    start_frame: int
    frames: int
    fps: Fraction
    width: int
    height: int
    incoming: ClipRange
    outgoing: ClipRange | None = None
    transition: str = "cut"
    cues: tuple[Cue, ...] = ()
    overlays: tuple[TimedOverlay, ...] = ()
    captions: CaptionStyle = CaptionStyle()
    safe_zone: SafeZone = SafeZone()
    grade: Grade = Grade()
    language: str = "en"
    encoding: Encoding = Encoding()

    @property
    def identity(self) -> str:
        """The key of its pictures. Cues count from the segment's own start, so a segment that only moves is reused.

        ``FOOTAGE_VERSION`` goes in only where there is a video clip, ``UNSPACED_TITLE_VERSION`` only where a title is
        in a script without spaces.
        """
        plain = SegmentSchema.plain(self)
        for strip in (plain["incoming"], plain["outgoing"]):
            if strip:
                strip["clip"] = strip["clip"]["identity"]
        for place in ("start_frame", "index", "scene_id"):
            plain.pop(place)
        plain["cues"] = [self._cue_facts(cue) for cue in self.cues]
        if self._has_unspaced_title:
            plain["unspaced_titles"] = UNSPACED_TITLE_VERSION
        if self.has_video:
            plain["footage"] = FOOTAGE_VERSION
        return fingerprint(SEGMENT_VERSION, plain)

    @property
    def has_video(self) -> bool:
        return any(strip.clip.kind == "video" for strip in (self.incoming, self.outgoing) if strip)

    @property
    def _has_unspaced_title(self) -> bool:
        return any(is_unspaced(char) for timed in self.overlays for char in timed.overlay.text)

    def frame_of(self, ms: int) -> int:
        """Film milliseconds as a frame of this segment (below 0 when before it)."""
        return frames_of(ms, self.fps) - self.start_frame

    def _cue_facts(self, cue: Cue) -> list[object]:
        words = [[self._word_facts(word) for word in line] for line in cue.lines]
        return [self.frame_of(cue.start_ms), self.frame_of(cue.end_ms), words]

    def _word_facts(self, word: Word) -> list[object]:
        # Only a word that says so has a fourth fact: others have the identity from before words could be tight.
        facts: list[object] = [word.text, self.frame_of(word.start_ms), self.frame_of(word.end_ms)]
        return facts if word.tight is None else [*facts, "tight" if word.tight else "apart"]


class EncodingSchema(Contract[Encoding]):
    dataclass_type = Encoding
    x264_preset = fields.Str()
    crf = fields.Int(validate=validate.Range(0, 51))
    keyint = fields.Int(validate=validate.Range(1))


class ClipRangeSchema(Contract[ClipRange]):
    dataclass_type = ClipRange
    clip = fields.Nested(ClipSchema, required=True)
    first = fields.Int(required=True)
    frames = fields.Int(required=True)
    of = fields.Int(required=True)
    in_ms = fields.Int()
    speed = fields.Float()
    hold_frames = fields.Int()


class TimedOverlaySchema(Contract[TimedOverlay]):
    dataclass_type = TimedOverlay
    overlay = fields.Nested(OverlaySchema, required=True)
    first = fields.Int(required=True)
    frames = fields.Int(required=True)
    key = fields.Str(allow_none=True)


class SegmentSchema(Contract[Segment]):
    dataclass_type = Segment
    index = fields.Int(required=True)
    scene_id = fields.Int(required=True)
    start_frame = fields.Int(required=True)
    frames = fields.Int(required=True, validate=validate.Range(1))
    fps = Rate(required=True)
    width = fields.Int(required=True)
    height = fields.Int(required=True)
    incoming = fields.Nested(ClipRangeSchema, required=True)
    outgoing = fields.Nested(ClipRangeSchema, allow_none=True)
    transition = fields.Str()
    cues = Items(fields.Nested(CueSchema))
    overlays = Items(fields.Nested(TimedOverlaySchema))
    captions = fields.Nested(CaptionStyleSchema)
    safe_zone = fields.Nested(SafeZoneSchema)
    grade = fields.Nested(GradeSchema)
    language = fields.Str()
    encoding = fields.Nested(EncodingSchema)
