"""Where the words of a scene are: in the zones of its layout, never outside the preset's safe zone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.planning.timing.quotations import composed
from presets.layout_library import layouts
from schemas.frame import ASPECTS
from schemas.layout import Layout, Zone
from schemas.preset import CaptionStyle, Preset, SafeZone
from schemas.scene_graph import Scene

# From this share of the frame's height on, a zone has space for several lines in wide frames too.
_ROOMY = 0.3
# In a zone that is narrower, as a share of the frame's width, lines have fewer columns, and there is height for larger
# letters.
WIDE_ZONE, NARROW_SCALE = 0.75, 1.25


@dataclass(frozen=True, slots=True)
class TextZones:
    """The style of captions and the margins of captions and titles; titles have those of captions if ``None``.

    ``title_position`` replaces the position of titles. ``icon_zone`` is that of large emoji and of amounts. ``dim``
    darkens the picture under the words. ``is_composed`` says that all words are shown at once, as those of a quotation.
    ``image_zone`` is that of images with a shadow over the picture.
    """

    captions: CaptionStyle
    caption_zone: SafeZone
    title_zone: SafeZone | None = None
    title_position: str | None = None
    dim: float = 0.0
    icon_zone: SafeZone | None = None
    is_composed: bool = False
    image_zone: SafeZone | None = None


def text_zones(scene: Scene, preset: Preset, aspect: str) -> TextZones:
    """Return where the words of ``scene`` are in frames of ``aspect``; an unknown layout counts as none."""
    safe_zone, layout = preset.safe_zone_of(*ASPECTS[aspect]), layouts().get(scene.layout or "")
    may_stack = bool(scene.attribution) or _is_roomy(layout, aspect)
    style = preset.captions_of(*ASPECTS[aspect], may_stack=may_stack)
    if layout is None:
        return TextZones(style, safe_zone)
    arrangement = layout.arrangements[aspect]
    captions, titles = arrangement.captions, arrangement.titles
    caption_zone = _inside(safe_zone, captions) if captions else safe_zone
    style = caption_style(style, layout, aspect)
    words = max(scene.voice_script, scene.caption, key=len)
    composition = composed(style, words, caption_zone, aspect) if scene.attribution else None
    return TextZones(
        composition or style,
        caption_zone,
        _inside(safe_zone, titles) if titles else (safe_zone if captions else None),
        titles.position if titles else None,
        layout.dim,
        _inside(safe_zone, arrangement.icons) if arrangement.icons else None,
        composition is not None,
        _inside(safe_zone, arrangement.images) if arrangement.images else None,
    )


def _is_roomy(layout: Layout | None, aspect: str) -> bool:
    """Return whether captions have so high a zone that they need not be subtitles of one line."""
    zone = layout.arrangements[aspect].captions if layout else None
    return zone is not None and zone.area.height >= _ROOMY


def caption_style(style: CaptionStyle, layout: Layout | None, aspect: str) -> CaptionStyle:
    """Return the style of captions in ``layout``: larger letters have fewer columns."""
    if layout is None:
        return style
    zone, scale, columns = layout.arrangements[aspect].captions, layout.caption_scale, float(style.max_chars)
    if zone and zone.area.width < WIDE_ZONE:
        scale, columns = scale * NARROW_SCALE, columns * zone.area.width / WIDE_ZONE
    return replace(
        style,
        size_px=round(style.size_px * scale),
        max_chars=max(1, round(columns / scale)),
        position=zone.position if zone else style.position,
    )


def _inside(safe_zone: SafeZone, zone: Zone) -> SafeZone:
    """Return the margins of the part of ``zone`` that is inside ``safe_zone``."""
    area = zone.area
    return SafeZone(
        round(max(safe_zone.top, area.top), 4),
        round(max(safe_zone.bottom, 1 - area.top - area.height), 4),
        round(max(safe_zone.left, area.left), 4),
        round(max(safe_zone.right, 1 - area.left - area.width), 4),
    )
