"""The last scene: a picture of the film with the call to action of its text, and the price if it names one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.planning.illustration.icons import film_icon
from app.planning.scenes.decoration import background
from app.planning.text.amounts import amounts
from app.planning.text.titles import headline
from schemas.asset import Asset
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene

CLOSING_MS = 2000
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


def closing_scenes(title: str, lines: Sequence[str], media: Sequence[Asset], preset: Preset) -> tuple[Scene, ...]:
    """Return a silent last scene; empty if the preset has none or there is nothing to say.

    It says the preset's closing text, else the call to action in ``lines``, else the title; under it is the last price
    of the text that the words do not say. It shows the first image among ``media``, or the preset's colours.
    """
    text = preset.pacing.closing_text or call_to_action(lines) or title
    if not preset.pacing.closing or not text:
        return ()
    overlays = (Overlay(text=text, position="middle", style="headline"), *_price(text, lines))
    image = next((asset for asset in media if asset.kind == "image"), None)
    picture = Media("image", image.id) if image else background(0, preset.palette, "local", "")
    layout = LAYOUT if image else CARD if len(overlays) > 1 else None
    return (Scene(1, text, "closing", CLOSING_MS, picture, overlays=overlays, layout=layout),)


def with_film_icon(scenes: Sequence[Scene], body: Sequence[Scene]) -> tuple[Scene, ...]:
    """Return the closing scenes with the emoji of the film, if they show neither a picture nor a price."""
    emoji = film_icon(body)
    return tuple(
        replace(scene, overlays=(*scene.overlays, Overlay("emoji", emoji)), layout=CARD)
        if emoji and scene.media.kind == "colour" and scene.layout is None
        else scene
        for scene in scenes
    )


def call_to_action(lines: Sequence[str]) -> str:
    """Return the last short sentence near the end that asks the viewer to do something; "" if there is none."""
    calls = [line for line in lines[-LAST_LINES:] if CALLS.match(line.strip()) and len(line) <= MAX_COLUMNS]
    return headline(calls[-1], MAX_COLUMNS) if calls else ""


def _price(text: str, lines: Sequence[str]) -> tuple[Overlay, ...]:
    prices = [amount.text for line in lines for amount in amounts(line) if amount.kind == "price"]
    if not prices or prices[-1] in text:
        return ()
    return (Overlay(text=prices[-1], position="middle", style="amount"),)
