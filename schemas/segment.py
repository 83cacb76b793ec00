"""A segment: the frames of the film that are composed and encoded together, with everything that goes into them.

Segment *k* is the transition from scene *k−1* into scene *k*, then the body of scene *k* up to the start of the next
transition. A segment is a value: equal segments have equal pictures, so the identity is the key of the encoded file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.clip import CameraPath, CameraShot, CameraShotSchema, Clip, ClipSchema, Motion, Panel
from schemas.contract import Contract, Items, Plain, Rate, fingerprint
from schemas.emoji import has_emoji
from schemas.preset import (
    PROGRESS,
    CaptionStyle,
    CaptionStyleSchema,
    Grade,
    GradeSchema,
    SafeZone,
)
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Overlay, OverlaySchema
from schemas.speech import Word
from schemas.text_width import is_unspaced
from schemas.timeline import Cue, CueSchema
from schemas.timing import frames_of

# Of a clip, its identity and what decides where text is.
_CLIP_FACTS = ("identity", "faces", "subject", "aspect", "panels")
# Increase this when equal segments would be composed to other pictures than before.
SEGMENT_VERSION = 7
# Increase this when only segments with video clips would (assembly.picture.normalise); stills keep their identity.
FOOTAGE_VERSION = 4
# Increase this when only segments with images over the picture would (assembly.picture.overlays).
IMAGE_OVERLAY_VERSION = 1
# Increase this when only segments with images that have a shadow would.
SHADOWED_IMAGE_VERSION = 1
# Increase this when only titles in scripts without spaces would (assembly.text.layout breaks their lines).
UNSPACED_TITLE_VERSION = 2
# Increase this when only segments with emoji would (assembly.picture.emoji_pictures).
EMOJI_VERSION = 1


@dataclass(frozen=True, slots=True)
class Encoding:
    """Settings of x264; segments with different settings cannot be joined without encoding them again.

    ``crf`` is the constant rate factor (0 … 51, lower is better); ``keyint`` is the longest distance between two
    keyframes, in frames.
    """

    x264_preset: str = "faster"
    crf: int = 20
    keyint: int = 250


# By quality. "high" needs 2 GB of memory per encoder at 2160p: a worker runs one at a time.
ENCODINGS = {
    "draft": Encoding("ultrafast", 26),
    "low": Encoding("veryfast", 23),
    # Compared with x264's "medium" at 21: VMAF 96.9 instead of 97.3, three quarters of the time, 8 % larger.
    "medium": Encoding("faster", 20),
    "high": Encoding("slow", 19),
}


@dataclass(frozen=True, slots=True)
class ClipRange:
    """The frames ``[first, first + frames)`` of a clip that is ``of`` frames long in this film.

    Playback begins at ``in_ms`` of the clip, runs at ``speed`` (1 is its own speed), and the last ``hold_frames`` of
    the ``of`` frames repeat the last picture. ``shots`` are those of the scene, in frames of the whole clip.
    """

    clip: Clip
    first: int
    frames: int
    of: int
    in_ms: int = 0
    speed: float = 1.0
    hold_frames: int = 0
    shots: tuple[CameraShot, ...] = ()

    @property
    def path(self) -> CameraPath | None:
        """The camera's path over the whole clip; ``None`` for footage without shots."""
        return CameraPath(self.shots, self.of) if self.shots else self._along(self.clip.motion)

    def path_in(self, panel: Panel) -> CameraPath | None:
        """Return the camera's path over a panel of the clip; of several panels, a shot is of one only."""
        if self.shots and len(self.clip.panels) == 1:
            return CameraPath(self.shots, self.of)
        index = self.clip.panels.index(panel)
        if panel.motion is None or all(shot.panel != index for shot in self.shots):
            return self._along(panel.motion)
        return CameraPath(tuple(self._shots_of(index, panel.motion)), self.of)

    def _shots_of(self, panel: int, own: Motion) -> Iterator[CameraShot]:
        """Yield the shots of one of several panels, and between them the parts of its ``own`` motion."""
        ends = [*(shot.first for shot in self.shots[1:]), self.of]
        for is_shot, group in groupby(zip(self.shots, ends, strict=True), key=lambda view: view[0].panel == panel):
            shots, ends_of_shots = zip(*group, strict=True)
            first, end = shots[0].first, ends_of_shots[-1]
            yield from shots if is_shot else (CameraShot(first, own.part(first, end, self.of)),)

    def _along(self, motion: Motion | None) -> CameraPath | None:
        return CameraPath((CameraShot(0, motion),), self.of) if motion else None


@dataclass(frozen=True, slots=True)
class TimedOverlay:
    """An overlay during the frames ``[first, first + frames)`` of the segment.

    ``key`` is the storage key of the image of an image overlay. ``turn`` is the frame, counted from ``first``, at which
    the old amount of a card is struck through and the new one appears. ``row_frames``, counted from ``first``, are
    those in which the rows of a table are spoken.
    """

    overlay: Overlay
    first: int
    frames: int
    key: str | None = None
    turn: int = 0
    row_frames: tuple[int, ...] = ()

    def is_shown_with(self, other: TimedOverlay) -> bool:
        """Return whether there is a frame that shows both."""
        return self.first < other.first + other.frames and other.first < self.first + self.frames


@dataclass(frozen=True, slots=True)
class ProgressBar:
    """A thin bar in ``area`` (shares of the frame) that fills over the film, by an equal share in each scene.

    ``kind`` is "bar" or "segments", one for each of the ``scenes``. The segment is that of the scene with the index
    ``scene``: it depends on the number of scenes, but not on their lengths.
    """

    kind: str
    scene: int
    scenes: int
    area: Region


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of ``frames`` frames of ``width`` × ``height`` pixels at ``fps``.

    ``index`` counts segments from 0 and ``scene_id`` is the scene of its body. ``incoming`` is the clip of that scene,
    from its frame 0. ``outgoing`` is the part of the previous scene's clip that is visible during the transition, and
    is as long as the transition; ``None`` after a cut. ``transition`` is one of ``schemas.preset.TRANSITIONS``.

    Titles are in ``title_zone``, or in ``safe_zone`` without one; large emoji and amounts are in ``icon_zone`` if there
    is one; images with a shadow are in ``image_zone``, in which there are no words. Lower thirds and counters are in
    ``free_zone``, the preset's safe zone; it is set if there are any. The
    picture is darkened by the share ``dim``, that of the previous scene during the transition by ``outgoing_dim``.
    ``progress`` is the bar that shows how far the film is. If ``fades_out``, the picture is mixed with that of the next
    scene after the segment.

    ``cues`` are the captions visible in the segment, in milliseconds of the film. ``start_frame`` is the segment's
    first frame in the film; it is only needed to place the cues. ``language`` decides on upper case and fonts.
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
    title_zone: SafeZone | None = None
    dim: float = 0.0
    outgoing_dim: float = 0.0
    grade: Grade = Grade()
    language: str = "en"
    encoding: Encoding = Encoding()
    free_zone: SafeZone | None = None
    progress: ProgressBar | None = None
    icon_zone: SafeZone | None = None
    fades_out: bool = False
    image_zone: SafeZone | None = None

    @property
    def identity(self) -> str:
        """The hash (64 hex digits) of all that is visible in the segment.

        Faces and the subject are part of it, because they decide where the text is. Cues count from the segment's own
        start, so that a segment that only moves in the film is reused. ``FOOTAGE_VERSION`` is part of the hash only if
        there is a video clip, ``UNSPACED_TITLE_VERSION`` only if a title is in a script without spaces, and
        ``EMOJI_VERSION`` only if there is an emoji in the text. ``SHADOWED_IMAGE_VERSION`` is part of it only if an
        image has a shadow.
        """
        plain = SegmentSchema.plain(self)
        for clip_range in (plain["incoming"], plain["outgoing"]):
            if clip_range:
                clip_range["clip"] = [clip_range["clip"][name] for name in _CLIP_FACTS]
        for name in ("start_frame", "index", "scene_id"):
            plain.pop(name)
        plain["cues"] = [self._cue_facts(cue) for cue in self.cues]
        if self._has_unspaced_title:
            plain["unspaced_titles"] = UNSPACED_TITLE_VERSION
        if self.has_video:
            plain["footage"] = FOOTAGE_VERSION
        if any(timed.key for timed in self.overlays):
            plain["image_overlays"] = IMAGE_OVERLAY_VERSION
        if any(timed.key and timed.overlay.shadow for timed in self.overlays):
            plain["shadowed_images"] = SHADOWED_IMAGE_VERSION
        if self.has_emoji:
            plain["emoji"] = EMOJI_VERSION
        return fingerprint(SEGMENT_VERSION, plain)

    @property
    def has_video(self) -> bool:
        return any(part.clip.kind == "video" for part in (self.incoming, self.outgoing) if part)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the captions and of the overlays, as written, with large emoji."""
        words = (word.text for cue in self.cues for line in cue.lines for word in line)
        return (*words, *(timed.overlay.text for timed in self.overlays if timed.overlay.kind != "image"))

    @property
    def has_emoji(self) -> bool:
        return any(map(has_emoji, self.texts))

    @property
    def _has_unspaced_title(self) -> bool:
        return any(is_unspaced(char) for timed in self.overlays for char in timed.overlay.text)

    def frame_of(self, ms: int) -> int:
        """Return the frame of this segment at ``ms`` of the film; it is negative before the segment."""
        return frames_of(ms, self.fps) - self.start_frame

    def _cue_facts(self, cue: Cue) -> list[object]:
        words = [[self._word_facts(word) for word in line] for line in cue.lines]
        return [self.frame_of(cue.start_ms), self.frame_of(cue.end_ms), words]

    def _word_facts(self, word: Word) -> list[object]:
        # Only values other than the defaults are facts, so that identities from before these fields existed stay valid.
        facts: list[object] = [word.text, self.frame_of(word.start_ms), self.frame_of(word.end_ms)]
        if word.tight is not None:
            facts.append("tight" if word.tight else "apart")
        return [*facts, "key"] if word.key else facts


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
    shots = Items(fields.Nested(CameraShotSchema))


class TimedOverlaySchema(Contract[TimedOverlay]):
    dataclass_type = TimedOverlay
    later: ClassVar[Plain] = {"turn": 0, "row_frames": []}
    overlay = fields.Nested(OverlaySchema, required=True)
    first = fields.Int(required=True)
    frames = fields.Int(required=True)
    key = fields.Str(allow_none=True)
    turn = fields.Int()
    row_frames = Items(fields.Int())


class ProgressBarSchema(Contract[ProgressBar]):
    dataclass_type = ProgressBar
    kind = fields.Str(validate=validate.OneOf(PROGRESS), required=True)
    scene = fields.Int(required=True)
    scenes = fields.Int(required=True, validate=validate.Range(1))
    area = fields.Nested(RegionSchema, required=True)


class MarginsSchema(Contract[SafeZone]):
    """The margins of a zone of a layout: larger than those of a preset may be."""

    dataclass_type = SafeZone
    top = fields.Float(validate=validate.Range(0, 1))
    bottom = fields.Float(validate=validate.Range(0, 1))
    left = fields.Float(validate=validate.Range(0, 1))
    right = fields.Float(validate=validate.Range(0, 1))


class SegmentSchema(Contract[Segment]):
    dataclass_type = Segment
    later: ClassVar[Plain] = {
        "outgoing_dim": 0.0,
        "free_zone": None,
        "progress": None,
        "icon_zone": None,
        "image_zone": None,
        "fades_out": False,
    }
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
    safe_zone = fields.Nested(MarginsSchema)
    title_zone = fields.Nested(MarginsSchema, allow_none=True)
    dim = fields.Float()
    outgoing_dim = fields.Float()
    grade = fields.Nested(GradeSchema)
    language = fields.Str()
    encoding = fields.Nested(EncodingSchema)
    free_zone = fields.Nested(MarginsSchema, allow_none=True)
    progress = fields.Nested(ProgressBarSchema, allow_none=True)
    icon_zone = fields.Nested(MarginsSchema, allow_none=True)
    fades_out = fields.Bool()
    image_zone = fields.Nested(MarginsSchema, allow_none=True)
