"""Exposure of the pictures of a film against each other, so that no cut changes the brightness much.

What counts is the part of a picture that is shown, without what is black or blown out there: a black sky stays black,
and the stars decide. The film's level is the one that needs the least correction of all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median

from presets.layout_library import layouts
from schemas.clip import part_that_fills
from schemas.exposure import MAX_STOPS, log_odds, luma_with, stops_between
from schemas.frame import ASPECTS
from schemas.preset import Preset
from schemas.region import Region
from schemas.scene_graph import Focus, Media, Scene, SceneGraph
from schemas.subjects import WHOLE_PICTURE, Tone

# Points darker than this share of the brightest ones, and those brighter than WHITE, are not part of the level.
BLACK_SHARE, WHITE = 0.15, 250
# The brightest points are this far up, so that a few lamps do not decide what is black.
_BRIGHTEST = 0.99
# A picture may be this much brighter or darker than the film; only the rest is corrected.
TOLERANCE = 0.04
# The range of levels, without the outer 5 %, below which a picture looks like fog.
FLAT_RANGE = 60
# A flat picture gets at most this contrast: more shows the steps and the noise of its levels.
FLAT_CONTRAST = 2.3
# A black part of at least this share, such as a night sky, stays as dark as it is.
_BLACK_PART = 0.1
# The share of points that must be neither black nor white for a picture to be corrected.
_MIN_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class SeenTone:
    """The ``tone`` of a picture with its ``aspect`` (width ÷ height) and the point around which it is cropped."""

    tone: Tone
    aspect: float
    focus: Focus = Focus()


@dataclass(frozen=True, slots=True)
class Level:
    """The median luma of a picture, above 0 and below 255, and the ``contrast`` that it needs.

    ``black`` is the luma of its black part, if that is large.
    """

    luma: float
    contrast: float = 1.0
    black: float | None = None


def with_matched_exposure(graph: SceneGraph, tones: Mapping[Media, SeenTone], preset: Preset) -> SceneGraph:
    """Return ``graph`` with the exposure and the contrast of each picture that has none and whose tone is known.

    ``tones`` has the media as they are in the graph.
    """
    if not preset.match_exposure:
        return graph
    levels = _levels(graph, tones, preset)
    if not levels:
        return graph
    # New pictures follow those that are matched already.
    matching = {media: level for media, level in levels.items() if media.exposure is not None} or levels
    film = luma_with(mean(log_odds(level.luma / 255) for level in matching.values()))

    def matched(media: Media) -> Media:
        if media.exposure is not None or media not in levels:
            return media
        return _with_exposure(media, levels[media], film, preset.match_exposure)

    scenes = (
        replace(scene, media=matched(scene.media), pictures=tuple(map(matched, scene.pictures)))
        for scene in graph.scenes
    )
    return replace(graph, scenes=tuple(scenes))


def _levels(graph: SceneGraph, tones: Mapping[Media, SeenTone], preset: Preset) -> dict[Media, Level]:
    """Return the level of each picture in the first scene that shows it: it looks the same in all of them."""
    levels: dict[Media, Level] = {}
    for scene in graph.scenes:
        for index, media in enumerate(scene.all_media):
            if media in tones and media not in levels:
                seen = tones[media]
                aspect = _panel_aspect(scene, index, graph.aspect, preset)
                level = level_of(seen.tone.levels(shown_part(seen, aspect) if aspect else WHOLE_PICTURE))
                if level:
                    levels[media] = _as_corrected(level, media)
    return levels


def _panel_aspect(scene: Scene, index: int, aspect: str, preset: Preset) -> float | None:
    """Return width ÷ height of the part of the frame that a picture of the scene fills; ``None`` if it is whole."""
    frame = ASPECTS[aspect][0] / ASPECTS[aspect][1]
    layout = layouts().get(scene.layout or "")
    if layout and index < layout.pictures:
        panel = layout.arrangements[aspect].panels[index]
        return panel.width / panel.height * frame
    return frame if (scene.media.fit or preset.fit) == "crop" else None


def _as_corrected(level: Level, media: Media) -> Level:
    """Return the level after the exposure that the scene has already."""
    if media.exposure is None:
        return level
    return Level(255 * media.correction.level(level.luma / 255), media.correction.contrast)


def level_of(points: Sequence[int]) -> Level | None:
    """Return the level of luma ``points`` (0 … 255); ``None`` if nearly all are black or white."""
    ordered = sorted(points)
    black = BLACK_SHARE * ordered[int(_BRIGHTEST * (len(ordered) - 1))]
    exposed = [level for level in ordered if black < level < WHITE]
    if len(exposed) <= _MIN_SHARE * len(ordered):
        return None
    low, high = (exposed[round(share * (len(exposed) - 1))] for share in (0.05, 0.95))
    contrast = min(FLAT_CONTRAST, FLAT_RANGE / max(1, high - low)) if _has_detail(low, high) else 1.0
    dark = [level for level in ordered if level <= black]
    black_part = max(1.0, median(dark)) if len(dark) >= _BLACK_PART * len(ordered) else None
    return Level(float(min(254, max(1, median(exposed)))), round(max(1.0, contrast), 2), black_part)


def _has_detail(low: int, high: int) -> bool:
    """Return whether there is anything between the levels; a plain colour stays as it is."""
    return high - low > 2


def shown_part(seen: SeenTone, panel_aspect: float) -> Region:
    """Return the part of a picture that fills a panel of this aspect, around its focus."""
    return part_that_fills(seen.aspect / panel_aspect, seen.focus.x, seen.focus.y)


def _with_exposure(media: Media, level: Level, film: float, most: float) -> Media:
    """Return ``media`` corrected by at most ``most`` stops towards the luma ``film`` (0 … 1)."""
    luma = level.luma / 255
    near = min(0.99, film * (1 + TOLERANCE), max(film * (1 - TOLERANCE), luma))
    wanted = luma_with(log_odds(luma) + math.log(2) * min(most, max(-most, stops_between(luma, near))))
    contrast = round(media.contrast or max(level.contrast, _contrast_that_keeps_black(level, wanted)), 2)
    # A contrast moves the level away from middle grey; the stops take that back.
    stops = min(MAX_STOPS, max(-MAX_STOPS, stops_between(luma, wanted, contrast)))
    return replace(media, exposure=round(stops, 2), contrast=contrast if contrast != 1 else media.contrast)


def _contrast_that_keeps_black(level: Level, wanted: float) -> float:
    """Return the contrast with which the black part stays as dark when the level is raised to ``wanted``."""
    if level.black is None or wanted <= level.luma / 255:
        return 1.0
    black = log_odds(level.black / 255)
    return min(FLAT_CONTRAST, (log_odds(wanted) - black) / (log_odds(level.luma / 255) - black))
