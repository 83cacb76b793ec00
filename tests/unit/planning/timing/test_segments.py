"""``segments``: the film is cut without gaps, and a segment is made again only when its pictures change."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.planning.timing.segments import segments
from app.planning.timing.timeline import build, retime
from schemas.clip import TEMPLATE
from schemas.preset import Pacing
from schemas.scene_graph import Overlay
from schemas.segment import Encoding, SegmentSchema
from schemas.speech import Speech
from schemas.timing import frames_of
from tests.unit.planning import films

KEYS = {"logo": "assets/logo.png"}
PACING = Pacing(lead_ms=200, tail_ms=400, min_scene_ms=1200)


def cut(graph, clips=None, speech=None, pacing=PACING):
    preset = replace(films.PRESET, pacing=pacing)
    clips = clips or films.still_clips(graph)
    speech = films.speech(graph) if speech is None else speech
    film = retime(graph, build(graph, films.SIZE), speech, clips, preset)
    return film, segments(graph, film, clips, preset, encoding=Encoding(), overlay_keys=KEYS)


def identities(graph, **more):
    return [segment.identity for segment in cut(graph, **more)[1]]


def story(count=6):
    return films.graph_of(*(films.spoken(films.text(9, first=3 * k), "fade", 500) for k in range(count)))


def test_a_film_of_cuts_is_its_scenes():
    _, found = cut(films.graph_of(films.silent(1000), films.silent(2000)))
    assert [(s.start_frame, s.frames, s.outgoing, s.transition) for s in found] == [
        (0, 30, None, "cut"),
        (30, 60, None, "cut"),
    ]


def test_a_transition_belongs_to_the_scene_that_comes_in():
    _, (first, second) = cut(films.graph_of(films.silent(2000), films.silent(2000, "wipe_left", 500)))
    assert (first.frames, first.outgoing) == (45, None)
    assert (second.frames, second.transition) == (60, "wipe_left")
    assert (second.outgoing.first, second.outgoing.frames, second.outgoing.of) == (45, 15, 60)
    assert (second.incoming.first, second.incoming.frames, second.incoming.of) == (0, 60, 60)


def test_a_clips_speed_and_hold_reach_its_strips():
    graph = films.graph_of(films.silent(3000), films.silent(3000, "fade", 500))
    clips = {1: films.video_clip(1, 1000, start_ms=250), 2: films.still_clips(graph)[2]}
    _, (first, second) = cut(graph, clips, pacing=Pacing(slowest=0.5, max_hold_ms=1000))
    for strip in (first.incoming, second.outgoing):
        assert (strip.in_ms, strip.speed, strip.hold_frames, strip.of) == (0, 0.5, 30, 90)


def test_overlays_lie_over_the_scenes_own_frames_only():
    title, logo = Overlay(text="Luna"), Overlay(kind="image", asset="logo")
    graph = films.graph_of(
        films.silent(2000), films.silent(2000, "fade", 500, overlays=(title, logo)), films.silent(2000, "fade", 500)
    )
    _, (_, middle, _) = cut(graph)
    assert [(o.first, o.frames, o.key) for o in middle.overlays] == [(15, 30, None), (15, 30, "assets/logo.png")]


def test_an_overlay_picture_without_a_key_is_not_forgotten_silently():
    graph = films.graph_of(films.silent(2000, overlays=(Overlay(kind="image", asset="lost"),)))
    with pytest.raises(KeyError, match="lost"):
        cut(graph)


def test_a_template_says_what_nobody_says_aloud_and_no_other_clip_does():
    graph = films.graph_of(films.silent(2000), films.silent(2000), films.silent(2000), films.spoken("Look, a kite."))
    one, two, three, four = graph.scenes
    two, three = replace(two, caption="Fly", description="A red kite"), replace(three, caption="", description="A kite")
    graph = replace(graph, scenes=(one, two, three, four))
    clips = films.still_clips(graph)
    grounds = {scene: replace(clip, engine=TEMPLATE) for scene, clip in clips.items() if scene != 1}
    _, found = cut(graph, clips | grounds)
    assert [[o.overlay.text for o in segment.overlays] for segment in found] == [[], ["Fly"], ["A kite"], []]


def test_a_scene_without_a_clip_is_not_forgotten_silently():
    graph = films.graph_of(films.silent(2000), films.silent(2000))
    with pytest.raises(KeyError):
        cut(graph, clips={1: films.still_clips(graph)[1]})


def test_equal_films_have_equal_segments():
    assert identities(story()) == identities(story())


def test_every_segment_of_a_film_has_an_identity_of_its_own():
    assert len(set(identities(story()))) == 6


@pytest.mark.parametrize("place", range(6))
def test_a_new_caption_makes_one_segment_again(place):
    graph = story()
    scene = graph.scenes[place]
    edited = graph.with_scene(replace(scene, caption=scene.voice_script.title() + "!"))
    before, after = identities(graph), identities(edited)
    assert [k for k in range(6) if before[k] != after[k]] == [place]


def test_a_caption_of_other_length_still_makes_one_segment_again():
    graph = story()
    edited = graph.with_scene(replace(graph.scenes[2], caption="Quite another thing is written here than is said"))
    before, after = identities(graph), identities(edited)
    assert [k for k in range(6) if before[k] != after[k]] == [2]


@given(shift=st.integers(0, 89))
@settings(max_examples=30, deadline=None)
def test_scenes_that_only_move_are_reused(shift):
    made = list(story().scenes)
    opening = films.silent(3000)
    before = identities(films.graph_of(opening, *made))
    after = identities(films.graph_of(replace(opening, duration_ms=3000 + shift * 33), *made))
    assert before[2:] == after[2:]


def test_scenes_that_only_get_other_numbers_are_reused():
    graph = films.graph_of(*(films.spoken(films.text(9, first=3 * k), "fade", 500) for k in range(4)))
    clips = films.still_clips(graph)
    renumbered = replace(graph, scenes=tuple(replace(s, id=s.id + 50) for s in graph.scenes))
    moved = {key + 50: replace(clip, scene_id=key + 50) for key, clip in clips.items()}
    assert identities(graph) == identities(renumbered, clips=moved)


def test_a_new_picture_makes_its_own_segment_and_the_one_it_fades_into():
    graph = story()
    clips = films.still_clips(graph)
    other = {**clips, 3: replace(clips[3], identity="another picture")}
    before, after = identities(graph, clips=clips), identities(graph, clips=other)
    assert [k for k in range(6) if before[k] != after[k]] == [2, 3]


def test_text_that_nobody_says_is_cut_like_speech():
    graph = films.graph_of(*(films.spoken(films.text(9, first=k), "fade", 500, duration_ms=4000) for k in range(3)))
    edited = graph.with_scene(replace(graph.scenes[1], caption="Read this instead"))
    before, after = (identities(g, speech=Speech("en")) for g in (graph, edited))
    assert [k for k in range(3) if before[k] != after[k]] == [1]


@given(st.data(), films.any_graph(), films.any_pacing())
@settings(max_examples=100, deadline=None)
def test_segments_tile_the_film(data, graph, pacing):
    film, found = cut(graph, data.draw(films.any_clips(graph)), pacing=pacing)
    assert sum(s.frames for s in found) == film.total_frames
    assert found[0].start_frame == 0
    assert all(a.start_frame + a.frames == b.start_frame for a, b in pairwise(found))
    assert all(s.frames >= 1 for s in found)


@given(st.data(), films.any_graph(), films.any_pacing())
@settings(max_examples=100, deadline=None)
def test_strips_lie_inside_their_clips(data, graph, pacing):
    _, found = cut(graph, data.draw(films.any_clips(graph)), pacing=pacing)
    for segment in found:
        assert segment.incoming.first == 0 and segment.incoming.frames == segment.frames
        for strip in (segment.incoming, segment.outgoing):
            assert strip is None or 0 <= strip.first < strip.first + strip.frames <= strip.of
        if segment.outgoing:
            assert segment.outgoing.first + segment.outgoing.frames == segment.outgoing.of
            assert segment.outgoing.frames < segment.frames
        assert SegmentSchema.read(SegmentSchema.plain(segment)) == segment


@given(films.any_graph(), films.any_pacing())
@settings(max_examples=60, deadline=None)
def test_every_cue_shows_in_its_own_scenes_segment_alone(graph, pacing):
    film, found = cut(graph, pacing=pacing)
    assume(film.tracks.captions)
    for cue in film.tracks.captions:
        first, last = frames_of(cue.start_ms), frames_of(cue.end_ms)
        shows = [s.index for s in found if s.start_frame < last and first < s.start_frame + s.frames]
        assert [s.index for s in found if cue in s.cues] == shows == [cue.scene_id - 1]
