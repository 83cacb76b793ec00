"""Clips of scenes with a layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.errors import ProviderRefused
from engines.adapters.local import Local
from engines.fallback import as_plain_still, as_template
from presets.layout_library import layouts
from schemas.scene_graph import Media


def render(shot):
    return Local().render(shot)


@pytest.fixture
def stacked(shots, quadrants):
    """A shot of two pictures in a stack."""
    first = shots.save_image(quadrants(300, 200), "first.png")
    second = shots.save_image(quadrants(200, 300), "second.png")
    shot = shots.shot(first)
    scene = replace(shot.scene, layout="stack_two", pictures=(Media("image", "a2"),))
    return replace(shot, scene=scene, layout=layouts()["stack_two"], more=((shots.shot(second).asset, second),))


def test_layout_has_a_still_for_each_panel_on_a_background(stacked):
    clip = render(stacked)
    assert (clip.kind, len(clip.panels), clip.motion) == ("still", 2, None)
    assert len(set(clip.keys)) == 3
    height, width = np.load(stacked.store.local(clip.key)).shape
    assert (width, height * 2 // 3) == (stacked.width, stacked.height)
    for panel in clip.panels:
        _, _, panel_width, panel_height = panel.area.even_box(stacked.width, stacked.height)
        assert panel.aspect >= panel_width / panel_height - 0.1
        assert panel.motion is not None


def test_layout_without_enough_pictures_is_refused(stacked):
    with pytest.raises(ProviderRefused, match="shows 2 pictures"):
        render(replace(stacked, more=(), scene=replace(stacked.scene, pictures=())))


def test_another_layout_is_another_clip(stacked):
    card = replace(stacked, layout=layouts()["card"], more=(), scene=replace(stacked.scene, layout="card", pictures=()))
    first, second = render(stacked), render(card)
    assert first.identity != second.identity and stacked.identity() != card.identity()
    assert second.radius > 0 and len(second.panels) == 1


def test_last_resorts_show_one_picture_or_none(stacked):
    plain, template = as_plain_still(stacked), as_template(stacked)
    assert render(plain).panels == render(template).panels == ()


def test_full_layout_fills_the_frame_with_a_picture_that_the_preset_would_show_whole(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(1500, 1000)), width=540, height=960, preset=shots.preset(fit="pad"))
    whole, full = render(shot), render(replace(shot, layout=layouts()["full"]))
    assert whole.picture is not None and full.picture is None
