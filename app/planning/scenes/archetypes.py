"""Scenes of an archetype: what is rendered for them and what lies over it, from their product, words and description.

``product_hero`` moves the picture of a product, which is seen whole. ``overlay`` lays it, with a shadow, over a
background that is generated or searched; the picture of the product is an overlay, so that no engine gets it.
``meme_text`` shows large words over a generated background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from app.core.errors import BadRequest
from app.planning.scenes.decoration import QUERY_COLUMNS, background
from app.planning.text.sentences import shorten
from app.planning.text.title_choice import letters
from app.planning.text.titles import headline
from app.planning.timing.counters import FREE_STYLES
from app.planning.timing.text_zones import text_zones
from schemas.asset import Asset
from schemas.engine import split_engine_name
from schemas.frame import ASPECTS
from schemas.job import JobRequest
from schemas.preset import Preset
from schemas.scene_graph import MEME_TEXT, OVERLAY, PRODUCT_HERO, Media, Overlay, Scene, SceneStyle

# The archetypes that show a product.
OF_PRODUCT = (PRODUCT_HERO, OVERLAY)
_PICTURE = "a picture of the product, in the scene or in the media of the film"
NEEDS = {
    PRODUCT_HERO: _PICTURE,
    OVERLAY: _PICTURE,
    MEME_TEXT: "words: a caption, a voice_script or a title over the picture",
}
# The layouts of a product without and with a text above it, and that of a meme.
PRODUCT, PRODUCT_TITLED, MEME = "product", "product_titled", "meme"
LAYOUTS = (PRODUCT, PRODUCT_TITLED, MEME)
HERO_MOTION = "push_in"
HERO_STYLE = SceneStyle(HERO_MOTION, shots=1)
# The kinds of media that are a background already.
GROUNDS = ("generated", "stock")
# The share of its zone that a product covers at most: one that fills its rectangle hides all behind it.
MOST_OF_ZONE, MOST_OF_ZONE_CUT_OUT = 0.62, 0.85
# The scale of a product whose shape is not known.
USUAL_SCALE = 0.85
MEME_SCALE, MEME_COLUMNS = 1.6, 120
TITLES = ("title", "headline")


@dataclass(frozen=True, slots=True)
class Look:
    """What the archetypes of a film have in common; ``engine`` is the one that the request names, if it does."""

    preset: Preset
    aspect: str
    engine: str | None = None


def with_archetypes(
    scenes: Sequence[Scene], request: JobRequest, assets: Mapping[str, Asset], preset: Preset
) -> tuple[Scene, ...]:
    """Return the scenes with what their archetypes show; those without one have that of the request if it suits them.

    ``assets`` are files of the film by id, as far as they are known.
    """
    look = Look(preset, request.aspect, request.engine_preference)
    named = (replace(scene, archetype=scene.archetype or _of_request(scene, request, assets)) for scene in scenes)
    return tuple(with_archetype(scene, look, assets) for scene in named)


def _of_request(scene: Scene, request: JobRequest, assets: Mapping[str, Asset]) -> str | None:
    archetype = request.archetype
    if scene.role == "closing":
        return None
    if archetype in OF_PRODUCT:
        return archetype if is_picture(product_of(scene), scene, assets) else None
    return archetype if scene.media.asset is None else None


def is_picture(product: str | None, scene: Scene, assets: Mapping[str, Asset]) -> bool:
    """Return whether ``product`` is an image; a file that is not known is one unless the scene says that it is not."""
    if product is None:
        return False
    asset = assets.get(product)
    return asset.kind == "image" if asset else scene.media.kind != "video"


def product_of(scene: Scene) -> str | None:
    """Return the asset id of the product that a scene shows: its own picture, else an image over the picture."""
    images = [overlay for overlay in scene.overlays if overlay.kind == "image" and overlay.asset]
    shadowed = [overlay for overlay in images if overlay.shadow]
    return scene.media.asset or next((overlay.asset for overlay in (*shadowed, *images)), None)


def check_archetype(scene: Scene, given: Scene, assets: Mapping[str, Asset], field: str) -> None:
    """Raise ``BadRequest`` unless ``scene``, which is made of a ``given`` one, has what its archetype needs."""
    name, product = scene.archetype or "", product_of(scene)
    file = assets.get(product or "")
    if name == MEME_TEXT and given.media.asset:
        raise BadRequest(f"{field}.media.asset", "meme_text shows no file: its background is generated")
    if name == MEME_TEXT and not _words(scene):
        raise BadRequest(f"{field}.archetype", f"meme_text needs {NEEDS[name]}")
    if name in OF_PRODUCT and not is_picture(product, given, assets):
        what = f", and {file.name or file.id} is none" if file else ""
        raise BadRequest(f"{field}.archetype", f"{name} needs {NEEDS[name]}{what}")


def with_archetype(scene: Scene, look: Look, assets: Mapping[str, Asset]) -> Scene:
    """Return the scene with what its archetype shows; without a product or words for it, without an archetype.

    It returns an equal scene for one that it has returned.
    """
    product = product_of(scene)
    if scene.archetype in OF_PRODUCT and product and is_picture(product, scene, assets):
        is_hero = scene.archetype == PRODUCT_HERO
        return _hero(scene, product, look) if is_hero else _overlay(scene, product, look, assets.get(product))
    if scene.archetype == MEME_TEXT and _words(scene):
        return _meme(scene, look)
    return replace(scene, archetype=None)


def without_archetype(scene: Scene) -> Scene:
    """Return the scene with its product as its picture, in no layout of an archetype."""
    if scene.archetype is None:
        return scene
    layout = None if scene.layout in LAYOUTS else scene.layout
    style = SceneStyle() if scene.style in (HERO_STYLE, SceneStyle(shots=1)) else scene.style
    plain = replace(scene, archetype=None, layout=layout, style=style)
    product = _product_overlay(scene)
    if scene.archetype != OVERLAY or product is None:
        return plain
    others = tuple(overlay for overlay in scene.overlays if overlay is not product)
    return replace(plain, media=Media("image", product.asset), overlays=others)


# -- a product that is moved -----------------------------------------------------------------------------------------


def _hero(scene: Scene, product: str, look: Look) -> Scene:
    """Return the scene with the whole product in one slow move, clear of its words."""
    kept = scene.media if scene.media.asset else Media()
    fit = kept.fit or (look.preset.fit if look.preset.fit != "crop" else "blur")
    media = replace(kept, kind="image", asset=product, fit=fit, query=scene.media.query)
    style = replace(scene.style, motion=scene.style.motion or HERO_MOTION, shots=scene.style.shots or 1)
    others = tuple(overlay for overlay in scene.overlays if overlay.asset != product)
    layout = scene.layout if scene.pictures else _product_layout(scene, others)
    return replace(scene, media=media, style=style, overlays=others, layout=layout)


# -- a product over a background -------------------------------------------------------------------------------------


def _overlay(scene: Scene, product: str, look: Look, asset: Asset | None) -> Scene:
    laid = _product_overlay(scene)
    is_same = laid is not None and laid.asset == product
    others = tuple(overlay for overlay in scene.overlays if overlay is not laid)
    layout = _product_layout(scene, others)
    placed = replace(scene, layout=layout, pictures=(), media=_ground(scene, look), style=_one_shot(scene.style))
    if laid is None or not is_same:
        scale = product_scale(asset, placed, look)
        laid = Overlay("image", asset=product, position="middle", scale=scale, shadow=True)
    return replace(placed, overlays=(replace(laid, shadow=True), *others))


def _product_layout(scene: Scene, overlays: Sequence[Overlay]) -> str:
    """Return the layout that the scene names, else the one for a product with or without a text above it."""
    if scene.layout and scene.layout not in LAYOUTS:
        return scene.layout
    has_text = any(overlay.kind == "text" and overlay.style not in FREE_STYLES for overlay in overlays)
    return PRODUCT_TITLED if has_text else PRODUCT


def _product_overlay(scene: Scene) -> Overlay | None:
    """Return the overlay that is a product; without one with a shadow, the only picture of the scene."""
    images = [overlay for overlay in scene.overlays if overlay.kind == "image" and overlay.asset]
    shadowed = [overlay for overlay in images if overlay.shadow]
    return next(iter(shadowed or ([] if scene.media.asset else images)), None)


def _ground(scene: Scene, look: Look) -> Media:
    """Return the background of a scene: generated or searched as it says or as its engine does, else its colours."""
    media = scene.media
    if media.kind == "colour" and not media.asset and media.colours:
        return media
    engine = media.kind if media.kind in GROUNDS else _engine(scene, look)
    made = background(scene.id - 1, look.preset.palette, engine, media.query or _described(scene))
    return replace(made, colours=media.colours or made.colours)


def _engine(scene: Scene, look: Look) -> str:
    """Return the engine that scene or request name; of those of the preset, the first that makes a background."""
    named = scene.engine or look.engine or next((name for name in look.preset.engines if name != "local"), "generated")
    return split_engine_name(named)[0]


def _described(scene: Scene) -> str:
    return shorten(scene.description or scene.voice_script or scene.caption, QUERY_COLUMNS)


def _one_shot(style: SceneStyle) -> SceneStyle:
    return replace(style, shots=style.shots or 1)


def product_scale(asset: Asset | None, scene: Scene, look: Look) -> float:
    """Return the scale of a product: the largest at which it covers no more of its zone than it should.

    One that is much wider or higher than the zone fills its width or height; others are smaller, so that the background
    is seen around them.
    """
    if asset is None or not asset.width or not asset.height:
        return USUAL_SCALE
    frame = ASPECTS[look.aspect]
    zone = text_zones(scene, look.preset, look.aspect).image_zone or look.preset.safe_zone_of(*frame)
    width, height = frame[0] * (1 - zone.left - zone.right), frame[1] * (1 - zone.top - zone.bottom)
    ratio = (asset.width / asset.height) / (width / height)
    most = MOST_OF_ZONE_CUT_OUT if asset.alpha else MOST_OF_ZONE
    return round(min(1.0, sqrt(most / min(ratio, 1 / ratio))), 3)


# -- large words -----------------------------------------------------------------------------------------------------


def _meme(scene: Scene, look: Look) -> Scene:
    """Return the scene with its words at the top of a background; cards of amounts that the words have are left out."""
    words = _words(scene)
    shown = next((overlay for overlay in scene.overlays if _is_title(overlay)), None)
    title = shown or Overlay()
    title = replace(title, text=words, style="headline", position="top", scale=max(MEME_SCALE, title.scale))
    others = tuple(overlay for overlay in scene.overlays if overlay is not shown and not _repeats(overlay, words))
    layout = scene.layout if scene.layout not in (None, *LAYOUTS) else MEME
    media, style = _ground(scene, look), _one_shot(scene.style)
    return replace(scene, layout=layout, media=media, style=style, overlays=(title, *others), pictures=())


def _is_title(overlay: Overlay) -> bool:
    return overlay.kind == "text" and overlay.style in TITLES and bool(overlay.text.strip())


def _repeats(overlay: Overlay, words: str) -> bool:
    return overlay.style == "amount" and letters(overlay.at) in letters(words)


def _words(scene: Scene) -> str:
    """Return the words of a meme: those of its title, else of its caption or its line; "" if it has none."""
    titles = (overlay.text for overlay in scene.overlays if _is_title(overlay))
    texts = (*titles, meme_text(scene.caption), meme_text(scene.voice_script))
    return next((text for text in texts if text.strip()), "")


def with_meme_words(scene: Scene, before: str, after: str) -> Scene:
    """Return a meme with the words of the line ``after`` if it has those of the line ``before``."""
    if scene.archetype != MEME_TEXT or not meme_text(after):
        return scene
    overlays = (replace(o, text=meme_text(after)) if o.text == meme_text(before) else o for o in scene.overlays)
    return replace(scene, overlays=tuple(overlays))


def meme_text(line: str) -> str:
    """Return the large words for a line."""
    return headline(line, MEME_COLUMNS) if line.strip() else ""
