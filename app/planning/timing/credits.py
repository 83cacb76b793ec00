"""The credits of the stock footage over the picture of the last scene."""

from __future__ import annotations

from collections.abc import Mapping

from app.planning.text.credits import card_text, film_credits
from schemas.clip import Clip
from schemas.scene_graph import Overlay, SceneGraph


def credits_overlay(graph: SceneGraph, clips: Mapping[int, Clip]) -> Overlay | None:
    """Return the credits as an overlay; ``None`` if the film shows none, or has nothing to credit."""
    if not graph.credits:
        return None
    text = card_text(film_credits(clips[scene.id] for scene in graph.scenes), graph.language)
    return Overlay(text=text, position="bottom", style="credits") if text else None
