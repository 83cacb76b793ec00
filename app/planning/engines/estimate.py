"""Estimate what a planned film costs, with the same decisions by which its clips are ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from app.planning.engines.constraints import Constraints
from app.planning.engines.offers import Offer
from app.planning.engines.policy import Choice, choose_engines
from app.planning.engines.prices import price_of, times
from app.planning.engines.trial import Candidate
from app.planning.scenes.layouts import with_shown_media
from schemas.asset import PICTURE_KINDS
from schemas.clip import COLOURS, TEMPLATE
from schemas.estimate import EngineEstimate, Estimate, SceneEstimate
from schemas.frame import frame_size
from schemas.job import JobRequest
from schemas.money import ZERO
from schemas.preset import Preset
from schemas.scene_graph import MEME_TEXT, OVERLAY, Scene, SceneGraph


def film_constraints(request: JobRequest, preset: Preset, budget_usd: Decimal | None) -> Constraints:
    """Return the constraints that all scenes of a film have in common; ``budget_usd`` is what is left of the budget."""
    width, height = frame_size(request.aspect, request.quality)
    return Constraints(
        preference=request.engine_preference,
        preset=preset.engines,
        policy=request.engine_policy,
        brand_safe=request.brand_safe,
        budget_usd=budget_usd,
        takes=request.takes,
        pacing=preset.pacing,
        width=width,
        height=height,
    )


def estimate(graph: SceneGraph, film: Constraints, offers: Mapping[str, Offer]) -> Estimate:
    """Return the estimate of a film by its planned lengths.

    Each scene is estimated by the engine that is tried first, in the order of the scenes; the most that it can cost is
    no longer left for the scenes after it. Nothing is deducted for clips that exist already.
    """
    left, scenes = film.budget_usd, []
    for scene in graph.scenes:
        shown = with_shown_media(scene)
        choice = choose_engines(shown, replace(film, asset_kind=_asset_kind(shown), budget_usd=left), offers)
        scenes.append(_scene(shown, choice, _takes(choice, film, offers)))
        left = None if left is None else left - scenes[-1].max_usd
    return Estimate(
        tuple(scenes),
        tuple(_engines(scenes)),
        sum((scene.usd for scene in scenes), ZERO),
        sum((scene.max_usd for scene in scenes), ZERO),
        budget_usd=film.budget_usd,
    )


def _asset_kind(scene: Scene) -> str | None:
    media = scene.media
    if not media.asset:
        return None
    return media.kind if media.kind in PICTURE_KINDS else "image"


def _takes(choice: Choice, film: Constraints, offers: Mapping[str, Offer]) -> int:
    """Return the number of clips that are ordered: several only of a model that generates them."""
    if not choice.order or not choice.order[0].model:
        return 1
    capabilities = offers[choice.order[0].engine].capabilities
    return film.takes if capabilities and capabilities.generates else 1


def _scene(scene: Scene, choice: Choice, takes: int) -> SceneEstimate:
    if not choice.order:
        engine = COLOURS if scene.archetype in (OVERLAY, MEME_TEXT) else TEMPLATE
        return SceneEstimate(scene.id, engine, why="no engine can render it", rejected=choice.rejected)
    first = choice.order[0]
    cost, most = times(first.cost, takes), times(first.max_cost, takes)
    return SceneEstimate(
        scene.id,
        first.engine,
        first.model.name if first.model else None,
        first.seconds,
        takes,
        cost.usd,
        most.usd,
        cost.unit,
        cost.units,
        most.units,
        _source(first),
        first.why,
        choice.rejected,
    )


def _source(candidate: Candidate) -> str:
    model = candidate.model
    price = price_of(model, candidate.seconds, candidate.resolution) if model else None
    return price.source if price else ""


def _engines(scenes: Sequence[SceneEstimate]) -> list[EngineEstimate]:
    """Return the sums by engine, in the order in which the scenes use them; an engine has one sum for each unit."""
    groups: dict[tuple[str, str], list[SceneEstimate]] = {}
    for scene in scenes:
        if scene.max_usd:
            groups.setdefault((scene.engine, scene.unit), []).append(scene)
    return [
        EngineEstimate(
            engine,
            sum(scene.takes for scene in group),
            sum((scene.usd for scene in group), ZERO),
            sum((scene.max_usd for scene in group), ZERO),
            unit,
            _sum(scene.units for scene in group),
            _sum(scene.max_units for scene in group),
        )
        for (engine, unit), group in groups.items()
    ]


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the amounts; ``None`` if one of them is not known."""
    known = list(amounts)
    return None if None in known else sum((amount for amount in known if amount is not None), ZERO)
