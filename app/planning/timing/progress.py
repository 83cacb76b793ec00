"""The bar that shows how far a film is: where it is, and how much of it each segment fills.

Each scene fills an equal share. The share of a segment therefore depends on the number of scenes only: an edit of words
or captions changes no other segment, as it would if the bar grew with the time of the film.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.frame import ASPECTS
from schemas.preset import Preset, SafeZone
from schemas.region import Region
from schemas.scene_graph import SceneGraph
from schemas.segment import ProgressBar

# The bar's height and the gap below it, as shares of the frame's height.
HEIGHT, GAP = 0.0055, 0.012
# More segments than these are too short to be told apart: the film has a bar.
MAX_SEGMENTS = 12


def progress_area(graph: SceneGraph, preset: Preset) -> Region:
    """Return where the bar is: at the upper edge of the safe zone."""
    zone = preset.safe_zone_of(*ASPECTS[graph.aspect])
    return Region(zone.left, zone.top, round(1 - zone.left - zone.right, 4), HEIGHT)


def below_progress(preset: Preset, graph: SceneGraph) -> Preset:
    """Return the preset with safe zones below the bar, if the film has one, so that no words are on it."""
    if graph.progress == "none":
        return preset
    return replace(preset, safe_zone=_below(preset.safe_zone), wide_safe_zone=_below(preset.wide_safe_zone))


def _below(zone: SafeZone) -> SafeZone:
    return replace(zone, top=round(zone.top + HEIGHT + GAP, 4))


def progress_bar(graph: SceneGraph, area: Region, index: int) -> ProgressBar | None:
    """Return the bar of the segment of the scene with this ``index``; ``None`` if the film has none."""
    if graph.progress == "none":
        return None
    scenes = len(graph.scenes)
    kind = "bar" if scenes > MAX_SEGMENTS else graph.progress
    return ProgressBar(kind, index, scenes, area)
