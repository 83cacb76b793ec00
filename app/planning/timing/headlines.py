"""Captions that are not burned in while a headline or a table shows the same words."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.title_choice import letters
from app.planning.timing.table_rows import row_offsets
from schemas.scene_graph import SceneGraph
from schemas.speech import text_of
from schemas.timeline import Cue, Timeline


def hidden_cues(graph: SceneGraph, timeline: Timeline) -> frozenset[Cue]:
    """Return the cues that are not burned in, because a headline or a table of their scene has their words.

    They are the first cues of a scene whose words begin with the headline, as far as the headline goes, all cues of a
    scene whose headline begins with its words, and all cues of a scene that shows its words as a table. Subtitle files
    have them all.
    """
    hidden: set[Cue] = set()
    for scene in graph.scenes:
        cues = [cue for cue in timeline.tracks.captions if cue.scene_id == scene.id]
        for overlay in scene.overlays:
            if overlay.style == "headline":
                hidden.update(_repeated(cues, letters(overlay.text)))
            elif overlay.style == "table" and row_offsets(overlay.text, letters(" ".join(map(_text, cues)))):
                hidden.update(cues)
    return frozenset(hidden)


def _repeated(cues: Sequence[Cue], headline: str) -> Sequence[Cue]:
    words = letters(" ".join(map(_text, cues)))
    if words and headline.startswith(words):
        return cues
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
