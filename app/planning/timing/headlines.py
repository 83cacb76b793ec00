"""Captions that wait while a headline shows the same words."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.titles import letters
from schemas.scene_graph import SceneGraph
from schemas.speech import text_of
from schemas.timeline import Cue, Timeline


def hidden_cues(graph: SceneGraph, timeline: Timeline) -> frozenset[Cue]:
    """Return the cues that are not burned in, because the headline of their scene has their words.

    They are the first cues of a scene whose words begin with the headline, as far as the headline goes. Subtitle files
    have them all.
    """
    hidden: set[Cue] = set()
    for scene in graph.scenes:
        cues = [cue for cue in timeline.tracks.captions if cue.scene_id == scene.id]
        for overlay in scene.overlays:
            if overlay.style == "headline":
                hidden.update(_repeated(cues, letters(overlay.text)))
    return frozenset(hidden)


def _repeated(cues: Sequence[Cue], headline: str) -> Sequence[Cue]:
    words = "".join(letters(_text(cue)) for cue in cues)
    if not headline or not words.startswith(headline):
        return ()
    count, spoken = 0, ""
    for cue in cues:
        spoken += letters(_text(cue))
        if len(spoken) > len(headline):
            break
        count += 1
    return cues[:count]


def _text(cue: Cue) -> str:
    return " ".join(map(text_of, cue.lines))
