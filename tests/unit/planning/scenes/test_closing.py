"""The last scene of a film."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.planning.scenes.closing import call_to_action, closing_scenes
from schemas.asset import Asset
from schemas.brand import Brand
from schemas.preset import Pacing, Preset

CLOSING = Preset("plain", "Plain", "For tests.", pacing=Pacing(closing=True))
IMAGE = Asset("a1", "image", "assets/a1", "0" * 64, 1, "image/png")
VIDEO = replace(IMAGE, id="v1", kind="video")
LINES = ("Meet the grinder.", "It was $249, now it is $189.", "Order today and save 20 %.")


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        (LINES, "Order today and save 20 %"),
        (("Bestellen Sie noch heute!",), "Bestellen Sie noch heute!"),
        (("Commandez aujourd'hui.", "Merci."), "Commandez aujourd'hui"),
        (("The order of things matters.",), ""),
        (("Order is half of life.", "One.", "Two.", "Three."), ""),
        ((), ""),
    ],
)
def test_call_to_action_is_a_short_order_near_the_end(lines, call) -> None:
    assert call_to_action(lines) == call


def test_closing_shows_the_product_the_call_and_the_last_price() -> None:
    (scene,) = closing_scenes("Our grinder", LINES, (VIDEO, IMAGE), CLOSING)
    assert (scene.role, scene.media.asset, scene.layout) == ("closing", "a1", "closing")
    assert [overlay.text for overlay in scene.overlays] == ["Order today and save 20 %", "$189"]
    assert scene.duration_ms >= 1500


def test_price_of_a_period_has_the_period_on_a_line_of_its_own() -> None:
    (scene,) = closing_scenes("Flowers", ("Was $49, now $29 a month.",), (IMAGE,), CLOSING)
    assert [overlay.text for overlay in scene.overlays] == ["Flowers", "$29\na month"]


def test_price_that_the_words_say_is_not_repeated() -> None:
    (scene,) = closing_scenes("Only $5", ("It is $5.",), (), CLOSING)
    assert [overlay.text for overlay in scene.overlays] == ["Only $5"]


def test_text_of_the_preset_comes_before_the_call() -> None:
    preset = replace(CLOSING, pacing=Pacing(closing=True, closing_text="Follow @bakery"))
    (scene,) = closing_scenes("Bread", LINES[2:], (), preset)
    assert [overlay.text for overlay in scene.overlays] == ["Follow @bakery"]
    assert scene.media.kind == "colour" and scene.layout is None


def test_no_closing_without_words_or_in_a_preset_without_one() -> None:
    assert closing_scenes("", (), (IMAGE,), CLOSING) == ()
    assert closing_scenes("Bread", (), (IMAGE,), replace(CLOSING, pacing=Pacing())) == ()


BRAND = Brand("@acme", "logo1")


def test_handle_and_logo_are_shown_under_the_call_in_every_preset() -> None:
    plain = replace(CLOSING, pacing=Pacing())
    (scene,) = closing_scenes("Bread", LINES[2:], (IMAGE,), plain, BRAND)
    assert [overlay.text for overlay in scene.overlays] == ["Order today and save 20 %", "@acme", ""]
    assert scene.overlays[-1].kind == "image" and scene.overlays[-1].asset == "logo1"


def test_handle_that_the_call_says_is_not_repeated() -> None:
    (scene,) = closing_scenes("Bread", ("Follow @Acme today.",), (IMAGE,), CLOSING, Brand("@acme"))
    assert [overlay.text for overlay in scene.overlays] == ["Follow @Acme today"]


def test_logo_without_a_picture_is_at_the_edge() -> None:
    (scene,) = closing_scenes("Bread", (), (), CLOSING, Brand(logo="logo1"))
    assert (scene.media.kind, scene.overlays[-1].position) == ("colour", "top")


def test_image_with_transparency_is_the_logo_and_not_behind_the_words() -> None:
    art = replace(IMAGE, id="art", alpha=True)
    (scene,) = closing_scenes("Bread", (), (art,), CLOSING)
    assert (scene.media.kind, scene.overlays[-1].asset, scene.overlays[-1].position) == ("colour", "art", "top")
    (scene,) = closing_scenes("Bread", (), (art, IMAGE), CLOSING)
    assert (scene.media.asset, scene.overlays[-1].kind) == ("a1", "text")
    (scene,) = closing_scenes("Bread", (), (art,), CLOSING, Brand(logo="logo1"))
    assert (scene.media.kind, scene.overlays[-1].asset) == ("colour", "logo1")
