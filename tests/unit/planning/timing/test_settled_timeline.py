"""``retime``: scenes follow the words, clips are fitted, no word is cut and no two lines sound at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.lengths import expected_ms
from app.planning.timing.timeline import build, retime
from schemas.preset import Pacing
from schemas.speech import Speech, SpokenLine
from schemas.timeline import TimelineSchema
from tests.unit.planning import films


def settled(graph, speech=None, clips=None, pacing=None):
    preset = replace(films.PRESET, pacing=pacing or Pacing())
    made = films.still_clips(graph) if clips is None else clips
    return retime(graph, build(graph, films.SIZE), films.speech(graph) if speech is None else speech, made, preset)


def voices(film):
    return [item for item in film.tracks.audio if item.kind == "voice"]


def test_a_scene_is_as_long_as_its_lead_its_words_and_its_tail():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    film = settled(graph, pacing=Pacing(lead_ms=200, tail_ms=300, min_scene_ms=300))
    assert film.length_ms == 200 + 5 * 380 + 300
    (voice,) = voices(film)
    assert (voice.start_ms, voice.end_ms, voice.key) == (200, 200 + 5 * 380, "voice/1.wav")


def test_a_short_word_still_gets_a_whole_scene():
    film = settled(films.graph_of(films.spoken("Go.")), pacing=Pacing(min_scene_ms=2000))
    assert film.length_ms == 2000


def test_a_silent_scene_keeps_its_planned_length():
    film = settled(films.graph_of(films.silent(800), films.silent(12_000)))
    assert [scene.frames for scene in film.scenes] == [24, 360]


def test_a_scene_that_is_wanted_longer_than_its_words_is_that_long():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    (expected,) = expected_ms(graph.scenes, Pacing(), "en", 1.0)
    longer = graph.with_scene(replace(graph.scenes[0], duration_ms=expected + 2000))
    assert settled(longer).length_ms == pytest.approx(expected + 2000, abs=17)


def test_a_scene_that_is_planned_by_its_words_follows_what_is_really_said():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    (expected,) = expected_ms(graph.scenes, Pacing(), "en", 1.0)
    planned = graph.with_scene(replace(graph.scenes[0], duration_ms=expected))
    assert settled(planned, films.speech(graph, 200)).length_ms < expected
    assert settled(planned, films.speech(graph, 800)).length_ms > expected


def test_a_line_waits_until_the_transition_is_half_done_and_its_lead_is_over():
    graph = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves.", "fade", 1000))
    film = settled(graph, pacing=Pacing(lead_ms=100, tail_ms=300))
    assert voices(film)[1].start_ms - film.scenes[1].start_ms == 600


def test_speech_keeps_its_rhythm_whatever_the_transitions_are():
    def breath(kind, ms):
        film = settled(films.graph_of(films.spoken(films.text(8)), films.spoken(films.text(8), kind, ms)))
        first, second = voices(film)
        return second.start_ms - first.end_ms

    assert breath("cut", 0) == pytest.approx(breath("fade", 600), abs=34)


def test_a_line_ends_before_the_next_transition_begins():
    graph = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves.", "fade", 2000))
    film = settled(graph, pacing=Pacing(lead_ms=0, tail_ms=0))
    assert voices(film)[0].end_ms <= film.scenes[1].start_ms


def test_a_sentence_that_runs_over_a_cut_takes_half_a_breath():
    whole = voices(settled(films.graph_of(films.spoken("A boat leaves now."), films.spoken("Nobody waits for it."))))
    torn = voices(settled(films.graph_of(films.spoken("A boat leaves now"), films.spoken("and nobody waits for it."))))
    assert torn[1].start_ms - torn[0].end_ms < whole[1].start_ms - whole[0].end_ms


def test_a_clip_that_is_long_enough_is_trimmed():
    graph = films.graph_of(films.silent(2000))
    film = settled(graph, clips={1: films.video_clip(1, 9000, start_ms=700)})
    (item,) = film.tracks.video
    assert (item.in_ms, item.speed, item.hold_frames, film.total_frames) == (0, 1.0, 0, 60)


def test_a_clip_that_is_a_little_short_is_slowed():
    film = settled(films.graph_of(films.silent(4000)), clips={1: films.video_clip(1, 3000)}, pacing=Pacing(slowest=0.6))
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames, film.total_frames) == (0.75, 0, 120)


def test_a_clip_that_misses_three_frames_is_held_and_not_slowed():
    film = settled(films.graph_of(films.silent(4000)), clips={1: films.video_clip(1, 3900)})
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames) == (1.0, 3)


def test_a_clip_that_is_much_too_short_is_slowed_and_held():
    pacing = Pacing(slowest=0.5, max_hold_ms=1000)
    film = settled(films.graph_of(films.silent(3000)), clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames, film.total_frames) == (0.5, 30, 90)


def test_a_silent_scene_ends_where_its_clip_can_give_no_more():
    pacing = Pacing(slowest=0.5, max_hold_ms=500)
    film = settled(films.graph_of(films.silent(9000)), clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    assert film.total_frames == 60 + 15


def test_a_spoken_scene_holds_its_last_frame_as_long_as_there_are_words():
    graph = films.graph_of(films.spoken(films.text(12)))
    pacing = Pacing(slowest=0.5, max_hold_ms=500)
    film = settled(graph, clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    assert film.total_frames == settled(graph, pacing=pacing).total_frames
    assert film.tracks.video[0].hold_frames == film.total_frames - 60


def test_a_still_and_an_endless_clip_are_as_long_as_is_wanted():
    graph = films.graph_of(films.silent(9000), films.silent(9000))
    film = settled(graph, clips={1: films.still_clips(graph)[1], 2: films.video_clip(2, None)})
    assert film.total_frames == 540
    assert all(item.hold_frames == 0 for item in film.tracks.video)


def test_music_lies_under_the_whole_film_at_the_presets_level():
    film = settled(films.graph_of(films.silent(3000), films.spoken(films.text(5))))
    (music,) = [item for item in film.tracks.audio if item.kind == "music"]
    assert (music.start_ms, music.end_ms, music.gain_db) == (0, film.length_ms, films.PRESET.sound.music_db)


def test_a_music_level_of_the_film_goes_before_the_presets():
    graph = films.graph_of(films.silent(3000))
    film = settled(replace(graph, global_audio=replace(graph.global_audio, music_db=-20.0)))
    assert [item.gain_db for item in film.tracks.audio] == [-20.0]


def test_a_film_without_music_has_none():
    assert settled(films.scene_graph([films.silent(3000)], music="none")).tracks.audio == ()


def test_captions_that_are_turned_off_are_not_made():
    assert settled(films.scene_graph([films.spoken(films.text(5))], captions=False)).tracks.captions == ()


def test_a_line_that_was_never_made_leaves_its_text_to_be_read():
    graph = films.graph_of(films.spoken("Nobody waits for the boat.", duration_ms=3000))
    film = settled(graph, speech=Speech("en"))
    assert film.length_ms == 3000
    assert voices(film) == []
    assert " ".join(" ".join(cue.text for cue in film.tracks.captions).split()) == "Nobody waits for the boat."


def test_an_empty_recording_counts_as_no_voice():
    graph = films.graph_of(films.spoken("Nobody waits.", duration_ms=3000))
    empty = Speech("en", (SpokenLine(1, "Nobody waits.", "voice/1.wav", 0, (), "heart"),))
    film = settled(graph, speech=empty)
    assert voices(film) == [] and film.length_ms == 3000


def test_lines_of_scenes_that_are_gone_are_left_out():
    graph = films.graph_of(films.silent(3000))
    film = settled(graph, speech=Speech("en", (films.spoken_line(9, "Nobody waits."),)))
    assert voices(film) == [] and film.length_ms == 3000


def test_how_a_clip_is_filled_counts_from_where_the_clip_itself_begins():
    graph = films.graph_of(films.silent(2000))
    film = settled(graph, clips={1: films.video_clip(1, 2000, start_ms=7000)})
    assert (film.tracks.video[0].in_ms, film.tracks.video[0].speed) == (0, 1.0)


@given(st.data(), films.any_graph(), films.any_pacing(), st.integers(60, 700))
@settings(max_examples=120, deadline=None)
def test_what_must_be_true_of_every_final_timeline(data, graph, pacing, word_ms):
    speech = films.speech(graph, word_ms)
    clips = data.draw(films.any_clips(graph))
    film = settled(graph, speech, clips, pacing)
    assert film.final
    assert film.total_frames == sum(s.frames for s in film.scenes) - sum(t.frames for t in film.transitions)
    _no_word_is_cut(film, speech, pacing)
    _pictures_fill_their_scenes(film, clips, pacing)
    _captions_are_in_order(film)
    assert TimelineSchema.read(TimelineSchema.plain(film)) == film


def _no_word_is_cut(film, speech, pacing):
    spoken = voices(film)
    assert [item.scene_id for item in spoken] == [line.scene_id for line in speech.lines]
    for item, line in zip(spoken, speech.lines, strict=True):
        scene = film.scene(item.scene_id)
        into = sum(t.frames for t in film.transitions if t.into == scene.scene_id) * 1000 / 30
        assert item.end_ms - item.start_ms == line.length_ms
        assert item.start_ms >= scene.start_ms + into / 2 - 1
        out = sum(t.frames for t in film.transitions if t.out_of == scene.scene_id) * 1000 / 30
        assert item.end_ms <= scene.end_ms - out + 17
        assert scene.end_ms - scene.start_ms >= pacing.min_scene_ms - 1
    assert all(a.end_ms <= b.start_ms + 1 for a, b in pairwise(spoken))


def _pictures_fill_their_scenes(film, clips, pacing):
    for item, scene in zip(film.tracks.video, film.scenes, strict=True):
        clip = clips[item.scene_id]
        assert (item.start_frame, item.end_frame) == (scene.start_frame, scene.end_frame)
        assert 0 <= item.hold_frames < scene.frames or scene.frames == 1
        assert pacing.slowest <= item.speed <= 1.0
        if clip.kind == "video" and clip.length_ms is not None:
            used_ms = (scene.frames - item.hold_frames) * item.speed * 1000 / 30
            assert used_ms <= max(clip.length_ms, 1000 / 30) + 0.01


def _captions_are_in_order(film):
    cues = film.tracks.captions
    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))
    assert not cues or (cues[0].start_ms >= 0 and cues[-1].end_ms <= film.length_ms)
