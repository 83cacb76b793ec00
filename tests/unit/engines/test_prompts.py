"""The prompt of a clip: its words, their order, and what is left out of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from engines.base import Shot
from engines.prompts.clip_prompt import INSTEAD, NOTHING_SEEN, Prompt, clip_prompt
from engines.prompts.film import FilmContext
from presets.library import preset, presets
from schemas.asset import Asset
from schemas.engine import EngineModel
from schemas.preset import MOTIONS, MotionStyle
from schemas.scene_graph import Media, Overlay, Scene, SceneStyle

MODEL = EngineModel("m", "m", prompt_limit=1000)
WITH_NEGATIVE = replace(MODEL, takes_negative_prompt=True)
FILM = FilmContext()
ASSET = Asset("a1", "image", "assets/a1/a1.jpg", "0" * 64, 1, "image/jpeg")


def shot(scene: Scene, name: str = "documentary", size: tuple[int, int] = (1080, 1920), **changes: object) -> Shot:
    return replace(Shot(scene, None, None, *size, Fraction(30), 90, preset(name), 3, None), **changes)


def text_of(scene: Scene, film: FilmContext = FILM, model: EngineModel = MODEL, **options: object) -> str:
    return clip_prompt(shot(scene, **options), model, film).text


def test_query_of_the_media_is_what_is_seen():
    scene = Scene(1, "A harbour", media=Media("generated", query="A red boat at dawn"), voice_script="Nobody waits.")
    assert text_of(scene).startswith("A red boat at dawn. ")


def test_description_is_seen_if_there_is_no_query():
    assert text_of(Scene(1, "A quiet harbour", voice_script="Nobody waits.")).startswith("A quiet harbour. ")


def test_description_replaces_a_query_that_was_cut_from_it():
    scene = Scene(1, "A red boat at dawn with nets", media=Media("generated", query="A red boat…"))
    assert text_of(scene).startswith("A red boat at dawn with nets. ")


def test_words_of_the_scene_are_seen_if_nothing_describes_it():
    assert text_of(Scene(1, voice_script="A boat leaves.")).startswith("A boat leaves. ")


def test_subject_of_the_film_stands_for_a_scene_without_words():
    assert text_of(Scene(1), FilmContext(subject="a red boat")).startswith("A red boat. ")
    assert text_of(Scene(1)).startswith(NOTHING_SEEN)


def test_overlays_for_viewers_are_not_in_the_prompt():
    scene = Scene(1, "A cup", overlays=(Overlay(text="ONLY TODAY"),), caption="Wow")
    assert "today" not in text_of(scene).casefold()
    assert "Wow" not in text_of(scene)


def test_subject_is_in_every_scene_of_a_film_about_a_character():
    film = FilmContext("character", "a little red robot")
    assert text_of(Scene(1, "It waters a plant"), film).startswith("A little red robot. It waters a plant. ")
    assert text_of(Scene(2, "A little red robot sleeps"), film).count("ittle red robot") == 1


@pytest.mark.parametrize("continuity", ["none", "previous_frame"])
def test_subject_is_not_repeated_without_a_character(continuity):
    assert "robot" not in text_of(Scene(1, "A plant"), FilmContext(continuity, "a robot"))


def test_product_is_kept_where_it_is_named_or_shown():
    film = FilmContext(product="Aurora bottle")
    kept = "The product stays unchanged: Aurora bottle."
    assert kept in text_of(Scene(1, "A hand lifts the aurora bottle"), film)
    assert kept in text_of(Scene(1, "A table"), film, asset=ASSET)
    assert kept not in text_of(Scene(1, "A table"), film)
    assert kept in text_of(Scene(1, "It shines"), FilmContext("character", "an Aurora bottle", "Aurora bottle"))


def test_negative_prompt_of_a_product_scene_keeps_its_label():
    film = FilmContext(product="Aurora")
    negative = clip_prompt(shot(Scene(1, "The Aurora on a table")), WITH_NEGATIVE, film).negative
    assert negative.startswith("changed product, changed label")


def test_negative_prompt_has_what_must_not_be_shown():
    prompt = clip_prompt(shot(Scene(1, "A table")), WITH_NEGATIVE, FILM)
    for word in ("captions", "watermark", "letterbox", "distorted hands"):
        assert word in prompt.negative
    assert INSTEAD not in prompt.text


def test_what_the_scene_asks_for_is_not_in_the_negative_prompt():
    negative = clip_prompt(shot(Scene(1, "Hands in blurry light behind a screen")), WITH_NEGATIVE, FILM).negative
    assert "hands" not in negative
    assert "blurry" not in negative
    assert "watermark" in negative


def test_model_without_a_negative_prompt_gets_positive_words():
    prompt = clip_prompt(shot(Scene(1, "A table")), MODEL, FILM)
    assert prompt.negative == ""
    assert prompt.text.endswith(f"{INSTEAD}.")


def test_model_that_takes_no_prompt_gets_none():
    assert clip_prompt(shot(Scene(1, "A table")), replace(WITH_NEGATIVE, prompt_limit=0), FILM) == Prompt("", "")


@pytest.mark.parametrize("motion", MOTIONS)
def test_each_motion_has_words(motion):
    words = {"push_in": "Slow push-in", "pan_left": "Slow pan to the left", "still": "Static camera"}
    text = text_of(Scene(1, "A table", style=SceneStyle(motion)))
    assert words.get(motion, "") in text
    assert text != text_of(Scene(1, "A table", style=SceneStyle("push_in" if motion != "push_in" else "still")))


def test_motion_of_the_preset_differs_from_scene_to_scene_and_follows_the_seed():
    def moves(seed: int) -> list[str]:
        return [text_of(Scene(n, "A table"), FilmContext(seed=seed)) for n in range(1, 5)]

    assert len(set(moves(0))) == 4
    assert moves(0) == moves(0)
    assert moves(0) != moves(1)


def test_text_with_a_move_of_the_camera_gets_no_other():
    scene = Scene(1, "The camera orbits a statue", style=SceneStyle("push_in"))
    assert "push-in" not in text_of(scene)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("[Close-up] A cup steams", "close-up"),
        ("Nahaufnahme einer Tasse", "close-up"),
        ("Plan large sur la mer", "wide shot"),
        ("Drohnenflug über die Küste", "aerial view"),
        ("Macro of a leaf", "extreme close-up"),
    ],
)
def test_size_of_the_shot_is_named_where_the_text_asks_for_it(asked, words):
    assert words in text_of(Scene(1, asked))


def test_size_of_the_shot_is_not_repeated():
    assert text_of(Scene(1, "Close-up of a cup")).casefold().count("close-up") == 1


@pytest.mark.parametrize(
    ("size", "words"), [((1080, 1920), "vertical"), ((1080, 1350), "vertical"), ((1080, 1080), "square")]
)
def test_framing_is_named_for_upright_and_square_frames(size, words):
    assert f"{words} framing" in text_of(Scene(1, "A table"), size=size).casefold()


def test_framing_of_a_wide_frame_is_not_named():
    assert "framing" not in text_of(Scene(1, "A table"), size=(1920, 1080))


@pytest.mark.parametrize("name", [one.id for one in presets()])
def test_style_of_each_preset_is_in_the_prompt_and_is_its_own(name):
    style = preset(name).prompt_style
    assert style.isascii()
    assert style[1:] in text_of(Scene(1, "A table"), name=name)
    assert [other.id for other in presets() if other.prompt_style == style] == [name]


def test_preset_without_style_words_adds_none():
    plain = replace(preset("documentary"), prompt_style="", motion=MotionStyle(("still",)))
    assert text_of(Scene(1, "A table"), preset=plain) == f"A table. Static camera. Vertical framing, {INSTEAD}."


def test_least_important_words_are_left_out_first():
    film = FilmContext("character", "a robot", product="Aurora")
    scene = Scene(1, "It lifts the Aurora bottle", style=SceneStyle("push_in"))
    whole = text_of(scene, film)
    order = ["A robot", "lifts", "stays unchanged", "Slow push-in", "Documentary footage", "Vertical framing"]
    assert sorted(order, key=whole.index) == order
    for limit in range(len(whole), 20, -1):
        text = text_of(scene, film, replace(MODEL, prompt_limit=limit))
        kept = [words in text for words in order]
        assert kept == sorted(kept, reverse=True), text


def test_subject_survives_where_the_action_is_cut():
    film = FilmContext("character", "a robot")
    assert text_of(Scene(1, "It lifts a heavy bottle"), film, replace(MODEL, prompt_limit=20)) == "A robot. It lifts a"


def test_negative_prompt_is_cut_between_its_words():
    prompt = clip_prompt(shot(Scene(1, "A table")), replace(WITH_NEGATIVE, prompt_limit=25), FILM)
    assert prompt.negative == "captions, subtitles"
