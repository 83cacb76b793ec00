"""Which scene shows which picture: property tests of the assignment."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.planning.matching.assignment import AGAIN, FILLED, HOOK, NAMED, PART, Places, assign
from app.planning.matching.parts import PartScenes


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
def test_scene_that_names_pictures_shows_one_of_them_or_one_that_no_other_scene_shows(scores):
    pictures = [next(iter(scene)) for scene in shown(scores)]
    for names, picture in zip(scores, pictures, strict=True):
        assert not names.any() or names[picture] or pictures.count(picture) == 1


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


def test_two_pictures_take_turns_if_one_is_named_nowhere():
    scores = np.array([[0, 0], [1, 0], [0, 0], [1, 0]], float)
    assert shown(scores) == [{1: FILLED}, {0: NAMED}, {1: AGAIN}, {0: NAMED}]


def test_scenes_that_name_none_go_on_with_the_subject_at_hand():
    scores = np.array([[0, 0], [1, 0], [0, 0], [0, 1], [0, 0]], float)
    assert [next(iter(scene)) for scene in shown(scores)] == [0, 0, 0, 1, 1]


def test_picture_of_another_subject_is_not_shown_right_beside_its_scene():
    scores = np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]], float)
    pictures = [next(iter(scene)) for scene in shown(scores)]
    assert pictures[1] == 0
    assert pictures[4] != 2


def test_scene_names_the_same_picture_as_the_one_beside_it():
    scores = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    assert shown(scores) == [{0: NAMED}, {0: NAMED}, {1: NAMED}, {2: NAMED}]


def test_picture_that_no_scene_names_is_shown_between_scenes_that_name_the_same_one():
    scores = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]], float)
    pictures = [next(iter(scene)) for scene in shown(scores)]
    assert pictures == [0, 1, 0, 2, 0, 1]


def parts(*scenes, is_item=True):
    return [PartScenes(f"part {number}", each, is_item) for number, each in enumerate(scenes, 1)]


def test_parts_show_their_pictures_in_order_and_the_hook_shows_another_than_the_first():
    places = Places([1] * 5, hook=(0, 2), parts=parts((1, 2), (3,), (4,)))
    assert shown(np.zeros((5, 3)), places) == [{2: HOOK}, {0: PART}, {0: PART}, {1: PART}, {2: PART}]


def test_parts_that_name_pictures_show_them_and_the_others_take_the_rest_in_order():
    scores = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0]], float)
    places = Places([1] * 3, parts=parts((0,), (1,), (2,)))
    assert shown(scores, places) == [{1: PART}, {2: PART}, {0: NAMED}]


def test_scene_that_names_another_picture_shows_it_unless_it_is_in_an_item_of_a_list():
    scores = np.array([[0, 0], [0, 1], [0, 1]], float)
    for is_item in (True, False):
        places = Places([1] * 3, parts=parts((0, 1), (2,), is_item=is_item))
        assert shown(scores, places) == [{0: PART}, {0: PART} if is_item else {1: NAMED}, {1: NAMED}]


def test_paragraphs_have_no_pictures_of_their_own_if_one_names_several():
    scores = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]], float)
    places = Places([1] * 4, parts=parts((0, 1), (2,), (3,), is_item=False))
    assert [next(iter(scene)) for scene in shown(scores, places)] == [0, 1, 1, 2]
