"""The last scene: a picture of the film with its call to action, the price if it names one, and the brand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.planning.illustration.icons import film_icon
from app.planning.matching.story import Choice, named_picture
from app.planning.scenes.callouts import card_text
from app.planning.scenes.decoration import background
from app.planning.text.addresses import with_hosts
from app.planning.text.amounts import amounts
from app.planning.text.titles import headline
from schemas.asset import Asset
from schemas.brand import Brand
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene

CLOSING_MS = 2000
FIRST = "the first picture of the film, or of the line with the title: the words name none"
ONLY = "the only picture for the last scene"
NO_BRAND = Brand()
HANDLE_SCALE = 0.5
# The position and scale of the logo, in the zone of the layout's captions and, without a layout, in the safe zone.
LOGO_PLACE, BARE_LOGO_PLACE = ("middle", 0.6), ("top", 0.22)
# The layouts of a closing with a picture, and of one with a price or an emoji instead.
LAYOUT, CARD = "closing", "closing_card"
# A call to action is a short sentence that begins with one of these verbs, near the end of the text.
LAST_LINES = 3
MAX_COLUMNS = 48
CALLS = re.compile(
    r"(?:order|buy|get|try|visit|follow|subscribe|book|download|join|call|start|shop|save|sign up|learn more|find out|"
    r"come|tell us|bestell\w*|kauf\w*|hol\w*|probier\w*|besuch\w*|folg\w*|abonnier\w*|buch\w*|lad\w*|ruf\w*|"
    r"commande\w*|ache\w*|essay\w*|visite\w*|suive\w*|abonne\w*|réserve\w*|télécharge\w*|appele\w*|"
    r"pide|pida|compra|compre|prueba|pruebe|visita|visite|sigue|siga|suscríbe\w*|reserva|reserve|descarga|llama)\b",
    re.IGNORECASE,
)


def closing_scenes(
    title: str,
    lines: Sequence[str],
    media: Sequence[Asset],
    preset: Preset,
    brand: Brand = NO_BRAND,
    *,
    language: str = "en",
) -> tuple[Scene, ...]:
    """Return a silent last scene; empty if the preset has none and no ``brand`` is given, or there is nothing to say.

    It says the preset's closing text, else the call to action in ``lines``, else the title; under it is the last price
    of the text that the words do not say, then the handle and the logo of the brand. It shows the image among ``media``
    that these words or the title name, else the first one, or the preset's colours. Words over a logo cannot be read:
    an image with transparency is shown as the logo of the brand is, if there is neither that nor another image.
    """
    text = preset.pacing.closing_text or call_to_action(lines) or title
    if not (preset.pacing.closing or brand) or not text:
        return ()
    images = [asset for asset in media if asset.kind == "image" and not asset.alpha]
    art = [asset for asset in media if asset.kind == "image" and asset.alpha]
    if art and not (images or brand.logo):
        brand = replace(brand, logo=art[0].id)
    reason = FIRST if len(images) > 1 else ONLY
    image = named_picture([text, title], images, language) or (Choice(images[0], reason) if images else None)
    headline_of_film = Overlay(text=text, position="middle", style="headline")
    price, logo = _price(text, lines), _logo(brand, *(LOGO_PLACE if image else BARE_LOGO_PLACE))
    overlays = (headline_of_film, *price, *_handle(text, brand), *logo)
    picture = (
        Media("image", image.asset.id, reason=image.reason) if image else background(0, preset.palette, "local", "")
    )
    layout = LAYOUT if image else CARD if price and not logo else None
    return (Scene(1, text, "closing", CLOSING_MS, picture, overlays=overlays, layout=layout),)


def _handle(text: str, brand: Brand) -> tuple[Overlay, ...]:
    """Return the handle, unless ``text`` has it."""
    handle = brand.handle.strip()
    if not handle or handle.casefold() in text.casefold():
        return ()
    return (Overlay(text=handle, position="middle", scale=HANDLE_SCALE),)


def _logo(brand: Brand, position: str, scale: float) -> tuple[Overlay, ...]:
    return (Overlay("image", asset=brand.logo, position=position, scale=scale),) if brand.logo else ()


def with_film_icon(scenes: Sequence[Scene], body: Sequence[Scene]) -> tuple[Scene, ...]:
    """Return the closing scenes with the emoji of the film, if they show neither a picture nor a price nor a logo."""
    emoji = film_icon(body)
    return tuple(
        replace(scene, overlays=(*scene.overlays, Overlay("emoji", emoji)), layout=CARD)
        if emoji and scene.media.kind == "colour" and scene.layout is None and not scene.asset_ids
        else scene
        for scene in scenes
    )


def call_to_action(lines: Sequence[str]) -> str:
    """Return the last short sentence near the end that asks the viewer to do something; "" if there is none.

    Of a web address it shows the host.
    """
    shown = [with_hosts(line) for line in lines[-LAST_LINES:]]
    calls = [line for line in shown if CALLS.match(line.strip()) and len(line) <= MAX_COLUMNS]
    return headline(calls[-1], MAX_COLUMNS) if calls else ""


def _price(text: str, lines: Sequence[str]) -> tuple[Overlay, ...]:
    prices = [amount for line in lines for amount in amounts(line) if amount.kind == "price"]
    if not prices or prices[-1].number in text:
        return ()
    return (Overlay(text=card_text(prices[-1]), position="middle", style="amount"),)
