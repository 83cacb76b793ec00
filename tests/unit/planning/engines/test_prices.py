"""What a clip costs, exactly, and the estimate of a film."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.engines.constraints import Constraints
from app.planning.engines.estimate import estimate, film_constraints
from app.planning.engines.lengths import order_seconds, stretched_s
from app.planning.engines.prices import cost_of
from presets.library import preset
from schemas.engine import Cost, EngineModel, Price
from schemas.estimate import EngineEstimate, EstimateSchema
from schemas.job import JobRequest
from schemas.preset import Pacing
from schemas.scene_graph import Media, Scene, SceneGraph
from tests.unit.planning.engines.sample_offers import GEN45, OFFERS, RAY2, TURBO, VEO

FILM = Constraints(preset=("local",))


def graph(*scenes: Scene) -> SceneGraph:
    return SceneGraph("2.0", "Bread", "en", "clean_bold", scenes)


def generated(number: int, engine: str | None = None, seconds: int = 4) -> Scene:
    return Scene(number, media=Media("generated"), engine=engine, duration_ms=seconds * 1000)


# -- prices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "seconds", "resolution", "usd", "most"),
    [
        (GEN45, 7, "720p", "0.84", "0.84"),
        (TURBO, 10, "720p", "0.50", "0.50"),
        (VEO, 6, "1080p", "1.20", "2.40"),
        (RAY2, 5, "540p", "0.20", "0.20"),
        (RAY2, 5, "720p", "0.40", "0.40"),
        (RAY2, 9, "720p", "0.40", "0.40"),
        (RAY2, 5, "1080p", "0.80", "0.80"),
        (RAY2, 9, "1080p", "1.40", "1.40"),
        (EngineModel("free", "free"), 5, "", "0", "0"),
    ],
)
def test_price_is_that_of_length_and_resolution(
    model: EngineModel, seconds: int, resolution: str, usd: str, most: str
) -> None:
    expected, highest = cost_of(model, seconds, resolution)
    assert (expected.usd, highest.usd) == (Decimal(usd), Decimal(most))


def test_clip_without_a_price_is_an_error() -> None:
    with pytest.raises(LookupError, match="no price is known for 9 s at 540p"):
        cost_of(RAY2, 9, "540p")


def test_units_of_the_provider_are_kept() -> None:
    assert cost_of(VEO, 4, "720p") == (
        Cost(Decimal("0.80"), Decimal(80), "credits"),
        Cost(Decimal("1.60"), Decimal(160), "credits"),
    )


def test_units_that_are_not_exact_are_not_stated() -> None:
    price = Price(Decimal("0.3"), max_usd=Decimal("0.4"), unit="credits", units=Decimal(1))
    _, most = cost_of(EngineModel("m", "m", prices=(price,)), 1, "")
    assert (most.usd, most.units) == (Decimal("0.4"), None)


@given(st.decimals(0, 10, places=4), st.integers(1, 60))
def test_cost_is_exact(usd: Decimal, seconds: int) -> None:
    expected, most = cost_of(EngineModel("m", "m", prices=(Price(usd),)), seconds, "")
    assert expected == most == Cost(sum([usd] * seconds, Decimal(0)))


# -- lengths ---------------------------------------------------------------------------------------------------------

PACINGS = st.builds(Pacing, max_hold_ms=st.integers(0, 3000), slowest=st.floats(0.25, 1))


@given(st.sets(st.integers(1, 20)), st.none() | st.integers(1, 20), st.floats(0.2, 60), PACINGS)
def test_clip_fills_its_scene(lengths: set[int], most: int | None, seconds: float, pacing: Pacing) -> None:
    length = order_seconds(tuple(lengths), most, seconds, pacing)
    if length is not None:
        assert length in (lengths or {length}) and (most is None or length <= most)
        assert seconds <= max(length + 0.1001, stretched_s(length, pacing))
        assert length == 1 or not lengths or not [x for x in lengths if seconds <= x < length]


# -- estimates -------------------------------------------------------------------------------------------------------


def test_film_of_pictures_costs_nothing() -> None:
    result = estimate(graph(Scene(1, media=Media("image", "a1")), Scene(2)), FILM, OFFERS)
    assert [(scene.engine, scene.usd, scene.rejected) for scene in result.scenes] == [("local", 0, ())] * 2
    assert (result.usd, result.max_usd, result.engines) == (0, 0, ())


def test_estimate_has_engine_model_length_price_source_and_reason() -> None:
    (scene,) = estimate(graph(generated(1, "google", 5)), FILM, OFFERS).scenes
    assert (scene.engine, scene.model, scene.seconds, scene.takes) == ("google", "veo3.1", 6, 1)
    assert (scene.usd, scene.max_usd) == (Decimal("1.20"), Decimal("2.40"))
    assert (scene.unit, scene.units, scene.max_units) == ("credits", 120, 240)
    assert (scene.source, scene.why) == ("a price list of the tests", "the scene names it")


def test_all_takes_are_paid_and_only_what_is_ordered_has_takes() -> None:
    result = estimate(graph(generated(1, "luma"), Scene(2)), replace(FILM, takes=3), OFFERS)
    assert [(scene.takes, scene.usd) for scene in result.scenes] == [(3, Decimal("2.40")), (1, 0)]


def test_sums_are_by_engine_and_of_the_film() -> None:
    scenes = (generated(1, "runway"), generated(2, "luma"), generated(3, "runway:gen4_turbo"), Scene(4))
    result = estimate(graph(*scenes), FILM, OFFERS)
    assert result.engines == (
        EngineEstimate("runway", 2, Decimal("0.73"), Decimal("0.73"), "credits", Decimal(73), Decimal(73)),
        EngineEstimate("luma", 1, Decimal("0.80"), Decimal("0.80"), "USD", None, None),
    )
    assert (result.usd, result.currency) == (Decimal("1.53"), "USD")


def test_scenes_share_the_budget_in_their_order() -> None:
    film = Constraints(budget_usd=Decimal("1.00"), preference="luma", policy="api_only")
    offers = {name: OFFERS[name] for name in ("luma", "runway")}
    result = estimate(graph(*(generated(number) for number in (1, 2, 3))), film, offers)
    assert [scene.engine for scene in result.scenes] == ["luma", "template", "template"]
    assert "it costs $0.80, and $0.20 are left" in [fallback.reason for fallback in result.scenes[1].rejected]
    assert result.max_usd <= Decimal("1.00")


def test_scene_of_words_alone_costs_nothing_whatever_its_media() -> None:
    words = replace(generated(1, "luma"), layout="text_card")
    assert estimate(graph(words), FILM, OFFERS).scenes[0].engine == "local"


def test_constraints_of_a_film_are_those_of_request_and_preset() -> None:
    request = JobRequest(script="x", engine_preference="runway", aspect="16:9", quality="low", takes=2)
    film = film_constraints(request, preset("documentary"), Decimal(3))
    assert (film.preference, film.preset, film.width, film.height) == ("runway", ("local",), 1280, 720)
    assert (film.takes, film.budget_usd, film.brand_safe) == (2, Decimal(3), True)


@given(st.lists(st.sampled_from([None, *OFFERS]), min_size=1, max_size=6), st.decimals(0, 4, places=2))
def test_estimate_stays_in_the_budget_and_survives_its_contract(engines: list[str | None], budget: Decimal) -> None:
    scenes = [generated(number, engine) for number, engine in enumerate(engines, 1)]
    result = estimate(graph(*scenes), replace(FILM, budget_usd=budget), OFFERS)
    assert result.usd <= result.max_usd <= budget
    assert result.max_usd == sum(scene.max_usd for scene in result.scenes)
    assert EstimateSchema.read(EstimateSchema.plain(result)) == result
