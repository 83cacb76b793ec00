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
from schemas.subjects import WHOLE_PICTURE, Subjects, Tone

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
    """The ``tone`` of a picture with its ``aspect`` (width ÷ height) and what decides how it is cropped.

    That is its ``subjects``; without them, or if the crop cannot hold them, it is the ``focus``.
    """

    tone: Tone
    aspect: float
    focus: Focus = Focus()
    subjects: Subjects | None = None


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
    matching = {shown: level for shown, level in levels.items() if shown[0].exposure is not None} or levels
    film = luma_with(mean(log_odds(level.luma / 255) for level in matching.values()))

    def matched(scene: Scene, index: int) -> Media:
        media = scene.all_media[index]
        if media.exposure is not None or media not in tones:
            return media
        level = levels.get((media, _part_in(scene, index, graph.aspect, preset, tones[media])))
        return _with_exposure(media, level, film, preset.match_exposure) if level else media

    scenes = (
        replace(
            scene,
            media=matched(scene, 0),
            pictures=tuple(matched(scene, index + 1) for index in range(len(scene.pictures))),
        )
        for scene in graph.scenes
    )
    return replace(graph, scenes=tuple(scenes))


def _levels(graph: SceneGraph, tones: Mapping[Media, SeenTone], preset: Preset) -> dict[tuple[Media, Region], Level]:
    """Return the level of each part of a picture that a scene shows: it looks the same wherever it is shown so."""
    levels: dict[tuple[Media, Region], Level] = {}
    for scene in graph.scenes:
        for index, media in enumerate(scene.all_media):
            if media in tones:
                part = _part_in(scene, index, graph.aspect, preset, tones[media])
                level = level_of(tones[media].tone.levels(part))
                if level:
                    levels[media, part] = _as_corrected(level, media)
    return levels


def _part_in(scene: Scene, index: int, aspect: str, preset: Preset, seen: SeenTone) -> Region:
    """Return the part of its picture ``index`` that the scene shows."""
    panel_aspect = _panel_aspect(scene, index, aspect, preset, seen)
    return shown_part(seen, panel_aspect) if panel_aspect else WHOLE_PICTURE


def _panel_aspect(scene: Scene, index: int, aspect: str, preset: Preset, seen: SeenTone) -> float | None:
    """Return width ÷ height of the part of the frame that a picture of the scene fills; ``None`` if it is whole."""
    frame = ASPECTS[aspect][0] / ASPECTS[aspect][1]
    layout = layouts().get(scene.layout or "")
    if layout and index < layout.pictures:
        panel = layout.arrangements[aspect].panels[index]
        area = panel.width / panel.height * frame
        card = seen.subjects.card_of(seen.aspect / area) if seen.subjects and layout.has_single_card else None
        return area * card[0] / card[1] if card else area
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
    """Return the part of a picture that fills a panel of this aspect."""
    part = part_that_fills(seen.aspect / panel_aspect, seen.focus.x, seen.focus.y)
    crop = seen.subjects.crop_of(part.width, part.height) if seen.subjects else None
    return crop or part


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
