"""Which scene shows which picture: property tests of the assignment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.planning.matching.assignment import AGAIN, FILLED, HOOK, NAMED, Places, assign


@st.composite
def score_matrices(draw, most=8):
    scenes, pictures = draw(st.integers(1, most)), draw(st.integers(1, most))
    values = draw(
        st.lists(st.sampled_from([0, 0, 0, 0.5, 1, 2]), min_size=scenes * pictures, max_size=scenes * pictures)
    )
    return np.array(values, float).reshape(scenes, pictures)


def shown(scores, places=None, own=None):
    places = places or Places([1] * len(scores))
    return assign(scores if own is None else own, scores, places)


@given(score_matrices())
def test_every_scene_shows_one_picture_and_all_pictures_are_used(scores):
    scenes = shown(scores)
    used = {picture for scene in scenes for picture in scene}
    assert all(len(scene) == 1 for scene in scenes)
    assert len(used) == min(scores.shape)


@given(score_matrices())
def test_neighbours_differ_when_there_are_two_pictures(scores):
    pictures = [next(iter(scene)) for scene in shown(scores)]
    assert scores.shape[1] == 1 or all(first != second for first, second in pairwise(pictures))


@given(score_matrices())
def test_without_scores_pictures_keep_their_order(scores):
    pictures = [next(iter(scene)) for scene in shown(np.zeros_like(scores))]
    assert pictures == [index % scores.shape[1] for index in range(len(scores))]


@given(st.permutations(range(6)), st.integers(0, 3))
def test_named_pictures_are_shown_with_their_lines_in_any_order(order, silent):
    scores = np.zeros((6 + silent, 6))
    for picture, line in enumerate(order):
        scores[line, picture] = 1
    scenes = shown(scores)
    assert [next(iter(scene)) for scene in scenes[:6]] == [order.index(line) for line in range(6)]


@given(score_matrices(), st.randoms())
def test_scenes_of_several_pictures_show_each_picture_once(scores, random):
    pictures = scores.shape[1]
    sizes, videos = [], set()
    while sum(sizes) < pictures:
        size = random.randint(1, min(3, pictures - sum(sizes)))
        if size == 1:
            videos.add(random.choice([index for index in range(pictures) if index not in videos]))
        sizes.append(size)
    scores = np.resize(scores, (len(sizes), pictures))
    if pictures == 2 and sizes == [1, 1]:
        videos = set()
    scenes = shown(scores, Places(sizes, frozenset(videos)))
    assert [len(scene) for scene in scenes] == sizes
    assert sorted(picture for scene in scenes for picture in scene) == list(range(pictures))
    assert all(len(scene) == 1 for scene in scenes if videos & set(scene))


def test_a_picture_is_shown_again_where_it_is_named_again():
    scores = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], float)
    assert shown(scores)[3] == {0: NAMED}


def test_strongest_picture_opens_a_film_whose_first_line_names_none():
    scores = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]], float)
    assert shown(scores, Places([1, 1, 1], hook=(0, 2))) == [{2: HOOK}, {0: NAMED}, {1: FILLED}]


def test_two_pictures_take_turns_in_the_order_that_fits_better():
    scores = np.array([[0, 0], [1, 0], [0, 1], [0, 0]], float)
    assert shown(scores) == [{1: FILLED}, {0: NAMED}, {1: NAMED}, {0: AGAIN}]
