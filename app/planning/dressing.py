"""What a plan adds to lines and pictures: grounds where there is no picture, the hook, the closing, transitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.beats import Pace
from app.planning.words import headline, keywords, short
from schemas.contract import fingerprint
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene, Transition

CLOSING_MS = 2000
HOOK_COLUMNS = 40
WORD_COLUMNS = 28
QUERY_COLUMNS = 200
# No transition takes more of a scene than this part.
TRANSITION_PART = 3
# Where a title lies so that it does not lie on the captions.
CLEAR_OF = {"bottom": "top", "middle": "top", "top": "bottom"}


def ground(place: int, palette: Sequence[str], engine: str, query: str) -> Media:
    """What fills scene ``place`` when the user gave no picture: colours, or what ``engine`` makes or finds of
    ``query`` (the colours are then what it falls back on)."""
    first, second = palette[place % len(palette)], palette[(place + 1) % len(palette)]
    colours = (first, second) if first != second else (first,)
    if engine == "local":
        return Media("colour", colours=colours)
    return Media("stock" if engine == "stock" else "generated", colours=colours, query=short(query, QUERY_COLUMNS))


def word_over(text: str, language: str, preset: Preset, captions: bool, nth: int = 0) -> tuple[Overlay, ...]:
    """The word that makes a picture of a bare ground: what ``text`` is about (the ``nth`` such word, around again), or
    all of it where no captions show."""
    found = [word for word in keywords(text, language) if len(word) <= WORD_COLUMNS] if captions else [text]
    shown = headline(found[nth % len(found)], QUERY_COLUMNS) if found else ""
    return (Overlay(text=shown, position=_clear(preset, "middle")),) if shown else ()


def hooked(scene: Scene, title: str, preset: Preset, captions: bool) -> Scene:
    """The first scene with the title over its picture, unless the captions begin with the very same words."""
    if not preset.pacing.hook:
        return scene
    text = headline(title, HOOK_COLUMNS)
    repeated = captions and _letters(scene.voice_script).startswith(_letters(text))
    overlays = () if repeated or not text else (Overlay(text=text, position=_clear(preset, "top")),)
    return replace(scene, role="hook", overlays=overlays or scene.overlays)


def closing(title: str, preset: Preset) -> tuple[Scene, ...]:
    """A silent last scene with the preset's closing words, or the title; none where the preset wants none."""
    text = preset.pacing.closing_text or headline(title, HOOK_COLUMNS)
    if not preset.pacing.closing or not text:
        return ()
    media = ground(0, preset.palette, "local", "")
    overlay = Overlay(text=text, position="middle")
    return (Scene(1, text, "closing", CLOSING_MS, media, overlays=(overlay,)),)


def joined(scenes: Sequence[Scene], pace: Pace, preset: Preset, seed: int) -> tuple[Scene, ...]:
    """``scenes`` numbered, each with its transition: the preset's kinds by ``seed``, none twice in a row."""
    lengths = [pace.line_ms(s.voice_script) if s.voice_script else s.duration_ms for s in scenes]
    found: list[Scene] = []
    kind = ""
    for place, scene in enumerate(scenes):
        kind = _kind(preset.transition.kinds, kind, seed, place)
        room_ms = min(lengths[max(0, place - 1)], lengths[place]) // TRANSITION_PART
        duration_ms = 0 if kind == "cut" else min(preset.transition.duration_ms, room_ms)
        transition = Transition(kind, duration_ms) if place else Transition()
        found.append(replace(scene, id=place + 1, transition=transition))
    return tuple(found)


def _kind(kinds: Sequence[str], before: str, seed: int, place: int) -> str:
    others = [kind for kind in kinds if kind != before] or list(kinds)
    return others[int(fingerprint(seed, "transition", place)[:8], 16) % len(others)]


def _clear(preset: Preset, wanted: str) -> str:
    taken = preset.captions.position
    return wanted if wanted != taken else CLEAR_OF[taken]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
