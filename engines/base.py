"""The protocols of engines, which render one scene each, and their input, a ``Shot``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from app.store.base import Storage
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.engine import Capabilities, Cost
from schemas.frame import aspect_of
from schemas.layout import Layout, LayoutSchema
from schemas.order import ClipOrder
from schemas.preset import Preset, rendered_style
from schemas.region import Region
from schemas.scene_graph import Scene, rendered_part

# Increment this when the same shot would be rendered differently.
SHOT_VERSION = 6


@dataclass(frozen=True, slots=True)
class Shot:
    """The input of an engine: one scene with everything that its picture depends on.

    ``picture`` is the local file of ``asset``; ``frames`` is an upper estimate of the scene's frames at ``fps``.
    ``layout`` is that of the scene; ``more`` are the files of the pictures that it shows beside the first, in order. A
    path is ``None`` if its file is no longer stored.
    """

    scene: Scene
    asset: Asset | None
    picture: Path | None
    width: int
    height: int
    fps: Fraction
    frames: int
    preset: Preset
    seed: int
    store: Storage
    layout: Layout | None = None
    more: tuple[tuple[Asset, Path | None], ...] = ()

    @property
    def panels(self) -> tuple[Region, ...] | None:
        """Where the pictures of the layout are; ``None`` if it has none, or if one picture fills the frame."""
        if self.layout is None or self.layout.is_plain or not self.layout.pictures:
            return None
        return self.layout.arrangements[aspect_of(self.width, self.height)].panels

    @property
    def is_missing_files(self) -> bool:
        """Whether a file of the scene is no longer stored."""
        files = [*self.more, *([(self.asset, self.picture)] if self.asset else [])]
        return any(path is None for _, path in files)

    @property
    def seconds(self) -> float:
        """The upper estimate of the scene's duration."""
        return float(self.frames / self.fps)

    def identity(self, *constraints: str) -> str:
        """Return the key of the rendered clip: shots equal to an engine, under the same ``constraints``, share it.

        Captions, narration and transitions are not part of it, and neither is the set of engines that are available:
        an existing clip stays valid when that set changes.
        """
        is_still = self.asset.kind == "image" if self.asset else self.scene.media.kind == "colour"
        # The motion over a still depends on whole seconds. Other clips do not depend on the scene's duration.
        size = [self.width, self.height, str(self.fps), round(self.seconds) if is_still else 0]
        inputs = [rendered_part(self.scene), rendered_style(self.preset), self.asset.sha256 if self.asset else None]
        layout = [LayoutSchema.plain(self.layout) if self.layout else None, [asset.sha256 for asset, _ in self.more]]
        return fingerprint(SHOT_VERSION, inputs, layout, size, self.seed, constraints)

    @property
    def min_length_ms(self) -> int:
        """The shortest existing clip that can be reused, in ms; 0 for a user's file, unless it is repeated."""
        has_fixed_length = self.asset is not None and not self.asset.is_animation
        return 0 if has_fixed_length else round(self.seconds * 1000)


@runtime_checkable
class Engine(Protocol):
    """An engine that renders one clip from one shot.

    ``render`` raises ``ProviderBusy`` (retry later), ``ProviderRefused`` (use the next engine of the chain),
    ``BadMedia`` or ``MediaError`` (the file cannot be used), ``StorageFull``, and no other error deliberately.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def render(self, shot: Shot) -> Clip: ...


class OrderProgress(StrEnum):
    """What a provider says about an order: it waits, is being made, or has ended in one of three ways."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted order: ``id`` is the provider's id, which is stored before anything else.

    ``data`` are further JSON-ready facts that later calls need, such as the URLs of the reply. ``cost`` is the most
    that the provider may charge, ``None`` if it does not say.
    """

    id: str
    data: dict[str, Any] = field(default_factory=dict)
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an order.

    ``share`` is 0 … 1 if the provider reports it; ``again_s`` is the time that the provider asks to wait before the
    next poll, if it does. ``data`` replaces that of the submission, for example with URLs of the result. ``cost`` is
    what was charged, ``None`` if the provider does not say. ``reason`` says why an order failed; ``can_retry`` whether
    the same order can succeed when it is placed again.
    """

    state: OrderProgress
    share: float | None = None
    again_s: float | None = None
    cost: Cost | None = None
    data: dict[str, Any] | None = None
    reason: str = ""
    can_retry: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The result of a request to cancel: whether the order has ended, and what is charged for it nevertheless.

    ``charged`` is ``None`` if the provider does not say and may charge the whole amount.
    """

    cancelled: bool
    charged: Cost | None = None
    reason: str = ""


@runtime_checkable
class HostedEngine(Protocol):
    """An engine behind a provider's API. It keeps no state and knows nothing of jobs: ``app.providers`` calls it.

    ``poll_s`` is the shortest time between two polls of one order. ``finds_orders`` says whether ``find`` can tell if
    an order was accepted. Calls are made from several threads at the same time.

    Each method makes a few short requests and never waits for the result. Each raises ``ProviderBusy`` (overloaded,
    rate-limited, unreachable: nothing was accepted, the same call can succeed later), ``ProviderClosed`` (the account
    is refused or has no balance: no order of it can succeed) or ``ProviderRefused`` (this order can never succeed).
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def poll_s(self) -> float: ...

    @property
    def finds_orders(self) -> bool: ...

    def submit(self, order: ClipOrder, files: Mapping[str, Path], key: str) -> Submission:
        """Place the order with one request that costs money; uploads come before it.

        ``files`` has the local path of each storage key in ``order.files``. ``key`` is an idempotency key, the same
        for every attempt at this order. Raises ``SubmitUnknown`` if the request was sent and its outcome is unknown.
        """

    def find(self, order: ClipOrder, key: str, sent_at: datetime) -> Submission | None:
        """Return the order if the provider has accepted it; ``None`` if it certainly has not.

        Called only if ``finds_orders``, after a submission whose outcome is unknown, sent at ``sent_at`` or later.
        """

    def poll(self, submission: Submission) -> Progress:
        """Return the progress of the order, with one request."""

    def fetch(self, submission: Submission, path: Path) -> None:
        """Download the finished clip to ``path``. Raises ``ProviderBusy`` if a later attempt can succeed.

        Called after ``poll`` has returned ``DONE``, with its ``data``.
        """

    def cancel(self, submission: Submission) -> Cancellation:
        """Ask the provider to cancel the order; an order that has ended or is unknown is no error."""
