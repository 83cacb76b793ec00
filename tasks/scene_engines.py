"""The chain of engines of a scene: those of this machine, and hosted ones, which place orders for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from app.core.config import settings
from app.core.errors import ProviderRefused
from app.core.plugins import Registry
from app.jobs.ceilings import limits_of
from app.jobs.workspace import Workspace
from app.planning.engines.constraints import Constraints
from app.planning.engines.estimate import film_constraints
from app.planning.engines.policy import Choice, choose_engines
from app.planning.engines.trial import Candidate
from app.providers import ledger, orders
from app.providers.breaker import Breakers
from app.providers.offers import with_breakers
from app.providers.ordered_engine import Buyer, OrderedEngine
from app.providers.orders import PURPOSES, Thing
from app.queue.application import backend
from assembly.picture.footage import check_clip
from assembly.picture.normalise import Frame
from engines.base import Engine, HostedEngine, Shot
from engines.fallback import EngineChain
from engines.registry import AnyEngine, build_engines, offers
from schemas.clip import Clip, Fallback
from schemas.engine import Capabilities, Cost
from schemas.money import ZERO
from tasks.clip_orders import ClipOrders, clip_orders, model_name, purpose_of


@dataclass(frozen=True, slots=True)
class SceneEngines:
    """The engines of one scene of a run. ``identity`` is the hash of what is rendered, by which it is ordered once."""

    run: Workspace
    shot: Shot
    identity: str
    registry: Registry[AnyEngine]
    buyer: Buyer
    orders: ClipOrders

    def render(self, deaths: int) -> Clip:
        """Render the scene, during which ``deaths`` workers have died. Raises as ``EngineChain.render``."""
        choice = self.choice()
        clip = self.chain(choice).reduced_after_deaths(deaths).render(self.shot)
        return replace(clip, why=_why(clip, choice))

    def chain(self, choice: Choice) -> EngineChain:
        """The engines in their order, and a ``Fallback`` for each requested engine that cannot render the scene."""
        live, before = self._live_order()
        return EngineChain(
            (*live, *(self._engine(candidate) for candidate in choice.order)),
            self.orders.local,
            (*choice.rejected, *before),
            check=lambda clip: check_clip(
                clip, self.shot.store, Frame(self.shot.width, self.shot.height, self.shot.fps)
            ),
            later=tuple((len(live) + count, fallback) for count, fallback in choice.later),
        )

    def choice(self) -> Choice:
        """What the policy decides for the scene at this moment."""
        constraints = constraints_for(self.run, self.shot, first_picture=self.orders.previous is not None)
        return choose_engines(
            self.shot.scene, constraints, with_breakers(offers(self.registry), Breakers(backend().client))
        )

    def _live_order(self) -> tuple[tuple[Engine, ...], tuple[Fallback, ...]]:
        """The engine of an order that is placed already, and the fallbacks before it.

        It comes first in the chain, whatever the policy would choose now.
        """
        scene = self.shot.scene
        for purpose in PURPOSES:
            placed = orders.orders_of(Thing(self.run.job_id, scene.id, scene.take, purpose, self.identity))
            if placed and not orders.is_over(placed[-1]):
                live = placed[-1]
                engine = self.registry.present.get(live.engine)
                capabilities = engine.capabilities if engine else Capabilities(())
                before = tuple(Fallback(order.engine, order.rejected or order.reason) for order in placed[:-1])
                return (self._ordered(live.engine, live.model, capabilities, None),), before
        return (), ()

    def _engine(self, candidate: Candidate) -> Engine:
        engine = self.registry.present[candidate.engine]
        if not isinstance(engine, HostedEngine):
            return engine
        return self._ordered(candidate.engine, model_name(candidate.model), engine.capabilities, candidate)

    def _ordered(self, name: str, model: str, capabilities: Capabilities, candidate: Candidate | None) -> OrderedEngine:
        return OrderedEngine(
            name=name,
            capabilities=capabilities,
            model=model,
            purpose=purpose_of(name),
            buyer=self.buyer,
            cost=candidate.cost if candidate else Cost(),
            most_usd=candidate.max_cost.usd if candidate else ZERO,
            identity=self.identity,
            describe=partial(self.orders.describe, candidate) if candidate else None,
            use=self.orders.use,
        )


def _why(clip: Clip, choice: Choice) -> str:
    """Return why the engine of a clip was chosen; empty for a fallback that no policy chooses."""
    chosen = (item for item in choice.order if (item.engine, model_name(item.model)) == (clip.engine, clip.model))
    return next((item.why for item in chosen), "")


def engines_of(run: Workspace, shot: Shot, identity: str, previous: Clip | None = None) -> SceneEngines:
    """Return the engines of a scene, as this worker has them.

    ``previous`` is the clip at whose end that of the scene begins, if it does.
    """
    registry = build_engines(settings())
    local = registry.require("local")
    assert isinstance(local, Engine)
    limits = limits_of(run.job_id)
    buyer = Buyer(run.job_id, run.id, limits.owner, limits.ceilings())
    return SceneEngines(run, shot, identity, registry, buyer, clip_orders(run, local, previous))


def identity_of_program(shot: Shot) -> tuple[str, ...]:
    """Return the identity of the operator's program that renders the scene, which the shot does not know."""
    engine = build_engines(settings()).present.get("moviepy")
    if engine is None or shot.scene.media.kind != "generated" or shot.scene.engine not in (None, engine.name):
        return ()
    try:
        return (str(engine.composition_of(shot).identity),)  # type: ignore[union-attr]  # only this engine has it
    except ProviderRefused:
        return ()


def constraints_for(run: Workspace, shot: Shot, *, first_picture: bool = False) -> Constraints:
    """What the request, the preset, the shot and the rest of the budget require of an engine."""
    budget = run.request.budget_usd
    left = None if budget is None else budget - ledger.job_usd(run.job_id)
    return replace(
        film_constraints(run.request, run.preset, left),
        asset_kind=shot.asset.kind if shot.asset else None,
        length_ms=round(shot.seconds * 1000),
        width=shot.width,
        height=shot.height,
        first_picture=first_picture,
    )
