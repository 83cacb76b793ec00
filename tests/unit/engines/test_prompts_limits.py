"""Prompts hold the limit of their model in its unit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.graphemes import characters
from engines.base import Shot
from engines.prompts.clip_prompt import clip_prompt
from engines.prompts.film import FilmContext
from engines.prompts.limits import Limit
from presets.library import preset
from schemas.engine import PROMPT_UNITS, EngineModel
from schemas.scene_graph import Scene

WORDS = (
    "harbour", "boat,", "leaves.", "naïve", "straße", "👩🏽‍🚀", "🇺🇦", "🏖️", "𝔘𝔫𝔦", "小さな", "ロボットが庭にいる。",
    "花を見る",
    "สวัสดีชาวโลก", "เรือออกจากท่า", "مرحبا", "العالَم،", "می‌خواهم", "e\u0301te\u0301", "क्षत्रिय", "한국어를", "x" * 40,
)  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
limits = st.builds(Limit, st.integers(1, 400), st.sampled_from(PROMPT_UNITS))


def length_in(text: str, unit: str) -> int:
    if unit == "utf16":
        return sum(2 if ord(char) > 0xFFFF else 1 for char in text)
    return -(-len(text.encode()) // 3) if unit == "tokens" else len(text)


def prompt_of(text: str, limit: Limit, *, negative: bool = False, subject: str = ""):
    shot = Shot(Scene(1, text), None, None, 1080, 1920, Fraction(30), 90, preset("neon_night"), 3, None)
    model = EngineModel("m", "m", prompt_limit=limit.count, prompt_unit=limit.unit, takes_negative_prompt=negative)
    return clip_prompt(shot, model, FilmContext("character", subject, "Aurora"))


@given(texts, limits, st.booleans(), st.sampled_from(["", "a red robot", "小さなロボット"]))
def test_prompts_of_all_scripts_hold_the_limit_in_every_unit(text, limit, negative, subject):
    prompt = prompt_of(text, limit, negative=negative, subject=subject)
    assert length_in(prompt.text, limit.unit) <= limit.count
    assert length_in(prompt.negative, limit.unit) <= limit.count
    assert prompt == prompt_of(text, limit, negative=negative, subject=subject)


@given(texts, limits)
def test_cut_text_is_a_start_that_divides_no_character(text, limit):
    cut = limit.cut(text)
    assert text.startswith(cut)
    assert limit.holds(cut)
    assert characters(text)[: len(characters(cut))] == characters(cut)


@given(st.lists(st.sampled_from(["harbour", "boat", "naïve", "مرحبا", "한국어를"]), max_size=40).map(" ".join), limits)
def test_text_with_spaces_is_cut_between_words(text, limit):
    cut = limit.cut(text)
    words = text.split()
    assert cut.split() == words[: len(cut.split())] or len(cut) <= len(words[0])


@pytest.mark.parametrize(("unit", "length"), [("characters", 3), ("utf16", 5), ("tokens", 4)])
def test_length_is_counted_in_the_unit_of_the_model(unit, length):
    assert Limit(100, unit).length("a𝔘🏽") == {"tokens": 3}.get(unit, length)


def test_text_that_fits_is_not_changed():
    assert Limit(5, "characters").cut("a, b,") == "a, b,"


def test_word_that_is_longer_than_the_limit_is_cut_between_characters():
    assert Limit(4, "characters").cut("e\u0301e\u0301e\u0301") == "e\u0301e\u0301"


def test_limit_of_a_model_with_room_leaves_everything():
    long = prompt_of("A harbour", Limit(5000, "utf16"))
    assert replace(long, text=prompt_of("A harbour", Limit(4000, "utf16")).text) == long
