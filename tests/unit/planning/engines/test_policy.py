"""The choice of engines, the reasons against the others, and what is ordered: a table, and properties."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.engines.constraints import Constraints
from app.planning.engines.lengths import MAX_CROP, crop, ratio_of
from app.planning.engines.offers import Offer
from app.planning.engines.policy import choose_engines
from app.planning.engines.trial import Candidate
from schemas.engine import Capabilities, Cost, EngineModel, split_engine_name
from schemas.frame import ASPECTS, QUALITIES, frame_size
from schemas.scene_graph import ARCHETYPES, MEDIA_KINDS, OVERLAY, Media, Scene
from tests.unit.planning.engines.sample_offers import HOSTED, OFFERS

ROWS = yaml.safe_load(Path(__file__).with_name("policy.yaml").read_text())


def scene(
    kind: str = "generated",
    engine: str | None = None,
    seconds: float = 4,
    pictures: int = 0,
    archetype: str | None = None,
) -> Scene:
    more = tuple(Media("image", f"a{number}") for number in range(pictures))
    ms = round(seconds * 1000)
    return Scene(1, media=Media(kind), engine=engine, duration_ms=ms, pictures=more, archetype=archetype)


def constraints(fields: dict[str, Any]) -> Constraints:
    budget = fields.get("budget_usd")
    parsed = {"preset": tuple(fields.get("preset", ())), "budget_usd": None if budget is None else Decimal(str(budget))}
    return Constraints(**{**fields, **parsed})


def shown(candidate: Candidate) -> str:
    model = f":{candidate.model.name}" if candidate.model else ""
    return f"{candidate.engine}{model} {candidate.seconds} {candidate.aspect} {candidate.resolution}".rstrip()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["about"])
def test_engines_of_the_table_are_chosen_for_the_reasons_in_the_table(row: dict[str, Any]) -> None:
    offers = {name: OFFERS[name] for name in row["offers"]}
    choice = choose_engines(scene(**row["scene"]), constraints(row.get("film", {})), offers)
    reasons = {fallback.engine: fallback.reason for fallback in choice.rejected}
    expected = row.get("rejected", {})
    assert [shown(candidate) for candidate in choice.order] == row["order"]
    assert set(reasons) == set(expected) and len(reasons) == len(choice.rejected)
    assert all(part in reasons[name] for name, part in expected.items()), reasons
    assert [[count, fallback.engine] for count, fallback in choice.later] == row.get("later", [])


def test_table_has_a_row_for_each_decision_once() -> None:
    assert len(ROWS) >= 60
    assert len({row["about"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("for_scene", "fields", "why"),
    [
        (scene(engine="luma"), {"preference": "luma"}, "the scene names it"),
        (scene(), {"preference": "luma"}, "the request names it"),
        (scene(), {"preset": ("luma",)}, "the preset names it"),
        (scene(), {"budget_usd": 5}, "the scene needs generated motion"),
        (scene(engine="luma", seconds=12), {}, "slowed down or held to fill 12 s"),
    ],
)
def test_candidate_says_why_it_is_considered(for_scene: Scene, fields: dict[str, Any], why: str) -> None:
    (candidate,) = choose_engines(for_scene, constraints(fields), {"luma": OFFERS["luma"]}).order
    assert why in candidate.why


def test_candidate_has_the_cost_of_one_take() -> None:
    choice = choose_engines(scene(engine="google"), constraints({"takes": 3, "budget_usd": 9}), OFFERS)
    first = choice.order[0]
    assert first.cost == Cost(Decimal("0.80"), Decimal(80), "credits")
    assert first.max_cost == Cost(Decimal("1.60"), Decimal(160), "credits")


def test_engines_are_named_once_in_the_chain() -> None:
    both = constraints({"preference": "runway:gen4_turbo"})
    assert choose_engines(scene(engine="runway:gen4.5"), both, OFFERS).engines == ("runway", "comfyui", "own")


# -- properties ------------------------------------------------------------------------------------------------------

MODELS = ["runway:gen4.5", "runway:gen4_turbo", "luma:ray2", "runway:none", "variants:vid", "variants:vid_text"]
names = st.sampled_from([*OFFERS, *MODELS, "unknown", "unknown:model"])
sizes = st.builds(frame_size, st.sampled_from(list(ASPECTS)), st.sampled_from(QUALITIES))
budgets = st.none() | st.decimals(-1, 5, places=2)


@st.composite
def constraint_sets(draw: st.DrawFn) -> Constraints:
    width, height = draw(sizes)
    return Constraints(
        preference=draw(st.none() | names),
        preset=draw(st.lists(names, max_size=4).map(tuple)),
        policy=draw(st.sampled_from(["local_only", "local_preferred", "api_only"])),
        brand_safe=draw(st.booleans()),
        asset_kind=draw(st.none() | st.sampled_from(["image", "video"])),
        first_picture=draw(st.booleans()),
        budget_usd=draw(budgets),
        takes=draw(st.integers(1, 4)),
        width=width,
        height=height,
    )


archetypes = st.none() | st.sampled_from(ARCHETYPES)
kinds, lengths = st.sampled_from(MEDIA_KINDS), st.floats(0.2, 40)
scenes = st.builds(scene, kinds, st.none() | names, lengths, st.integers(0, 1), archetypes)
offer_sets = st.sets(st.sampled_from(list(OFFERS))).map(lambda chosen: {name: OFFERS[name] for name in chosen})
several = settings(max_examples=200, deadline=None)


def asked_for(for_scene: Scene, limits: Constraints) -> set[str]:
    return {name for name in (for_scene.engine, limits.preference, *limits.preset) if name}


@several
@given(scenes, constraint_sets(), offer_sets)
def test_every_engine_that_scene_or_request_names_is_in_the_chain_or_has_a_reason(
    for_scene: Scene, limits: Constraints, offers: dict[str, Offer]
) -> None:
    choice = choose_engines(for_scene, limits, offers)
    chosen = {item.engine for item in choice.order}
    for item in choice.order:
        if item.model:
            ids = (item.model.name, item.model.id, item.model.id.partition(":")[0])
            chosen |= {f"{item.engine}:{model}" for model in ids}
    fallbacks = [*choice.rejected, *(fallback for _, fallback in choice.later)]
    reasons = {fallback.engine for fallback in fallbacks}
    named = {name for name in (for_scene.engine, limits.preference) if name}
    assert (named if choice.order else asked_for(for_scene, limits)) <= chosen | reasons
    assert all(len(fallback.reason) > 10 for fallback in fallbacks)
    assert not {item.engine for item in choice.order if not item.model} & reasons


@several
@given(scenes, constraint_sets(), offer_sets)
def test_what_is_asked_for_after_the_first_engine_is_no_fallback_at_once(
    for_scene: Scene, limits: Constraints, offers: dict[str, Offer]
) -> None:
    choice = choose_engines(for_scene, limits, offers)
    if choice.order and for_scene.engine and choice.order[0].why.startswith("the scene names it"):
        assert {fallback.engine.partition(":")[0] for fallback in choice.rejected} <= {choice.order[0].engine}
    assert all(0 < count <= len(choice.order) for count, _ in choice.later)


@several
@given(scenes, constraint_sets())
def test_generator_never_gets_a_users_picture_of_a_brand_safe_film(for_scene: Scene, limits: Constraints) -> None:
    for candidate in choose_engines(for_scene, limits, OFFERS).order:
        capabilities = OFFERS[candidate.engine].capabilities
        assert capabilities is not None
        gets_file = limits.asset_kind and for_scene.archetype != OVERLAY
        assert not (capabilities.generates and gets_file and limits.brand_safe)
        assert not (capabilities.generates and gets_file and limits.asset_kind == "video")


@several
@given(scenes, constraint_sets())
def test_no_engine_costs_more_than_the_budget(for_scene: Scene, limits: Constraints) -> None:
    for candidate in choose_engines(for_scene, limits, OFFERS).order:
        assert candidate.cost.usd <= candidate.max_cost.usd
        if OFFERS[candidate.engine].costs_money and limits.budget_usd is not None:
            assert 0 < candidate.max_cost.usd * limits.takes <= limits.budget_usd


@several
@given(scenes, constraint_sets())
def test_engine_that_costs_money_is_named_or_generates_on_a_budget(for_scene: Scene, limits: Constraints) -> None:
    named = {split_engine_name(name)[0] for name in asked_for(for_scene, limits)}
    for candidate in choose_engines(for_scene, limits, OFFERS).order:
        if OFFERS[candidate.engine].costs_money and candidate.engine not in named:
            assert limits.budget_usd is not None and (limits.asset_kind is None or for_scene.archetype == OVERLAY)
            assert for_scene.media.kind == "generated"


@several
@given(scenes, constraint_sets())
def test_local_only_never_uses_the_network(for_scene: Scene, limits: Constraints) -> None:
    for candidate in choose_engines(for_scene, limits, OFFERS).order:
        capabilities = OFFERS[candidate.engine].capabilities
        assert capabilities is not None
        assert not (limits.policy == "local_only" and capabilities.needs_network)


@several
@given(scenes, constraint_sets(), st.permutations(list(OFFERS)))
def test_equal_inputs_give_equal_choices_in_any_order_of_the_offers(
    for_scene: Scene, limits: Constraints, order: list[str]
) -> None:
    choice = choose_engines(for_scene, limits, OFFERS)
    assert choose_engines(for_scene, limits, {name: OFFERS[name] for name in order}) == choice


@several
@given(scenes, constraint_sets())
def test_what_is_ordered_is_offered_by_the_model(for_scene: Scene, limits: Constraints) -> None:
    for candidate in choose_engines(for_scene, limits, OFFERS).order:
        model = candidate.model
        if model:
            assert candidate.seconds in (model.seconds or [candidate.seconds])
            assert candidate.aspect in (model.aspects or [candidate.aspect])
            assert candidate.resolution in (model.resolutions or [""])
            assert crop(ratio_of(candidate.aspect), limits.ratio) <= MAX_CROP


@several
@given(scenes, constraint_sets(), st.decimals(0, 3, places=2))
def test_larger_budget_excludes_no_engine(for_scene: Scene, limits: Constraints, more: Decimal) -> None:
    if limits.budget_usd is None:
        return
    before = choose_engines(for_scene, limits, OFFERS).engines
    after = choose_engines(for_scene, replace(limits, budget_usd=limits.budget_usd + more), OFFERS).engines
    assert set(before) <= set(after)


def test_model_without_prices_costs_nothing() -> None:
    free = Offer(Capabilities(("generated",), **{**HOSTED, "costs_money": False}, models=(EngineModel("m", "m"),)))
    (candidate,) = choose_engines(scene(), constraints({"budget_usd": 0}), {"free": free}).order
    assert (candidate.cost, candidate.seconds) == (Cost(), 4)
