"""The subject that the prompts of a film have in common."""

from __future__ import annotations

import pytest

from engines.prompts.film import FilmContext, film_context, film_subject, scene_text
from schemas.scene_graph import Media, Scene, SceneGraph


def graph(title: str, *texts: str, language: str = "en", seed: int = 0) -> SceneGraph:
    scenes = tuple(Scene(index, text) for index, text in enumerate(texts, 1))
    return SceneGraph("2.0", title, language, "documentary", scenes, seed=seed)


@pytest.mark.parametrize(
    ("language", "title", "texts", "subject"),
    [
        ("en", "The robot", ("A little red robot wakes up.", "The robot finds a plant."), "A little red robot"),
        ("en", "Coast", ("Waves roll in.", "Waves break on the coast.", "The coast is quiet."), "coast"),
        ("de", "Der Fischer", ("Ein alter Fischer fährt hinaus.", "Der Fischer wirft das Netz."), "Ein alter Fischer"),
        ("fr", "Vacances", ("Une petite fille court.", "La fille ramasse un coquillage."), "Une petite fille"),
        ("ja", "ロボットと花", ("小さな赤いロボットが庭にいる。", "ロボットは花を見つける。"), "ロボット"),
    ],
)
def test_subject_is_the_noun_of_title_or_first_scene_that_most_scenes_name(language, title, texts, subject):
    assert film_subject(graph(title, *texts, language=language)).casefold().endswith(subject.casefold())


def test_film_without_words_has_no_subject():
    assert film_subject(graph("")) == ""
    assert film_subject(graph("", "", "")) == ""


def test_given_subject_and_product_are_cleaned_and_kept():
    context = film_context(
        graph("A film", seed=7), continuity="character", subject='a "red" robot #hot', product="Aurora™ https://a.com"
    )
    assert context == FilmContext("character", "a red robot", "Aurora™", 7, "en")


def test_context_is_the_same_for_the_same_graph():
    film = graph("The robot", "A little robot wakes up.", "The robot sleeps.")
    assert film_context(film) == film_context(film)


def test_text_of_a_scene_is_its_first_source_with_words():
    assert scene_text(Scene(1, "A boat", media=Media(query="#hot 🔥"), voice_script="Hello"), "en") == "A boat"
    assert scene_text(Scene(1, caption="A cup"), "en") == "A cup"
    assert scene_text(Scene(1), "en") == ""
