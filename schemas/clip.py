"""A clip: the picture material that an engine rendered for one scene, as segments use it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items, Plain
from schemas.exposure import NEUTRAL, Exposure, ExposureSchema
from schemas.fields import doc
from schemas.frame import SHAPE_TOLERANCE
from schemas.money import ZERO, Usd
from schemas.preset import FITS
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema

CLIP_KINDS = ("still", "video")
# The engine name of a clip that is a plain background, rendered when no picture was possible; a title is burned over
# it.
TEMPLATE = "template"
# The background in colours that replaces one that was to be generated or searched, under a product or large words.
COLOURS = "colours"
COLOURED = (COLOURS, TEMPLATE)
# The time in seconds in which the camera goes along a view of a clip.
VIEW_S = 4.5
_PAIRS = (("push_in", "pull_out"), ("pan_left", "pan_right"), ("tilt_up", "tilt_down"))
_OPPOSITE = {**dict(_PAIRS), **{second: first for first, second in _PAIRS}}


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a plate that fills the frame; its height follows from the frame's aspect."""

    x: float
    y: float
    width: float


def clamped_centre(centre: float, length: float) -> float:
    """Return the centre, as near to ``centre`` as possible, of a window of ``length`` inside a picture of length 1."""
    return 0.5 if length >= 1 else min(1 - length / 2, max(length / 2, centre))


def part_that_fills(ratio: float, x: float, y: float) -> Region:
    """Return the part of a picture, as near to ``(x, y)`` as possible, that fills a frame.

    ``ratio`` is the picture's aspect (width ÷ height) ÷ the frame's.
    """
    width, height = min(1.0, 1 / ratio), min(1.0, ratio)
    return Region(clamped_centre(x, width) - width / 2, clamped_centre(y, height) - height / 2, width, height)


@dataclass(frozen=True, slots=True)
class Motion:
    """A movement of the camera over a plate.

    The speed is constant, so that the camera does not stop at a cut.
    """

    kind: str
    start: Window
    end: Window

    def window_at(self, share: float) -> Window:
        """Return the window at ``share`` (0 … 1) of the time; the width changes geometrically, for an even zoom."""
        u = min(1.0, max(0.0, share))
        a, b = self.start, self.end
        width = a.width * (b.width / a.width) ** u
        # The centre moves in proportion to the width; otherwise a pan with a zoom would sway.
        v = u if a.width == b.width else (a.width - width) / (a.width - b.width)
        return Window(a.x + (b.x - a.x) * v, a.y + (b.y - a.y) * v, width)

    @property
    def backwards(self) -> Motion:
        """The same path from its end to its start."""
        return Motion(_OPPOSITE.get(self.kind, self.kind), self.end, self.start)

    def part(self, first: int, end: int, frames: int) -> Motion:
        """Return the part of the motion during the frames ``[first, end)`` of ``frames``."""
        if (first, end) == (0, frames):
            return self
        return Motion(self.kind, self.window_at(first / frames), self.window_at(end / frames))


@dataclass(frozen=True, slots=True)
class CameraShot:
    """The camera from frame ``first`` of a scene until its next shot begins.

    In a clip with several panels, the one with the index ``panel`` shows ``motion``, and the others follow their own;
    all of them do if it is ``None``.
    """

    first: int
    motion: Motion
    panel: int | None = None


@dataclass(frozen=True, slots=True)
class CameraPath:
    """The camera over the ``frames`` of a scene: its ``shots`` in order, the first one from frame 0."""

    shots: tuple[CameraShot, ...]
    frames: int

    def window_at(self, index: float) -> Window:
        """Return the window of frame ``index``: a shot's first frame shows its motion's start, its last one the end."""
        current = max(0, bisect_right(self.shots, index, key=lambda shot: shot.first) - 1)
        shot = self.shots[current]
        end = self.shots[current + 1].first if current + 1 < len(self.shots) else self.frames
        length = end - 1 - shot.first
        return shot.motion.window_at((index - shot.first) / length if length > 0 else 0.0)

    @property
    def ends(self) -> tuple[Window, ...]:
        """The first and the last window of each shot."""
        return tuple(window for shot in self.shots for window in (shot.motion.start, shot.motion.end))


@dataclass(frozen=True, slots=True)
class Fallback:
    """A fallback that was taken."""

    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Credit:
    """Who made the video of a clip, and the pages of the author and of the video at the ``provider``."""

    provider: str
    author: str = ""
    author_url: str = ""
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A still inside the frame: the plate with the storage ``key`` fills ``area`` (shares of the frame).

    ``motion``, ``faces``, ``subject``, ``aspect`` and ``part`` are those of the plate, as in ``Clip``.
    """

    area: Region
    key: str
    motion: Motion | None = None
    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    aspect: float | None = None
    part: Region | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """The rendered material of one scene.

    ``kind`` "still": ``key`` is the storage key of a plate and ``motion`` its camera move; the clip has any length.
    With ``views``, it shows several pictures side by side, and each shot of a scene follows the next view for a part of
    ``VIEW_S``. With ``panels``, the plate is their background, and each shows a picture of its own, later ones over
    earlier ones, with corners of ``radius`` (a share of the frame's shorter side) and, if ``shadow``, a soft shadow on
    the plate.
    ``kind`` "video": ``key`` is the storage key of a video file; playback begins at ``start_ms`` in the file and
    ``length_ms`` are available from there (``None`` if unknown). ``fit`` (one of ``schemas.preset.FITS``), ``focus``
    and ``ground`` (the background colour, #RRGGBB) say how the video is scaled to the frame. ``exposure`` is that of
    the video; plates are stored with theirs applied.

    ``faces`` and ``subject`` are where faces and the subject are: on the plate of a still, or in the frames of the
    video file as it is shown, before it is scaled. They are empty if nothing was detected. ``aspect`` is the width ÷
    height of that plate or video, ``None`` if nothing was searched. ``picture`` is the area of a whole picture on the
    background of its plate, ``None`` if a picture fills the plate; then ``part`` is the part of the picture on the
    plate, in shares of the picture. ``cuts_ms`` are the cuts inside a video, from ``start_ms`` on; empty if none was
    found or searched. If ``resized``, the size of the video changes on the way, and each size is fitted for itself.

    ``identity`` is the hash (64 hex digits) of all inputs: equal identities mean equal pictures. ``engine`` is the name
    of the engine that rendered it, ``model`` that of its model and ``why`` the reason for
    both, ``take`` and ``seed`` are those of the scene and the
    film. ``credit`` says who made a video that was found. ``steps_down`` lists the
    fallbacks taken before, ``warnings`` are sentences for the user. ``cost_usd`` is what rendering cost when it was
    rendered; if ``reused``, the run took the clip from an earlier run and paid nothing.
    """

    scene_id: int
    kind: str
    key: str
    identity: str
    engine: str
    motion: Motion | None = None
    start_ms: int = 0
    length_ms: int | None = None
    fit: str = "blur"
    focus: Focus | None = None
    ground: str = "#000000"
    take: int = 1
    seed: int = 0
    cost_usd: Decimal = ZERO
    steps_down: tuple[Fallback, ...] = ()
    warnings: tuple[str, ...] = ()
    reused: bool = False
    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    aspect: float | None = None
    picture: Region | None = None
    panels: tuple[Panel, ...] = ()
    radius: float = 0.0
    exposure: Exposure = NEUTRAL
    shadow: bool = False
    cuts_ms: tuple[int, ...] = ()
    views: tuple[Motion, ...] = ()
    part: Region | None = None
    resized: bool = False
    model: str = ""
    why: str = ""
    credit: Credit | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The storage keys of all files of the clip."""
        return (self.key, *(panel.key for panel in self.panels))

    @property
    def spent_usd(self) -> Decimal:
        """The cost of the clip to the run that uses it."""
        return ZERO if self.reused else self.cost_usd


def window_of_video(clip: Clip, frame_aspect: float) -> Window:
    """Return the part of a video of known ``aspect`` that fills a frame; larger than a video that is shown whole.

    The window is in shares of the video.
    """
    assert clip.aspect is not None
    ratio = frame_aspect / clip.aspect
    is_same = abs(1 / ratio - 1) < SHAPE_TOLERANCE
    if is_same or clip.fit != "crop":
        return Window(0.5, 0.5, 1.0 if is_same else max(1.0, ratio))
    width, focus = min(1.0, ratio), clip.focus or Focus()
    return Window(clamped_centre(focus.x, width), clamped_centre(focus.y, width / ratio), width)


class WindowSchema(Contract[Window]):
    dataclass_type = Window
    x = fields.Float(required=True, metadata=doc("Centre from the left, as a share of the picture's width."))
    y = fields.Float(required=True, metadata=doc("Centre from the top, as a share of the picture's height."))
    width = fields.Float(required=True, metadata=doc("Width, as a share of the picture's width."))


class MotionSchema(Contract[Motion]):
    dataclass_type = Motion
    kind = fields.Str(required=True, metadata=doc("Kind of movement."))
    start = fields.Nested(WindowSchema, required=True, metadata=doc("Part of the picture at the start."))
    end = fields.Nested(WindowSchema, required=True, metadata=doc("Part of the picture at the end."))


class CameraShotSchema(Contract[CameraShot]):
    dataclass_type = CameraShot
    later: ClassVar[Plain] = {"panel": None}
    first = fields.Int(
        required=True, validate=validate.Range(0), metadata=doc("First frame of the shot in its scene, from 0.")
    )
    motion = fields.Nested(MotionSchema, required=True, metadata=doc("Movement of the camera."))
    panel = fields.Int(
        allow_none=True,
        validate=validate.Range(0),
        metadata=doc("Index of the panel that shows the movement, from 0; null is each panel's own movement."),
    )


class FallbackSchema(Contract[Fallback]):
    dataclass_type = Fallback
    engine = fields.Str(required=True, metadata=doc("The engine that did not render the scene."))
    reason = fields.Str(required=True, metadata=doc("Why it did not."))


class CreditSchema(Contract[Credit]):
    dataclass_type = Credit
    provider = fields.Str(required=True, metadata=doc("The provider of the video."))
    author = fields.Str(metadata=doc("Who made it."))
    author_url = fields.Str(metadata=doc("Page of the author."))
    page_url = fields.Str(metadata=doc("Page of the video."))


class PanelSchema(Contract[Panel]):
    dataclass_type = Panel
    later: ClassVar[Plain] = {"part": None}
    area = fields.Nested(RegionSchema, required=True)
    key = fields.Str(required=True)
    motion = fields.Nested(MotionSchema, allow_none=True)
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    aspect = fields.Float(allow_none=True)
    part = fields.Nested(RegionSchema, allow_none=True)


class ClipSchema(Contract[Clip]):
    dataclass_type = Clip
    later: ClassVar[Plain] = {
        "exposure": ExposureSchema.plain(NEUTRAL),
        "part": None,
        "resized": False,
        "model": "",
        "why": "",
        "credit": None,
    }
    scene_id = fields.Int(required=True)
    kind = fields.Str(required=True, validate=validate.OneOf(CLIP_KINDS))
    key = fields.Str(required=True)
    identity = fields.Str(required=True)
    engine = fields.Str(required=True)
    motion = fields.Nested(MotionSchema, allow_none=True)
    start_ms = fields.Int(validate=validate.Range(0))
    length_ms = fields.Int(allow_none=True, validate=validate.Range(1))
    fit = fields.Str(validate=validate.OneOf(FITS))
    focus = fields.Nested(FocusSchema, allow_none=True)
    ground = fields.Str()
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    aspect = fields.Float(allow_none=True)
    picture = fields.Nested(RegionSchema, allow_none=True)
    panels = Items(fields.Nested(PanelSchema))
    radius = fields.Float()
    shadow = fields.Bool()
    cuts_ms = Items(fields.Int(validate=validate.Range(0)))
    views = Items(fields.Nested(MotionSchema))
    part = fields.Nested(RegionSchema, allow_none=True)
    take = fields.Int()
    seed = fields.Int()
    cost_usd = Usd()
    steps_down = Items(fields.Nested(FallbackSchema))
    warnings = Items(fields.Str())
    reused = fields.Bool()
    resized = fields.Bool()
    model = fields.Str()
    why = fields.Str()
    credit = fields.Nested(CreditSchema, allow_none=True)
    exposure = fields.Nested(ExposureSchema)
