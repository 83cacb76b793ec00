"""Archetypes: what a scene with a product or large words becomes, where the product lies, and what engines get."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadRequest
from app.planning.scenes.archetypes import (
    MEME,
    PRODUCT,
    PRODUCT_TITLED,
    Look,
    check_archetype,
    product_of,
    product_scale,
    with_archetype,
    without_archetype,
)
from app.planning.scenes.omitted import plan_omissions
from app.planning.scenes.planner import plan
from app.planning.timing.text_zones import text_zones
from presets.library import preset, presets
from schemas.asset import Asset
from schemas.frame import ASPECTS, frame_size
from schemas.job import JobRequest
from schemas.preset import SafeZone
from schemas.scene_graph import ARCHETYPES, Media, Overlay, Scene, SceneStyle, rendered_part

LINE = "One bottle, and the whole garden is happy."
SIZES = {"photo": (1200, 1200, False), "bottle": (600, 1600, True), "shoe": (1600, 700, True)}
LOOK = Look(preset("product_hero"), "9:16")


def asset(name: str, kind: str = "image") -> Asset:
    width, height, alpha = SIZES.get(name, (900, 1600, False))
    return Asset(name, kind, f"assets/{name}", "0" * 64, 1, "image/png", name, width, height, alpha=alpha)


ASSETS = {name: asset(name) for name in SIZES}


def made(archetype: str | None, look: Look = LOOK, **fields: object) -> Scene:
    scene = Scene(1, **{"voice_script": LINE, "caption": LINE, "media": Media("image", "photo"), **fields})  # type: ignore[arg-type]
    return with_archetype(replace(scene, archetype=archetype), look, ASSETS)


def planned(*scenes: Scene, media: tuple[str, ...] = (), **more: object) -> tuple[Scene, ...]:
    request = JobRequest(scenes=scenes, media=media, preset_id="product_hero", **more)  # type: ignore[arg-type]
    return plan(request, [asset(name) for name in media], preset("product_hero")).scenes


# -- a product that is moved -----------------------------------------------------------------------------------------


def test_hero_shows_the_whole_product_in_one_move() -> None:
    scene = made("product_hero", media=Media("image", "bottle", query="a garden"))
    assert (scene.media.kind, scene.media.asset, scene.media.fit) == ("image", "bottle", "pad")
    assert scene.media.query == "a garden"
    assert (scene.style, scene.layout) == (SceneStyle("push_in", shots=1), PRODUCT)


def test_hero_is_never_cropped_unless_the_scene_says_so() -> None:
    look = Look(preset("pop_meme"), "1:1")
    assert made("product_hero", look).media.fit == "blur"
    assert made("product_hero", look, media=Media("image", "photo", fit="crop")).media.fit == "crop"


def test_motion_of_a_hero_is_kept() -> None:
    assert made("product_hero", style=SceneStyle("pull_out", 1.1, 2)).style == SceneStyle("pull_out", 1.1, 2)


def test_product_of_a_hero_may_be_an_image_overlay() -> None:
    logo = Overlay(text="New")
    scene = made("product_hero", media=Media(), overlays=(Overlay("image", asset="shoe"), logo))
    assert (scene.media.asset, scene.overlays, scene.layout) == ("shoe", (logo,), PRODUCT_TITLED)


# -- a product over a background -------------------------------------------------------------------------------------


def test_product_of_an_overlay_is_over_a_generated_background() -> None:
    scene = made("overlay", media=Media("image", "photo", query="a marble table"))
    (product,) = scene.overlays
    assert (scene.media.kind, scene.media.asset, scene.media.query) == ("generated", None, "a marble table")
    assert (product.kind, product.asset, product.shadow, product.position) == ("image", "photo", True, "middle")
    assert scene.media.colours == ("#0B1F3A", "#1D4E89")
    assert scene.layout == PRODUCT


def test_background_is_described_by_the_scene_without_a_query() -> None:
    assert made("overlay", description="A quiet garden").media.query == "A quiet garden"
    assert made("overlay").media.query == LINE


@pytest.mark.parametrize(
    ("engine", "film", "kind"),
    [
        (None, None, "generated"),
        ("runway:gen4_turbo", None, "generated"),
        ("stock", None, "stock"),
        (None, "stock", "stock"),
        ("local", None, "colour"),
        (None, "local", "colour"),
        ("runway", "local", "generated"),
    ],
)
@pytest.mark.parametrize("archetype", ["overlay", "meme_text"])
def test_engine_that_is_named_decides_on_the_sort_of_background(
    archetype: str, engine: str | None, film: str | None, kind: str
) -> None:
    assert made(archetype, replace(LOOK, engine=film), engine=engine).media.kind == kind


def test_background_of_the_scene_is_kept() -> None:
    searched = made("overlay", media=Media("stock", "photo", query="waves"), engine="runway")
    assert (searched.media.kind, searched.media.asset) == ("stock", None)
    coloured = Media("colour", colours=("#112233",))
    assert made("overlay", media=coloured, overlays=(Overlay("image", asset="shoe"),)).media == coloured


def test_other_overlays_stay_and_a_text_has_its_place_above_the_product() -> None:
    title = Overlay(text="Only today", style="headline")
    scene = made("overlay", overlays=(title,))
    assert scene.overlays[1:] == (title,)
    assert scene.layout == PRODUCT_TITLED


def test_product_that_is_laid_already_keeps_its_size() -> None:
    mine = Overlay("image", asset="shoe", position="top", scale=0.3, shadow=True)
    assert made("overlay", media=Media(), overlays=(mine,)).overlays == (mine,)


def test_new_product_takes_the_place_of_the_old_one() -> None:
    before = made("overlay", media=Media("stock", "photo", query="waves"))
    after = with_archetype(replace(before, media=replace(before.media, asset="bottle")), LOOK, ASSETS)
    assert [overlay.asset for overlay in after.overlays] == ["bottle"]
    assert after.media == before.media


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("aspect", ASPECTS)
def test_size_of_a_product_follows_from_its_shape(name: str, aspect: str) -> None:
    look = Look(preset("clean_bold"), aspect)
    scale = product_scale(ASSETS[name], made("overlay", look), look)
    assert 0.6 <= scale <= 1
    assert product_scale(None, made("overlay", look), look) == 0.85


def test_photograph_leaves_more_of_the_background_than_a_cut_out_product() -> None:
    square = replace(ASSETS["photo"], alpha=True)
    look = Look(preset("clean_bold"), "1:1")
    scene = made("overlay", look)
    assert product_scale(ASSETS["photo"], scene, look) < product_scale(square, scene, look)


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("style", presets(), ids=lambda style: style.id)
@pytest.mark.parametrize("layout", [PRODUCT, PRODUCT_TITLED])
def test_place_of_a_product_is_in_the_safe_zone_and_clear_of_the_words(layout: str, style: object, aspect: str) -> None:
    places = text_zones(Scene(1, layout=layout), style, aspect)  # type: ignore[arg-type]
    zone, captions, titles = places.image_zone, places.caption_zone, places.title_zone
    assert zone is not None and titles is not None
    safe = style.safe_zone_of(*frame_size(aspect, "medium"))  # type: ignore[attr-defined]
    assert all(getattr(zone, side) >= getattr(safe, side) for side in ("top", "bottom", "left", "right"))
    assert is_apart(zone, captions) and is_apart(zone, titles)
    assert 1 - zone.top - zone.bottom >= 0.28 and 1 - zone.left - zone.right >= 0.4


def is_apart(a: SafeZone, b: SafeZone) -> bool:
    across = a.left >= 1 - b.right or b.left >= 1 - a.right
    return across or a.top >= 1 - b.bottom or b.top >= 1 - a.bottom


# -- large words -----------------------------------------------------------------------------------------------------


def test_words_of_a_meme_are_large_at_the_top() -> None:
    scene = made("meme_text", media=Media())
    (title,) = scene.overlays
    assert (title.text, title.style, title.position) == ("One bottle, and the whole garden is happy", "headline", "top")
    assert title.scale > 1.3
    assert (scene.media.kind, scene.media.query, scene.layout) == ("generated", LINE, MEME)


def test_title_of_a_scene_is_what_the_meme_says() -> None:
    emoji = Overlay("emoji", "☕")
    card = Overlay(text="$9", style="amount", at="$9")
    scene = made("meme_text", media=Media(), overlays=(emoji, card, Overlay(text="Me at $9", position="middle")))
    assert [overlay.text for overlay in scene.overlays] == ["Me at $9", "☕"]


# -- all of them -----------------------------------------------------------------------------------------------------

overlay_sets = st.lists(
    st.sampled_from(
        [
            Overlay(text="Only today"),
            Overlay("image", asset="shoe"),
            Overlay("image", asset="bottle", shadow=True),
            Overlay(text="$9", style="amount", at="nine"),
        ]
    ),
    max_size=3,
).map(tuple)
medias = st.sampled_from(
    [Media(), Media("image", "photo"), Media("stock", "bottle", query="waves"), Media("generated")]
)


@given(
    st.sampled_from([None, *ARCHETYPES]),
    medias,
    overlay_sets,
    st.sampled_from(list(ASPECTS)),
    st.sampled_from(["", LINE]),
)
def test_scene_of_an_archetype_is_made_once(
    archetype: str | None, media: Media, overlays: tuple[Overlay, ...], aspect: str, line: str
) -> None:
    look = Look(preset("clean_bold"), aspect)
    scene = Scene(1, media=media, overlays=overlays, voice_script=line, archetype=archetype)
    once = with_archetype(scene, look, ASSETS)
    assert with_archetype(once, look, ASSETS) == once
    if once.archetype != "product_hero":
        assert once.archetype is None or once.media.asset is None
    if once.archetype in ("product_hero", "overlay"):
        assert product_of(once) == product_of(scene)


@pytest.mark.parametrize("archetype", ["product_hero", "overlay"])
def test_scene_without_its_archetype_shows_the_product_again(archetype: str) -> None:
    scene = without_archetype(made(archetype))
    assert (scene.media.kind, scene.media.asset) == ("image", "photo")
    assert (scene.archetype, scene.layout, scene.overlays, scene.style) == (None, None, (), SceneStyle())


def test_scene_without_an_archetype_is_unchanged() -> None:
    scene = Scene(1, media=Media("image", "photo"), overlays=(Overlay("image", asset="shoe"),), layout="card")
    assert with_archetype(scene, LOOK, ASSETS) == scene
    assert "archetype" not in rendered_part(scene)


def test_shot_of_another_archetype_is_another_shot() -> None:
    assert rendered_part(made("product_hero"))["archetype"] == "product_hero"


REFUSED = [
    (Scene(1, archetype="product_hero"), "archetype", "a picture of the product"),
    (Scene(1, archetype="overlay", media=Media("stock", query="waves")), "archetype", "a picture of the product"),
    (Scene(1, archetype="overlay", media=Media("video", "clip")), "archetype", "clip is none"),
    (Scene(1, archetype="meme_text"), "archetype", "words"),
    (Scene(1, archetype="meme_text", caption="Me", media=Media("image", "photo")), "media.asset", "shows no file"),
]


@pytest.mark.parametrize(("scene", "field", "reason"), REFUSED)
def test_scene_that_lacks_what_its_archetype_needs_is_refused(scene: Scene, field: str, reason: str) -> None:
    with pytest.raises(BadRequest) as error:
        check_archetype(scene, scene, {"clip": asset("clip", "video")}, "scenes.0")
    assert error.value.field == f"scenes.0.{field}" and reason in error.value.reason


# -- the planner -----------------------------------------------------------------------------------------------------


def test_given_scenes_get_the_products_of_the_film_in_order() -> None:
    hero = Scene(0, voice_script=LINE, archetype="product_hero")
    laid = Scene(0, voice_script=LINE, archetype="overlay", media=Media("stock", query="waves"))
    first, second, third = planned(hero, laid, Scene(0, voice_script=LINE), media=("photo", "bottle", "shoe"))
    assert (first.media.asset, product_of(second), third.media.asset) == ("photo", "bottle", "shoe")
    assert (second.media.kind, second.media.query) == ("stock", "waves")


def test_meme_among_given_scenes_gets_no_file() -> None:
    meme, plain = planned(Scene(0, caption="Me", archetype="meme_text"), Scene(0, caption="You"), media=("photo",))
    assert (meme.media.asset, plain.media.asset) == (None, "photo")


def test_archetype_of_the_request_is_that_of_scenes_without_one() -> None:
    own = Scene(0, caption="Me", archetype="meme_text")
    scenes = planned(own, Scene(0, caption="You"), Scene(0, role="closing"), media=("photo",), archetype="overlay")
    assert [scene.archetype for scene in scenes] == ["meme_text", "overlay", None]


SCRIPT = f"{LINE} Nobody waits for the rain. The roses know the way."


@pytest.mark.parametrize("archetype", ARCHETYPES)
def test_planned_scenes_have_the_archetype_and_the_closing_has_none(archetype: str) -> None:
    request = JobRequest(script=SCRIPT, media=("photo", "bottle"), preset_id="product_hero", archetype=archetype)
    graph = plan(request, [ASSETS["photo"], ASSETS["bottle"]], preset("product_hero"))
    body = [scene for scene in graph.scenes if scene.role != "closing"]
    assert {scene.archetype for scene in body} == {archetype}
    assert [scene.archetype for scene in graph.scenes if scene.role == "closing"] == [None]
    assert " ".join(scene.voice_script for scene in body) == SCRIPT


def test_files_that_a_meme_does_not_show_are_named() -> None:
    request = JobRequest(script=SCRIPT, media=("photo",), archetype="meme_text")
    graph = plan(request, [ASSETS["photo"]], preset("clean_bold"))
    (warning,) = plan_omissions(request, [ASSETS["photo"]], graph)
    assert "photo" in warning and "meme_text shows no files" in warning


def test_product_over_a_background_is_in_the_film() -> None:
    request = JobRequest(script=SCRIPT, media=("photo", "bottle"), archetype="overlay")
    media = [ASSETS["photo"], ASSETS["bottle"]]
    assert plan_omissions(request, media, plan(request, media, preset("clean_bold"))) == ()


def test_words_of_a_planned_meme_are_those_of_its_line() -> None:
    graph = plan(JobRequest(script=SCRIPT, archetype="meme_text"), [], preset("clean_bold"))
    lines = [(scene.voice_script, scene.overlays[0].text) for scene in graph.scenes if scene.role != "closing"]
    assert all(line.startswith(text) for line, text in lines) and len(lines) > 1
