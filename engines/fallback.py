"""The chain of engines is itself an engine: while a picture can still be made, a scene never fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core.errors import BadMedia, MediaError, MediaKilled, ProviderRefused, PytoonError, Unconfigured
from engines.base import Capabilities, Engine, Shot
from schemas.clip import TEMPLATE, Clip, Fallback
from schemas.scene_graph import Media, SceneStyle

# These mean: not this way. All others go up: a busy provider is asked again, a full disk is nobody's fault.
NEXT = (ProviderRefused, Unconfigured, MediaError, BadMedia)

# A child that is killed by chance gets the scene again as it is; one that dies of it, a simpler one each time.
DEATHS_BEFORE_PLAIN = 2
DEATHS_BEFORE_TEMPLATE = 4
PLAIN = "plain_still"


@dataclass(frozen=True, slots=True)
class FallbackStep:
    """One try: ``name`` is what the receipt calls it, ``make`` turns the shot into what this try films."""

    name: str
    engine: Engine
    make: Callable[[Shot], Shot | None]


@dataclass(frozen=True, slots=True)
class EngineChain:
    """``engines`` in order, then ``ground`` twice: the picture without motion, and the scene's words on a colour.

    ``passed`` are steps down that were taken before this chain was asked (policy, a provider that stayed busy).
    """

    engines: tuple[Engine, ...]
    ground: Engine
    passed: tuple[Fallback, ...] = ()
    skipped: frozenset[str] = frozenset()
    name: str = "chain"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(tuple(sorted({kind for engine in self.engines for kind in engine.capabilities.media})))

    def render(self, shot: Shot) -> Clip:
        """The first clip that comes, with every step down on it. Raises only what another engine would not help."""
        down = self.passed
        last: PytoonError | None = None
        for step in self._steps():
            wanted = step.make(shot)
            if wanted is None:
                continue
            try:
                return _noted(step.engine.render(wanted), step, down)
            except MediaKilled:  # a media error, but no engine's doing: the same one is asked again
                raise
            except NEXT as error:
                down, last = (*down, Fallback(step.name, str(error))), error
        raise last or ProviderRefused(self.name, "nobody was asked")

    def after(self, deaths: int) -> EngineChain:
        """The chain when this many workers have died over the shot: it may be what they died of, so less is tried."""
        if deaths < DEATHS_BEFORE_PLAIN:
            return self
        skipped = tuple(engine.name for engine in self.engines)
        skipped += (PLAIN,) if deaths >= DEATHS_BEFORE_TEMPLATE else ()
        down = tuple(Fallback(name, f"its worker died {deaths} times over this scene") for name in skipped)
        return replace(self, engines=(), skipped=frozenset(skipped), passed=(*self.passed, *down))

    def _steps(self) -> tuple[FallbackStep, ...]:
        named = tuple(FallbackStep(engine.name, engine, lambda shot: shot) for engine in self.engines)
        steps = (*named, FallbackStep(PLAIN, self.ground, plain), FallbackStep(TEMPLATE, self.ground, template))
        return tuple(step for step in steps if step.name not in self.skipped)


def _noted(clip: Clip, step: FallbackStep, down: tuple[Fallback, ...]) -> Clip:
    engine = step.name if step.name in (PLAIN, TEMPLATE) else clip.engine
    return replace(clip, engine=engine, steps_down=(*down, *clip.steps_down))


def plain(shot: Shot) -> Shot | None:
    """The scene's own picture, whole and still: nothing is looked for in it. ``None`` without a picture."""
    if shot.asset is None or shot.asset.kind != "image":
        return None
    media = replace(shot.scene.media, kind="image", fit="pad")
    still = SceneStyle(motion="still", zoom=1.0)
    return replace(shot, scene=replace(shot.scene, media=media, style=still))


def template(shot: Shot) -> Shot:
    """A ground in the scene's or the preset's colours."""
    media = Media(kind="colour", colours=shot.scene.media.colours)
    return replace(shot, asset=None, picture=None, scene=replace(shot.scene, media=media, style=SceneStyle()))
