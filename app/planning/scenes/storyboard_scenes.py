"""What a script says is seen and shown beside its words: descriptions of pictures and texts on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.scenes.decoration import QUERY_COLUMNS, clear_of_captions
from app.planning.text.passages import Passage, passages_of_lines
from app.planning.text.sentences import shorten
from schemas.preset import Preset
from schemas.scene_graph import MAX_OVERLAY_TEXT, Overlay, Scene

DESCRIPTION_COLUMNS = 300
# The media that an engine generates or finds for a description.
DESCRIBED_KINDS = ("generated", "stock")


def described_lines(lines: Sequence[str], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Return ``lines`` each with the words that describe its picture, for the choice of a picture by words."""
    found = passages_of_lines(lines, passages)
    return tuple(
        f"{line} {passage.picture}".strip() if line and passage else line
        for line, passage in zip(lines, found, strict=True)
    )


def with_storyboard(scenes: Sequence[Scene], passages: Sequence[Passage], preset: Preset) -> list[Scene]:
    """Return ``scenes`` with the descriptions of their pictures, and with the texts that are to be on the screen.

    A description is for every scene of its passage, a text for the first.
    """
    found = passages_of_lines([scene.voice_script for scene in scenes], passages)
    result: list[Scene] = []
    before: Passage | None = None
    for scene, passage in zip(scenes, found, strict=True):
        is_first = passage is not before
        seen = _with_picture(scene, passage.picture) if passage and passage.picture else scene
        has_text = passage and passage.on_screen and is_first
        result.append(_with_text(seen, passage.on_screen, preset) if passage and has_text else seen)
        before = passage
    return result


def _with_picture(scene: Scene, picture: str) -> Scene:
    media = scene.media
    if media.kind in DESCRIBED_KINDS:
        media = replace(media, query=shorten(picture, QUERY_COLUMNS))
    return replace(scene, description=shorten(picture, DESCRIPTION_COLUMNS), media=media)


def _with_text(scene: Scene, text: str, preset: Preset) -> Scene:
    """Return ``scene`` with ``text`` as its title, in the place of a headline or key word that was chosen for it."""
    shown = shorten(text, MAX_OVERLAY_TEXT) if len(text) > MAX_OVERLAY_TEXT else text
    chosen = next((overlay for overlay in scene.overlays if overlay.style in ("headline", "title")), None)
    others = tuple(overlay for overlay in scene.overlays if overlay is not chosen)
    title = replace(chosen, text=shown) if chosen else Overlay(text=shown, position=clear_of_captions(preset, "top"))
    return replace(scene, overlays=(title, *others))
