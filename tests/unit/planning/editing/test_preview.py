"""``preview``: an edit costs what it changes, and that is known before anything is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from app.core.errors import BadRequest
from app.planning.editing.apply import apply_changes
from app.planning.editing.preview import Preview, RenderedFilm, preview
from app.planning.timing import timeline as timing
from app.planning.timing.segments import segments
from presets.library import preset
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.edit import EditSchema
from schemas.frame import frame_size
from schemas.scene_graph import Media, MusicChoice, Scene, SceneGraph
from schemas.segment import ENCODINGS
from schemas.speech import Speech
from tests.unit.planning import films

QUALITY = "draft"
PHOTO = Asset("a1", "image", "assets/a1.jpg", "1", 1, "image/jpeg")
FILM = Asset("v1", "video", "assets/v1.mp4", "2", 1, "video/mp4", length_ms=2500)
LONG_FILM = Asset("v2", "video", "assets/v2.mp4", "3", 1, "video/mp4", length_ms=60_000)
ASSETS = {asset.id: asset for asset in (PHOTO, FILM, LONG_FILM)}


def story(count: int = 5, transition: str = "fade", overlap_ms: int = 300, **more: Any) -> SceneGraph:
    made = (films.spoken(films.text(9, first=2 * k), transition, overlap_ms, **more) for k in range(count))
    return film(*made)


def film(*made: Scene) -> SceneGraph:
    return replace(films.scenes(*made), preset_id="clean_bold")


def made_of(
    graph: SceneGraph, clips: dict[int, Clip] | None = None, said: Speech | None = None, **took: int
) -> RenderedFilm:
    """Everything that a run of ``graph`` leaves, by the arithmetic of the settling step."""
    look = preset(graph.preset_id)
    clips = clips or films.stills(graph)
    said = films.speech(graph) if said is None else said
    planned = timing.build(graph, frame_size(graph.aspect, QUALITY))
    final = timing.retime(graph, planned, said, clips, look)
    keys = {asset.id: asset.key for asset in ASSETS.values()}
    cut = segments(graph, final, clips, look, encoding=ENCODINGS[QUALITY], overlay_keys=keys)
    return RenderedFilm(graph, look, final, said, clips, cut, took)


def told(made: RenderedFilm, *changes: dict[str, Any], before: tuple[RenderedFilm, ...] = ()) -> Preview:
    after = apply_changes(made.graph, EditSchema.read({"changes": list(changes)}).changes)
    return of(after, made, *before)


def of(graph: SceneGraph, *made: RenderedFilm) -> Preview:
    return preview(graph, preset(graph.preset_id), made, ASSETS, QUALITY)


def test_the_same_film_again_costs_nothing() -> None:
    found = of(story(), made_of(story()))
    assert (found.scenes, found.voice, found.segments) == ((), (), ())
    assert (found.music, found.mix, found.film, found.exact) == (False, False, False, True)
    assert found.length_ms == made_of(story()).timeline.length_ms


@pytest.mark.parametrize("scene", range(1, 6))
@pytest.mark.parametrize("transition", ["fade", "cut"])
def test_a_caption_makes_one_segment_again_and_nothing_else(scene: int, transition: str) -> None:
    made = made_of(story(transition=transition))
    found = told(made, {"scene": scene, "caption": "Quite another thing is written here than is said"})
    assert found.segments == (scene,)
    assert (found.scenes, found.voice, found.music, found.mix) == ((), (), False, False)
    assert found.film and found.exact


@given(films.any_graph(1, 6), st.data())
@settings(max_examples=40, deadline=None)
def test_of_any_film_a_caption_films_and_speaks_nothing(graph: SceneGraph, data: st.DataObject) -> None:
    made = made_of(replace(graph, preset_id="clean_bold"))
    scene = data.draw(st.sampled_from(made.graph.scenes))
    found = told(made, {"scene": scene.id, "caption": "Not what is said at all"})
    assert (found.scenes, found.voice, found.mix, found.exact) == ((), (), False, True)
    following = next((s.id for s in made.graph.scenes if s.id == scene.id + 1), None)
    assert set(found.segments) <= {scene.id, following}


@given(films.any_graph(2, 6), st.data())
@settings(max_examples=40, deadline=None)
def test_what_an_exact_preview_tells_is_what_is_made(graph: SceneGraph, data: st.DataObject) -> None:
    made = made_of(replace(graph, preset_id="clean_bold"))
    ids = [scene.id for scene in made.graph.scenes]
    change = data.draw(
        st.one_of(
            st.permutations(ids).map(lambda order: {"order": list(order)}),
            st.sampled_from(ids).map(lambda scene: {"remove": scene}),
            st.tuples(st.sampled_from(ids), st.integers(200, 9000)).map(
                lambda pair: {"scene": pair[0], "duration_ms": pair[1]}
            ),
            st.sampled_from(ids).map(
                lambda scene: {"scene": scene, "transition": {"kind": "blur", "duration_ms": 400}}
            ),
        )
    )
    try:
        after = apply_changes(made.graph, EditSchema.read({"changes": [change]}).changes)
    except BadRequest:
        reject()  # nothing would change
    found = of(after, made)
    clips = {
        i: replace(clip, identity=f"{clip.identity} again") if i in found.scenes else clip
        for i, clip in made.clips.items()
    }
    then = made_of(after, clips)
    known = {segment.identity for segment in made.segments}
    assert found.exact and found.length_ms == then.timeline.length_ms
    assert found.segments == tuple(s.scene_id for s in then.segments if s.identity not in known)


def test_a_new_line_is_spoken_and_its_length_is_a_guess() -> None:
    found = told(made_of(story()), {"scene": 3, "voice_script": films.text(9, first=5)})
    assert (found.voice, found.exact, found.mix, found.music) == ((3,), False, True, True)
    assert 3 in found.segments and set(found.segments) <= {3, 4}


def test_a_silenced_line_needs_no_guess() -> None:
    found = told(made_of(story()), {"scene": 3, "voice_script": ""})
    assert (found.voice, found.exact, found.mix) == ((), True, True)


def test_another_voice_speaks_everything_and_films_nothing() -> None:
    found = told(made_of(story()), {"film": {"voice": {"provider": "espeak"}}})
    assert (found.voice, found.scenes) == ((1, 2, 3, 4, 5), ())


def test_without_a_voice_nothing_is_spoken() -> None:
    found = told(made_of(story()), {"film": {"voice": {"provider": "none"}}})
    assert (found.voice, found.exact) == ((), True)


def test_a_line_that_nobody_could_speak_is_not_tried_again() -> None:
    made = made_of(story(), said=Speech("en"))
    found = told(made, {"scene": 2, "caption": "Another"})
    assert (found.voice, found.segments, found.exact) == ((), (2,), True)


def test_a_new_take_is_filmed_and_spoken_again() -> None:
    found = told(made_of(story()), {"scene": 2, "take": "new"})
    assert (found.scenes, found.voice) == ((2,), (2,))
    assert {2, 3} <= set(found.segments)


def test_a_new_picture_is_filmed_and_shows_in_the_transition_after_it() -> None:
    found = told(made_of(story()), {"scene": 2, "media": {"asset": "a1", "kind": "image"}})
    assert (found.scenes, found.voice, found.segments, found.mix) == ((2,), (), (2, 3), False)
    assert found.exact
    assert told(made_of(story(transition="cut")), {"scene": 2, "style": {"motion": "drift"}}).segments == (2,)


def test_what_a_generator_will_make_is_a_guess() -> None:
    found = told(made_of(story()), {"scene": 2, "media": {"kind": "generated", "query": "a boat"}})
    assert (found.scenes, found.exact) == ((2,), False)


def test_footage_is_as_long_as_it_is() -> None:
    graph = film(*(films.silent(6000, media=Media("image", "a1")) for _ in range(3)))
    short = told(made_of(graph), {"scene": 2, "media": {"asset": "v1", "kind": "video"}})
    long = told(made_of(graph), {"scene": 2, "media": {"asset": "v2", "kind": "video"}})
    assert short.length_ms < long.length_ms == 18_000
    assert short.exact and long.exact


def test_a_removed_scene_takes_its_transition_along() -> None:
    made = made_of(story())
    found = told(made, {"remove": 3})
    assert (found.scenes, found.voice, found.mix, found.film) == ((), (), True, True)
    assert found.segments == (4,)
    assert found.length_ms < made.timeline.length_ms


def test_with_cuts_scenes_that_only_move_are_not_made_again() -> None:
    found = told(made_of(story(transition="cut")), {"order": [1, 3, 2, 4, 5]})
    assert (found.scenes, found.voice, found.segments) == ((), (), ())
    assert found.mix and found.film


def test_a_new_scene_is_all_that_is_made() -> None:
    made = made_of(film(*(films.spoken("Nobody waits for it.") for _ in range(5))))
    found = told(made, {"insert": {"caption": "New"}, "after": 2})
    assert (found.scenes, found.voice, found.segments) == ((6,), (), (6,))


def test_louder_music_makes_the_mix_again_and_no_picture() -> None:
    found = told(made_of(story()), {"film": {"music_db": -20}})
    assert (found.mix, found.film, found.music) == (True, True, False)
    assert (found.scenes, found.voice, found.segments) == ((), (), ())


def test_other_music_is_found_and_mixed() -> None:
    found = told(made_of(story()), {"film": {"music": {"mood": "energetic"}}})
    assert (found.music, found.mix, found.segments) == (True, True, ())
    none = told(made_of(story()), {"film": {"music": "none"}})
    assert (none.music, none.mix, none.segments) == (False, True, ())


def test_a_title_that_does_not_show_costs_next_to_nothing() -> None:
    found = told(made_of(story()), {"film": {"title": "Boats"}})
    assert (found.segments, found.mix, found.film) == ((), False, False)


def test_another_look_makes_every_picture_again() -> None:
    found = told(made_of(story()), {"film": {"preset_id": "neon_night"}})
    assert found.scenes == found.segments == (1, 2, 3, 4, 5)


def test_without_captions_every_segment_that_had_some_is_made_again() -> None:
    found = told(made_of(story()), {"film": {"captions": False}})
    assert (found.scenes, found.voice, found.segments, found.mix) == ((), (), (1, 2, 3, 4, 5), False)


@pytest.mark.parametrize(("ms", "filmed"), [(6100, ()), (9000, (2,)), (3000, (2,))])
def test_a_stills_way_is_paced_to_whole_seconds(ms: int, filmed: tuple[int, ...]) -> None:
    graph = film(*(films.silent(6000, media=Media("image", "a1")) for _ in range(3)))
    found = told(made_of(graph), {"scene": 2, "duration_ms": ms})
    assert found.scenes == filmed and 2 in found.segments


@pytest.mark.parametrize(("ms", "filmed"), [(2000, ()), (7000, ()), (7500, (2,))])
def test_a_generated_clip_is_made_again_only_when_it_is_too_short(ms: int, filmed: tuple[int, ...]) -> None:
    graph = film(*(films.silent(6000, media=Media("generated", query="a boat")) for _ in range(3)))
    made = made_of(graph, {1: films.video(1, 7000), 2: films.video(2, 7000), 3: films.video(3, 7000)})
    assert told(made, {"scene": 2, "duration_ms": ms}).scenes == filmed


def test_what_an_earlier_revision_made_is_found_again() -> None:
    first = made_of(story())
    second = made_of(
        apply_changes(first.graph, EditSchema.read({"changes": [{"scene": 2, "caption": "Else"}]}).changes)
    )
    found = told(second, {"scene": 2, "caption": first.graph.scenes[1].caption}, before=(first,))
    assert (found.segments, found.film, found.exact) == ((), False, True)


def test_a_film_that_never_was_is_made_whole() -> None:
    found = of(story())
    assert found.scenes == found.voice == found.segments == (1, 2, 3, 4, 5)
    assert found.music and found.mix and found.film and not found.exact


LOUDER, OTHER_MUSIC = {"film": {"music_db": -20}}, {"film": {"music": {"mood": "energetic"}}}


def test_new_music_costs_what_the_step_took_that_made_and_mixed_it() -> None:
    def seconds(**took: int) -> float:
        return told(made_of(story(), **took), OTHER_MUSIC).seconds

    assert seconds(mux=9000, music=10) - seconds(mux=1000, music=10) == pytest.approx(8)
    assert seconds(mux=1000, music=60_000) == seconds(mux=1000, music=10)


def test_the_first_music_of_a_film_costs_more_than_its_mix_took_without_any() -> None:
    silent = replace(story(), global_audio=replace(story().global_audio, music=MusicChoice(kind="none")))
    for took in ({}, {"mux": 1000, "music": 10}):
        without = made_of(silent, **took)
        assert told(without, OTHER_MUSIC).seconds > told(without, {"film": {"target_lufs": -16}}).seconds
        assert told(without, OTHER_MUSIC).music


def test_where_nothing_was_measured_new_music_costs_more_than_a_new_mix() -> None:
    made = made_of(story())
    assert told(made, OTHER_MUSIC).seconds > told(made, LOUDER).seconds


def test_seconds_are_told_by_how_long_it_took_before() -> None:
    def after(**took: int) -> float:
        return told(made_of(story(), **took), {"scene": 2, "caption": "Else"}).seconds

    assert after(segment=60_000, mux=500, deliver=1000) > after(segment=6000, mux=500, deliver=1000) > 1.5
    whole = of(story(), made_of(story())).seconds
    assert 0 < whole < after() < of(story()).seconds
