"""Which engine, and why not the others."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import Capabilities
from engines.policy import Constraints, Offer, choose_engines
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


def order(wanted, of=None, offers=ALL):
    return choose_engines(of or scene(), wanted, offers).order


def reasons(wanted, of=None, offers=ALL):
    return {step.engine: step.reason for step in choose_engines(of or scene(), wanted, offers).left_out}


def test_the_request_goes_before_the_preset_and_the_scene_before_both():
    wanted = Constraints("luma", ("runway",), policy="api_only")
    assert order(wanted) == ("luma", "runway")
    assert order(wanted, scene(engine="runway")) == ("runway", "luma")


def test_what_works_here_is_preferred_but_not_over_what_was_asked_for():
    assert order(Constraints(None, ("runway",))) == ("comfyui", "runway")
    assert order(Constraints("runway", ())) == ("runway", "comfyui")


def test_nobody_is_paid_who_was_not_named():
    assert order(Constraints()) == ("comfyui",)


@pytest.mark.parametrize(
    ("kind", "engine"), [("image", "local"), ("video", "local"), ("colour", "local"), ("stock", "stock")]
)
def test_what_the_scene_needs_decides(kind, engine):
    assert order(Constraints(asset_kind=None), scene(kind))[-1] == engine


def test_a_brand_safe_picture_never_goes_to_a_generator():
    wanted = Constraints("runway", ("luma", "local"), asset_kind="image")
    assert order(wanted, scene("image")) == ("local",)
    assert "brand-safe" in reasons(wanted, scene("image"))["runway"]


def test_a_picture_that_is_not_brand_safe_may_be_animated():
    wanted = Constraints("runway", ("local",), asset_kind="image", brand_safe=False)
    assert (
        order(wanted, scene("image")) == ("runway", "comfyui", "local") or order(wanted, scene("image"))[0] == "runway"
    )


def test_local_only_leaves_the_network_alone():
    wanted = Constraints("runway", ("stock", "comfyui"), policy="local_only")
    assert order(wanted) == ("comfyui",)
    assert reasons(wanted)["runway"] == "the policy is local_only"


def test_api_only_generates_nothing_here_but_still_frames_a_given_picture():
    assert order(Constraints("runway", ("comfyui",), policy="api_only")) == ("runway",)
    given = Constraints(None, ("local",), policy="api_only", asset_kind="image")
    assert order(given, scene("image")) == ("local",)


def test_a_spent_budget_leaves_the_free_ones():
    wanted = Constraints("runway", ("comfyui",), budget_usd=Decimal(0))
    assert order(wanted) == ("comfyui",)
    assert reasons(wanted)["runway"] == "the budget is spent"


def test_a_missing_engine_is_left_out_with_what_is_missing():
    assert "PYTOON_PIKA_KEY" in reasons(Constraints("pika"))["pika"]
    assert reasons(Constraints("sora"))["sora"] == "there is no such engine"


def test_a_scene_too_long_for_an_engine_goes_to_another():
    wanted = Constraints("luma", ("runway",), policy="api_only")
    assert order(wanted, scene(duration_ms=9500)) == ("runway",)
    assert "9 s at most" in reasons(wanted, scene(duration_ms=9500))["luma"]


def test_only_those_that_were_named_are_explained():
    assert set(reasons(Constraints("pika", ("local",)))) == {"pika", "local"}


names = st.sampled_from([*ALL, "nobody"])
wishes = st.builds(
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
@given(wishes, scenes)
def test_everyone_named_is_either_in_the_chain_or_explained_once(wanted, of):
    choice = choose_engines(of, wanted, ALL)
    named = {of.engine, wanted.preference, *wanted.preset} - {None}
    out = [step.engine for step in choice.left_out]
    assert len(set(choice.order)) == len(choice.order)
    assert named <= set(choice.order) | set(out)
    assert not set(choice.order) & set(out)


@settings(max_examples=150, deadline=None)
@given(wishes, scenes)
def test_no_rule_is_ever_broken(wanted, of):
    for name in choose_engines(of, wanted, ALL).order:
        can = ALL[name].capabilities
        assert can is not None
        assert not (wanted.policy == "local_only" and can.needs_network)
        assert not (can.generates and wanted.asset_kind and wanted.brand_safe)
        assert not (can.costs_money and wanted.budget_usd == 0)
        assert not (can.costs_money and name not in (of.engine, wanted.preference, *wanted.preset))
