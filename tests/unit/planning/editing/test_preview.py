"""``preview``: what an edit renders, speaks and encodes again, before any of it is done."""

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
SHORT_VIDEO = Asset("v1", "video", "assets/v1.mp4", "2", 1, "video/mp4", length_ms=2500)
LONG_VIDEO = Asset("v2", "video", "assets/v2.mp4", "3", 1, "video/mp4", length_ms=60_000)
ASSETS = {asset.id: asset for asset in (PHOTO, SHORT_VIDEO, LONG_VIDEO)}


def spoken_film(count: int = 5, transition: str = "fade", overlap_ms: int = 300, **more: Any) -> SceneGraph:
    scenes = (films.spoken(films.text(9, first=2 * k), transition, overlap_ms, **more) for k in range(count))
    return film(*scenes)


def film(*scenes: Scene) -> SceneGraph:
    return replace(films.graph_of(*scenes), preset_id="clean_bold")


def without_music(graph: SceneGraph) -> SceneGraph:
    """Return a film whose cuts follow no beats."""
    return replace(graph, global_audio=replace(graph.global_audio, music=MusicChoice("none")))


def rendered_film(
    graph: SceneGraph, clips: dict[int, Clip] | None = None, speech: Speech | None = None, **timings_ms: int
) -> RenderedFilm:
    """Return the results of a run of ``graph``, timed and segmented with the functions of the pipeline."""
    graph_preset = preset(graph.preset_id)
    clips = clips or films.still_clips(graph)
    speech = films.speech(graph) if speech is None else speech
    planned = timing.build(graph, frame_size(graph.aspect, QUALITY))
    beats = films.beats_of(graph)
    final = timing.retime(graph, planned, speech, clips, graph_preset, music=beats)
    keys = {asset.id: asset.key for asset in ASSETS.values()}
    film_segments = segments(graph, final, clips, graph_preset, encoding=ENCODINGS[QUALITY], overlay_keys=keys)
    return RenderedFilm(graph, graph_preset, final, speech, clips, film_segments, timings_ms, beats)


def preview_of_edit(
    rendered: RenderedFilm, *changes: dict[str, Any], earlier: tuple[RenderedFilm, ...] = ()
) -> Preview:
    after = apply_changes(rendered.graph, EditSchema.read({"changes": list(changes)}).changes)
    return preview_of(after, rendered, *earlier)


def preview_of(graph: SceneGraph, *rendered: RenderedFilm) -> Preview:
    return preview(graph, preset(graph.preset_id), rendered, ASSETS, QUALITY)


def test_turn_encodes_the_two_scenes_beside_it_and_speaks_nothing() -> None:
    rendered = rendered_film(without_music(spoken_film(transition="cut", overlap_ms=0)))
    result = preview_of_edit(rendered, {"scene": 3, "turn": True})
    assert (result.voice, result.segments, result.exact) == ((), (2, 3), True)
    assert result.mix and not result.music


def test_unchanged_film_makes_nothing_again() -> None:
    result = preview_of(spoken_film(), rendered_film(spoken_film()))
    assert (result.scenes, result.voice, result.segments) == ((), (), ())
    assert (result.music, result.mix, result.film, result.exact) == (False, False, False, True)
    assert result.length_ms == rendered_film(spoken_film()).timeline.length_ms


@pytest.mark.parametrize("scene", range(1, 6))
@pytest.mark.parametrize("transition", ["fade", "cut"])
def test_new_caption_encodes_one_segment_again_and_nothing_else(scene: int, transition: str) -> None:
    rendered = rendered_film(spoken_film(transition=transition))
    result = preview_of_edit(rendered, {"scene": scene, "caption": "Quite another thing is written here than is said"})
    assert result.segments == (scene,)
    assert (result.scenes, result.voice, result.music, result.mix) == ((), (), False, False)
    assert result.film and result.exact


@given(films.any_graph(1, 6), st.data())
@settings(max_examples=40, deadline=None)
def test_new_caption_of_any_film_renders_and_speaks_nothing(graph: SceneGraph, data: st.DataObject) -> None:
    rendered = rendered_film(replace(graph, preset_id="clean_bold"))
    scene = data.draw(st.sampled_from(rendered.graph.scenes))
    result = preview_of_edit(rendered, {"scene": scene.id, "caption": "Not what is said at all"})
    assert (result.scenes, result.voice, result.mix, result.exact) == ((), (), False, True)
    next_id = next((s.id for s in rendered.graph.scenes if s.id == scene.id + 1), None)
    assert set(result.segments) <= {scene.id, next_id}


@given(films.any_graph(2, 6), st.data())
@settings(max_examples=40, deadline=None)
def test_exact_preview_equals_the_rendered_result(graph: SceneGraph, data: st.DataObject) -> None:
    rendered = rendered_film(replace(graph, preset_id="clean_bold"))
    ids = [scene.id for scene in rendered.graph.scenes]
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
        after = apply_changes(rendered.graph, EditSchema.read({"changes": [change]}).changes)
    except BadRequest:
        reject()  # Nothing would change.
    result = preview_of(after, rendered)
    clips = {
        i: replace(clip, identity=f"{clip.identity} again") if i in result.scenes else clip
        for i, clip in rendered.clips.items()
    }
    edited = rendered_film(after, clips)
    known = {segment.identity for segment in rendered.segments}
    assert result.exact and result.length_ms == edited.timeline.length_ms
    assert result.segments == tuple(s.scene_id for s in edited.segments if s.identity not in known)


def test_new_line_is_spoken_and_its_length_is_estimated() -> None:
    change = {"scene": 3, "voice_script": films.text(9)}
    result = preview_of_edit(rendered_film(spoken_film()), change)
    assert (result.voice, result.exact, result.mix, result.music) == ((3,), False, True, True)
    assert 3 in result.segments and not {1, 2} & set(result.segments)
    assert set(preview_of_edit(rendered_film(without_music(spoken_film())), change).segments) <= {3, 4}


def test_removed_line_needs_no_estimate() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"scene": 3, "voice_script": ""})
    assert (result.voice, result.exact, result.mix) == ((), True, True)


def test_another_voice_speaks_all_lines_and_renders_no_scene() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"voice": {"provider": "espeak"}}})
    assert (result.voice, result.scenes) == ((1, 2, 3, 4, 5), ())


def test_film_without_a_voice_speaks_nothing() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"voice": {"provider": "none"}}})
    assert (result.voice, result.exact) == ((), True)


def test_line_that_no_voice_could_speak_is_not_tried_again() -> None:
    rendered = rendered_film(spoken_film(), speech=Speech("en"))
    result = preview_of_edit(rendered, {"scene": 2, "caption": "Another"})
    assert (result.voice, result.segments, result.exact) == ((), (2,), True)


def test_new_take_is_rendered_and_spoken_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"scene": 2, "take": "new"})
    assert (result.scenes, result.voice) == ((2,), (2,))
    assert {2, 3} <= set(result.segments)


def test_new_picture_is_rendered_and_encoded_with_the_transition_after_it() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"scene": 2, "media": {"asset": "a1", "kind": "image"}})
    assert (result.scenes, result.voice, result.segments, result.mix) == ((2,), (), (2, 3), False)
    assert result.exact
    with_cuts = rendered_film(spoken_film(transition="cut"))
    assert preview_of_edit(with_cuts, {"scene": 2, "style": {"motion": "drift"}}).segments == (2,)


def test_preview_with_a_generated_clip_is_not_exact() -> None:
    result = preview_of_edit(
        rendered_film(spoken_film()), {"scene": 2, "media": {"kind": "generated", "query": "a boat"}}
    )
    assert (result.scenes, result.exact) == ((2,), False)


def test_footage_limits_the_length_of_its_scene() -> None:
    graph = film(*(films.silent(6000, media=Media("image", "a1")) for _ in range(3)))
    short = preview_of_edit(rendered_film(graph), {"scene": 2, "media": {"asset": "v1", "kind": "video"}})
    long = preview_of_edit(rendered_film(graph), {"scene": 2, "media": {"asset": "v2", "kind": "video"}})
    assert short.length_ms < long.length_ms == 18_000
    assert short.exact and long.exact


def test_removing_a_scene_removes_its_transition() -> None:
    rendered = rendered_film(without_music(spoken_film()))
    result = preview_of_edit(rendered, {"remove": 3})
    assert (result.scenes, result.voice, result.mix, result.film) == ((), (), True, True)
    assert result.segments == (4,)
    assert result.length_ms < rendered.timeline.length_ms


def test_scenes_between_cuts_that_only_move_are_not_encoded_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film(transition="cut")), {"order": [1, 3, 2, 4, 5]})
    assert (result.scenes, result.voice, result.segments) == ((), (), ())
    assert result.mix and result.film


def test_new_scene_between_cuts_is_the_only_one_rendered() -> None:
    rendered = rendered_film(film(*(films.spoken("Nobody waits for it.") for _ in range(5))))
    result = preview_of_edit(rendered, {"insert": {"caption": "New"}, "after": 2})
    assert (result.scenes, result.voice, result.segments) == ((6,), (), (6,))


def test_music_level_makes_the_mix_again_but_no_segment() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"music_db": -20}})
    assert (result.mix, result.film, result.music) == (True, True, False)
    assert (result.scenes, result.voice, result.segments) == ((), (), ())


def test_levels_equal_to_those_of_the_preset_keep_the_mix() -> None:
    sound = preset(spoken_film().preset_id).sound
    for level in ({"music_db": sound.music_db}, {"target_lufs": sound.target_lufs}):
        result = preview_of_edit(rendered_film(spoken_film()), {"film": level})
        assert (result.mix, result.film, result.music) == (False, False, False)


def test_loudness_makes_the_mix_again_but_no_segment() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"target_lufs": -16}})
    assert (result.mix, result.film, result.music, result.segments) == (True, True, False, ())


def test_other_music_makes_bed_and_mix_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"music": {"mood": "energetic"}}})
    assert (result.music, result.mix, result.scenes, result.voice, result.exact) == (True, True, (), (), True)
    no_music = preview_of_edit(rendered_film(spoken_film()), {"film": {"music": "none"}})
    assert (no_music.music, no_music.mix, no_music.scenes) == (False, True, ())


def test_other_music_encodes_the_segments_again_whose_cuts_move_to_its_beats() -> None:
    rendered = rendered_film(spoken_film())
    result = preview_of_edit(rendered, {"film": {"music": {"mood": "energetic"}}})
    after = apply_changes(
        rendered.graph, EditSchema.read({"changes": [{"film": {"music": {"mood": "energetic"}}}]}).changes
    )
    known = {segment.identity for segment in rendered.segments}
    assert result.segments == tuple(s.scene_id for s in rendered_film(after).segments if s.identity not in known)
    assert result.segments


def test_beats_of_a_file_that_no_film_has_used_are_not_known_in_advance() -> None:
    rendered = rendered_film(spoken_film())
    change = {"film": {"music": {"asset": "m1"}}}
    assert not preview_of_edit(rendered, change).exact
    after = apply_changes(rendered.graph, EditSchema.read({"changes": [change]}).changes)
    assert preview_of(after, replace(rendered, graph=after)).exact


def test_title_without_an_overlay_makes_nothing_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"title": "Boats"}})
    assert (result.segments, result.mix, result.film) == ((), False, False)


def test_another_preset_renders_every_scene_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"preset_id": "neon_night"}})
    assert result.scenes == result.segments == (1, 2, 3, 4, 5)


def test_disabling_captions_encodes_every_segment_with_captions_again() -> None:
    result = preview_of_edit(rendered_film(spoken_film()), {"film": {"captions": False}})
    assert (result.scenes, result.voice, result.segments, result.mix) == ((), (), (1, 2, 3, 4, 5), False)


@pytest.mark.parametrize(("ms", "rendered_ids"), [(6100, ()), (9000, (2,)), (3000, (2,))])
def test_still_is_rendered_again_if_its_length_in_whole_seconds_changes(ms: int, rendered_ids: tuple[int, ...]) -> None:
    graph = without_music(film(*(films.silent(6000, media=Media("image", "a1")) for _ in range(3))))
    result = preview_of_edit(rendered_film(graph), {"scene": 2, "duration_ms": ms})
    assert result.scenes == rendered_ids and 2 in result.segments


@pytest.mark.parametrize(("ms", "rendered_ids"), [(2000, ()), (7000, ()), (7500, (2,))])
def test_generated_clip_is_rendered_again_only_if_it_is_too_short(ms: int, rendered_ids: tuple[int, ...]) -> None:
    graph = film(*(films.silent(6000, media=Media("generated", query="a boat")) for _ in range(3)))
    rendered = rendered_film(
        graph, {1: films.video_clip(1, 7000), 2: films.video_clip(2, 7000), 3: films.video_clip(3, 7000)}
    )
    assert preview_of_edit(rendered, {"scene": 2, "duration_ms": ms}).scenes == rendered_ids


def test_results_of_an_earlier_revision_are_reused() -> None:
    first = rendered_film(spoken_film())
    second = rendered_film(
        apply_changes(first.graph, EditSchema.read({"changes": [{"scene": 2, "caption": "Else"}]}).changes)
    )
    result = preview_of_edit(second, {"scene": 2, "caption": first.graph.scenes[1].caption}, earlier=(first,))
    assert (result.segments, result.film, result.exact) == ((), False, True)


def test_film_without_earlier_results_is_made_completely() -> None:
    result = preview_of(spoken_film())
    assert result.scenes == result.voice == result.segments == (1, 2, 3, 4, 5)
    assert result.music and result.mix and result.film and not result.exact


MUSIC_LEVEL, OTHER_MUSIC = {"film": {"music_db": -20}}, {"film": {"music": {"mood": "energetic"}}}


def test_new_music_takes_the_measured_time_of_mux() -> None:
    def seconds(**timings_ms: int) -> float:
        return preview_of_edit(rendered_film(spoken_film(), **timings_ms), OTHER_MUSIC).seconds

    assert seconds(mux=9000, music=10) - seconds(mux=1000, music=10) == pytest.approx(8)
    assert seconds(mux=1000, music=60_000) == seconds(mux=1000, music=10)


def test_first_music_of_a_film_takes_longer_than_a_mix_without_music() -> None:
    silent = replace(spoken_film(), global_audio=replace(spoken_film().global_audio, music=MusicChoice(kind="none")))
    for timings_ms in ({}, {"mux": 1000, "music": 10}):
        rendered = rendered_film(silent, **timings_ms)
        assert (
            preview_of_edit(rendered, OTHER_MUSIC).seconds
            > preview_of_edit(rendered, {"film": {"target_lufs": -16}}).seconds
        )
        assert preview_of_edit(rendered, OTHER_MUSIC).music


def test_new_music_without_measured_times_takes_longer_than_a_new_mix() -> None:
    rendered = rendered_film(spoken_film())
    assert preview_of_edit(rendered, OTHER_MUSIC).seconds > preview_of_edit(rendered, MUSIC_LEVEL).seconds


def test_seconds_follow_the_measured_times_of_the_steps() -> None:
    def seconds(**timings_ms: int) -> float:
        return preview_of_edit(rendered_film(spoken_film(), **timings_ms), {"scene": 2, "caption": "Else"}).seconds

    assert seconds(segment=60_000, mux=500, deliver=1000) > seconds(segment=6000, mux=500, deliver=1000) > 1.5
    unchanged = preview_of(spoken_film(), rendered_film(spoken_film())).seconds
    assert 0 < unchanged < seconds() < preview_of(spoken_film()).seconds


# -- sound of clips --------------------------------------------------------------------------------------------------

SOUNDING = {"v2": replace(LONG_VIDEO, sound=True)}


def film_of_clips() -> RenderedFilm:
    """Return a film of two scenes that show one video with sound."""
    scenes = (films.silent(3000, media=Media("video", "v2", start_ms=ms)) for ms in (0, 9000))
    graph = film(*scenes)
    clips = {
        scene.id: Clip(
            scene.id, "video", LONG_VIDEO.key, f"v{scene.id}", "local", start_ms=scene.media.start_ms, length_ms=50_000
        )
        for scene in graph.scenes
    }
    rendered = rendered_film(graph, clips)
    planned = timing.build(graph, frame_size(graph.aspect, QUALITY))
    final = timing.retime(
        graph, planned, Speech("en"), clips, rendered.preset, assets=SOUNDING, music=films.beats_of(graph)
    )
    return replace(rendered, timeline=final)


@pytest.mark.parametrize(
    ("change", "is_new_mix"),
    [
        ({"scene": 2, "media": {"sound": "mute"}}, True),
        ({"scene": 2, "media": {"sound": "duck"}}, False),
        ({"film": {"clip_sound": "keep"}}, True),
        ({"scene": 2, "caption": "Something is written"}, False),
    ],
)
def test_sound_of_a_clip_makes_the_mix_again_but_no_picture(change: dict[str, Any], is_new_mix: bool) -> None:
    rendered = film_of_clips()
    after = apply_changes(rendered.graph, EditSchema.read({"changes": [change]}).changes)
    result = preview(after, preset(after.preset_id), [rendered], SOUNDING, QUALITY)
    assert (result.mix, result.scenes) == (is_new_mix, ())
    assert result.segments == ((2,) if "caption" in change else ())


def test_sound_effects_make_only_the_mix_again() -> None:
    before = film(films.silent(4000), films.silent(4000, "slide_left", 400))
    before = replace(before, global_audio=replace(before.global_audio, effects=False))
    rendered = rendered_film(before)
    after = apply_changes(before, EditSchema.read({"changes": [{"film": {"effects": True}}]}).changes)
    result = preview(after, preset(after.preset_id), [rendered], {}, QUALITY)
    assert (result.mix, result.scenes, result.segments) == (True, (), ())


def test_other_start_of_a_clip_makes_its_scene_and_the_mix_again() -> None:
    rendered = film_of_clips()
    change = {"changes": [{"scene": 2, "media": {"start_ms": 12_000}}]}
    after = apply_changes(rendered.graph, EditSchema.read(change).changes)
    result = preview(after, preset(after.preset_id), [rendered], SOUNDING, QUALITY)
    assert (result.scenes, result.segments, result.mix) == ((2,), (2,), True)
