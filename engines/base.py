"""What an engine is: something that makes a scene's picture, near or far, from one ``Shot``."""

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
from schemas.money import ZERO
from schemas.preset import Preset, rendered_style
from schemas.scene_graph import Scene, rendered_part

# Raise this when the same shot would be filmed in another way.
SHOT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Shot:
    """All an engine needs to know. ``picture`` is the asset's file here; ``frames`` is an upper estimate at ``fps``."""

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

    @property
    def seconds(self) -> float:
        return float(self.frames / self.fps)

    def identity(self, *wishes: str) -> str:
        """The key of what is filmed: shots that are alike to an engine, asked for by the same wishes, share it.

        Captions, narration and transitions are no part of it, nor is who can be had today: what was filmed stays.
        """
        is_still = self.asset.kind == "image" if self.asset else self.scene.media.kind == "colour"
        # A camera is paced to whole seconds; of what has a length of its own another one is the same shot.
        size = [self.width, self.height, str(self.fps), round(self.seconds) if is_still else 0]
        seen = [rendered_part(self.scene), rendered_style(self.preset), self.asset.sha256 if self.asset else None]
        return fingerprint(SHOT_VERSION, seen, size, self.seed, wishes)

    @property
    def least_ms(self) -> int:
        """How long a clip of it that was made before has to be; the user's own is as long as it is."""
        return 0 if self.asset else round(self.seconds * 1000)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine takes and what it takes for it. ``max_seconds`` ``None``: as long as wanted.

    ``generates`` says that it invents pixels: it is never given a user's picture of a brand-safe film.
    """

    media: tuple[str, ...]
    generates: bool = False
    needs_network: bool = False
    costs_money: bool = False
    max_seconds: float | None = None


@runtime_checkable
class Engine(Protocol):
    """Makes one clip of one shot.

    Raises ``ProviderBusy`` (try again), ``ProviderRefused`` (the next in the chain is due), ``BadMedia`` or
    ``MediaError`` (this file cannot be used), ``StorageFull``, and nothing else on purpose.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def render(self, shot: Shot) -> Clip: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """What was ordered: ``id`` is the provider's own, kept before anything else happens; the price is estimated."""

    engine: str
    id: str
    cost_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is. ``share`` is 0 … 1 where the provider tells it; ``again_s`` is when to ask next."""

    done: bool
    share: float | None = None
    again_s: float = 5.0
    cost_usd: Decimal | None = None


@runtime_checkable
class HostedEngine(Protocol):
    """An engine behind somebody's API: four verbs, no memory. The scene task keeps the order and calls them.

    ``key`` is ours and the same for every try of one take: a provider that knows idempotency keys is asked once.
    Each raises ``ProviderBusy`` (overloaded, rate-limited, away) or ``ProviderRefused`` (it will never do this).
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def estimate(self, shot: Shot) -> Decimal:
        """The price in US dollars, before anything is sent."""

    def submit(self, shot: Shot, key: str) -> Submission:
        """Orders the shot. Whoever calls it has reserved the money and stores the answer at once."""

    def poll(self, submission: Submission) -> Progress:
        """Asks once, without waiting."""

    def fetch(self, submission: Submission, shot: Shot) -> Clip:
        """Brings what is done into the store."""

    def cancel(self, submission: Submission) -> bool:
        """Whether the order was called off in time; never raises for one that is over or unknown."""
