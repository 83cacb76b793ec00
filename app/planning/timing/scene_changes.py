"""The frames of each scene at which its words or its overlays change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from schemas.timeline import Cue, Timeline
from schemas.timing import frames_of


def scene_changes(film: Timeline, hidden: Collection[Cue]) -> Mapping[int, Sequence[int]]:
    """Return for each scene the frames, counted from its first, at which a caption or an overlay appears.

    ``hidden`` captions are not shown.
    """
    starts = {timed.scene_id: timed.start_frame for timed in film.scenes}
    changes: dict[int, list[int]] = defaultdict(list)
    for cue in film.tracks.captions:
        if cue not in hidden:
            changes[cue.scene_id].append(frames_of(cue.start_ms, film.fps) - starts[cue.scene_id])
    for item in film.tracks.overlays:
        if item.start_frame < item.end_frame:
            changes[item.scene_id].append(item.start_frame - starts[item.scene_id])
    return changes
