"""Large emoji in the frame: in their zone, never over captions, titles or each other's words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.planning.timing.segments import AMOUNT_SCALE
from app.planning.timing.text_zones import text_zones
from assembly.text.icon_layout import icons
from assembly.text.layout import safe_box
from assembly.text.titles import caption_band, titles
from presets.library import presets
from schemas.clip import Clip
from schemas.frame import ASPECTS, frame_size
from schemas.scene_graph import Overlay, Scene
from schemas.segment import ClipRange, Segment, TimedOverlay
from tests.media.material import cue

CLIP = Clip(1, "still", "plate", "plate", "local")
ICON = Overlay("emoji", "☕", at="coffee")
HEADLINE = Overlay(text="Your coffee deserves better", style="headline", position="top")
AMOUNT = Overlay(text="$189", was="$249", style="amount", scale=AMOUNT_SCALE)
every_preset = pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
every_aspect = pytest.mark.parametrize("aspect", ASPECTS)


def segment(preset, aspect: str, layout: str, *overlays: Overlay, words: str = "makes") -> Segment:
    zones = text_zones(Scene(1, layout=layout), preset, aspect)
    width, height = frame_size(aspect, "medium")
    return Segment(
        0,
        1,
        0,
        90,
        Fraction(30),
        width,
        height,
        ClipRange(CLIP, 0, 90, 90),
        cues=(cue(0, 3000, words, "wonderful things"),) if words else (),
        overlays=tuple(TimedOverlay(overlay, 0, 90) for overlay in overlays),
        captions=zones.captions,
        safe_zone=zones.caption_zone,
        title_zone=zones.title_zone,
        icon_zone=zones.icon_zone,
    )


@every_preset
@every_aspect
@pytest.mark.parametrize("others", [(), (HEADLINE,)], ids=["icon", "headline"])
def test_icon_covers_no_words_and_stays_in_the_safe_zone(preset, aspect, others) -> None:
    shown = segment(preset, aspect, "icon_card", *others, ICON)
    (icon,) = icons(shown)
    boxes = [title.box for title in titles(shown)]
    band = caption_band(shown)
    assert band and not any(icon.box.overlaps(box) for box in [*boxes, band])
    assert not any(box.overlaps(band) for box in boxes)
    size = frame_size(aspect, "medium")
    assert icon.box.is_inside(safe_box(preset.safe_zone_of(*size), *size))


@every_preset
@every_aspect
def test_icon_alone_is_large(preset, aspect) -> None:
    (icon,) = icons(segment(preset, aspect, "icon_card", ICON))
    width, height = frame_size(aspect, "medium")
    assert icon.box.width >= (0.3 * width if width <= height else 0.5 * height)
    assert icon.box.width <= 0.46 * width


@every_preset
@every_aspect
def test_amount_is_in_the_place_of_icons(preset, aspect) -> None:
    shown = segment(preset, aspect, "icon_card", AMOUNT)
    (card,) = titles(shown)
    width, height = frame_size(aspect, "medium")
    assert shown.icon_zone and card.box.is_inside(safe_box(shown.icon_zone, width, height))
    assert not card.box.overlaps(caption_band(shown))


@every_preset
@every_aspect
def test_closing_has_its_emoji_above_or_beside_the_headline(preset, aspect) -> None:
    shown = segment(preset, aspect, "closing_card", HEADLINE, ICON, words="")
    (icon,), (headline,) = icons(shown), titles(shown)
    assert not icon.box.overlaps(headline.box)


def test_segment_without_icons_keeps_its_identity_and_an_icon_zone_changes_it() -> None:
    look = presets()[0]
    plain, card = segment(look, "9:16", "text_card"), segment(look, "9:16", "icon_card")
    assert plain.icon_zone is None and card.icon_zone is not None
    assert plain.identity != card.identity
