"""What the prompts of archetypes say, however short they must be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from engines.base import Shot
from engines.prompts.clip_prompt import GROUND, KEEP_SHOWN, clip_prompt
from engines.prompts.film import FilmContext
from presets.library import preset
from schemas.asset import Asset
from schemas.engine import EngineModel
from schemas.scene_graph import Media, Scene

FILM = FilmContext()
MODEL = EngineModel("m", "m", prompt_limit=1000, takes_negative_prompt=True)
ASSET = Asset("a1", "image", "assets/a1/a1.jpg", "0" * 64, 1, "image/jpeg")
HERO = Scene(1, "A lamp on a desk at dusk", media=Media("image", "a1"), archetype="product_hero")
LAID = Scene(1, media=Media("generated", query="A kitchen table"), archetype="overlay")


def prompt(scene: Scene, film: FilmContext = FILM, limit: int = 1000):
    asset = ASSET if scene.media.asset else None
    shot = Shot(scene, asset, None, 1080, 1920, Fraction(30), 90, preset("documentary"), 3, None)
    return clip_prompt(shot, replace(MODEL, prompt_limit=limit), film)


def test_product_that_is_animated_stays_unchanged():
    made = prompt(HERO)
    assert made.text.startswith(f"A lamp on a desk at dusk. {KEEP_SHOWN}. ")
    assert made.negative.startswith("changed product, changed label")


def test_product_with_a_name_is_named():
    assert "The product stays unchanged: Lumo lamp." in prompt(HERO, FilmContext(product="Lumo lamp")).text


@pytest.mark.parametrize(("scene", "words"), [(HERO, KEEP_SHOWN), (LAID, GROUND)])
@pytest.mark.parametrize("limit", [110, 140, 200])
def test_words_of_the_archetype_are_kept_in_a_short_prompt(scene: Scene, words: str, limit: int):
    long = replace(scene, description="A lamp " * 60, media=replace(scene.media, query="A lamp on a table " * 10))
    made = prompt(long, limit=limit)
    assert f"{words}." in made.text and len(made.text) <= limit


def test_background_of_a_product_is_empty_and_names_no_product():
    made = prompt(replace(LAID, caption="Lumo lamp"), FilmContext(product="Lumo lamp"))
    assert made.text.startswith(f"A kitchen table. {GROUND}. ")
    assert "product" not in made.text and "Lumo" not in made.text and "product" not in made.negative


def test_other_scenes_say_nothing_of_it():
    plain = prompt(replace(HERO, archetype=None)).text
    assert KEEP_SHOWN not in plain and GROUND not in plain
