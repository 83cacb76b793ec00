"""Words in every layout, aspect and preset: of full size, beside pictures or inside one, and never over each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.cues import Span, cues
from app.planning.timing.text_zones import text_zones
from assembly.picture.regions import picture_boxes
from assembly.text.caption_slot import lay_out_cue
from assembly.text.cue_layout import CueLayout
from assembly.text.layout import Box, design_pixel, safe_box
from assembly.text.titles import caption_band, titles
from presets.layout_library import layouts
from presets.library import presets
from schemas.clip import Clip, Motion, Panel, Window
from schemas.frame import ASPECTS, frame_size
from schemas.layout import WHOLE_FRAME, Layout
from schemas.preset import Preset
from schemas.scene_graph import Overlay, Scene
from schemas.segment import ClipRange, Segment, TimedOverlay
from schemas.speech import Word
from tests.media import material

LAYOUTS, PRESETS = tuple(layouts().values()), presets()
STILL = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
WORDS = ["Everybody", "who", "waits", "for", "the", "extraordinary", "morning", "light", "remembers", "$1,249"]
HEADLINE = TimedOverlay(Overlay(text="The extraordinary light of one morning", style="headline"), 0, 300)
AMOUNT = TimedOverlay(Overlay(text="$1,249\nfor everything", style="amount", was="$2,498"), 0, 300)
# The least height of capitals as a share of the frame's.
MIN_CAPITALS = 0.033
# A few presets have so large letters that two lines with key words become this much smaller in a narrow zone.
MIN_SIZE = 0.95
PX = 0.6
# Titles are tried with two presets: the one with the largest letters and one with a ground behind captions.
TITLED = [preset for preset in PRESETS if preset.id in ("neon_night", "product_hero")]


def has_area_for_titles(layout: Layout) -> bool:
    """Whether titles do not share the area of the captions: such a layout is for scenes without titles."""
    zones = [(each.titles, each.captions) for each in layout.arrangements.values()]
    return not any(titles and captions and titles.area == captions.area for titles, captions in zones)


FOR_TITLES = [layout for layout in LAYOUTS if has_area_for_titles(layout)]

every_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.id)
every_aspect = pytest.mark.parametrize("aspect", ASPECTS)


def segment(
    layout: Layout, aspect: str, preset: Preset, words: list[str], overlays: tuple[TimedOverlay, ...] = ()
) -> Segment:
    """A scene of ten seconds in a layout, with all that its zones and panels decide."""
    places = text_zones(Scene(1, layout=layout.id), preset, aspect)
    spoken = [Word(text, 600 * i, 600 * i + 500, key=text.startswith("$")) for i, text in enumerate(words)]
    areas = layout.arrangements[aspect].panels
    panels = () if layout.is_plain else tuple(Panel(area, "p", STILL, aspect=1.0) for area in areas)
    part = ClipRange(Clip(1, "still", "a", "a", "local", STILL, panels=panels), 0, 300, 300)
    position = places.title_position or "top"
    placed = tuple(replace(each, overlay=replace(each.overlay, position=position)) for each in overlays)
    plain = material.segment(part, 300, cues=cues(1, spoken, Span(0, 10_000), places.captions), overlays=placed)
    width, height = frame_size(aspect, "medium")
    return replace(
        plain,
        width=width,
        height=height,
        captions=places.captions,
        safe_zone=places.caption_zone,
        title_zone=places.title_zone,
        dim=places.dim,
    )


def captions(shown: Segment) -> list[CueLayout]:
    return [lay_out_cue(cue, shown) for cue in shown.cues]


def is_inside(box: Box, zone: Box) -> bool:
    return box.is_inside(Box(zone.left - PX, zone.top - PX, zone.right + PX, zone.bottom + PX))


def crosses(box: Box, shown: Segment) -> bool:
    core = Box(box.left + PX, box.top + PX, box.right - PX, box.bottom - PX)
    return any(core.crosses_edge_of(picture) for picture in picture_boxes(shown))


@every_layout
@every_aspect
def test_captions_keep_their_size(layout: Layout, aspect: str) -> None:
    for preset in PRESETS:
        shown = segment(layout, aspect, preset, WORDS)
        wanted = shown.captions.size_px * design_pixel(shown.width, shown.height)
        for cue in captions(shown):
            # In a layout with larger letters a long word may be as wide as the zone.
            assert cue.size >= (MIN_SIZE if layout.caption_scale == 1 else 0.7) * wanted, preset.id
            assert cue.face.ink_em("H")[0] * cue.size >= MIN_CAPITALS * shown.height, preset.id


@every_layout
@every_aspect
def test_captions_are_in_the_safe_zone_and_cross_no_edge(layout: Layout, aspect: str) -> None:
    for preset in PRESETS:
        shown = segment(layout, aspect, preset, WORDS)
        zone = safe_box(preset.safe_zone_of(shown.width, shown.height), shown.width, shown.height)
        for cue in captions(shown):
            assert is_inside(cue.box, zone), preset.id
            assert shown.captions.box_colour or not crosses(cue.box, shown), preset.id


@every_layout
@every_aspect
def test_captions_of_a_scene_have_one_baseline(layout: Layout, aspect: str) -> None:
    for preset in PRESETS:
        shown = segment(layout, aspect, preset, WORDS)
        index = -1 if shown.captions.position == "bottom" else 0
        lines = {round(cue.line_middle(range(len(cue.lines))[index]), 3) for cue in captions(shown)}
        assert len(lines) == 1, preset.id


@pytest.mark.parametrize("layout", FOR_TITLES, ids=lambda layout: layout.id)
@every_aspect
@pytest.mark.parametrize("overlay", [HEADLINE, AMOUNT], ids=["headline", "amount"])
def test_headline_and_amount_do_not_overlap_captions(layout: Layout, aspect: str, overlay: TimedOverlay) -> None:
    for preset in TITLED:
        shown = segment(layout, aspect, preset, WORDS[:8], (overlay,))
        zone = safe_box(preset.safe_zone_of(shown.width, shown.height), shown.width, shown.height)
        band = caption_band(shown)
        (title,) = titles(shown)
        assert band and not title.box.overlaps(band), preset.id
        assert is_inside(title.box, zone), preset.id


def test_headline_and_amount_of_one_picture_do_not_overlap() -> None:
    for name, aspect in product(("full", "card", "card_titled", "closing"), ASPECTS):
        placed = titles(segment(layouts()[name], aspect, TITLED[0], [], (HEADLINE, AMOUNT)))
        assert not any(a.box.overlaps(b.box) for a, b in combinations(placed, 2)), (name, aspect)


@every_layout
@every_aspect
@pytest.mark.parametrize("words", [WORDS[:8], []], ids=["with captions", "alone"])
def test_headline_crosses_no_edge(layout: Layout, aspect: str, words: list[str]) -> None:
    for preset in TITLED:
        shown = segment(layout, aspect, preset, words, (HEADLINE,))
        (title,) = titles(shown)
        assert not crosses(title.box, shown), preset.id


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([layout for layout in LAYOUTS if layout.arrangements["9:16"].panels != (WHOLE_FRAME,)]),
    st.sampled_from(sorted(ASPECTS)),
    st.sampled_from(PRESETS),
    st.lists(st.text(alphabet="abcdefgWMÄ$0123456789", min_size=1, max_size=14), min_size=1, max_size=14),
    st.text(alphabet="abcdefg WMÄ$0123456789", min_size=1, max_size=50).filter(str.strip),
)
def test_any_words_cross_no_edge_and_do_not_overlap(layout, aspect, preset, words, title) -> None:
    headline = replace(HEADLINE, overlay=replace(HEADLINE.overlay, text=title))
    shown = segment(layout, aspect, preset, words, (headline,))
    (placed,) = titles(shown)
    assert not crosses(placed.box, shown)
    for cue in captions(shown):
        assert shown.captions.box_colour or not crosses(cue.box, shown)
        assert not cue.box.overlaps(placed.box)
