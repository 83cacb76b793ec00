"""Additions to planned lines and media: backgrounds for scenes without a picture, text and hook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.planning.scenes.callouts import callout_overlays
from app.planning.text.marks import CLAUSE_MARKS
from app.planning.text.sentences import keywords, shorten
from app.planning.text.titles import MAX_TITLE_WORDS, headline, letters
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene
from schemas.text_width import is_unspaced, one_line, width

# A headline may be a whole line of this width. A short one is larger.
HOOK_LINE_COLUMNS, SHORT_HOOK_COLUMNS, SHORT_HOOK_SCALE = 54, 20, 1.3
# A title with this many words that begins a longer line was cut from it.
CUT_TITLE_WORDS = MAX_TITLE_WORDS - 1
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
    if engine == "local":
        return Media("colour", colours=colours)
    return Media("stock" if engine == "stock" else "generated", colours=colours, query=shorten(query, QUERY_COLUMNS))


def background_text(text: str, language: str, preset: Preset, captions: bool, nth: int = 0) -> tuple[Overlay, ...]:
    """Return the text overlay of a plain background: the ``nth`` key word of ``text`` (cyclically), or the whole text
    if no captions are burned."""
    words = [word for word in keywords(text, language) if len(word) <= WORD_COLUMNS] if captions else [text]
    overlay_text = headline(words[nth % len(words)], QUERY_COLUMNS) if words else ""
    return (Overlay(text=overlay_text, position=clear_of_captions(preset, "middle")),) if overlay_text else ()


def amount_cards(line: str, preset: Preset, before: str = "") -> tuple[Overlay, ...]:
    """Return the cards of the amounts in ``line`` that the preset shows; ``before`` is the line of the scene before."""
    return callout_overlays(line, preset.captions.callouts, clear_of_captions(preset, "middle"), before)


def with_hook(scene: Scene, title: str, preset: Preset) -> Scene:
    """Return the first scene with the title as headline over its picture, in the place of a key word.

    Captions that begin with the same words wait (``app.planning.timing.headlines``), and amounts that the headline has
    get no card. A silent scene has the title even if the preset has no hook, because nothing else says what the film is
    about.
    """
    if not preset.pacing.hook and scene.voice_script:
        return scene
    text = hook_text(scene.voice_script, title)
    if not text:
        return replace(scene, role="hook")
    cards = [card for card in scene.overlays if card.style == "amount" and card.at not in text]
    scale = SHORT_HOOK_SCALE if width(text) <= SHORT_HOOK_COLUMNS else 1.0
    top = Overlay(text=text, position=clear_of_captions(preset, "top"), scale=scale, style="headline")
    return replace(scene, role="hook", overlays=(top, *cards))


def hook_text(line: str, title: str) -> str:
    """Return the headline: the first line, or its first clause, if it begins with the title; else the title.

    A title of several words that only begins a long line without clauses is a cut sentence and no headline.
    """
    if not is_derived_from(title, line):
        return title
    clauses = [clause for clause in (line, _first_clause(line)) if width(one_line(clause)) <= HOOK_LINE_COLUMNS]
    if clauses:
        return headline(clauses[0], HOOK_LINE_COLUMNS)
    return title if len(title.split()) < CUT_TITLE_WORDS else ""


def _first_clause(line: str) -> str:
    """Return the words of ``line`` up to the first mark that ends a clause, at least two of them."""
    words = line.split()
    ends = (index for index, word in enumerate(words, 1) if index > 1 and word[-1] in CLAUSE_MARKS)
    return " ".join(words[: next(ends, len(words))])


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
