"""The protocols of engines, which render one scene each, and their input, a ``Shot``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from app.store.base import Storage
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.frame import aspect_of
from schemas.layout import Layout, LayoutSchema
from schemas.money import ZERO
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


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The kinds of media that an engine renders, and its requirements.

    ``generates`` marks an engine that invents pixels: it never receives a user's picture of a brand-safe film.
    ``max_seconds`` is the longest clip that it renders; ``None`` means any length.
    """

    media: tuple[str, ...]
    generates: bool = False
    needs_network: bool = False
    costs_money: bool = False
    max_seconds: float | None = None


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


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted order: ``id`` is the provider's id, stored before anything else; ``cost_usd`` is an estimate."""

    engine: str
    id: str
    cost_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an order.

    ``share`` is 0 … 1 if the provider reports it; ``again_s`` is the number of seconds to wait before the next poll.
    """

    done: bool
    share: float | None = None
    again_s: float = 5.0
    cost_usd: Decimal | None = None


@runtime_checkable
class HostedEngine(Protocol):
    """An engine behind a provider's API; it keeps no state: the scene task stores the order and calls the methods.

    ``key`` is an idempotency key, the same for every attempt at one take, so that a provider that supports such keys
    accepts the order once. Each method raises ``ProviderBusy`` (overloaded, rate-limited, unreachable) or
    ``ProviderRefused`` (the provider will never accept this shot).
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def estimate(self, shot: Shot) -> Decimal:
        """Return the estimated price in US dollars, before anything is sent."""

    def submit(self, shot: Shot, key: str) -> Submission:
        """Order the shot. The caller reserves the money before the call and stores the result at once."""

    def poll(self, submission: Submission) -> Progress:
        """Return the progress of the order, with one request and without waiting."""

    def fetch(self, submission: Submission, shot: Shot) -> Clip:
        """Download the finished clip into the store."""

    def cancel(self, submission: Submission) -> bool:
        """Return whether the order was cancelled in time; does not raise if the order has ended or is unknown."""
