"""The counter of a scene that shows an item of a list: "2/5", or "Step 2" with a row of dots."""

from __future__ import annotations

from app.planning.scenes.decoration import clear_of_captions
from schemas.preset import Preset
from schemas.scene_graph import ListItem, Overlay, Scene

# Styles of overlays that are in the preset's safe zone, wherever the layout has its titles.
FREE_STYLES = ("lower_third", "counter", "credits")
# More dots than these are too small to be counted.
MAX_DOTS = 9


def counter_of(scene: Scene, preset: Preset) -> Overlay | None:
    """Return the counter of ``scene``; ``None`` if it has no item, or shows its place by a text already."""
    item = scene.item
    if item is None or any(overlay.text == _place(item) for overlay in scene.overlays):
        return None
    return Overlay(text=counter_text(item), position=clear_of_captions(preset, "top"), style="counter")


def counter_text(item: ListItem) -> str:
    """Return the text of a counter; a second line says that there are dots."""
    if item.dots and item.total <= MAX_DOTS:
        return f"{item.label} {item.number}\n{_place(item)}" if item.label else f"{_place(item)}\n{_place(item)}"
    return f"{item.label} {_place(item)}".strip()


def _place(item: ListItem) -> str:
    return f"{item.number}/{item.total}"
