"""The changes between scenes: which are cuts, and which of the preset's transitions suit the pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.planning.scenes.beats import Pace
from presets.layout_library import layouts
from schemas.contract import fingerprint
from schemas.layout import WHOLE_FRAME, Layout
from schemas.preset import Preset
from schemas.region import Region
from schemas.scene_graph import Scene, Transition
from schemas.subjects import Subjects

# A transition takes at most this fraction (1/n) of a scene.
TRANSITION_DIVISOR = 3
# Longer than this, a move is seen as an effect: eight, nine and twelve frames.
WHIPS = ("whip", "whip_left", "whip_right", "whip_up", "whip_down")
LONGEST_MOVE_MS = {**dict.fromkeys(WHIPS, 267), "zoom_through": 300, "push_card": 400}
# In these, the edges of both pictures are seen at once.
_MIXES = ("fade", "blur")
# The size of a new subject relative to the old one: a picture can be shown closer, but hardly wider.
_SMALLEST_MATCH, _LARGEST_MATCH = 0.6, 1.15
NO_SUBJECTS: Mapping[str, Subjects] = {}


def with_transitions(
    scenes: Sequence[Scene], pace: Pace, preset: Preset, seed: int, subjects: Mapping[str, Subjects] = NO_SUBJECTS
) -> tuple[Scene, ...]:
    """Number ``scenes`` and give each its transition: a cut, a match cut, or a kind of the preset chosen by ``seed``.

    At least ``every`` changes lie between two transitions that are no cuts. No kind comes twice in a row if several
    suit. Two subjects that match are not mixed. ``subjects`` are what is seen in the images, by asset id.
    """
    lengths = [pace.line_ms(s.voice_script) if s.voice_script else s.duration_ms for s in scenes]
    numbered: list[Scene] = []
    kind, changes = "", 0
    for index, scene in enumerate(scenes):
        transition = Transition()
        changes += 1 if index else 0
        matches = index and "match_cut" in preset.transition.kinds and _can_match(scenes[index - 1], scene, subjects)
        kinds = suitable_kinds(scenes[index - 1], scene, preset) if index and changes >= preset.transition.every else ()
        if matches:
            transition = Transition("match_cut")
        elif kinds:
            kind, changes = _transition_kind(kinds, kind, seed, index), 0
            longest_ms = min(lengths[index - 1], lengths[index]) // TRANSITION_DIVISOR
            transition = Transition(kind, 0 if kind == "cut" else min(usual_ms(kind, preset), longest_ms))
        numbered.append(replace(scene, id=index + 1, transition=transition))
    return tuple(numbered)


def _transition_kind(kinds: Sequence[str], previous: str, seed: int, index: int) -> str:
    others = [kind for kind in kinds if kind != previous] or list(kinds)
    return others[int(fingerprint(seed, "transition", index)[:8], 16) % len(others)]


def usual_ms(kind: str, preset: Preset) -> int:
    """Return the length of a transition of ``kind`` in ``preset``; that of a fast move is limited."""
    duration_ms = preset.transition.duration_ms
    return min(duration_ms, LONGEST_MOVE_MS.get(kind, duration_ms))


def suitable_kinds(before: Scene, scene: Scene, preset: Preset) -> tuple[str, ...]:
    """Return the preset's kinds that suit the change from ``before`` to ``scene``; match cuts are not among them.

    Between cards only the cards move, and only there. Nothing moves from a picture to itself, and layouts whose edges
    differ are not mixed.
    """
    kinds = tuple(kind for kind in preset.transition.kinds if kind != "match_cut")
    if kinds == ("cut",):
        return ()
    if before.media.asset and before.media.asset == scene.media.asset:
        return ()
    if not _has_equal_edges(before, scene):
        kinds = tuple(kind for kind in kinds if kind not in _MIXES)
    if not (_has_cards(before) and _has_cards(scene)):
        return tuple(kind for kind in kinds if kind != "push_card")
    return ("push_card",) if "push_card" in kinds else kinds


def _layout(scene: Scene) -> Layout | None:
    return layouts().get(scene.layout or "")


def _has_cards(scene: Scene) -> bool:
    layout = _layout(scene)
    return layout is not None and layout.has_cards


def _has_equal_edges(before: Scene, scene: Scene) -> bool:
    """Return whether both scenes have their pictures in the same places."""
    return _edges(before) == _edges(scene)


def _edges(scene: Scene) -> dict[str, list[Region]]:
    """Return the panels that do not fill the frame, by aspect."""
    layout = _layout(scene)
    arrangements = layout.arrangements if layout else {}
    panels = {aspect: [panel for panel in each.panels if panel != WHOLE_FRAME] for aspect, each in arrangements.items()}
    return {aspect: each for aspect, each in panels.items() if each}


def _can_match(before: Scene, scene: Scene, subjects: Mapping[str, Subjects]) -> bool:
    """Return whether both scenes show one image each, two different ones, with faces or other subjects of like size.

    The final timeline decides whether the picture can be reframed so that they match.
    """
    if any(each.media.kind != "image" or each.pictures for each in (before, scene)):
        return False
    old, new = (subjects.get(each.media.asset or "") for each in (before, scene))
    if old is None or new is None or before.media.asset == scene.media.asset:
        return False
    regions = (old.faces[0], new.faces[0]) if old.faces and new.faces else (old.subject, new.subject)
    if bool(old.faces) != bool(new.faces) or regions[0] is None or regions[1] is None:
        return False
    return _SMALLEST_MATCH <= _size(regions[1]) / _size(regions[0]) <= _LARGEST_MATCH


def _size(region: Region) -> float:
    return math.sqrt(region.width * region.height)
