"""Cards of the amounts that matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from app.planning.scenes.callouts import callout_overlays
from app.planning.scenes.planner import plan
from schemas.job import JobRequest
from schemas.preset import CaptionStyle, Pacing, Preset

PRESET = Preset("clean_bold", "Clean", "For tests.", pacing=Pacing(hook=False), captions=CaptionStyle(callouts="all"))

TABLE = yaml.safe_load(Path(__file__).with_name("cards.yaml").read_text(encoding="utf-8"))


def cards(line: str, kinds: str = "all", before: str = "") -> list[tuple[str, str]]:
    return [(overlay.text, overlay.was) for overlay in callout_overlays(line, kinds, "middle", before)]


@pytest.mark.parametrize(
    "line",
    [
        "It was $249, now $189.",
        "Only $189 instead of $249.",
        "Down from $249 to $189.",
        "Vorher $249, jetzt $189.",
        "Statt $249 nur $189.",
        "Au lieu de $249, seulement $189.",
        "Antes $249, ahora $189.",
    ],
)
def test_old_price_is_struck_through_on_the_card_of_the_new_one(line: str) -> None:
    assert cards(line) == [("$189", "$249")]


@pytest.mark.parametrize(("line", "expected"), TABLE.items())
def test_card_has_the_whole_amount_with_its_unit_and_other_numbers_have_none(line: str, expected: list[str]) -> None:
    shown = [text.replace("\n", "|") + (f" < {was}" if was else "") for text, was in cards(line)]
    assert shown == expected


def test_count_of_today_replaces_the_same_count_of_the_past() -> None:
    past = "In 1900 there were 100,000 cheetahs on Earth."
    assert cards("Today there are fewer than 7,000.", before=past) == [("< 7,000", "100,000")]
    assert cards("Today there are fewer than 7,000 cheetahs.", before=past) == [("< 7,000\ncheetahs", "100,000")]
    assert cards("Today there are 7,000 lions.", before=past) == [("7,000\nlions", "")]
    assert cards("They live on 7,000 acres.", before=past) == [("7,000\nacres", "")]
    assert cards("Now it is 40 years.", before="It has 300 years of history.") == [("40\nyears", "")]


def test_two_prices_of_different_things_have_two_cards() -> None:
    assert cards("Small is $5, large is $8.") == [("$5", ""), ("$8", "")]
    assert cards("Prices went from $5 to $10.") == [("$5", ""), ("$10", "")]


def test_old_price_may_be_in_the_line_before() -> None:
    assert cards("Now it is $189.", before="It was $249.") == [("$189", "$249")]
    assert cards("Now it is $189.", before="Shipping is $249.") == [("$189", "")]


def test_prices_are_before_percentages_and_these_before_counts() -> None:
    assert cards("$5 for 20 % of 300 cups") == [("$5", "")]
    assert cards("20 % of 300 cups") == [("20 %", "")]
    assert cards("18 settings and 300 cups") == [("300\ncups", "")]


def test_preset_chooses_which_amounts_have_cards() -> None:
    assert cards("300 cups", "prices") == []
    assert cards("20 % off", "prices") == [("20 %", "")]
    assert cards("$5", "none") == []


def test_planned_scene_has_its_cards_and_the_author_s_key_words() -> None:
    script = "This *grinder* was $249, now it is only $189. It has 18 settings and a very long name."
    graph = plan(JobRequest(script=script), (), replace(PRESET, pacing=Pacing(hook=False, max_scene_ms=7000)))
    overlays = [overlay for scene in graph.scenes for overlay in scene.overlays if overlay.style == "amount"]
    assert [(overlay.text, overlay.was, overlay.at) for overlay in overlays] == [
        ("$189", "$249", "$189"),
        ("18\nsettings", "", "18 settings"),
    ]
    assert [scene.key_words for scene in graph.scenes if "grinder" in scene.voice_script] == [("grinder",)]


@pytest.mark.parametrize(
    ("script", "styles"),
    [
        ("4 trips you can book for under €500.\n\n1. Beijing is empty at 7 am.", ["headline"]),
        ("This mug costs $9. It is quiet.", ["headline"]),
        (
            "If you have never tried to bake bread in a pan of cast iron over an open fire for $9, do it.",
            ["headline", "amount"],
        ),
    ],
)
def test_short_first_scene_has_its_headline_and_no_card(script: str, styles: list[str]) -> None:
    hooked = replace(PRESET, pacing=Pacing(hook=True, max_scene_ms=9000))
    (first, *_) = plan(JobRequest(script=script), (), hooked).scenes
    assert [overlay.style for overlay in first.overlays if overlay.kind == "text"] == styles


def test_headline_with_the_amount_makes_its_card_unnecessary() -> None:
    hooked = replace(PRESET, pacing=Pacing(hook=True))
    (first, *_) = plan(JobRequest(script="The $249 grinder. It is quiet at night."), (), hooked).scenes
    assert [overlay.style for overlay in first.overlays] == ["headline"]
