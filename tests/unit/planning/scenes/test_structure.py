"""The structure of a text in its scenes: steps, people, tables, code and the progress of the film."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.planning.scenes.planner import plan
from app.planning.timing.counters import counter_text
from presets.library import preset
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.preset import Preset
from schemas.scene_graph import SceneGraph, SceneSchema

POP = preset("pop_meme")
PICTURES = [Asset(f"p{k}", "image", f"assets/p{k}", "0" * 64, 1, "image/png", width=900, height=1600) for k in range(3)]
LIST = "Three facts about cats.\n1. They sleep.\n2. They purr.\n3. They jump."
TABLE = "Prices today.\n\n| Bread | Price |\n|--|--|\n| Rye | $4 |\n| Spelt | $6 |\n\nCome by."
CODE = "It is short. Run this:\n```sh\npytoon demo\n```\nThen look at it."
PERSON = "Maria Chen walked in. Maria Chen, chief engineer at Acme, fixed it. Everyone cheered for a long time."


def film(script: str, of: Preset = POP, media: list[Asset] = PICTURES, **more: object) -> SceneGraph:
    return plan(JobRequest(script=script, **more), media, of)  # type: ignore[arg-type]


def overlays(graph: SceneGraph, style: str) -> list[tuple[int, str]]:
    return [(scene.id, overlay.text) for scene in graph.scenes for overlay in scene.overlays if overlay.style == style]


def counters(script: str) -> list[str]:
    return [counter_text(scene.item) for scene in film(script, media=[]).scenes if scene.item]


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("Do this.\nStep 1: Mix it.\nStep 2: Bake it.", ["Step 1\n1/2", "Step 2\n2/2"]),
        ("Mach das.\nSchritt 1: Mischen.\nSchritt 2: Backen.", ["Schritt 1\n1/2", "Schritt 2\n2/2"]),
        ("Faites ceci.\nÉtape 1 : Mélanger.\nÉtape 2 : Cuire.", ["Étape 1\n1/2", "Étape 2\n2/2"]),
        ("Haz esto.\nPaso 1: Mezclar.\nPaso 2: Hornear.", ["Paso 1\n1/2", "Paso 2\n2/2"]),
        ("How to bake bread:\n1. Mix it.\n2. Bake it.", ["1/2\n1/2", "2/2\n2/2"]),
        ("My top two:\n2. Rome.\n1. Paris.", ["2/2", "1/2"]),
        ("Two facts.\n- It is old.\n- It is good.", ["1/2", "2/2"]),
    ],
)
def test_steps_have_dots_and_the_word_of_the_source(script: str, shown: list[str]) -> None:
    assert counters(script) == shown


def test_many_steps_have_no_dots() -> None:
    script = "How to bake:\n" + "\n".join(f"{number}. Do thing {number}." for number in range(1, 13))
    assert counters(script)[:2] == ["1/12", "2/12"]


def test_film_with_a_list_shows_its_progress_as_the_preset_does() -> None:
    assert film(LIST).progress == "segments"
    assert film(LIST, preset("documentary")).progress == "none"
    assert film("Cats sleep. They purr.").progress == "none"
    assert film("How to do it.\nStep 1: Sleep.\nStep 2: Purr.").progress == "none"
    assert film("Cats sleep.", progress="bar").progress == "bar"
    assert film(LIST, progress="none").progress == "none"


def test_table_is_one_scene_with_its_own_words_and_no_other_overlay() -> None:
    graph = film(TABLE)
    ((scene_id, text),) = overlays(graph, "table")
    scene = graph.scene(scene_id)
    assert text == "Bread | Price\nRye | $4\nSpelt | $6"
    assert scene.voice_script == "Rye: $4. Spelt: $6."
    assert len(scene.overlays) == 1 and scene.layout == "board"


def test_code_is_shown_with_the_sentence_before_it() -> None:
    graph = film(CODE)
    ((scene_id, text),) = overlays(graph, "code")
    assert graph.scene(scene_id).voice_script == "Run this:"
    assert text == "```sh\npytoon demo"
    assert "pytoon demo" not in " ".join(scene.voice_script for scene in graph.scenes)


def test_code_scene_is_long_enough_to_be_read() -> None:
    graph = film(CODE)
    ((scene_id, _),) = overlays(graph, "code")
    assert graph.scene(scene_id).duration_ms >= 1900


def test_words_of_a_board_without_a_picture_are_where_the_preset_has_captions() -> None:
    graph = film(TABLE, media=[])
    ((scene_id, _),) = overlays(graph, "table")
    assert graph.scene(scene_id).layout is None


def test_lower_third_is_at_the_first_mention_only() -> None:
    graph = film(PERSON)
    shown = overlays(graph, "lower_third")
    first = next(scene.id for scene in graph.scenes if "Maria Chen" in scene.voice_script)
    assert shown == [(first, "Maria Chen\nChief engineer at Acme")]


def test_author_of_a_quotation_has_no_lower_third_on_it() -> None:
    quote = "“We must act now,” he wrote. “It is late.” — Maria Chen, chief engineer at Acme"
    graph = film(quote)
    assert all(not scene.attribution or not scene.overlays for scene in graph.scenes[1:])


def test_author_whom_the_words_before_a_quotation_name_is_in_a_lower_third() -> None:
    graph = film('It was new. Grace Hopper said: "I had 1,200 running programs and nobody would touch one." True.')
    (quoted,) = [scene for scene in graph.scenes if scene.attribution]
    assert quoted.voice_script == '"I had 1,200 running programs and nobody would touch one."'
    assert [(overlay.style, overlay.text) for overlay in quoted.overlays] == [("lower_third", "Grace Hopper")]
    assert any(scene.voice_script.endswith("Grace Hopper said:") for scene in graph.scenes)


def test_quotation_that_opens_a_film_has_no_headline_over_it() -> None:
    (first, *_) = film("“We suffer more in imagination than in reality.” — Seneca\n\nThink about it.").scenes
    assert (first.attribution, first.overlays) == ("Seneca", ())


def test_given_scenes_keep_their_own_lower_thirds_tables_and_items() -> None:
    plain = {"voice_script": "Hello.", "item": {"number": 1, "total": 2, "label": "Step", "dots": True}}
    scene = SceneSchema.read({"id": 1, **plain})
    graph = plan(JobRequest(scenes=(scene, replace(scene, id=2))), [], POP)
    assert graph.scenes[0].item == scene.item
