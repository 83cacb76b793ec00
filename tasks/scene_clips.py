"""The clip of a scene and its other takes: reused if they exist, else rendered, or ordered and waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from app.core.errors import BudgetExceeded, ProviderRefused
from app.core.log import logger
from app.database.session import transaction
from app.jobs.workspace import Workspace
from app.providers import changes
from app.providers.ordered_engine import OrderedEngine, OrdersPending
from engines.base import Shot
from schemas.clip import Clip
from schemas.contract import fingerprint
from tasks.base import NotReady
from tasks.scene_engines import SceneEngines, engines_of, identity_of_program

T = TypeVar("T")

GENERATED = "generated"
# What is rendered for these depends on engines that may be there later, or on what a provider finds.
UNCERTAIN = (GENERATED, "stock")
# The time between two looks for the clip of the scene before.
LOOK_AGAIN_S = 2.0


@dataclass(slots=True)
class SceneClips:
    """The clips of one scene of a run; ``deaths`` workers have died during it.

    ``render`` and ``other_takes`` raise ``OrdersPending`` while a hosted engine makes a clip; both place their orders
    before that, so that the takes are made at the same time.
    """

    run: Workspace
    shot: Shot
    deaths: int
    _previous: Clip | None = field(init=False)
    _is_pending: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._previous = _clip_before(self.run, self.shot)

    def render(self) -> tuple[Clip, bool]:
        """Return the clip that the film shows, and whether it existed."""
        rendered = self._unless_pending(lambda: self._clip(self.shot))
        if rendered is None:
            self.other_takes()  # places their orders
            raise OrdersPending()
        return rendered

    def other_takes(self) -> list[Clip]:
        """Return the other takes of a scene that an engine generates, as many as the request asks for."""
        shots = self._other_shots()
        takes = [self._unless_pending(lambda shot=shot: self._take(shot)) for shot in shots]  # type: ignore[misc]
        if self._is_pending:
            raise OrdersPending()
        return [take for take in takes if take]

    def cancel_open_orders(self) -> None:
        """Cancel what is ordered for a scene that has its clip, such as an order whose engine was given up."""
        with transaction() as session:
            changes.request_cancel(session, self.run.id, self.shot.scene.id)

    # -- the clip ----------------------------------------------------------------------------------------------------

    def _clip(self, shot: Shot) -> tuple[Clip, bool]:
        identity = self._identity(shot)
        return self.run.get_or_render_clip(
            shot.scene.id,
            identity,
            shot.min_length_ms,
            lambda: self._engines(shot, identity).render(self.deaths),
            is_shared=lambda clip: _is_certain(shot, clip),
        )

    def _identity(self, shot: Shot) -> str:
        request = self.run.request
        options = [request.engine_preference or "", request.engine_policy, str(request.brand_safe)]
        # A clip that was rendered without a file must not be used when the file is there.
        options += ["files are missing"] if shot.is_missing_files else []
        if shot.scene.media.kind == GENERATED and shot.preset.prompt_style:
            options += [shot.preset.prompt_style]
        if shot.scene.media.kind == GENERATED and request.continuity != "none":
            options += [request.continuity, fingerprint(self.run.graph.texts)]
            options += [self._previous.identity] if self._previous else []
        return shot.identity(*options, *identity_of_program(shot))

    def _engines(self, shot: Shot, identity: str) -> SceneEngines:
        return engines_of(self.run, shot, identity, self._previous)

    def _unless_pending(self, render: Callable[[], T]) -> T | None:
        try:
            return render()
        except OrdersPending:
            self._is_pending = True
            return None

    # -- other takes -------------------------------------------------------------------------------------------------

    def _other_shots(self) -> list[Shot]:
        """The shots of the other takes; none for a scene of which a take was chosen already."""
        first = self.shot.scene.take
        if first != 1 or self.run.request.takes == 1 or not self._generator(self.shot):
            return []
        numbers = range(first + 1, first + self.run.request.takes)
        return [
            replace(self.shot, scene=replace(self.shot.scene, take=number), seed=self.shot.seed + number - first)
            for number in numbers
        ]

    def _take(self, shot: Shot) -> Clip | None:
        """The clip of another take. There is none if the engine does not make it: the film has its clip."""
        identity = self._identity(shot)

        def render() -> Clip:
            generator = self._generator(shot)
            if generator is None:
                raise ProviderRefused("takes", "no engine generates the scene")
            return generator.render(shot)

        try:
            clip, _ = self.run.get_or_render_clip(
                shot.scene.id, identity, shot.min_length_ms, render, take=shot.scene.take
            )
        except (ProviderRefused, BudgetExceeded) as error:
            logger(__name__).warning("a take was not made", take=shot.scene.take, cause=str(error))
            return None
        return clip

    def _generator(self, shot: Shot) -> OrderedEngine | None:
        """The hosted engine that is tried first for a shot, if it generates it."""
        scene_engines = self._engines(shot, self._identity(shot))
        engines = scene_engines.chain(scene_engines.choice()).engines
        first = engines[0] if engines else None
        return first if isinstance(first, OrderedEngine) and first.capabilities.generates else None


def _clip_before(run: Workspace, shot: Shot) -> Clip | None:
    """The clip at whose end that of ``shot`` begins. Raises ``NotReady`` until it is rendered."""
    if run.request.continuity != "previous_frame" or shot.scene.media.kind != GENERATED:
        return None
    scenes = run.graph.scenes
    index = [scene.id for scene in scenes].index(shot.scene.id)
    if index == 0 or scenes[index - 1].media.kind != GENERATED:
        return None
    if not run.has(f"clips/{scenes[index - 1].id}.json"):
        raise NotReady(LOOK_AGAIN_S)
    clip = run.clip(scenes[index - 1].id)
    return clip if clip.kind == "video" else None


def _is_certain(shot: Shot, clip: Clip) -> bool:
    """Whether another job would get the same clip: not if a fallback was rendered in place of a generated one."""
    return shot.scene.media.kind not in UNCERTAIN or not clip.steps_down
