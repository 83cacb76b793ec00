"""A scene that goes on with the picture of the scene before begins with another view of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.planning.camera.close_views import LARGEST_PUNCH_IN, is_cut
from app.planning.camera.repeats import MIN_CHANGE, change_between, pictures_of, views_at, whole_range
from app.planning.timing.timeline import build, retime
from schemas.asset import Asset
from schemas.clip import Clip, Motion, Panel, Window
from schemas.preset import MotionStyle, Preset
from schemas.region import FACE_MARGIN, Region
from schemas.scene_graph import Media, Scene, SceneGraph, SceneStyle
from schemas.timeline import Timeline
from tests.unit.planning import films

WIDE = Window(0.5, 0.5, 1.0)
PUSH = Motion("push_in", WIDE, Window(0.5, 0.5, 0.87))
RESTING = Motion("still", WIDE, WIDE)
WHOLE = Region(0.0, 0.0, 1.0, 1.0)
CALM = replace(films.PRESET, motion=MotionStyle(("still",), 1.0, shot_ms=5000))
LIVELY = replace(films.PRESET, motion=MotionStyle(("push_in",), 1.15, shot_ms=2000))
ASPECT = films.SIZE[0] / films.SIZE[1]
FACE = Region(0.4, 0.2, 0.16, 0.12)


def scene(asset: str = "a", words: int = 6, **more) -> Scene:
    return films.spoken(films.text(words), media=Media("image", asset), **more)


def still(number: int, **facts) -> Clip:
    plain = Clip(number, "still", f"p{number}", f"i{number}", "local", PUSH, aspect=ASPECT, part=WHOLE)
    return replace(plain, **facts)


def film_of(scenes: Sequence[Scene], preset: Preset = CALM, **facts) -> tuple[Timeline, SceneGraph, dict[int, Clip]]:
    graph = films.graph_of(*scenes)
    clips = {each.id: still(each.id, **facts) for each in graph.scenes}
    return timed(graph, clips, preset), graph, clips


def timed(graph: SceneGraph, clips: dict[int, Clip], preset: Preset) -> Timeline:
    # Words are a whole number of frames long.
    return retime(graph, build(graph, films.SIZE), films.speech(graph, 400), clips, preset)


def changes(film: Timeline, graph: SceneGraph, clips: dict[int, Clip]) -> list[float | None]:
    """Return the change of the picture at each change of scene."""
    shown = [
        (whole_range(clips[item.scene_id], item), pictures_of(graph.scene(item.scene_id))) for item in film.tracks.video
    ]
    ends = [
        (views_at(frames, 0, assets, ASPECT), views_at(frames, frames.of - 1, assets, ASPECT))
        for frames, assets in shown
    ]
    return [change_between(last, first) for (_, last), (first, _) in pairwise(ends)]


def first_widths(film: Timeline) -> list[float]:
    return [item.shots[0].motion.start.width if item.shots else 1.0 for item in film.tracks.video]


def test_calm_scenes_of_one_view_are_wide_and_close_in_turn() -> None:
    film = film_of([scene(), scene(), scene(), scene()], motion=RESTING)[0]
    assert first_widths(film) == pytest.approx([1, 1 / 1.35, 1, 1 / 1.35])


def test_scene_with_another_picture_begins_with_its_own_view() -> None:
    film = film_of([scene("a"), scene("b"), scene("c")])[0]
    assert first_widths(film) == [1, 1, 1]


def test_scene_after_a_closer_view_begins_wide() -> None:
    film, graph, clips = film_of([scene(words=10), scene(words=10)], LIVELY)
    first, second = film.tracks.video
    assert len(first.shots) == 2 and first.shots[1].motion.start.width < 0.8
    assert second.shots[0].motion.start == WIDE
    assert all(change >= MIN_CHANGE for change in changes(film, graph, clips))


def test_picture_that_moves_with_its_card_is_shown_closer() -> None:
    graph = films.graph_of(scene(), scene())
    areas = Region(0.05, 0.3, 0.9, 0.5), Region(0.05, 0.05, 0.9, 0.5)
    aspect = ASPECT * 0.9 / 0.5
    clips = {
        number: still(number, motion=None, panels=(Panel(area, "p", RESTING, aspect=aspect, part=WHOLE),))
        for number, area in enumerate(areas, 1)
    }
    assert changes(timed(graph, clips, CALM), graph, clips) == [pytest.approx(0.35)]


def test_several_pictures_that_are_repeated_begin_with_one_that_is_closer() -> None:
    both = Media("image", "a"), Media("image", "b")
    graph = films.graph_of(*(films.spoken("one two", media=both[0], pictures=both[1:]) for _ in range(2)))
    panels = tuple(
        Panel(Region(0.0, top, 1.0, 0.5), f"p{top}", RESTING, aspect=ASPECT * 2, part=WHOLE) for top in (0.0, 0.5)
    )
    clips = {number: still(number, motion=None, panels=panels) for number in (1, 2)}
    film = timed(graph, clips, CALM)
    assert [shot.panel for shot in film.tracks.video[1].shots] == [0]
    assert changes(film, graph, clips) == [pytest.approx(0.35)]


def test_footage_that_goes_on_is_shown_closer() -> None:
    media = Media("video", "v")
    graph = films.graph_of(*(films.spoken("one two three", media=media) for _ in range(3)))
    clips = {
        number: Clip(number, "video", "v.mp4", f"v{number}", "local", length_ms=60_000, fit="crop", aspect=ASPECT)
        for number in (1, 2, 3)
    }
    assets = {"v": Asset("v", "video", "v.mp4", "v.mp4", "0" * 64, 1, width=1080, height=1920)}
    film = retime(graph, build(graph, films.SIZE), films.speech(graph), clips, CALM, assets=assets)
    assert first_widths(film) == pytest.approx([1, 1 / 1.35, 1])


def test_face_that_forbids_a_closer_view_keeps_the_view() -> None:
    large = Region(0.05, 0.05, 0.9, 0.9)
    film = film_of([scene(), scene()], motion=RESTING, faces=(large,))[0]
    assert film.tracks.video[1].shots == ()


@pytest.mark.parametrize("style", [SceneStyle(motion="push_in"), SceneStyle(zoom=1.1)], ids=["motion", "zoom"])
def test_motion_that_a_scene_states_is_kept(style) -> None:
    film = film_of([scene(), scene(style=style)], motion=RESTING)[0]
    assert film.tracks.video[1].shots == ()


def test_scene_after_a_match_cut_differs_from_the_matched_view() -> None:
    scenes = [scene("a"), scene("b", transition="match_cut"), scene("b")]
    film, graph, clips = film_of(scenes, motion=RESTING, faces=(FACE,))
    assert changes(film, graph, clips)[1] >= MIN_CHANGE


def test_other_words_of_a_scene_do_not_change_the_shots_of_the_next() -> None:
    films_of_words = [film_of([scene(words=words), scene(), scene()], LIVELY)[0] for words in (2, 3, 4)]
    shots = {tuple(item.shots for item in film.tracks.video[1:]) for film in films_of_words}
    assert len(shots) == 1


def test_film_without_known_parts_of_its_pictures_is_as_before() -> None:
    film = film_of([scene(), scene()], part=None)[0]
    assert first_widths(film) == [1, 1]


def holds(window: Window, face: Region) -> bool:
    whole, half = face.grown(FACE_MARGIN), window.width / 2
    across, down = (window.x - half, window.x + half), (window.y - half, window.y + half)
    return across[0] <= whole.left and whole.right <= across[1] and down[0] <= whole.top and whole.bottom <= down[1]


@settings(deadline=None)
@example(words=[12, 1], zoom=1.125, faces=[Region(0.0, 0.0, 0.125, 0.125)], shot_ms=1500, turned=True)
@given(
    words=st.lists(st.integers(1, 24), min_size=2, max_size=5),
    zoom=st.floats(1.0, 1.3),
    faces=st.lists(
        st.builds(Region, st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.05, 0.2), st.floats(0.05, 0.2)),
        max_size=2,
    ),
    shot_ms=st.sampled_from([1500, 3000, 5000]),
    turned=st.booleans(),
)
def test_repeated_pictures_differ_unless_a_face_forbids_it(words, zoom, faces, shot_ms, turned) -> None:
    close = Motion("push_in", WIDE, Window(0.5, 0.5, 1 / zoom))
    preset = replace(LIVELY, motion=replace(LIVELY.motion, shot_ms=shot_ms))
    motion = close.backwards if turned else close
    film, graph, clips = film_of([scene(words=count) for count in words], preset, motion=motion, faces=tuple(faces))
    if not faces:
        assert all(change is not None and change >= MIN_CHANGE for change in changes(film, graph, clips))
    for item in film.tracks.video:
        for window in whole_range(clips[item.scene_id], item).path.ends:
            half = window.width / 2
            assert half - 1e-9 <= min(window.x, window.y) and max(window.x, window.y) <= 1 - half + 1e-9
        for shown in (shot.motion for shot in item.shots):
            # An engine's own motion always holds the faces; here it may not.
            if all(holds(window, face) for face in faces for window in (motion.start, motion.end)):
                assert not any(is_cut(face, window, 1.0) for face in faces for window in (shown.start, shown.end))
            assert max(shown.start.width, shown.end.width) >= 1 / zoom / LARGEST_PUNCH_IN - 1e-9
