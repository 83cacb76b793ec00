"""The choice of engines and the reasons against the others."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.policy import Constraints, Offer, choose_engines
from schemas.engine import Capabilities
from schemas.scene_graph import Media, Scene

LOCAL = Offer(Capabilities(("image", "video", "colour")))
RUNWAY = Offer(Capabilities(("generated", "image"), True, True, True, 10))
LUMA = Offer(Capabilities(("generated", "image"), True, True, True, 9))
COMFY = Offer(Capabilities(("generated", "image"), generates=True))
STOCK = Offer(Capabilities(("stock",), needs_network=True))
PIKA = Offer(missing="pika is not configured: PYTOON_PIKA_KEY")
ALL = {"local": LOCAL, "runway": RUNWAY, "luma": LUMA, "comfyui": COMFY, "stock": STOCK, "pika": PIKA}


def scene(kind="generated", engine=None, duration_ms=4000):
    return Scene(1, media=Media(kind), engine=engine, duration_ms=duration_ms)


def order(constraints, for_scene=None, offers=ALL):
    return choose_engines(for_scene or scene(), constraints, offers).order


def reasons(constraints, for_scene=None, offers=ALL):
    choice = choose_engines(for_scene or scene(), constraints, offers)
    return {fallback.engine: fallback.reason for fallback in choice.rejected}


def test_scene_precedes_request_and_request_precedes_preset():
    constraints = Constraints("luma", ("runway",), policy="api_only")
    assert order(constraints) == ("luma", "runway")
    assert order(constraints, scene(engine="runway")) == ("runway", "luma")


def test_local_engine_precedes_the_preset_but_not_the_request():
    assert order(Constraints(None, ("runway",))) == ("comfyui", "runway")
    assert order(Constraints("runway", ())) == ("runway", "comfyui")


def test_paid_engine_is_used_only_if_named():
    assert order(Constraints()) == ("comfyui",)


@pytest.mark.parametrize(
    ("kind", "engine"), [("image", "local"), ("video", "local"), ("colour", "local"), ("stock", "stock")]
)
def test_kind_of_media_decides(kind, engine):
    assert order(Constraints(asset_kind=None), scene(kind))[-1] == engine


def test_brand_safe_picture_is_never_given_to_a_generator():
    constraints = Constraints("runway", ("luma", "local"), asset_kind="image")
    assert order(constraints, scene("image")) == ("local",)
    assert "brand-safe" in reasons(constraints, scene("image"))["runway"]


def test_picture_that_is_not_brand_safe_may_be_given_to_a_generator():
    constraints = Constraints("runway", ("local",), asset_kind="image", brand_safe=False)
    names = order(constraints, scene("image"))
    assert names == ("runway", "comfyui", "local") or names[0] == "runway"


def test_local_only_excludes_network_engines():
    constraints = Constraints("runway", ("stock", "comfyui"), policy="local_only")
    assert order(constraints) == ("comfyui",)
    assert reasons(constraints)["runway"] == "the policy is local_only"


def test_api_only_excludes_local_generators_but_not_local_framing():
    assert order(Constraints("runway", ("comfyui",), policy="api_only")) == ("runway",)
    with_picture = Constraints(None, ("local",), policy="api_only", asset_kind="image")
    assert order(with_picture, scene("image")) == ("local",)


def test_spent_budget_excludes_paid_engines():
    constraints = Constraints("runway", ("comfyui",), budget_usd=Decimal(0))
    assert order(constraints) == ("comfyui",)
    assert reasons(constraints)["runway"] == "the budget is spent"


def test_missing_engine_is_left_out_with_its_reason():
    assert "PYTOON_PIKA_KEY" in reasons(Constraints("pika"))["pika"]
    assert reasons(Constraints("sora"))["sora"] == "there is no such engine"


def test_engine_with_too_short_clips_is_left_out():
    constraints = Constraints("luma", ("runway",), policy="api_only")
    assert order(constraints, scene(duration_ms=9500)) == ("runway",)
    assert "9 s at most" in reasons(constraints, scene(duration_ms=9500))["luma"]


def test_only_named_engines_have_a_reason():
    assert set(reasons(Constraints("pika", ("local",)))) == {"pika", "local"}


names = st.sampled_from([*ALL, "unknown"])
constraint_sets = st.builds(
    Constraints,
    preference=st.none() | names,
    preset=st.lists(names, max_size=4).map(tuple),
    policy=st.sampled_from(["local_only", "local_preferred", "api_only"]),
    brand_safe=st.booleans(),
    asset_kind=st.none() | st.sampled_from(["image", "video"]),
    budget_usd=st.none() | st.just(Decimal(0)) | st.just(Decimal(5)),
)
scenes = st.builds(scene, st.sampled_from(["image", "video", "generated", "stock", "colour"]), st.none() | names)


@settings(max_examples=150, deadline=None)
@given(constraint_sets, scenes)
def test_every_named_engine_is_either_in_the_chain_or_left_out(constraints, for_scene):
    choice = choose_engines(for_scene, constraints, ALL)
    named = {for_scene.engine, constraints.preference, *constraints.preset} - {None}
    rejected = [fallback.engine for fallback in choice.rejected]
    assert len(set(choice.order)) == len(choice.order)
    assert named <= set(choice.order) | set(rejected)
    assert not set(choice.order) & set(rejected)


@settings(max_examples=150, deadline=None)
@given(constraint_sets, scenes)
def test_every_chosen_engine_satisfies_the_constraints(constraints, for_scene):
    for name in choose_engines(for_scene, constraints, ALL).order:
        capabilities = ALL[name].capabilities
        assert capabilities is not None
        assert not (constraints.policy == "local_only" and capabilities.needs_network)
        assert not (capabilities.generates and constraints.asset_kind and constraints.brand_safe)
        assert not (capabilities.costs_money and constraints.budget_usd == 0)
        named = (for_scene.engine, constraints.preference, *constraints.preset)
        assert not (capabilities.costs_money and name not in named)
