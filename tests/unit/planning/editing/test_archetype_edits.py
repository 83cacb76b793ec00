"""Edits of archetypes: a scene gets one, loses it, or has another product, other words or another background."""

from __future__ import annotations

import pytest

from app.core.errors import BadRequest
from app.planning.editing.apply import apply_changes
from app.planning.editing.diff import differences
from app.planning.scenes.archetypes import product_of
from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.edit import EditSchema
from schemas.job import JobRequest
from schemas.scene_graph import Media, Scene, SceneGraph

ASSETS = {
    name: Asset(name, "image", f"assets/{name}", "0" * 64, 1, "image/png", name, 800, 800) for name in ("lamp", "pot")
}
LINE = "A lamp that lasts a winter."


def film(*scenes: Scene) -> SceneGraph:
    return plan(
        JobRequest(scenes=scenes, preset_id="clean_bold"), [], preset("clean_bold"), named=list(ASSETS.values())
    )


def edited(graph: SceneGraph, **change: object) -> Scene:
    changes = EditSchema.read({"changes": [{"scene": 1, **change}]}).changes
    return apply_changes(graph, changes, assets=ASSETS).scenes[0]


PLAIN = film(Scene(0, voice_script=LINE, caption=LINE, media=Media("image", "lamp")))
LAID = film(Scene(0, voice_script=LINE, media=Media("stock", "lamp", query="waves"), archetype="overlay"))
MEME = film(Scene(0, voice_script=LINE, caption=LINE, archetype="meme_text"))


def test_scene_becomes_an_overlay_and_its_picture_again() -> None:
    laid = edited(PLAIN, archetype="overlay")
    assert (laid.media.kind, product_of(laid), laid.layout) == ("generated", "lamp", "product")
    after = apply_changes(PLAIN, EditSchema.read({"changes": [{"scene": 1, "archetype": "overlay"}]}).changes)
    assert edited(after, archetype=None) == PLAIN.scenes[0]


def test_overlay_becomes_a_hero() -> None:
    hero = edited(LAID, archetype="product_hero")
    assert (hero.media.kind, hero.media.asset, hero.overlays) == ("image", "lamp", ())


def test_new_file_of_an_overlay_is_its_product_and_the_background_stays() -> None:
    scene = edited(LAID, media={"asset": "pot"})
    # The kind of the file is that of the edit as validation resolves it.
    resolved = edited(LAID, media={"asset": "pot", "kind": "image"})
    assert product_of(scene) == product_of(resolved) == "pot"
    assert scene.media == resolved.media == LAID.scenes[0].media


def test_new_query_of_an_overlay_changes_its_background_only() -> None:
    scene = edited(LAID, media={"query": "mountains"})
    assert (scene.media.query, scene.overlays) == ("mountains", LAID.scenes[0].overlays)


def test_title_over_a_product_gets_its_place() -> None:
    product = LAID.scenes[0].overlays[0]
    overlays = [{"kind": "image", "asset": product.asset, "shadow": True}, {"text": "Only today"}]
    assert edited(LAID, overlays=overlays).layout == "product_titled"


def test_words_of_a_meme_follow_its_line_and_its_caption() -> None:
    assert edited(MEME, voice_script="Nobody waits.").overlays[0].text == "Nobody waits"
    assert edited(MEME, caption="Nobody waits.").overlays[0].text == "Nobody waits"


@pytest.mark.parametrize(("graph", "archetype"), [(MEME, "overlay"), (MEME, "product_hero")])
def test_archetype_without_a_product_is_refused(graph: SceneGraph, archetype: str) -> None:
    with pytest.raises(BadRequest, match="a picture of the product"):
        edited(graph, archetype=archetype)


def test_inserted_scene_has_its_archetype() -> None:
    scene = {"archetype": "overlay", "caption": "Pots.", "media": {"kind": "image", "asset": "pot"}}
    changes = EditSchema.read({"changes": [{"insert": scene, "after": 1}]}).changes
    new = apply_changes(PLAIN, changes, assets=ASSETS).scenes[1]
    assert (new.media.kind, product_of(new), new.overlays[0].shadow) == ("generated", "pot", True)


def test_archetype_is_named_in_the_differences() -> None:
    changes = EditSchema.read({"changes": [{"scene": 1, "archetype": "product_hero"}]}).changes
    words = [difference.words for difference in differences(PLAIN, apply_changes(PLAIN, changes, assets=ASSETS))]
    assert any("archetype" in line for line in words)
