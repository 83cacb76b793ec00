"""Additions to planned lines and media: backgrounds for scenes without a picture, text and hook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.planning.scenes.callouts import callout_overlays
from app.planning.text.sentences import keywords, shorten
from app.planning.text.title_choice import letters
from app.planning.text.titles import headline
from schemas.engine import split_engine_name
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene
from schemas.text_width import is_unspaced

# How much larger than a title the headline is, where there is space for it.
HOOK_SCALE = 1.3
# In a first scene that is longer than this, amounts may follow the headline.
LONG_HOOK_MS = 4000
WORD_COLUMNS = 28
QUERY_COLUMNS = 200
# The position of a title for each position of the captions, so that the two never overlap.
FREE_POSITION = {"bottom": "top", "middle": "top", "top": "bottom"}


def background(index: int, palette: Sequence[str], engine: str, query: str) -> Media:
    """Return the media of scene ``index`` without a picture of the user.

    The local engine shows colours; another engine generates or finds a picture for ``query``, with the colours as its
    fallback.
    """
    first, second = palette[index % len(palette)], palette[(index + 1) % len(palette)]
    colours = (first, second) if first != second else (first,)
    name, _ = split_engine_name(engine)
    if name == "local":
        return Media("colour", colours=colours)
    return Media("stock" if name == "stock" else "generated", colours=colours, query=shorten(query, QUERY_COLUMNS))


def background_text(text: str, language: str, preset: Preset, captions: bool, nth: int = 0) -> tuple[Overlay, ...]:
    """Return the text overlay of a plain background: the ``nth`` key word of ``text`` (cyclically), or the whole text
    if no captions are burned."""
    words = [word for word in keywords(text, language) if len(word) <= WORD_COLUMNS] if captions else [text]
    overlay_text = headline(words[nth % len(words)], QUERY_COLUMNS) if words else ""
    return (Overlay(text=overlay_text, position=clear_of_captions(preset, "middle")),) if overlay_text else ()


def amount_cards(line: str, preset: Preset, before: str = "") -> tuple[Overlay, ...]:
    """Return the cards of the amounts in ``line`` that the preset shows; ``before`` is the line of the scene before."""
    return callout_overlays(line, preset.captions.callouts, clear_of_captions(preset, "middle"), before)


def with_hook(scene: Scene, text: str, preset: Preset, expected_ms: int) -> Scene:
    """Return the first scene, of about ``expected_ms``, with the headline ``text``, in the place of a key word.

    Captions that begin with the same words wait (``app.planning.timing.headlines``). The headline stays, and amounts
    get no card: only a long scene has those of them that the headline does not have. A silent scene has the headline
    even if the preset has no hook, because nothing else says what the film is about.
    """
    if not preset.pacing.hook and scene.voice_script:
        return scene
    if not text:
        return replace(scene, role="hook")
    is_long = expected_ms > LONG_HOOK_MS
    cards = [card for card in scene.overlays if is_long and card.style == "amount" and card.at not in text]
    top = Overlay(text=text, position=clear_of_captions(preset, "top"), scale=HOOK_SCALE, style="headline")
    return replace(scene, role="hook", overlays=(top, *cards))


def is_derived_from(caption: str, line: str) -> bool:
    """Return whether a caption repeats a line: all of it or its first words, ignoring case and punctuation."""
    start = letters(caption)
    if not start or not letters(line).startswith(start):
        return False
    ends = accumulate(len(letters(word)) for word in line.split())
    return len(start) in ends or is_unspaced(start[-1])


def clear_of_captions(preset: Preset, position: str) -> str:
    """Return ``position``, or another one where the preset has its captions."""
    captions = preset.captions.position
    return position if position != captions else FREE_POSITION[captions]
