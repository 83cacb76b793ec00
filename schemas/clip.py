"""A clip: what a scene's engine really made, ready to be put into a segment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from marshmallow import fields, validate

from schemas.contract import Contract, Items
from schemas.money import ZERO, Usd
from schemas.preset import FITS
from schemas.scene_graph import Focus, FocusSchema

CLIP_KINDS = ("still", "video")
# The engine of a clip that is a mere ground, made where no picture could be: whoever composes lays words on it.
TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the plate that fills the frame: centre and width as shares of the plate's width and height.

    ``x, y`` are the centre (0 … 1 of the plate), ``width`` is the window's width as a share of the plate's width;
    its height follows from the frame's aspect.
    """

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Motion:
    """The camera's way over a plate: from one window to another, eased (smoothstep) over the scene's frames."""

    kind: str
    start: Window
    end: Window

    def at(self, share: float) -> Window:
        """The window at ``share`` (0 … 1) of the way. Zoom moves geometrically, so that its pace looks even."""
        u = min(1.0, max(0.0, share))
        u = u * u * (3 - 2 * u)
        a, b = self.start, self.end
        width = a.width * (b.width / a.width) ** u
        # The centre follows the zoom, or a pan with a zoom would sway.
        v = u if a.width == b.width else (a.width - width) / (a.width - b.width)
        return Window(a.x + (b.x - a.x) * v, a.y + (b.y - a.y) * v, width)


@dataclass(frozen=True, slots=True)
class Fallback:
    """One step of the fallback chain that was taken, and why."""

    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class Clip:
    """``key`` is the storage key of a plate (``still``) or of a video file (``video``).

    ``still``: ``motion`` says how the plate moves; it can be as long as the timeline wants.
    ``video``: ``start_ms`` is where to begin in the file and ``length_ms`` how much it can give from there; ``fit``,
    ``focus`` and ``ground`` (a colour) say how it is brought to the frame.
    ``identity`` is the hash of everything that went into it: equal identities are equal pictures.
    ``cost_usd`` is what its making cost. ``reused``: the run took it from what was made before, and paid nothing.
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

    @property
    def spent_usd(self) -> Decimal:
        """What the run that has the clip paid for it."""
        return ZERO if self.reused else self.cost_usd


class WindowSchema(Contract[Window]):
    dataclass_type = Window
    x = fields.Float(required=True)
    y = fields.Float(required=True)
    width = fields.Float(required=True)


class MotionSchema(Contract[Motion]):
    dataclass_type = Motion
    kind = fields.Str(required=True)
    start = fields.Nested(WindowSchema, required=True)
    end = fields.Nested(WindowSchema, required=True)


class FallbackSchema(Contract[Fallback]):
    dataclass_type = Fallback
    engine = fields.Str(required=True)
    reason = fields.Str(required=True)


class ClipSchema(Contract[Clip]):
    dataclass_type = Clip
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
    take = fields.Int()
    seed = fields.Int()
    cost_usd = Usd()
    steps_down = Items(fields.Nested(FallbackSchema))
    warnings = Items(fields.Str())
    reused = fields.Bool()
