"""Rules for every layout."""

from __future__ import annotations

from itertools import combinations

import pytest

from app.planning.timing.text_zones import text_zones
from assembly.text.layout import safe_box
from presets.layout_library import layouts
from presets.library import presets
from schemas.frame import ASPECTS, frame_size
from schemas.layout import Layout, LayoutSchema
from schemas.region import Region
from schemas.scene_graph import Scene

LAYOUTS = tuple(layouts().values())
every_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.id)
every_aspect = pytest.mark.parametrize("aspect", ASPECTS)
# Two lines of captions, in shares of the frame's height.
MIN_CAPTION_HEIGHT = 0.09
MIN_TITLE_HEIGHT = 0.07


def overlap(a: Region, b: Region) -> float:
    across = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    down = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    return max(0.0, across) * max(0.0, down)


@every_layout
def test_layout_survives_its_contract(layout: Layout) -> None:
    assert LayoutSchema.read(LayoutSchema.plain(layout)) == layout


@every_layout
def test_description_says_what_is_seen(layout: Layout) -> None:
    assert 30 <= len(layout.description) <= 200 and layout.description.endswith(".")


@every_layout
@every_aspect
def test_panels_are_inside_the_frame_and_beside_each_other(layout: Layout, aspect: str) -> None:
    panels = layout.arrangements[aspect].panels
    for panel in panels:
        assert panel.left + panel.width <= 1.001 and panel.top + panel.height <= 1.001
    if layout.id != "picture_in_picture":
        assert all(overlap(a, b) == 0 for a, b in combinations(panels, 2))


@every_layout
@every_aspect
def test_pictures_fill_most_of_the_frame_or_are_cards(layout: Layout, aspect: str) -> None:
    panels = layout.arrangements[aspect].panels
    if layout.pictures:
        has_title_beside = layout.id in {name for each in LAYOUTS for name in (each.with_title, each.title_alone)}
        least = 0.29 if has_title_beside else 0.34 if layout.radius else 0.5
        assert sum(panel.width * panel.height for panel in panels) >= least


@every_layout
@every_aspect
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_captions_and_titles_have_space_in_the_safe_zone_of_every_preset(layout, aspect, preset) -> None:
    places = text_zones(Scene(1, layout=layout.id), preset, aspect)
    size = frame_size(aspect, "medium")
    outside = safe_box(preset.safe_zone_of(*size), *size)
    for zone, height in ((places.caption_zone, MIN_CAPTION_HEIGHT), (places.title_zone, MIN_TITLE_HEIGHT)):
        box = safe_box(zone or places.caption_zone, *size)
        assert box.height >= height * size[1] and box.width >= 0.3 * size[0]
        assert box.top >= outside.top - 1 and box.bottom <= outside.bottom + 1


@every_layout
@every_aspect
def test_captions_do_not_cross_the_edge_of_a_card(layout: Layout, aspect: str) -> None:
    arrangement = layout.arrangements[aspect]
    if arrangement.captions and layout.shadow:
        area = arrangement.captions.area
        assert all(
            overlap(area, panel) in (0.0, pytest.approx(area.width * area.height)) for panel in arrangement.panels
        )


def test_presets_like_layouts_that_exist() -> None:
    assert {name for preset in presets() for name in preset.layouts} <= set(layouts())


def test_layouts_for_titles_show_as_many_pictures_as_those_whose_place_they_take() -> None:
    library = layouts()
    for layout in LAYOUTS:
        for name in (layout.with_title, layout.title_alone):
            assert name is None or library[name].pictures == layout.pictures
