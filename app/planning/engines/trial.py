"""One model of an engine for one scene: what would be ordered from it and what that costs, or why nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from app.planning.engines.constraints import Constraints
from app.planning.engines.lengths import Format, format_for
from app.planning.engines.needs import Needs, unmet_by_model
from app.planning.engines.prices import cost_of
from schemas.engine import Capabilities, Cost, EngineModel, split_engine_name
from schemas.money import ZERO, shown_usd


@dataclass(frozen=True, slots=True)
class Wanted:
    """An engine that is considered under ``name``, with or without a model.

    ``by`` is one of ``NAMED_BY``; it is empty for an engine that was not asked for by name.
    """

    name: str
    by: str = ""

    @property
    def engine(self) -> str:
        return split_engine_name(self.name)[0]

    @property
    def model(self) -> str | None:
        return split_engine_name(self.name)[1]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What can be ordered for a scene, or what an engine on this machine (without a ``model``) renders.

    ``cost`` is what one clip is expected to cost, ``max_cost`` the most. ``why`` says why this engine is considered.
    """

    engine: str
    model: EngineModel | None
    seconds: int
    aspect: str
    resolution: str
    cost: Cost
    max_cost: Cost
    why: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an engine or a model is not used.

    ``by_budget`` if it only costs too much; ``is_usual`` if the engine is one of a preset and not made for such scenes.
    """

    reason: str
    by_budget: bool = False
    is_usual: bool = False


def candidate_of(
    wanted: Wanted, model: EngineModel | None, needs: Needs, constraints: Constraints, capabilities: Capabilities
) -> Candidate | Refusal:
    """Return what to order from a model, or why it is not used: by what it takes, by its formats, then by its price."""
    if model and (unmet := unmet_by_model(model, needs, constraints)):
        return Refusal(unmet)
    form = format_for(model, capabilities.max_seconds, needs.seconds, constraints)
    if isinstance(form, str):
        return Refusal(form)
    costs = _costs(model, form, constraints, capabilities)
    if isinstance(costs, Refusal):
        return costs
    why = _why(wanted, needs, form)
    return Candidate(wanted.engine, model, form.seconds, form.aspect, form.resolution, *costs, why)


def _costs(
    model: EngineModel | None, form: Format, constraints: Constraints, capabilities: Capabilities
) -> tuple[Cost, Cost] | Refusal:
    """Return the expected and the greatest cost, unless the greatest cost of all takes is more than what is left."""
    left = constraints.budget_usd
    if model is None or not model.prices:
        if capabilities.costs_money and left is not None:
            return Refusal(f"its price is not known, and {shown_usd(max(left, ZERO))} are left", by_budget=True)
        return Cost(), Cost()
    try:
        costs = cost_of(model, form.seconds, form.resolution)
    except LookupError as error:
        return Refusal(str(error))
    most = costs[1].usd * constraints.takes
    if left is not None and most > left:
        what = "it costs" if constraints.takes == 1 else f"{constraints.takes} takes cost"
        return Refusal(f"{what} {shown_usd(most)}, and {shown_usd(max(left, ZERO))} are left", by_budget=True)
    return costs


def _why(wanted: Wanted, needs: Needs, form: Format) -> str:
    why = f"the {wanted.by} names it" if wanted.by else needs.words
    if form.seconds < needs.seconds - 0.1:
        return f"{why}; its clip of {form.seconds} s is slowed down or held to fill {needs.seconds:.4g} s"
    return why
