"""Which engines render a scene, in which order, and what they are ordered to make. Pure, with reasons in words.

An engine that costs money is used only if the scene, the request or the preset names it, or if the scene needs motion
that is generated from a prompt and the request has a budget. ``api_only`` alone names no engine, so it buys nothing
without a name or a budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from app.planning.engines.constraints import NAMED_BY, Constraints
from app.planning.engines.needs import Needs, needs_of, unmet_by, unmet_by_policy
from app.planning.engines.offers import Offer
from app.planning.engines.trial import Candidate, Refusal, Wanted, candidate_of
from schemas.clip import Fallback
from schemas.engine import Capabilities, EngineModel
from schemas.scene_graph import Scene


@dataclass(frozen=True, slots=True)
class Choice:
    """``order`` is the chain to try. ``rejected`` has what would come before it, each with the reason against it.

    These are engines asked for by name, models that were too expensive, and, if no engine generates the scene, those
    that nothing but the budget excludes. ``later`` has engines asked for by name that would come after the first of the
    chain, each with the number of engines before it: it counts as a fallback only when these have failed.
    """

    order: tuple[Candidate, ...]
    rejected: tuple[Fallback, ...]
    later: tuple[tuple[int, Fallback], ...] = ()

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of the engines in their order."""
        return tuple(dict.fromkeys(candidate.engine for candidate in self.order))


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome for one engine that was considered: a candidate, or the reason why there is none.

    ``too_expensive`` are its models that the budget excludes, by their full names.
    """

    wanted: Wanted
    candidate: Candidate | None
    refusal: Refusal | None = None
    too_expensive: tuple[Fallback, ...] = ()


def choose_engines(scene: Scene, constraints: Constraints, offers: Mapping[str, Offer]) -> Choice:
    """Return the engines for ``scene``: its own, the request's, the preset's, then every other that can render it.

    - Text and colours, a user's clip and a user's picture in a brand-safe film are for engines that generate nothing. A
      prompt is for generators; a scene that needs stock footage is for stock, then for generators that are named.
    - ``local_preferred`` puts local engines before those that only the preset names; ``local_only`` excludes engines
      that need the network, ``api_only`` local generators.
    - A model is refused if no clip that can be ordered fits (``lengths``), if it costs more than what is left, and last
      if its engine is not available. A model that is too expensive gives way to the next one of its engine that is not,
      also if it was named. Of the others, free engines come first, then the cheapest.
    """
    needs = needs_of(scene, constraints)
    named = _named(scene, constraints)
    others = _others(named, needs, constraints, offers)
    trials = [_tried(wanted, needs, constraints, offers.get(wanted.engine)) for wanted in (*named, *others)]
    ranked = sorted(trials, key=lambda trial: _rank(trial, needs, constraints, offers))
    order = _once_each(trial.candidate for trial in ranked)
    counts: dict[Fallback, int] = {}
    for count, fallback in _rejected(ranked, order, offers):
        counts.setdefault(fallback, count)
    at_once = tuple(fallback for fallback, count in counts.items() if not count)
    return Choice(order, at_once, tuple((count, fallback) for fallback, count in counts.items() if count))


# -- which engines are considered ------------------------------------------------------------------------------------


def _named(scene: Scene, constraints: Constraints) -> list[Wanted]:
    """Return the engines asked for by name, each once, by the first that names it."""
    names = [(scene.engine, NAMED_BY[0]), (constraints.preference, NAMED_BY[1])]
    names += [(name, NAMED_BY[2]) for name in constraints.preset]
    wanted: dict[str, Wanted] = {}
    for name, by in names:
        if name:
            wanted.setdefault(name, Wanted(name, by))
    return list(wanted.values())


def _others(
    named: Sequence[Wanted], needs: Needs, constraints: Constraints, offers: Mapping[str, Offer]
) -> Iterator[Wanted]:
    may_buy = needs.is_generated and constraints.budget_usd is not None
    engines = {wanted.engine for wanted in named}
    for name, offer in sorted(offers.items()):
        capabilities = offer.capabilities
        if name in engines or not capabilities or capabilities.only_named:
            continue
        if may_buy or not offer.costs_money:
            yield Wanted(name)


# -- one engine ------------------------------------------------------------------------------------------------------


def _tried(wanted: Wanted, needs: Needs, constraints: Constraints, offer: Offer | None) -> Trial:
    if offer is None:
        return Trial(wanted, None, Refusal("there is no such engine"))
    capabilities = offer.capabilities
    if capabilities is None:
        return Trial(wanted, None, Refusal(offer.unavailable or ""))
    if capabilities.only_named and wanted.by == NAMED_BY[2]:
        return Trial(wanted, None, Refusal("only a scene or a request that names it uses it", is_usual=True))
    if unmet := unmet_by(capabilities, needs, constraints, bool(wanted.by)):
        return Trial(wanted, None, Refusal(unmet, is_usual=wanted.by == NAMED_BY[2]))
    if unmet := unmet_by_policy(capabilities, needs, constraints):
        return Trial(wanted, None, Refusal(unmet))
    trial = _first_that_fits(wanted, needs, constraints, capabilities)
    if trial.candidate and offer.unavailable:
        return Trial(wanted, None, Refusal(offer.unavailable))
    return trial


def _first_that_fits(wanted: Wanted, needs: Needs, constraints: Constraints, capabilities: Capabilities) -> Trial:
    """Return the trial of the first model of an engine that fits, the preferred models first.

    After a named model the others are tried only if it is too expensive.
    """
    named = _variants(wanted, capabilities)
    if wanted.model and not named:
        names = ", ".join(model.name for model in capabilities.models) or "none"
        return Trial(wanted, None, Refusal(f"it has no model {wanted.model}; its models: {names}"))
    others = [model for model in capabilities.models if model not in named]
    refusals: list[tuple[EngineModel | None, Refusal]] = []
    for model in (*named, *others) or (None,):
        if model in others and wanted.model and not any(refusal.by_budget for _, refusal in refusals):
            break
        outcome = candidate_of(wanted, model, needs, constraints, capabilities)
        if isinstance(outcome, Candidate):
            return Trial(wanted, outcome, None, _too_expensive(wanted, refusals))
        refusals.append((model, outcome))
    return Trial(wanted, None, _summary(refusals))


def _variants(wanted: Wanted, capabilities: Capabilities) -> list[EngineModel]:
    """Return the models that a name stands for: by its name or id, or the variants of one id ("gen4.5:text")."""
    return [
        model for model in capabilities.models if wanted.model in (model.name, model.id, model.id.partition(":")[0])
    ]


def _too_expensive(wanted: Wanted, refusals: Sequence[tuple[EngineModel | None, Refusal]]) -> tuple[Fallback, ...]:
    return tuple(
        Fallback(f"{wanted.engine}:{model.name}", refusal.reason)
        for model, refusal in refusals
        if model and refusal.by_budget
    )


def _summary(refusals: Sequence[tuple[EngineModel | None, Refusal]]) -> Refusal:
    """Return one refusal for those of all models of an engine."""
    reasons = dict.fromkeys(refusal.reason for _, refusal in refusals)
    by_budget = any(refusal.by_budget for _, refusal in refusals)
    if len(reasons) == 1:
        return Refusal(next(iter(reasons)), by_budget)
    return Refusal("; ".join(f"{model.name if model else 'it'}: {why.reason}" for model, why in refusals), by_budget)


# -- the order -------------------------------------------------------------------------------------------------------


def _rank(
    trial: Trial, needs: Needs, constraints: Constraints, offers: Mapping[str, Offer]
) -> tuple[int, int, int, float]:
    """Sort those that the scene or the request names first; within a rank, engines keep their order.

    What is rejected is ranked as if it were used; an engine that is missing counts as one that needs the network.
    """
    if trial.wanted.by in ("scene", "request"):
        return 0, 0, 0, 0
    offer, candidate = offers.get(trial.wanted.engine), trial.candidate
    capabilities = offer.capabilities if offer else None
    replaces_stock = int(bool(candidate and capabilities and needs.kind not in capabilities.media))
    needs_network = capabilities is None or capabilities.needs_network
    is_second = int(constraints.policy == "local_preferred" and needs_network)
    return 1, replaces_stock, is_second, -inf if trial.wanted.by else float(candidate.cost.usd if candidate else inf)


def _once_each(candidates: Iterable[Candidate | None]) -> tuple[Candidate, ...]:
    """Return the candidates without repetitions: two names may lead to the same model of an engine."""
    order: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        if candidate:
            order.setdefault((candidate.engine, candidate.model.name if candidate.model else ""), candidate)
    return tuple(order.values())


def _rejected(
    ranked: Sequence[Trial], order: Sequence[Candidate], offers: Mapping[str, Offer]
) -> Iterator[tuple[int, Fallback]]:
    """Yield what is not used, each with the number of engines of ``order`` that come before it.

    That an engine of the preset is not made for such a scene is no fallback, unless no engine is.
    """
    has_generator = any((offers[candidate.engine].capabilities or Capabilities(())).generates for candidate in order)
    before = 0
    for trial in ranked:
        yield from ((before, fallback) for fallback in trial.too_expensive)
        refusal, wanted = trial.refusal, trial.wanted
        is_asked_for = wanted.by and not (refusal and refusal.is_usual and order)
        if refusal and (is_asked_for or (refusal.by_budget and not has_generator)):
            yield before, Fallback(wanted.name, refusal.reason)
        before += any(trial.candidate is candidate for candidate in order)
