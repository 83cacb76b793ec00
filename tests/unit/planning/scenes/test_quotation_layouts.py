"""The layout of a quotation over one picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.planning.scenes.layouts import choose_layout
from app.planning.timing.text_zones import text_zones
from presets.library import preset, presets
from schemas.asset import Asset
from schemas.frame import ASPECTS
from schemas.region import Region
from schemas.scene_graph import Scene
from schemas.subjects import Subjects

UPRIGHT = Asset("a1", "image", "assets/a1", "0" * 64, 1, "image/png", width=900, height=1600)
WIDE = replace(UPRIGHT, width=1600, height=900)
FACE = Region(0.35, 0.1, 0.3, 0.2)
QUOTE = Scene(1, voice_script='"I had a running compiler." — Grace Hopper', attribution="Grace Hopper")
LONG = replace(QUOTE, voice_script=f'"{"We do not dare because things are difficult " * 4}." — Seneca')
ENDLESS = replace(QUOTE, voice_script=f'"{"We do not dare because things are difficult " * 20}." — Seneca')
every_preset = pytest.mark.parametrize("name", sorted(known.id for known in presets()))
every_aspect = pytest.mark.parametrize("aspect", ASPECTS)


def chosen(picture: Asset, seen: Subjects | None, scene: Scene = QUOTE, aspect: str = "9:16") -> str | None:
    subjects = {picture.id: seen} if seen else {}
    return choose_layout(scene, (picture,), preset("documentary"), aspect, subjects)


def test_quotation_lies_on_a_picture_without_anything_under_the_words() -> None:
    assert chosen(UPRIGHT, None) == chosen(UPRIGHT, Subjects()) == "quote"
    assert chosen(UPRIGHT, Subjects(subject=Region(0.3, 0.75, 0.4, 0.2))) == "quote"


@every_aspect
def test_quotation_with_a_face_is_beside_a_card_even_if_the_face_is_above_the_words(aspect) -> None:
    picture = WIDE if aspect == "16:9" else UPRIGHT
    assert chosen(picture, Subjects((FACE,), FACE), aspect=aspect) == "quote_card"
    assert chosen(picture, Subjects((Region(0.4, 0.02, 0.1, 0.05),)), aspect=aspect) == "quote_card"


def test_quotation_is_beside_a_card_if_it_would_hide_the_subject_or_a_text() -> None:
    page = Subjects(subject=Region(0.1, 0.12, 0.8, 0.7))
    assert chosen(UPRIGHT, Subjects(subject=Region(0.3, 0.3, 0.4, 0.3))) == "quote_card"
    assert chosen(WIDE, page) == chosen(WIDE, page, aspect="16:9") == "quote_card"


def test_quotation_too_long_for_a_card_lies_on_the_nearly_dark_picture() -> None:
    assert chosen(UPRIGHT, Subjects((FACE,), FACE), LONG) == "quote_long"


def test_endless_quotation_is_shown_in_parts_where_a_short_one_would_be() -> None:
    assert chosen(UPRIGHT, Subjects((FACE,), FACE), ENDLESS) == "quote_card"
    assert chosen(UPRIGHT, None, ENDLESS) == "quote"


@every_preset
@every_aspect
@pytest.mark.parametrize("layout", ["quote_card", "quote_long"])
def test_letters_of_a_composition_are_no_smaller_than_over_a_full_picture(name, aspect, layout) -> None:
    style = preset(name)
    words = '"It is better to ask for forgiveness than for permission, she said." — Grace Hopper'
    scene = replace(QUOTE, voice_script=words, layout=layout)
    zones = text_zones(scene, style, aspect)
    assert zones.is_composed
    assert zones.captions.size_px >= 0.7 * style.captions_of(*ASPECTS[aspect]).size_px
