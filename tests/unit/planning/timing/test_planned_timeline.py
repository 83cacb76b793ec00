"""``build``: the planned timeline is on the frame grid and its frame counts add up."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.timeline import build
from schemas.frame import frame_size
from schemas.timeline import TimelineSchema
from schemas.timing import ms_of
from tests.unit.planning import films

RATES = st.sampled_from((Fraction(30), Fraction(25), Fraction(24), Fraction(30000, 1001), Fraction(60)))


@pytest.mark.parametrize(
    ("aspect", "quality", "size"),
    [
        ("9:16", "medium", (1080, 1920)),
        ("16:9", "medium", (1920, 1080)),
        ("1:1", "low", (720, 720)),
        ("4:5", "medium", (1080, 1350)),
        ("9:16", "draft", (540, 960)),
        ("9:16", "high", (2160, 3840)),
        ("4:5", "draft", (540, 676)),
    ],
)
def test_quality_determines_the_shorter_side(aspect, quality, size):
    assert frame_size(aspect, quality) == size


@pytest.mark.parametrize("aspect", ["9:16", "16:9", "1:1", "4:5"])
@pytest.mark.parametrize("quality", ["draft", "low", "medium", "high"])
def test_both_sides_are_even_for_chroma_subsampling(aspect, quality):
    assert [side % 2 for side in frame_size(aspect, quality)] == [0, 0]


def test_unknown_aspect_raises_key_error():
    with pytest.raises(KeyError):
        frame_size("3:2", "medium")


def test_scenes_between_cuts_follow_each_other():
    film = build(films.graph_of(films.silent(1000), films.silent(2000), films.silent(500)), films.SIZE)
    assert [(s.start_frame, s.end_frame) for s in film.scenes] == [(0, 30), (30, 90), (90, 105)]
    assert film.total_frames == 105
    assert film.transitions == ()


def test_transition_shortens_the_film_by_its_length():
    film = build(films.graph_of(films.silent(2000), films.silent(2000, "fade", 500)), films.SIZE)
    assert film.total_frames == 120 - 15
    (fade,) = film.transitions
    assert (fade.kind, fade.out_of, fade.into, fade.start_frame, fade.end_frame) == ("fade", 1, 2, 45, 60)


def test_transition_of_the_first_scene_is_ignored():
    film = build(films.graph_of(films.silent(1000, "fade", 500), films.silent(1000)), films.SIZE)
    assert film.transitions == ()
    assert film.scenes[0].start_frame == 0


def test_duration_of_a_cut_is_ignored():
    film = build(films.graph_of(films.silent(1000), films.silent(1000, "cut", 500)), films.SIZE)
    assert film.transitions == ()
    assert film.total_frames == 60


def test_two_long_transitions_share_a_short_scene_except_one_frame():
    film = build(
        films.graph_of(films.silent(5000), films.silent(1000, "fade", 3000), films.silent(5000, "blur", 1000)),
        films.SIZE,
    )
    into, out = film.transitions
    assert into.frames + out.frames == 29
    assert into.frames > out.frames


def test_scene_keeps_one_frame_outside_its_only_transition():
    film = build(films.graph_of(films.silent(1000), films.silent(5000, "fade", 3000)), films.SIZE)
    assert film.transitions[0].frames == 29


def test_changed_scene_changes_only_its_own_transitions():
    scenes = [films.silent(1000, "fade", 700) for _ in range(6)]
    before = build(films.graph_of(*scenes), films.SIZE)
    scenes[2] = films.silent(300, "fade", 700)
    after = build(films.graph_of(*scenes), films.SIZE)
    changed = [k for k in range(5) if before.transitions[k].frames != after.transitions[k].frames]
    assert changed == [1, 2]


def test_planned_timeline_is_not_final_and_has_only_video():
    film = build(films.graph_of(films.silent(1000)), films.SIZE)
    assert not film.final
    assert [item.scene_id for item in film.tracks.video] == [1]
    assert film.tracks.audio == () and film.tracks.captions == ()


@given(films.any_graph(), RATES)
@settings(max_examples=80, deadline=None)
def test_film_length_is_the_scenes_minus_the_transitions(graph, fps):
    film = build(graph, films.SIZE, fps)
    assert film.total_frames == sum(s.frames for s in film.scenes) - sum(t.frames for t in film.transitions)
    assert film.total_frames == film.scenes[-1].end_frame
    assert film.scenes[0].start_frame == 0


@given(films.any_graph(min_scenes=2), RATES)
@settings(max_examples=80, deadline=None)
def test_every_scene_keeps_a_frame_outside_its_transitions(graph, fps):
    film = build(graph, films.SIZE, fps)
    for scene in film.scenes:
        transition_frames = sum(t.frames for t in film.transitions if scene.scene_id in (t.into, t.out_of))
        assert scene.frames - transition_frames >= 1


@given(films.any_graph(), RATES)
@settings(max_examples=40, deadline=None)
def test_milliseconds_are_derived_from_frames(graph, fps):
    for scene in build(graph, films.SIZE, fps).scenes:
        assert (scene.start_ms, scene.end_ms) == (ms_of(scene.start_frame, fps), ms_of(scene.end_frame, fps))


@given(films.any_graph(), RATES)
@settings(max_examples=20, deadline=None)
def test_planned_timeline_survives_serialisation(graph, fps):
    film = build(graph, films.SIZE, fps)
    assert TimelineSchema.read(TimelineSchema.plain(film)) == film
