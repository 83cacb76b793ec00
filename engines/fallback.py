"""The fallback chain, itself an engine: a scene does not fail as long as any picture can be rendered for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core.errors import (
    BadMedia,
    BudgetExceeded,
    MediaError,
    MediaKilled,
    ProviderRefused,
    PytoonError,
    Unconfigured,
    shown_cause,
)
from engines.base import Engine, Shot
from schemas.clip import COLOURS, TEMPLATE, Clip, Fallback
from schemas.engine import Capabilities
from schemas.omissions import omission
from schemas.scene_graph import MEME_TEXT, OVERLAY, PRODUCT_HERO, Media, SceneStyle

# After these errors the next engine renders the scene. Other errors are raised: the task retries a busy provider, and
# no engine can do anything about a full disk.
FALLBACK_ERRORS = (ProviderRefused, BudgetExceeded, Unconfigured, MediaError, BadMedia)

# A child process may be killed by chance, so the scene is first retried unchanged. A scene that keeps killing its
# process is rendered in a simpler way from each of these counts on.
DEATHS_BEFORE_PLAIN = 2
DEATHS_BEFORE_TEMPLATE = 4
PLAIN = "plain_still"
# The simpler archetype of a product that a generator was to animate: its picture, moved on this machine.
MOVED = "moved_still"
# The attempts that have names of their own in the receipt, instead of that of the engine that makes them.
SIMPLER = (MOVED, COLOURS, PLAIN, TEMPLATE)


@dataclass(frozen=True, slots=True)
class FallbackStep:
    """One attempt: ``name`` appears in the receipt; ``adapt`` turns the shot into the one that ``engine`` renders.

    ``adapt`` returns ``None`` if this attempt does not apply to the shot.
    """

    name: str
    engine: Engine
    adapt: Callable[[Shot], Shot | None]


@dataclass(frozen=True, slots=True)
class EngineChain:
    """``engines`` in order, then ``last_resort`` for a simpler archetype, a picture without motion, and a template.

    ``earlier`` are the fallbacks that were taken before this chain (by policy, or after a provider stayed busy);
    ``later`` are those that count only when so many of the engines have failed, such as engines that are missing.
    ``check`` raises if the renderer of segments cannot read a clip; then the next attempt is made.
    """

    engines: tuple[Engine, ...]
    last_resort: Engine
    earlier: tuple[Fallback, ...] = ()
    check: Callable[[Clip], None] | None = None
    later: tuple[tuple[int, Fallback], ...] = ()
    skipped: frozenset[str] = frozenset()
    name: str = "chain"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(tuple(sorted({kind for engine in self.engines for kind in engine.capabilities.media})))

    def render(self, shot: Shot) -> Clip:
        """Return the first clip that an engine renders, with every fallback on it.

        A file of the user that the clip does not show is named in its warnings.

        Raises the errors that another engine cannot avoid, and the last error if every attempt fails.
        """
        fallbacks = self.earlier
        last_error: PytoonError | None = None
        for number, step in enumerate(self._steps()):
            fallbacks += self._passed(number)
            adapted = step.adapt(shot)
            if adapted is None:
                continue
            try:
                clip = step.engine.render(adapted)
                if self.check:
                    self.check(clip)
                warnings = _omissions(shot, adapted, last_error, self.earlier)
                return _with_fallbacks(replace(clip, warnings=(*clip.warnings, *warnings)), step, fallbacks)
            except MediaKilled:  # a media error that no engine caused: the task retries the same engine
                raise
            except FALLBACK_ERRORS as error:
                fallbacks, last_error = (*fallbacks, Fallback(step.name, shown_cause(error))), error
        raise last_error or ProviderRefused(self.name, "no engine applies to the scene")

    def reduced_after_deaths(self, deaths: int) -> EngineChain:
        """Return the chain to use after ``deaths`` workers died during the shot: without the steps that may be why."""
        if deaths < DEATHS_BEFORE_PLAIN:
            return self
        skipped = tuple(engine.name for engine in self.engines)
        skipped += (PLAIN,) if deaths >= DEATHS_BEFORE_TEMPLATE else ()
        fallbacks = tuple(Fallback(name, f"its worker died {deaths} times during this scene") for name in skipped)
        without = frozenset((*skipped, MOVED))
        return replace(self, engines=(), later=(), skipped=without, earlier=(*self.earlier, *fallbacks))

    def _passed(self, number: int) -> tuple[Fallback, ...]:
        """Return the fallbacks that count from the attempt ``number`` on: those before it and after the last one."""
        return tuple(fallback for count, fallback in self.later if min(count, len(self.engines)) == number)

    def _steps(self) -> tuple[FallbackStep, ...]:
        is_moved = any(engine.name == self.last_resort.name for engine in self.engines)
        steps = (
            *(FallbackStep(engine.name, engine, lambda shot: shot) for engine in self.engines),
            *(() if is_moved else (FallbackStep(MOVED, self.last_resort, as_moved_still),)),
            FallbackStep(COLOURS, self.last_resort, as_colours),
            FallbackStep(PLAIN, self.last_resort, as_plain_still),
            FallbackStep(TEMPLATE, self.last_resort, as_template),
        )
        return tuple(step for step in steps if step.name not in self.skipped)


def _with_fallbacks(clip: Clip, step: FallbackStep, fallbacks: tuple[Fallback, ...]) -> Clip:
    engine = step.name if step.name in SIMPLER else clip.engine
    # An engine may be asked again for an order that has failed, with the same answer.
    steps_down = tuple(dict.fromkeys((*fallbacks, *clip.steps_down)))
    return replace(clip, engine=engine, steps_down=steps_down)


def _omissions(shot: Shot, rendered: Shot, error: PytoonError | None, earlier: tuple[Fallback, ...]) -> tuple[str, ...]:
    """Return a warning for each of the user's files that the rendered shot leaves out."""
    reason = _reason(error) if error else next((fallback.reason for fallback in reversed(earlier)), "")
    given = [asset for asset in (shot.asset, *(asset for asset, _ in shot.more)) if asset]
    shown = [asset for asset in (rendered.asset, *(asset for asset, _ in rendered.more)) if asset]
    return tuple(omission(asset.name or asset.id, reason) for asset in given if asset not in shown)


def _reason(error: PytoonError) -> str:
    """Return the reason for a user: without the name of the field, and without the report of ffmpeg."""
    if isinstance(error, MediaError):
        return "it cannot be decoded"
    return str(error.reason if "reason" in type(error).facts else error)


def as_moved_still(shot: Shot) -> Shot | None:
    """Return a shot of the picture of a product that is to be moved; ``None`` for other scenes."""
    is_hero = shot.scene.archetype == PRODUCT_HERO and shot.asset is not None and shot.asset.kind == "image"
    return shot if is_hero else None


def as_colours(shot: Shot) -> Shot | None:
    """Return a shot of the colours that replace a background, under the product or the large words of the scene.

    ``None`` for other scenes, and for one that shows colours already.
    """
    has_ground = shot.scene.archetype in (OVERLAY, MEME_TEXT) and shot.scene.media.kind != "colour"
    return as_template(shot) if has_ground else None


def as_plain_still(shot: Shot) -> Shot | None:
    """Return a shot of the scene's file alone, without a layout; an image whole, without motion or focus detection.

    Under a product, which is laid over the clip, it is one colour that does not move. ``None`` without a file, and for
    a video that is alone already.
    """
    if shot.scene.archetype == OVERLAY:
        return _as_plain_ground(shot)
    if shot.asset is None or (shot.asset.kind != "image" and shot.layout is None):
        return None
    scene = shot.scene
    if shot.asset.kind == "image":
        media = replace(scene.media, kind="image", fit="pad")
        scene = replace(scene, media=media, style=SceneStyle(motion="still", zoom=1.0))
    return replace(shot, scene=scene, layout=None, more=())


def _as_plain_ground(shot: Shot) -> Shot:
    colours = shot.scene.media.colours or shot.preset.palette
    media = Media("colour", colours=colours[:1])
    scene = replace(shot.scene, media=media, style=SceneStyle(motion="still", zoom=1.0, shots=1))
    return replace(shot, scene=scene, asset=None, picture=None, preset=replace(shot.preset, shapes=()), more=())


def as_template(shot: Shot) -> Shot:
    """Return a shot of a background in the colours of the scene or, if it has none, of the preset."""
    media = Media(kind="colour", colours=shot.scene.media.colours)
    scene = replace(shot.scene, media=media, style=SceneStyle())
    return replace(shot, asset=None, picture=None, scene=scene, layout=None, more=())
